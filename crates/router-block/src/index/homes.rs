//! Customer id → home block and cohort: two bytes a customer, in an array by id.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use common::wire::router::Cohort;

/// The number of a home block within this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HomeIndex(pub u16);

/// Homes that can be told apart.
pub const HOMES_MAX: usize = 1 << HOME_BITS;

const HOME_BITS: u32 = 12;
const KNOWN: u16 = 1 << 15;
/// Customers of a chunk; a chunk is made when the first of them comes.
const CHUNK: usize = 1 << 19;
const CHUNKS: usize = (u32::MAX as usize + 1) / CHUNK;

type Chunk = Box<[AtomicU16]>;

/// The array, in chunks, so that it grows without being copied or locked, and the number of each
/// home's customers.
#[derive(Debug)]
pub struct Homes {
    chunks: Box<[OnceLock<Chunk>]>,
    counts: Box<[AtomicU64]>,
}

impl Homes {
    pub(super) fn new() -> Self {
        Self {
            chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect(),
            counts: (0..HOMES_MAX).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(super) fn get(&self, id: u32) -> Option<(HomeIndex, Cohort)> {
        let chunk = self.chunks[id as usize / CHUNK].get()?;
        unpack(chunk[id as usize % CHUNK].load(Ordering::Relaxed))
    }

    pub(super) fn set(&self, id: u32, home: HomeIndex, cohort: Cohort) {
        let empty = || (0..CHUNK).map(|_| AtomicU16::new(0)).collect();
        let chunk = self.chunks[id as usize / CHUNK].get_or_init(empty);
        let before = chunk[id as usize % CHUNK].swap(pack(home, cohort), Ordering::Relaxed);
        if let Some((old, _)) = unpack(before) {
            self.counts[usize::from(old.0)].fetch_sub(1, Ordering::Relaxed);
        }
        self.counts[usize::from(home.0) % HOMES_MAX].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn clear(&self) {
        for word in self.made().flat_map(|chunk| chunk.iter()) {
            word.store(0, Ordering::Relaxed);
        }
        for count in &self.counts {
            count.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn count(&self, home: HomeIndex) -> u64 {
        self.counts.get(usize::from(home.0)).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    pub(super) fn bytes(&self) -> usize {
        self.made().count() * CHUNK * size_of::<u16>()
            + size_of_val(&*self.chunks)
            + size_of_val(&*self.counts)
    }

    fn made(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter().filter_map(OnceLock::get)
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
