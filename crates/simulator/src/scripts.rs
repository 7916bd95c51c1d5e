//! Schedules that have hurt before, or that hurt in theory, with chance in their gaps and with
//! everything else around them random. The rarest hazards of protocol §10 would need millions of
//! uniform seeds.

use crate::client::Deed;
use crate::message::Slice;
use crate::plan::{Act, Draw, Old, Place};
use crate::router::Order;
use crate::world::{CUSTOMERS, SLICE_OF, SLICES};

/// A script being written: acts in milliseconds after its beginning.
struct Script<'a> {
    draw: &'a mut Draw,
    acts: Vec<(u64, Act)>,
    slice: Slice,
    home: usize,
    backup: usize,
    router: usize,
    who: usize,
    gaps: [u64; 3],
}

/// Adds one of the scripts to a plan.
pub(crate) fn script(draw: &mut Draw, archive_lost: bool) {
    let slice = draw.number(SLICES.len());
    let at = draw.at() / 2;
    let gaps = [(); 3].map(|()| draw.rng.between(200, 6_000));
    let router = draw.number(2);
    let here: Vec<usize> = (0..CUSTOMERS).filter(|who| SLICE_OF[*who] == slice).collect();
    let who = *draw.rng.pick(&here);
    let (home, backup) = (SLICES[slice], 2 + SLICES[slice]);
    let mut script =
        Script { draw, acts: Vec::new(), slice, home, backup, router, who, gaps };
    if archive_lost {
        script.archive_forgets();
    } else {
        script.one_of_all();
    }
    let Script { draw, acts, slice, .. } = script;
    for (after, act) in acts {
        draw.acts.push((at + after, act));
    }
    draw.bustle(slice, at);
}

