//! What has happened, counted: a run that never saw a state, a refusal or a fault proves nothing
//! about it.

use std::collections::BTreeMap;

/// The counts of one run, or of many.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Events: what changed state, was refused, or went wrong.
    pub events: u64,
    /// By name.
    pub counts: BTreeMap<&'static str, u64>,
    /// Messages by name.
    pub messages: Slots,
    /// Messages lost.
    pub lost: u64,
    /// Messages that arrived twice.
    pub duplicated: u64,
}

/// Counts by a name that need not have been met.
#[derive(Clone, Debug, Default)]
pub struct Slots(pub BTreeMap<&'static str, u64>);

impl std::ops::Index<&'static str> for Slots {
    type Output = u64;

    fn index(&self, name: &'static str) -> &u64 {
        self.0.get(name).unwrap_or(&0)
    }
}

impl std::ops::IndexMut<&'static str> for Slots {
    fn index_mut(&mut self, name: &'static str) -> &mut u64 {
        self.0.entry(name).or_default()
    }
}

impl Coverage {
    /// One more of these.
    pub fn count(&mut self, what: &'static str) {
        self.events += 1;
        *self.counts.entry(what).or_default() += 1;
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        for (name, count) in &other.counts {
            *self.counts.entry(name).or_default() += count;
        }
        for (name, count) in &other.messages.0 {
            self.messages[name] += count;
        }
    }
}
