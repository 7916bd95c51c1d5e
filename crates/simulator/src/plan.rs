//! What goes wrong in a run, and when: drawn from the seed beforehand, so that a failing schedule
//! can be replayed, and shortened by leaving things out.

use crate::client::Deed;
use crate::hazards;
use crate::message::{NodeId, Slice, Who};
use crate::rng::Rng;
use crate::router::Order;
use crate::world::{ARCHIVE, CUSTOMERS, FIRST_BLOCK, GATEWAY, ROUTERS, SLICE_OF, SLICES};

/// A node, so that it means something whatever was left out before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The archive.
    Archive,
    /// The gateway.
    Gateway,
    /// A router.
    Router(usize),
    /// The newest life of a block.
    Block(usize),
    /// Everybody's clients.
    Clients,
}

/// What becomes of the old primary when a standby is promoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// Destroyed, with what the standby lacks.
    Destroyed,
    /// Stopped, and started again after so many milliseconds.
    Back(u64),
    /// It runs on, and sees only some of the others.
    Apart(u64),
    /// It stands still for so long and then goes on where it was.
    Asleep(u64),
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The network: loss and duplication in per cent, longest delay in milliseconds.
    Weather(u64, u64, u64),
    /// One direction is cut for so long.
    Cut(Place, Place, u64),
    /// A node hears and reaches nobody but its clients for so long.
    Isolate(Place, u64),
    /// A process dies and starts again.
    Crash(Place, u64),
    /// A process stands still.
    Pause(Place, u64),
    /// A disk is full for so long.
    DiskFull(usize, u64),
    /// A disk is slow for so long.
    DiskStalled(usize, u64),
    /// Transactions that a block begins within so long sleep for so long.
    Sleep(usize, u64, u64),
    /// A clock jumps by so many milliseconds.
    Clock(Place, i64),
    /// The standby of a block catches up.
    StandbyCatchesUp(usize),
    /// The standby of a block is promoted.
    Promote(usize, Old),
    /// A backup of a block is taken.
    BackUp(usize),
    /// A block is restored from its backup.
    Restore(usize, Old),
    /// A backup of the archive is taken.
    BackUpArchive,
    /// The archive is restored from it.
    RestoreArchive,
    /// The archive's synchronous standby is promoted.
    PromoteArchive,
    /// The router's standby, which lags, is promoted.
    RewindRouter(usize),
    /// The gateway takes nothing for so long.
    GatewayAway(u64),
    /// An operator orders through this router.
    Move(usize, Slice, Order),
    /// A customer does something.
    Customer(Who, Deed),
    /// A thief does something.
    Thief(Who, Deed),
    /// A block learns the newer version of payloads.
    Upgrade(usize),
    /// The archive keeps no more of its log than this, in milliseconds.
    KeepLog(u64),
    /// A block writes something that the archive cannot read yet.
    BadEvent(usize),
    /// A block turns out to be less than the homes: it takes on few requests of others' customers.
    Lesser(usize),
    /// Everybody of a home starts the app anew, and logs in.
    Storm(usize),
    /// All faults end.
    Quiet,
}

/// A run's plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What happens, in order of time.
    pub acts: Vec<(u64, Act)>,
    /// When faults end.
    pub quiet_ms: u64,
    /// When the run ends.
    pub end_ms: u64,
    /// Transactions that sleep, in per cent.
    pub sleepy: u64,
}