impl Script<'_> {
    fn one_of_all(&mut self) {
        match self.draw.rng.below(14) {
            0 => self.passed_by_and_back(),
            1 => self.asleep_through_it(),
            2 => self.forgotten_seal(),
            3 => self.target_promoted(),
            4 => self.gateway_away(),
            5 => self.home_promoted(),
            6 => self.there_and_back(),
            7 => self.second_thoughts(),
            8 => self.sleeping_transaction(),
            9 => self.thief_at_the_superseded(),
            10 => self.hand_over_and_promotion(),
            11 => self.old_seal(),
            12 => self.loosening_in_a_drain(),
            _ => self.sealed_over_a_sleeper(),
        }
    }

    fn then(&mut self, after: u64, act: Act) {
        self.acts.push((after, act));
    }

    fn order(&mut self, after: u64, order: Order) {
        self.then(after, Act::Move(self.router, self.slice, order));
    }

    fn customer(&mut self, after: u64, deed: Deed) {
        self.then(after, Act::Customer(self.who, deed));
    }

    fn thief(&mut self, after: u64, deed: Deed) {
        self.then(after, Act::Thief(self.who, deed));
    }

    /// Cut off from the archive in both directions.
    fn apart(&mut self, after: u64, block: usize, ms: u64) {
        self.then(after, Act::Cut(Place::Block(block), Place::Archive, ms));
        self.then(after, Act::Cut(Place::Archive, Place::Block(block), ms));
        for router in 0..2 {
            self.then(after, Act::Cut(Place::Router(router), Place::Block(block), ms));
        }
    }

    /// The owner is cut off from the archive, passed by, and comes back.
    fn passed_by_and_back(&mut self) {
        let [a, b, c] = self.gaps;
        self.apart(0, self.home, a + b);
        self.customer(a / 2, Deed::Pay);
        self.order(a, Order::Forced(self.backup, false));
        self.customer(a + 300, Deed::Forget);
        self.order(a + b + c, Order::Forced(self.home, false));
    }

    /// The owner sleeps through a takeover and a return.
    fn asleep_through_it(&mut self) {
        let [a, b, c] = self.gaps;
        self.then(0, Act::Pause(Place::Block(self.home), a + b + c));
        self.order(a, Order::Forced(self.backup, false));
        self.order(a + b, Order::Forced(self.home, false));
    }

    /// A drain whose SEAL waits so long that the owner takes it back, and is then remembered.
    fn forgotten_seal(&mut self) {
        let [a, b, _] = self.gaps;
        self.order(0, Order::Planned(self.backup, 0));
        let blind = 12_000 + a / 2;
        self.then(200, Act::Cut(Place::Archive, Place::Router(self.router), blind));
        self.then(300, Act::Isolate(Place::Router(1 - self.router), blind + b));
        for n in 0..5 {
            self.customer(10_200 + 500 * n, Deed::Pay);
        }
        if self.draw.rng.chance(30) {
            self.order(15_000, Order::Abort(false));
        }
    }

    /// The target of a drain is promoted, with customers who were handed over to it.
    fn target_promoted(&mut self) {
        let [a, b, c] = self.gaps;
        self.order(0, Order::Planned(self.backup, a + b));
        self.customer(100, Deed::Forget);
        self.customer(200, Deed::Pay);
        self.then(a, Act::StandbyCatchesUp(self.backup));
        let old = self.draw.old();
        self.then(a + 300, Act::Promote(self.backup, old));
        self.customer(a + 400 + c / 4, Deed::Pay);
    }

    /// The new owner cannot reach the gateway, and the old one's tail is not in the archive.
    fn gateway_away(&mut self) {
        let [a, b, c] = self.gaps;
        self.apart(0, self.home, a + b);
        self.then(0, Act::Cut(Place::Block(self.backup), Place::Gateway, a + b));
        self.customer(100, Deed::Pay);
        self.order(1_000 + a / 4, Order::Forced(self.backup, false));
        self.customer(1_100 + a / 4, Deed::Forget);
        if self.draw.rng.chance(60) {
            self.then(3_000, Act::Sleep(self.backup, a + b, 1_000 + c));
        }
        self.order(a + b + c, Order::Planned(self.home, 500));
    }

    /// The home is promoted with a tail that its standby lacks, and the old one runs on.
    fn home_promoted(&mut self) {
        let [a, b, _] = self.gaps;
        self.apart(0, self.home, a);
        self.then(50, Act::StandbyCatchesUp(self.home));
        self.then(a / 2 + 50, Act::Promote(self.home, Old::Apart(b)));
    }

    /// There, back, there: each with what the other did under way.
    fn there_and_back(&mut self) {
        let [a, b, c] = self.gaps;
        self.order(0, Order::Forced(self.backup, false));
        self.order(a, Order::Forced(self.home, false));
        self.order(a + b, Order::Forced(self.backup, true));
        self.order(a + b + c, Order::Planned(self.home, 0));
    }

    /// A drain, given up, and a move by force.
    fn second_thoughts(&mut self) {
        let [a, b, _] = self.gaps;
        self.order(0, Order::Planned(self.backup, a));
        self.customer(100, Deed::Forget);
        self.order(a / 2, Order::Abort(true));
        self.order(a + b, Order::Forced(self.backup, false));
    }

    /// A transaction sleeps at the home while the slice goes away and comes back.
    fn sleeping_transaction(&mut self) {
        let [a, b, c] = self.gaps;
        self.then(0, Act::Sleep(self.home, 1_500, 2_000 + a + b + c));
        self.customer(50, Deed::Pay);
        self.order(400 + a / 4, Order::Forced(self.backup, false));
        self.customer(2_500, Deed::Look);
        self.order(2_500 + a / 4 + b, Order::Forced(self.home, false));
    }

    /// A thief stays at the block that was passed by and does not know it.
    fn thief_at_the_superseded(&mut self) {
        let [a, b, c] = self.gaps;
        self.customer(0, Deed::PayNewer);
        self.thief(900, Deed::Steal);
        self.apart(1_000, self.home, a + b + c + 2_000);
        self.order(1_100, Order::Forced(self.backup, false));
        let deed = if self.draw.rng.chance(70) { Deed::Cancel } else { Deed::Pay };
        self.thief(2_500 + a / 2, deed);
        self.thief(2_600 + a, Deed::Cancel);
        if self.draw.rng.chance(50) {
            self.customer(2_000, Deed::SignOut);
        }
        self.order(a + b + 3_000, Order::Forced(self.home, false));
    }

    /// The owner hands a customer over and is promoted without knowing it.
    fn hand_over_and_promotion(&mut self) {
        let [a, b, _] = self.gaps;
        self.order(0, Order::Planned(self.backup, a + b));
        self.then(50, Act::StandbyCatchesUp(self.home));
        if self.draw.rng.chance(50) {
            self.then(60, Act::Cut(Place::Block(self.home), Place::Archive, 1_000 + b));
        }
        self.customer(100, Deed::Pay);
        self.customer(300, Deed::Forget);
        self.customer(400, Deed::Pay);
        if self.draw.rng.chance(60) {
            let old = self.draw.old();
            self.then(600 + a / 2, Act::Promote(self.home, old));
        }
        self.customer(800 + a / 2, Deed::Forget);
    }

    /// A SEAL from an earlier drain is still there when the next one begins.
    fn old_seal(&mut self) {
        let [a, b, c] = self.gaps;
        self.order(0, Order::Planned(self.backup, 0));
        let cut = self.draw.rng.chance(50);
        self.order(600, Order::Abort(cut));
        self.order(1_500 + a, Order::Planned(self.backup, 200 + b));
        for n in 0..4 {
            self.customer(1_500 + a + n * (300 + b / 4), Deed::Pay);
        }
        self.order(3_000 + a + b + c, Order::Planned(self.home, 0));
    }

    /// A password is changed while the slice drains, and the archive's answer is slow.
    fn loosening_in_a_drain(&mut self) {
        let [a, b, _] = self.gaps;
        self.then(0, Act::Cut(Place::Archive, Place::Block(self.home), 1_000 + a));
        self.customer(50, Deed::NewPassword);
        self.order(100, Order::Planned(self.backup, a + b));
        self.customer(600, Deed::Forget);
        self.customer(1_500 + a, Deed::NewPassword);
        self.customer(1_600 + a, Deed::Forget);
    }

    /// The slice is sealed while a transaction sleeps in it.
    fn sealed_over_a_sleeper(&mut self) {
        let [a, b, c] = self.gaps;
        self.then(0, Act::Sleep(self.home, 900, 1_000 + a));
        self.customer(50, Deed::Pay);
        self.order(500, Order::Planned(self.backup, 0));
        self.customer(1_200, Deed::Look);
        self.customer(1_400 + a, Deed::Look);
        self.order(4_000 + b + c, Order::Planned(self.home, 0));
    }

    /// The archive is restored from a backup that lacks a move, or the tail of a passed-by home
    /// reaches only its new life.
    fn archive_forgets(&mut self) {
        let [a, b, c] = self.gaps;
        match self.draw.rng.below(3) {
            0 => {
                self.then(0, Act::BackUpArchive);
                self.order(a.min(3_000), Order::Forced(self.backup, false));
                self.then(a + b, Act::RestoreArchive);
            }
            1 => {
                self.apart(0, self.home, a + b + c + 2_000);
                self.customer(50, Deed::Pay);
                self.order(1_000, Order::Forced(self.backup, false));
                self.then(1_500, Act::BackUpArchive);
                for n in 0..4 {
                    self.customer(1_600 + 400 * n, Deed::Prefer);
                }
                self.then(3_200 + a + b, Act::RestoreArchive);
            }
            _ => {
                self.then(0, Act::BackUpArchive);
                self.customer(100, Deed::Pay);
                self.then(150, Act::Weather(0, 30, 3_000));
                self.customer(600, Deed::Pay);
                self.then(400 + c / 2, Act::RestoreArchive);
                self.then(5_000 + c, Act::Weather(0, 0, 30));
            }
        }
    }
}
