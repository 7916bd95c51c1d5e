//! A part of the key table: an ordered array of 8-byte slots.
//!
//! A slot is `fingerprint << 32 | customer id`; 0 is free (ids begin at 1). A key's place is
//! proportional to its fingerprint, and entries stand in the order of their fingerprints, so that
//! a search ends at the first larger one: looking for a stranger costs as little as looking for a
//! customer, and growing is one pass in order. The last slots take what is pushed past the end.

use std::collections::HashMap;
use std::mem::size_of;

/// Filled to at most 85 %.
const LOAD_PERCENT: usize = 85;
/// Grown by an eighth: seldom enough to be cheap, little enough to stay within 24 bytes a customer.
const GROWTH_PERCENT: usize = 112;
const SMALLEST: usize = 8;
/// Room behind the last place, for what is pushed there.
const TAIL: usize = 8;

/// One of the table's segments.
#[derive(Debug, Default)]
pub(super) struct Segment {
    slots: Box<[u64]>,
    len: usize,
    /// Seldom there; a pointer, so that the heads of all segments stay in the processor's cache.
    exact: Option<Box<Exact>>,
}

/// Keys whose fingerprint another key had first.
#[derive(Debug, Default)]
struct Exact {
    ids: HashMap<Box<str>, u32>,
}

impl Segment {
    /// An empty one that grows when more keys come than this.
    pub(super) fn with_room(keys: usize) -> Self {
        let places = (keys * 100).div_ceil(LOAD_PERCENT);
        let slots = if keys == 0 { 0 } else { places + TAIL };
        Self { slots: vec![0; slots].into_boxed_slice(), ..Self::default() }
    }

    pub(super) fn get(&self, key: &str, fingerprint: u32) -> Option<u32> {
        if let Some(exact) = &self.exact
            && let Some(id) = exact.ids.get(key)
        {
            return Some(*id);
        }
        let at = self.search(fingerprint)?;
        Some(id_of(self.slots[at]))
    }

    pub(super) fn insert(&mut self, key: &str, fingerprint: u32, id: u32) {
        if self.search(fingerprint).is_some() {
            let exact = self.exact.get_or_insert_default();
            exact.ids.insert(key.into(), id);
        } else {
            self.add(slot(fingerprint, id));
        }
    }

    pub(super) fn remove(&mut self, key: &str, fingerprint: u32, id: u32) {
        if let Some(exact) = &mut self.exact
            && exact.ids.get(key) == Some(&id)
        {
            exact.ids.remove(key);
            if exact.ids.is_empty() {
                self.exact = None;
            }
        } else if let Some(at) = self.search(fingerprint)
            && id_of(self.slots[at]) == id
        {
            self.take(at);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let exact = self.exact.as_ref().map_or(0, |exact| {
            let keys: usize = exact.ids.keys().map(|key| key.len()).sum();
            size_of::<Exact>() + exact.ids.capacity() * (size_of::<(Box<str>, u32)>() + 1) + keys
        });
        self.slots.len() * size_of::<u64>() + exact
    }

    fn places(&self) -> usize {
        self.slots.len().saturating_sub(TAIL)
    }

    /// The place of a fingerprint: grows with it.
    fn place(&self, fingerprint: u32) -> usize {
        (self.places() * fingerprint as usize) >> 32
    }

    fn search(&self, fingerprint: u32) -> Option<usize> {
        let start = self.place(fingerprint);
        for (step, slot) in self.slots.get(start..)?.iter().enumerate() {
            let found = fingerprint_of(*slot);
            if *slot == 0 || found > fingerprint {
                return None;
            }
            if found == fingerprint {
                return Some(start + step);
            }
        }
        None
    }

    fn add(&mut self, new: u64) {
        if (self.len + 1) * 100 > self.places() * LOAD_PERCENT {
            self.grow();
        }
        while !self.put(new) {
            self.grow();
        }
        self.len += 1;
    }

    /// Puts a slot in order, pushing larger ones on; `false` when there is no free slot behind.
    fn put(&mut self, new: u64) -> bool {
        let start = self.place(fingerprint_of(new));
        let Some(free) = self.slots[start..].iter().position(|slot| *slot == 0) else {
            return false;
        };
        let run = &mut self.slots[start..=start + free];
        let at = run[..free].iter().position(|slot| *slot > new).unwrap_or(free);
        run.copy_within(at..free, at + 1);
        run[at] = new;
        true
    }

    /// Frees a slot and lets those behind it move up, none before its own place.
    fn take(&mut self, at: usize) {
        let mut hole = at;
        while let Some(next) = self.slots.get(hole + 1).copied()
            && next != 0
            && self.place(fingerprint_of(next)) <= hole
        {
            self.slots[hole] = next;
            hole += 1;
        }
        self.slots[hole] = 0;
        self.len -= 1;
    }

    fn grow(&mut self) {
        let mut places = self.places();
        loop {
            places = (places * GROWTH_PERCENT / 100).max(places + 1).max(SMALLEST);
            let old = std::mem::replace(&mut self.slots, vec![0; places + TAIL].into_boxed_slice());
            if self.refill(&old) {
                return;
            }
            self.slots = old;
        }
    }

    /// Puts the entries of `old` in order; they come in order, so each goes behind the last one.
    fn refill(&mut self, old: &[u64]) -> bool {
        let mut next = 0;
        for slot in old.iter().copied().filter(|slot| *slot != 0) {
            next = next.max(self.place(fingerprint_of(slot)));
            let Some(free) = self.slots.get_mut(next) else {
                return false;
            };
            *free = slot;
            next += 1;
        }
        true
    }
}

fn slot(fingerprint: u32, id: u32) -> u64 {
    u64::from(fingerprint) << 32 | u64::from(id)
}

fn fingerprint_of(slot: u64) -> u32 {
    (slot >> 32) as u32
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half of a slot is the id")]
fn id_of(slot: u64) -> u32 {
    slot as u32
}
