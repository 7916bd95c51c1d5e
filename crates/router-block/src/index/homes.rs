//! Customer id → home block and cohort: two bytes a customer, in an array by id.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use common::wire::router::Cohort;

/// The number of a home block within this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HomeIndex(pub u16);

/// Homes that can be told apart.
pub const HOMES_MAX: usize = 1 << HOME_BITS;

const HOME_BITS: u32 = 12;
const KNOWN: u16 = 1 << 15;
const CHUNK: usize = 1 << 16;

type Chunk = Box<[AtomicU16]>;

/// The array, in chunks, so that it grows without being copied, and the customers of each home.
#[derive(Debug)]
pub struct Homes {
    chunks: RwLock<Vec<Chunk>>,
    counts: Box<[AtomicU64]>,
}

impl Homes {
    pub(super) fn new() -> Self {
        Self {
            chunks: RwLock::default(),
            counts: (0..HOMES_MAX).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(super) fn get(&self, id: u32) -> Option<(HomeIndex, Cohort)> {
        let chunks = self.chunks.read().unwrap_or_else(PoisonError::into_inner);
        let word = chunks.get(id as usize / CHUNK)?[id as usize % CHUNK].load(Ordering::Relaxed);
        unpack(word)
    }

    pub(super) fn set(&self, id: u32, home: HomeIndex, cohort: Cohort) {
        let chunk = id as usize / CHUNK;
        let chunks = self.chunks.read().unwrap_or_else(PoisonError::into_inner);
        if chunk < chunks.len() {
            return self.put(&chunks[chunk], id, home, cohort);
        }
        drop(chunks);
        let mut chunks = self.chunks.write().unwrap_or_else(PoisonError::into_inner);
        while chunks.len() <= chunk {
            chunks.push((0..CHUNK).map(|_| AtomicU16::new(0)).collect());
        }
        self.put(&chunks[chunk], id, home, cohort);
    }

    pub(super) fn clear(&self) {
        self.chunks
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        for count in &self.counts {
            count.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn count(&self, home: HomeIndex) -> u64 {
        self.counts
            .get(usize::from(home.0))
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    pub(super) fn bytes(&self) -> usize {
        let chunks = self.chunks.read().unwrap_or_else(PoisonError::into_inner);
        chunks.len() * CHUNK * size_of::<u16>() + self.counts.len() * size_of::<u64>()
    }

    fn put(&self, chunk: &Chunk, id: u32, home: HomeIndex, cohort: Cohort) {
        let before = chunk[id as usize % CHUNK].swap(pack(home, cohort), Ordering::Relaxed);
        if let Some((old, _)) = unpack(before) {
            self.counts[usize::from(old.0)].fetch_sub(1, Ordering::Relaxed);
        }
        self.counts[usize::from(home.0) % HOMES_MAX].fetch_add(1, Ordering::Relaxed);
    }
}

fn pack(home: HomeIndex, cohort: Cohort) -> u16 {
    let cohort = match cohort {
        Cohort::Regular => 0,
        Cohort::Staff => 1,
        Cohort::Loyal => 2,
    };
    KNOWN | (cohort << HOME_BITS) | (home.0 % (1 << HOME_BITS))
}

fn unpack(word: u16) -> Option<(HomeIndex, Cohort)> {
    if word & KNOWN == 0 {
        return None;
    }
    let cohort = match word >> HOME_BITS & 0b11 {
        1 => Cohort::Staff,
        2 => Cohort::Loyal,
        _ => Cohort::Regular,
    };
    Some((HomeIndex(word % (1 << HOME_BITS)), cohort))
}
