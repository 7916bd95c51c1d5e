//! The hazards of protocol §10 that need a setting of their own: a log that is dropped, a block
//! that is dead for long, an event that nobody can read, a backup that is less than its home,
//! everybody logging in at once. Few plans have one, drawn apart from the rest, so that the others
//! stay as they are.

use crate::client::Deed;
use crate::plan::{Act, Place};
use crate::rng::Rng;
use crate::router::Order;
use crate::world::{SLICE_OF, SLICES};

/// How long a log is kept that is dropped: longer than any message is under way.
const KEEP_LOG_MS: u64 = 7_000;

/// A hazard being written: acts in milliseconds after the beginning of the run.
struct Hazard<'a> {
    rng: Rng,
    acts: &'a mut Vec<(u64, Act)>,
    at: u64,
    who: usize,
    home: usize,
    backup: usize,
    gap: u64,
}

/// Adds one of them to the acts of some plans.
pub(crate) fn add(acts: &mut Vec<(u64, Act)>, seed: u64, length: u64) {
    let mut rng = Rng::new(seed ^ 0x7261_7265);
    let any = rng.chance(15);
    // The rarest needs most tries.
    let log = Rng::new(seed ^ 0x6c6f_6721).chance(10);
    if !any && !log {
        return;
    }
    let who = usize::try_from(rng.below(SLICE_OF.len() as u64)).unwrap_or(0);
    let home = SLICES[SLICE_OF[who]];
    let at = rng.between(500, length / 4);
    let gap = rng.between(200, 3_000);
    let mut hazard = Hazard { rng, acts, at, who, home, backup: 2 + home, gap };
    if !any {
        return hazard.dead_for_longer_than_the_log();
    }
    match hazard.rng.below(4) {
        0 => hazard.dead_for_longer_than_the_log(),
        1 => hazard.dead_for_long(),
        2 => hazard.bad_event(),
        _ => hazard.storm_at_an_unequal_backup(),
    }
}

impl Hazard<'_> {
    fn then(&mut self, after: u64, act: Act) {
        self.acts.push((self.at + after, act));
    }

    fn order(&mut self, after: u64, order: Order) {
        self.then(after, Act::Move(0, SLICE_OF[self.who], order));
    }

    fn customer(&mut self, after: u64, deed: Deed) {
        self.then(after, Act::Customer(self.who, deed));
    }

    fn both_ways(&mut self, after: u64, block: usize, other: Place, ms: u64) {
        self.then(after, Act::Cut(Place::Block(block), other, ms));
        self.then(after, Act::Cut(other, Place::Block(block), ms));
    }

    /// A backup's tail reaches the archive when the slice is back at its home, which does not hear
    /// of it until the log has dropped it.
    fn dead_for_longer_than_the_log(&mut self) {
        let (home, backup, gap) = (self.home, self.backup, self.gap);
        self.then(0, Act::KeepLog(KEEP_LOG_MS));
        if self.rng.chance(30) {
            let dead = KEEP_LOG_MS + 4_000 + gap;
            return self.then(1_000, Act::Crash(Place::Block(home), dead));
        }
        self.order(0, Order::Forced(backup, false));
        self.customer(200, Deed::Forget);
        self.both_ways(2_400, backup, Place::Gateway, 5_000);
        self.both_ways(2_400, backup, Place::Archive, 5_000);
        for n in 0..3 {
            self.customer(2_600 + 200 * n, Deed::Pay);
        }
        self.order(3_700 + gap / 8, Order::Forced(home, false));
        self.both_ways(6_500 + gap / 4, home, Place::Archive, KEEP_LOG_MS + 3_000 + gap);
    }

    /// A block is dead for long with an operation under way of which it has not heard the end.
    fn dead_for_long(&mut self) {
        let (home, gap) = (self.home, self.gap);
        self.customer(0, Deed::Pay);
        self.then(50, Act::Cut(Place::Gateway, Place::Block(home), 1_000 + gap));
        self.customer(300, Deed::Pay);
        self.then(900 + gap, Act::Crash(Place::Block(home), 20_000));
        if self.rng.chance(50) {
            self.order(1_500 + gap, Order::Forced(self.backup, false));
            self.customer(1_600 + gap, Deed::Forget);
        }
    }

    /// Something is written that the archive cannot read, and the slice moves.
    fn bad_event(&mut self) {
        let (home, backup, gap) = (self.home, self.backup, self.gap);
        self.then(0, Act::BadEvent(home));
        self.customer(50, Deed::Pay);
        let order = match self.rng.below(3) {
            0 => Order::Planned(backup, 1_000),
            1 => Order::Urgent(backup, false),
            _ => Order::Forced(backup, false),
        };
        self.order(500 + gap, order);
        self.customer(600 + gap, Deed::Forget);
        self.customer(2_700 + gap, Deed::Look);
        self.customer(2_800 + gap, Deed::Pay);
        self.order(9_000 + 2 * gap, Order::Planned(home, 500));
    }

    /// The home is gone, and everybody logs in at a backup that is less than it.
    fn storm_at_an_unequal_backup(&mut self) {
        let (home, backup, gap) = (self.home, self.backup, self.gap);
        self.then(0, Act::Lesser(backup));
        if self.rng.chance(50) {
            self.order(100, Order::Planned(backup, 0));
        }
        self.then(500, Act::Crash(Place::Block(home), 8_000 + gap));
        for slice in (0..SLICES.len()).filter(|slice| SLICES[*slice] == home) {
            self.then(700, Act::Move(1, slice, Order::Forced(backup, true)));
        }
        self.then(800, Act::Storm(home));
        for n in 0..4 {
            self.customer(2_900 + 300 * n, Deed::Pay);
            self.customer(3_000 + 300 * n, Deed::Look);
        }
    }
}
