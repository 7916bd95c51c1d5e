//! A router: tells clients their block, and conducts moves. There are two, and nothing keeps them
//! from acting at once.

use std::collections::BTreeMap;
use std::rc::Rc;

use common::failover::{Evidence, Sight, Verdict, decide};
use common::placement::Placement;
use common::placement::conduct::{self, Goal, Next, begin, gives_up, learns, reached};
use common::placement::moves::{Proposal, Step};
use common::placement::readiness::{Sheet, differences};
use common::{Incarnation, Timestamp};

use crate::block::AMPLE;
use crate::message::{Message, NodeId, Slice, Who};
use crate::world::{ARCHIVE, BLOCKS, ROUTERS, SLICE_OF, SLICES, World, tell};

const POLL_MS: u64 = 1_000;
const STEP_MS: u64 = 500;

/// What an operator wants, blocks by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A planned move to that block, sessions kept for so many milliseconds.
    Planned(usize, u64),
    /// At once; sessions dropped or not.
    Urgent(usize, bool),
    /// Without asking the owner.
    Forced(usize, bool),
    /// Give the drain up; the target is said to be dead or not.
    Abort(bool),
}

/// A router.
#[derive(Clone, Debug)]
pub(crate) struct Router {
    /// Its copy of the register.
    pub rows: Vec<Placement>,
    life: Option<Incarnation>,
    goals: BTreeMap<Slice, Goal>,
    changed: Vec<u64>,
    last_step: BTreeMap<Slice, u64>,
    last_poll: u64,
    silent_since: [[Option<u64>; 4]; 3],
}

impl Router {
    /// With a copy of the first register.
    pub(crate) fn new(rows: &[Placement]) -> Self {
        Self {
            rows: rows.to_vec(),
            life: None,
            goals: BTreeMap::new(),
            changed: vec![0; rows.len()],
            last_step: BTreeMap::new(),
            last_poll: 0,
            silent_since: [[None; 4]; 3],
        }
    }

    /// It starts anew, from its copy.
    pub(crate) fn restart(&mut self) {
        *self = Self { life: self.life, ..Self::new(&self.rows) };
    }
}

impl World {
    pub(crate) fn router_tick(&mut self, router: usize) {
        let now = self.now;
        if now >= self.routers[router].last_poll + POLL_MS {
            self.routers[router].last_poll = now;
            self.send(ROUTERS[router], ARCHIVE, Message::ReadRegister(None));
        }
        for slice in 0..SLICES.len() {
            self.conduct(router, slice);
        }
        self.look_for_the_dead(router);
    }

    pub(crate) fn router_receives(&mut self, router: usize, from: NodeId, message: Message) {
        match message {
            Message::Route(who) => self.route(router, from, who),
            Message::Register { life, rows, recovering, .. } => {
                if recovering {
                    let copy = Rc::new(self.routers[router].rows.clone());
                    let witness = Message::Witness { life, resent: true, copy, fences: Vec::new() };
                    return self.send(ROUTERS[router], ARCHIVE, witness);
                }
                for (slice, row) in rows.iter().enumerate() {
                    self.learn(router, life, slice, row);
                }
            }
            Message::Proposed(life, slice, row, refused) => {
                self.learn(router, life, slice, &row);
                if refused.is_none() {
                    self.push(router, life, &row);
                } else if refused.is_some_and(gives_up) {
                    self.routers[router].goals.remove(&slice);
                }
            }
            _ => {}
        }
    }

    fn route(&mut self, router: usize, from: NodeId, who: Who) {
        let row = &self.routers[router].rows[SLICE_OF[who]];
        let fresh = self.clients[from - crate::world::FIRST_CLIENT].is_logged_out();
        let block = row.routed(fresh).clone();
        let revision = row.revision;
        let place = self.block_named(&block);
        self.send(ROUTERS[router], from, Message::Routed(place, revision));
    }

    fn learn(&mut self, router: usize, life: Incarnation, slice: Slice, row: &Placement) {
        let now = self.now;
        let state = &mut self.routers[router];
        if !learns(state.life.as_ref(), &life, &state.rows[slice], row) {
            return;
        }
        state.life = Some(life);
        state.rows[slice] = row.clone();
        state.changed[slice] = now;
        if reached(row) {
            state.goals.remove(&slice);
        }
        self.count("router learns a row");
    }

    /// Whoever changes a row pushes it.
    fn push(&mut self, router: usize, life: Incarnation, row: &Placement) {
        for block in 0..BLOCKS.len() {
            let to = self.current[block];
            self.send(ROUTERS[router], to, Message::Push(life, Box::new(row.clone())));
        }
    }