/// How long everything has to come to rest.
const REST_MS: u64 = 45_000;

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        let mut draw = Draw { rng: Rng::new(seed ^ 0x70_6c_61_6e), acts: Vec::new(), length: 0 };
        draw.length = draw.rng.between(15, 45) * 1_000;
        // Losing both compartments of something at once is beyond the protocol: a run either
        // restores the archive or loses the tail of blocks.
        let archive_lost = draw.rng.chance(25);
        draw.customers();
        draw.weather();
        let troubles = draw.rng.between(1, 8);
        for _ in 0..troubles {
            draw.trouble(archive_lost);
        }
        let moves = draw.rng.between(0, 6);
        for _ in 0..moves {
            draw.movement();
        }
        if draw.rng.chance(35) {
            draw.theft();
        }
        for _ in 0..*draw.rng.pick(&[0, 1, 1, 2]) {
            crate::scripts::script(&mut draw, archive_lost);
        }
        let (length, sleepy) = (draw.length, *draw.rng.pick(&[0, 0, 5, 20]));
        let mut acts = draw.acts;
        hazards::add(&mut acts, seed, length);
        acts.retain(|(at, _)| *at < length);
        acts.push((length, Act::Quiet));
        acts.sort_by_key(|(at, _)| *at);
        Self { acts, quiet_ms: length, end_ms: length + REST_MS, sleepy }
    }

    /// The same plan without some of its acts; the end of faults always stays.
    #[must_use]
    pub fn without(&self, left_out: &[usize]) -> Self {
        let keep = |(place, _): &(usize, &(u64, Act))| {
            !left_out.contains(place) || self.acts[*place].1 == Act::Quiet
        };
        let acts = self.acts.iter().enumerate().filter(keep).map(|(_, act)| *act).collect();
        Self { acts, ..self.clone() }
    }
}

pub(crate) struct Draw {
    pub(crate) rng: Rng,
    pub(crate) acts: Vec<(u64, Act)>,
    pub(crate) length: u64,
}

impl Draw {
    pub(crate) fn at(&mut self) -> u64 {
        self.rng.between(500, self.length - 500)
    }

    fn span(&mut self) -> u64 {
        *self.rng.pick(&[400, 1_500, 3_000, 6_000, 9_000, 15_000, 25_000])
    }

    pub(crate) fn number(&mut self, end: usize) -> usize {
        usize::try_from(self.rng.below(end as u64)).unwrap_or(0)
    }

    fn place(&mut self) -> Place {
        match self.rng.below(10) {
            0 => Place::Archive,
            1 => Place::Gateway,
            2 => Place::Router(self.number(2)),
            _ => Place::Block(self.number(4)),
        }
    }

    fn customers(&mut self) {
        for who in 0..CUSTOMERS {
            let deeds = self.rng.between(3, 12);
            for _ in 0..deeds {
                let at = self.at();
                let deed = match self.rng.below(20) {
                    0 => Deed::SignOut,
                    1 => Deed::Lock,
                    2 => Deed::Unlock,
                    3 => Deed::NewPassword,
                    4 | 5 => Deed::Prefer,
                    6 => Deed::Cancel,
                    7 => Deed::Look,
                    _ => Deed::Pay,
                };
                self.acts.push((at, Act::Customer(who, deed)));
            }
        }
    }

    fn weather(&mut self) {
        for _ in 0..self.rng.between(1, 3) {
            let at = self.at();
            let loss = *self.rng.pick(&[0, 0, 3, 10, 30]);
            let twice = *self.rng.pick(&[0, 5, 20]);
            let delay = *self.rng.pick(&[10, 40, 200, 1_000, 3_000]);
            self.acts.push((at, Act::Weather(loss, twice, delay)));
        }
    }

    fn trouble(&mut self, archive_lost: bool) {
        let (at, span) = (self.at(), self.span());
        let block = self.number(4);
        let act = match self.rng.below(16) {
            0 => Act::Cut(self.place(), self.place(), span),
            1 | 2 => Act::Isolate(self.place(), span),
            3 => Act::Crash(self.place(), span),
            4 | 5 => Act::Pause(self.place(), span),
            6 => Act::DiskFull(block, span),
            7 => Act::DiskStalled(block, span),
            8 => {
                let jump = i64::try_from(self.rng.between(0, 40_000)).unwrap_or(0) - 20_000;
                Act::Clock(self.place(), jump)
            }
            9 | 10 => Act::GatewayAway(span),
            11 => Act::RewindRouter(self.number(2)),
            12 => Act::Upgrade(block),
            13 => Act::PromoteArchive,
            _ if archive_lost => return self.lose_archive(at),
            _ => return self.lose_tail(at, block),
        };
        self.acts.push((at, act));
    }

