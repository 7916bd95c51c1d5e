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
    let mut script = Script { draw, acts: Vec::new(), slice, home, backup, router, who, gaps };
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
        match self.draw.rng.below(34) {
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
            13 => self.sealed_over_a_sleeper(),
            14 => self.clocks_apart(),
            // The rarest need most tries.
            15 => self.handed_over_early(),
            16 => self.forgotten_seal(),
            17 => self.sealed_over_a_sleeper(),
            18 => self.loosening_in_a_drain(),
            19..=23 => self.ordered_while_it_was_away(),
            _ => self.sleeping_transaction(),
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
        let router = Place::Router(self.router);
        self.then(200, Act::Cut(Place::Archive, router, blind));
        self.then(200, Act::Cut(router, Place::Archive, blind));
        self.then(1_300, Act::Cut(router, Place::Block(self.home), blind + 2_000));
        self.then(300, Act::Isolate(Place::Router(1 - self.router), blind + b));
        self.customer(10_500, Deed::Pay);
        if self.draw.rng.chance(70) {
            // What is ordered after the SEAL was taken back does not arrive for a while.
            let home = Place::Block(self.home);
            self.then(12_000, Act::Cut(home, Place::Archive, 5_000));
            self.customer(12_100 + a / 10, Deed::PayNewer);
            self.customer(12_900 + a / 2, Deed::Forget);
            for n in 0..3 {
                self.customer(13_000 + a / 2 + n, Deed::Look);
            }
        }
        if self.draw.rng.chance(30) {
            self.order(15_000, Order::Abort(false));
        }
    }

    /// The target of a drain is promoted, with customers who were handed over to it.
    fn target_promoted(&mut self) {
        let [a, b, c] = self.gaps;
        let soon = self.draw.rng.chance(60);
        self.order(0, Order::Planned(self.backup, if soon { a + 350 } else { a + b }));
        self.customer(100, Deed::Forget);
        self.customer(200, Deed::Pay);
        self.then(a, Act::StandbyCatchesUp(self.backup));
        if soon {
            self.then(a + 250, Act::Weather(40, 0, 200));
            self.then(a + 3_000, Act::Weather(0, 0, 20));
        }
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
        self.order(a + b + c, Order::Planned(self.home, 500));
    }

    /// The same, and what is ordered again there sleeps until the gateway has told what was done.
    fn ordered_while_it_was_away(&mut self) {
        let [a, b, c] = self.gaps;
        self.apart(0, self.home, 12_000 + b);
        // Nobody is told what became of it at the home.
        self.then(0, Act::Cut(Place::Block(self.home), Place::Clients, 2_500 + a / 4));
        self.then(0, Act::Cut(Place::Block(self.backup), Place::Gateway, 8_500 + a / 4));
        self.customer(100, Deed::Pay);
        self.order(1_000 + a / 4, Order::Forced(self.backup, false));
        self.customer(1_100 + a / 4, Deed::Forget);
        self.then(6_300 + b / 8, Act::Sleep(self.backup, 4_000, 3_000 + c / 2));
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

    /// A transaction sleeps at the home while the slice goes away and comes back. With the gateway
    /// away at the return, no journal is joined that would end it.
    fn sleeping_transaction(&mut self) {
        let [a, b, c] = self.gaps;
        let back = 2_500 + a / 4 + b;
        let wakes = back + 3_400 + c / 4;
        self.then(0, Act::Sleep(self.home, 1_500, wakes));
        // A customer would have it voided elsewhere; a thief stays and waits.
        self.thief(10, Deed::Steal);
        self.thief(50, Deed::Pay);
        if self.draw.rng.chance(50) {
            self.customer(50, Deed::Pay);
        }
        self.order(400 + a / 4, Order::Forced(self.backup, false));
        self.customer(2_500, Deed::Look);
        self.order(back, Order::Forced(self.home, false));
        if self.draw.rng.chance(70) {
            let home = Place::Block(self.home);
            self.then(back - 500, Act::Cut(home, Place::Gateway, 4_400 + c / 4));
            self.then(back + 3_300, Act::Cut(home, Place::Archive, 4_000));
        }
    }

    /// A thief stays at the block that was passed by and does not know it.
    fn thief_at_the_superseded(&mut self) {
        let [a, b, c] = self.gaps;
        self.customer(0, Deed::PayNewer);
        self.thief(900, Deed::Steal);
        self.apart(1_000, self.home, a + b + c + 2_000);
        self.order(1_100, Order::Forced(self.backup, false));
        let deed = if self.draw.rng.chance(40) { Deed::Cancel } else { Deed::Pay };
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
        self.order(0, Order::Planned(self.backup, 4_000 + a + b));
        self.then(50, Act::StandbyCatchesUp(self.home));
        if self.draw.rng.chance(70) {
            self.then(60, Act::Cut(Place::Block(self.home), Place::Archive, 4_000 + b));
        }
        self.customer(100, Deed::Pay);
        self.customer(300, Deed::Forget);
        self.customer(400, Deed::Pay);
        if self.draw.rng.chance(60) {
            let old = self.draw.old();
            self.then(2_700 + a / 2, Act::Promote(self.home, old));
        }
        self.customer(2_900 + a / 2, Deed::Forget);
    }

    /// Something is ordered at the owner just before it hands the customer over, and the archive
    /// does not hear of either for a while.
    fn handed_over_early(&mut self) {
        let [a, _, _] = self.gaps;
        self.order(0, Order::Planned(self.backup, 6_000 + a));
        self.customer(300, Deed::Forget);
        self.thief(250, Deed::Steal);
        let heard = Place::Block(self.home);
        self.then(1_900 + a / 20, Act::Cut(heard, Place::Archive, 3_000));
        self.thief(2_000 + a / 20, Deed::PayNewer);
        self.customer(2_100, Deed::Look);
        self.customer(2_200, Deed::Look);
    }

    /// A SEAL from an earlier drain is still there when the next one begins.
    fn old_seal(&mut self) {
        let [a, b, c] = self.gaps;
        let (again, done) = (1_500 + a, 1_700 + a + b);
        self.order(0, Order::Planned(self.backup, 0));
        let cut = self.draw.rng.chance(50);
        self.order(250 + c / 20, Order::Abort(cut));
        self.order(again, Order::Planned(self.backup, 200 + b));
        let home = Place::Block(self.home);
        self.then(again + b / 2, Act::Cut(home, Place::Archive, 4_000 + b / 2));
        for n in 0..4 {
            self.customer(again + b / 2 + n * (100 + b / 8), Deed::Pay);
        }
        self.customer(done + 700, Deed::Forget);
        self.customer(done + 900, Deed::Look);
        self.order(done + 6_000 + c, Order::Planned(self.home, 0));
    }

    /// A password is changed while the slice drains, and the change is lost on its way while the
    /// hand-over that follows it is not.
    fn loosening_in_a_drain(&mut self) {
        let [a, _, _] = self.gaps;
        self.order(0, Order::Planned(self.backup, 6_000 + a));
        self.then(200, Act::Cut(Place::Block(self.home), Place::Archive, 600 + a / 10));
        self.customer(150, Deed::NewPassword);
        self.customer(400 + a / 20, Deed::Forget);
        self.customer(1_500 + a, Deed::NewPassword);
        self.customer(1_600 + a, Deed::Forget);
    }

    /// The home's clock is ahead of the backup's.
    fn clocks_apart(&mut self) {
        let [a, b, _] = self.gaps;
        let ahead = i64::try_from(5_000 + a).unwrap_or(0);
        self.then(0, Act::Clock(Place::Block(self.home), ahead));
        self.customer(100, Deed::Prefer);
        self.order(500, Order::Planned(self.backup, 0));
        for n in 0..3 {
            self.customer(2_500 + n * (300 + b / 4), Deed::Prefer);
        }
    }

    /// The slice is sealed while a transaction sleeps in it.
    fn sealed_over_a_sleeper(&mut self) {
        let [a, b, c] = self.gaps;
        self.then(0, Act::Sleep(self.home, 1_500, 1_000 + a / 2));
        self.customer(50, Deed::Pay);
        self.customer(500, Deed::Pay);
        self.order(100, Order::Planned(self.backup, 0));
        // The SEAL has left; what comes back, and what follows it, does not arrive.
        self.apart(1_100 + b / 10, self.home, 3_000 + a);
        self.customer(2_500, Deed::Look);
        self.customer(3_000 + a / 2, Deed::Look);
        self.order(6_000 + a + c, Order::Planned(self.home, 0));
    }

    /// The archive is restored from a backup that lacks a move, or the tail of a passed-by home
    /// reaches only its new life.
    fn archive_forgets(&mut self) {
        let [a, b, c] = self.gaps;
        match self.draw.rng.below(4) {
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
            2 => {
                // A verdict of the old life is still under way when the new one has decided.
                let restored = 400 + c / 2;
                self.then(0, Act::BackUpArchive);
                self.then(50, Act::Weather(0, 0, 3_000));
                self.customer(100, Deed::NewPassword);
                self.then(restored, Act::RestoreArchive);
                self.then(restored + 100, Act::Weather(0, 0, 30));
                self.order(restored + 1_000 + a / 4, Order::Forced(self.backup, false));
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