    /// An operator's wish, as an action of this router.
    pub(crate) fn operate(&mut self, router: usize, slice: Slice, order: Order) {
        if !self.runs(ROUTERS[router]) {
            return;
        }
        let row = self.routers[router].rows[slice].clone();
        let target = |block: usize| {
            let node = self.current[block] - crate::world::FIRST_BLOCK;
            (self.names[block].clone(), self.blocks[node].db.life)
        };
        if let Order::Planned(block, _) | Order::Urgent(block, _) = order
            && !differences(&self.sheet(SLICES[slice]), &self.sheet(block)).is_empty()
        {
            // What is not its equal is not offered; a person may force it.
            return self.count("move not offered: unequal");
        }
        let order = match order {
            Order::Planned(block, keep) => {
                conduct::Order::Planned(target(block), i64::try_from(keep).unwrap_or(0))
            }
            Order::Urgent(block, drop) => conduct::Order::Urgent(target(block), drop),
            Order::Forced(block, drop) => conduct::Order::Forced(target(block), drop),
            Order::Abort(cut) => conduct::Order::Abort(cut),
        };
        let (step, goal) = begin(order, &row, at(self.now));
        if let Some(goal) = goal {
            self.routers[router].goals.insert(slice, goal);
        }
        if let Some(step) = step {
            self.propose_as(router, slice, &row, step, "operator");
        }
    }

    /// What a block says of itself. Everybody's customers need the same.
    fn sheet(&self, block: usize) -> Sheet {
        let block = &self.blocks[self.current[block] - crate::world::FIRST_BLOCK];
        Sheet {
            version: u32::from(block.version),
            settings: BTreeMap::new(),
            measured_per_second: block.budget.per_second,
            needed_per_second: AMPLE.per_second / 2,
        }
    }

    fn propose_as(&mut self, router: usize, slice: Slice, row: &Placement, step: Step, by: &str) {
        let proposal = Proposal {
            expected: row.revision,
            step,
            from: None,
            reason: "a move".to_owned(),
            decided_by: by.to_owned(),
        };
        self.send(ROUTERS[router], ARCHIVE, Message::Propose(slice, Box::new(proposal)));
    }

    /// Brings a drain to its end, our own or one that another router has left.
    fn conduct(&mut self, router: usize, slice: Slice) {
        let now = self.now;
        let state = &self.routers[router];
        let row = state.rows[slice].clone();
        let goal = state.goals.get(&slice).copied();
        let unchanged = i64::try_from(now - state.changed[slice]).unwrap_or(0);
        let last = state.last_step.get(&slice).copied().unwrap_or(0);
        let next = conduct::conduct(&row, goal, unchanged, at(now));
        let Some(Next { seal: (sealer, generation), step }) = next else { return };
        if now < last + STEP_MS {
            return;
        }
        self.routers[router].last_step.insert(slice, now);
        let sealer = self.current[self.block_named(&sealer)];
        self.send(ROUTERS[router], sealer, Message::Close(slice, generation));
        self.propose_as(router, slice, &row, step, "conductor");
    }

    /// Automatic failover (I14): three vantage points, one move.
    fn look_for_the_dead(&mut self, router: usize) {
        let now = self.now;
        let vantage = [ROUTERS[0], ROUTERS[1], ARCHIVE];
        for (place, from) in vantage.into_iter().enumerate() {
            for block in 0..BLOCKS.len() {
                let well = self.reaches(from, self.current[block]);
                let since = &mut self.routers[router].silent_since[place][block];
                *since = if well { None } else { since.or(Some(now)) };
            }
        }
        let seen = self.routers[router].silent_since;
        let dead = |block: usize| {
            seen.iter().all(|place| place[block].is_some_and(|since| now - since > 3_000))
        };
        let all_alike = (0..BLOCKS.len()).all(dead);
        for home in 0..2 {
            let sights: Vec<Option<Sight>> = vantage
                .iter()
                .enumerate()
                .map(|(place, from)| {
                    self.reaches(ROUTERS[router], *from).then(|| {
                        seen[place][home].map_or(Sight::Well, |since| Sight::Silent(at(since)))
                    })
                })
                .collect();
            let evidence = Evidence {
                sights: &sights,
                gateway_served: Some(at(self.gateway.served[home])),
                lag_ms: (0, 1),
                capacity: (1, 1),
                all_alike,
                held: self.quiet,
            };
            if decide(&evidence, at(now)) == Verdict::Move {
                self.move_by_itself(router, home);
            }
        }
    }

    fn move_by_itself(&mut self, router: usize, home: usize) {
        let backup = 2 + home;
        for slice in (0..SLICES.len()).filter(|slice| SLICES[*slice] == home) {
            let row = self.routers[router].rows[slice].clone();
            let last = self.routers[router].last_step.get(&slice).copied().unwrap_or(0);
            if row.owner != self.names[home] || self.now < last + STEP_MS {
                continue;
            }
            self.routers[router].last_step.insert(slice, self.now);
            let target = self.names[backup].clone();
            let node = self.current[backup];
            let incarnation = self.block(node).db.life;
            let step = Step::Force { target, incarnation, drop_sessions: false };
            self.count("automation proposes");
            tell!(self, "router {router}: {} looks dead", BLOCKS[home]);
            self.propose_as(router, slice, &row, step, "automation");
        }
    }
}

/// A moment of the world, as decisions want it.
fn at(ms: u64) -> Timestamp {
    Timestamp::from_unix_ms(i64::try_from(ms).unwrap_or(0))
}