    fn lose_archive(&mut self, at: u64) {
        let lag = *self.rng.pick(&[300, 1_000, 4_000, 10_000]);
        self.acts.push((at, Act::BackUpArchive));
        self.acts.push((at + lag, Act::RestoreArchive));
    }

    pub(crate) fn old(&mut self) -> Old {
        let span = self.span();
        match self.rng.below(4) {
            0 => Old::Destroyed,
            1 => Old::Back(span),
            2 => Old::Apart(span),
            _ => Old::Asleep(span),
        }
    }

    fn lose_tail(&mut self, at: u64, block: usize) {
        let lag = *self.rng.pick(&[50, 300, 1_000, 5_000]);
        let old = self.old();
        if self.rng.chance(70) {
            self.acts.push((at, Act::StandbyCatchesUp(block)));
            self.acts.push((at + lag, Act::Promote(block, old)));
        } else {
            self.acts.push((at, Act::BackUp(block)));
            self.acts.push((at + 3 * lag, Act::Restore(block, old)));
        }
    }

    fn order(&mut self, slice: Slice) -> Order {
        let home = SLICES[slice];
        let to = *self.rng.pick(&[home, 2 + home, 2 + home, 3 - home]);
        let drop = self.rng.chance(25);
        match self.rng.below(8) {
            0..=2 => Order::Planned(to, self.rng.below(6_000)),
            3 => Order::Urgent(to, drop),
            4 | 5 => Order::Forced(to, drop),
            6 => Order::Abort(false),
            _ => Order::Abort(true),
        }
    }

    fn movement(&mut self) {
        let (at, slice, router) = (self.at(), self.number(SLICES.len()), self.number(2));
        let order = self.order(slice);
        self.acts.push((at, Act::Move(router, slice, order)));
        self.bustle(slice, at);
        if self.rng.chance(30) {
            // Another operator wants something else.
            let later = at + self.rng.below(3_000);
            let order = self.order(slice);
            self.acts.push((later, Act::Move(1 - router, slice, order)));
        }
    }

    /// Customers of a slice are busy while it moves.
    pub(crate) fn bustle(&mut self, slice: Slice, at: u64) {
        for who in (0..CUSTOMERS).filter(|who| SLICE_OF[*who] == slice) {
            for _ in 0..self.rng.below(4) {
                let near = (at + self.rng.below(4_000)).saturating_sub(800);
                let deed = *self.rng.pick(&[
                    Deed::Pay,
                    Deed::Pay,
                    Deed::Forget,
                    Deed::Forget,
                    Deed::NewPassword,
                    Deed::Lock,
                    Deed::Look,
                ]);
                self.acts.push((near, Act::Customer(who, deed)));
            }
        }
    }

    fn theft(&mut self) {
        let who = self.number(CUSTOMERS);
        let mut at = self.at();
        self.acts.push((at, Act::Thief(who, Deed::Steal)));
        for _ in 0..self.rng.between(2, 6) {
            at += self.rng.between(100, 4_000);
            let deed =
                *self.rng.pick(&[Deed::Pay, Deed::Pay, Deed::Cancel, Deed::Forge, Deed::Look]);
            self.acts.push((at, Act::Thief(who, deed)));
        }
        let noticed = at - self.rng.below(3_000).min(at / 2);
        let deed = *self.rng.pick(&[Deed::SignOut, Deed::Lock, Deed::NewPassword]);
        self.acts.push((noticed, Act::Customer(who, deed)));
    }
}

impl Place {
    /// The nodes meant.
    pub fn nodes(self, current: &[NodeId; 4]) -> Vec<NodeId> {
        match self {
            Self::Archive => vec![ARCHIVE],
            Self::Gateway => vec![GATEWAY],
            Self::Router(n) => vec![ROUTERS[n]],
            Self::Block(n) => vec![current[n]],
            Self::Clients => (ROUTERS[1] + 1..FIRST_BLOCK).collect(),
        }
    }
}
