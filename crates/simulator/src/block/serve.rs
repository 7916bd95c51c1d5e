//! Requests of clients: admission, authentication, transactions behind the gate, answers.

use common::block::access::Access;
use common::block::start::{Phase, serves};
use common::guards::Guard;
use common::join::operation::{Marks, Version};
use common::join::register;
use common::join::session::Session;
use common::operation::{IntentHash, OperationState};
use common::{Generation, OperationId, Timestamp};
use std::rc::Rc;

use super::{Then, Transaction, Waiter, Write};
use crate::data::{Change, Field, Intent, Operation};
use crate::message::{
    Ask, Durability, Loosening, Message, NodeId, Refusal, Reply, Request, View, Who,
};
use crate::rng::mix;
use crate::world::{Disk, FIRST_BLOCK, SLICE_OF, World, tell};

/// How long an answer waits for the second compartment.
const ACCEPT_WAIT_MS: u64 = 300;
/// How long a sign-out and a loosening wait.
const FIRM_WAIT_MS: u64 = 1_500;

impl World {
    pub(super) fn request(&mut self, node: NodeId, from: NodeId, request: &Request) {
        match self.admitted(node, request) {
            Ok(generation) => self.do_request(node, from, request, generation),
            Err(refusal) => {
                self.count(refusal_name(refusal));
                self.reply(node, from, request.customer, request.number, Reply::Refused(refusal));
            }
        }
    }

    fn admitted(&mut self, node: NodeId, request: &Request) -> Result<Generation, Refusal> {
        let who = request.customer;
        if !serves(self.block(node).process.phase) || self.nodes[node].disk == Disk::Full {
            return Err(Refusal::Later);
        }
        let generation = match self.access_of(node, who, Some(request.seen)) {
            Access::Serve(generation) => generation,
            Access::Load(generation) => {
                self.begin_load(node, who, generation, true);
                return Err(Refusal::Later);
            }
            Access::AskFor(generation) => {
                self.ask_for(node, who, generation);
                return Err(Refusal::Later);
            }
            Access::Elsewhere(_) => return Err(Refusal::Moved),
            Access::Sealed => return Err(Refusal::Later),
            Access::Behind => {
                self.block(node).process.last_register = 0;
                return Err(Refusal::Later);
            }
            Access::Superseded => return Err(Refusal::Moved),
        };
        let block = self.block(node);
        if block.process.phase == Phase::Alone && !block.process.verified.contains(&who) {
            // Started alone: his first request is a JOURNAL under our generation.
            self.begin_load(node, who, generation, false);
            return Err(Refusal::Later);
        }
        if !self.block(node).db.customers[who].intents.is_empty() {
            return Err(Refusal::Later); // I9: a loosening without a verdict is asked for first.
        }
        self.authenticate(node, request, generation)?;
        Ok(generation)
    }

    fn authenticate(
        &mut self,
        node: NodeId,
        request: &Request,
        generation: Generation,
    ) -> Result<(), Refusal> {
        let who = request.customer;
        let now = self.clock(node);
        let db = &self.blocks[node - FIRST_BLOCK].db;
        let from_generation = db.rows[SLICE_OF[who]].sessions_from_generation;
        let data = &db.customers[who].data;
        if let Ask::LogIn(password) = request.ask {
            if password != data.password {
                return Err(Refusal::Password);
            }
        } else {
            let token = request.token.ok_or(Refusal::LogIn)?;
            let session = data.sessions.get(&token).ok_or(Refusal::LogIn)?;
            if !session.is_live(data.epoch, from_generation, now) {
                return Err(Refusal::LogIn);
            }
            let epoch = session.epoch;
            if self.checker.legitimate(who, generation) {
                self.checker.session_used(token, epoch, node, who);
            }
        }
        if matches!(request.ask, Ask::Order(..)) {
            if self.blocks[node - FIRST_BLOCK].db.customers[who].data.locks.locked() {
                return Err(Refusal::Locked);
            }
            self.check_unlocked(node, who, generation);
            if request.as_of && self.block(node).db.customers[who].fenced {
                return Err(Refusal::LookAgain); // He has not seen what the journal has told us.
            }
        }
        self.check_authentication(node, who, generation);
        Ok(())
    }

    fn do_request(
        &mut self,
        node: NodeId,
        from: NodeId,
        request: &Request,
        generation: Generation,
    ) {
        let who = request.customer;
        let number = request.number;
        let (writes, then) = match &request.ask {
            Ask::LogIn(_) => self.open_session(node, who, generation),
            Ask::Order(id, intent) => match self.order(node, who, *id, *intent, generation) {
                Some(write) => (vec![write], Then::Status(*id)),
                None => return self.known_order(node, from, request, *id, *intent),
            },
            Ask::Cancel(id) => match self.cancel(node, who, *id, generation) {
                Some(write) => (vec![write], Then::Status(*id)),
                None => return self.status(node, from, who, number, *id),
            },
            Ask::View => return self.view(node, from, request, generation),
            Ask::Answer(_, true) if !self.block(node).db.customers[who].fenced => {
                // He cannot know yet whether it was done.
                let refused = Reply::Refused(Refusal::NotNow);
                return self.reply(node, from, who, number, refused);
            }
            Ask::Answer(id, yes) => (vec![Write::Answer(*id, *yes)], Then::Status(*id)),
            Ask::SignOut => self.sign_out(node, who, generation),
            Ask::Lock(id) => (vec![Write::Change(Change::Lock(*id))], Then::Say(Reply::Done)),
            Ask::Prefer(value) => {
                let write = self.prefer(node, who, *value, generation);
                (vec![write], Then::Say(Reply::Done))
            }
            Ask::Unlock(shown) => self.loosening(who, generation, Change::Unlock(shown.clone())),
            Ask::NewPassword(version) => {
                self.loosening(who, generation, Change::Password(*version))
            }
        };
        let reply = Some((from, number, then));
        self.begin(node, Transaction { customer: who, generation, writes, reply });
    }

    /// A transaction takes its slice's gate shared and commits a moment later; sometimes it sleeps.
    pub(super) fn begin(&mut self, node: NodeId, transaction: Transaction) {
        let id = self.unique();
        let stalled = self.nodes[node].disk == Disk::Stalled;
        let sleeps = !self.quiet && self.rng.chance(self.plan.sleepy);
        let asleep = self.nodes[node].asleep.filter(|(until, _)| *until > self.now);
        let takes = match (stalled, sleeps) {
            _ if asleep.is_some() => asleep.map_or(0, |(_, ms)| ms),
            (true, _) => self.rng.between(200, 3_000),
            (false, true) => self.rng.between(1_000, 12_000),
            (false, false) => self.rng.between(1, 15),
        };
        self.block(node).process.transactions.insert(id, transaction);
        self.commit_at(node, self.now + takes, id);
    }

    pub(crate) fn block_commit(&mut self, node: NodeId, id: u64) {
        let Some(transaction) = self.block(node).process.transactions.remove(&id) else {
            self.count("transaction was ended");
            return;
        };
        if self.nodes[node].disk == Disk::Full {
            self.count("commit failed");
            return;
        }
        self.count("commit");
        let Transaction { customer, generation, writes, reply } = transaction;
        let mut row = None;
        for write in writes {
            row = self.perform(node, customer, generation, write).or(row);
        }
        let Some((client, number, then)) = reply else { return };
        match then {
            Then::Say(reply) => self.reply(node, client, customer, number, reply),
            then => {
                let wait =
                    if matches!(then, Then::Status(_)) { ACCEPT_WAIT_MS } else { FIRM_WAIT_MS };
                let until = self.now + wait;
                if let Then::SignOut(fence) = then {
                    let message = Message::Fence(customer, generation, fence);
                    self.send(node, crate::world::GATEWAY, message);
                }
                let waiter =
                    Waiter { customer, client, number, until, then, row, generation, fence: None };
                self.block(node).process.waiting.push(waiter);
            }
        }
    }

    fn perform(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        write: Write,
    ) -> Option<u64> {
        let legitimate = self.checker.legitimate(who, generation);
        match write {
            Write::Order(id, operation) => {
                if self.block(node).db.customers[who].data.operations.contains_key(&id) {
                    return None;
                }
                tell!(
                    self,
                    "{}: saved {} of customer-{who} under {generation} (wish {})",
                    self.name(node),
                    crate::gateway::short(id),
                    operation.intent.wish
                );
                self.checker.ordered(id, legitimate);
                self.due(node, who, id);
                Some(self.write(node, who, generation, Change::Operation(id, operation)))
            }
            Write::Cancel(id, unknown) => {
                self.checker.cancel_wanted(id, legitimate);
                let known = self.block(node).db.customers[who].data.operations.get(&id).copied();
                let mut operation = known.unwrap_or(unknown);
                if operation.at.state.is_final() {
                    return None;
                }
                operation.at.marks.cancel_requested = true;
                tell!(
                    self,
                    "{}: cancel of {} wanted under {generation}",
                    self.name(node),
                    crate::gateway::short(id)
                );
                operation.write(operation.at.state, generation);
                self.due(node, who, id);
                Some(self.write(node, who, generation, Change::Operation(id, operation)))
            }
            Write::Answer(id, yes) => {
                let known = self.block(node).db.customers[who].data.operations.get(&id).copied();
                let mut operation = known?;
                if operation.at.state.is_final() {
                    return None;
                }
                self.checker.answered(id, yes, legitimate);
                operation.at.marks.asked = operation.at.marks.asked.answered_under(generation);
                operation.at.marks.cancel_requested |= !yes;
                operation.write(operation.at.state, generation);
                self.due(node, who, id);
                Some(self.write(node, who, generation, Change::Operation(id, operation)))
            }
            Write::Change(change) => {
                if let Change::Session(token, _) = &change {
                    self.checker.session_opened(*token, node, legitimate);
                }
                if let Change::Lock(id) = &change {
                    self.checker.locked(*id, node);
                }
                Some(self.write(node, who, generation, change))
            }
            Write::Intend(loosening) => {
                self.block(node).db.customers[who].intents.push(loosening.clone());
                let message = Message::Loosen(Box::new(loosening));
                self.send(node, crate::world::ARCHIVE, message);
                None
            }
        }
    }

    fn due(&mut self, node: NodeId, who: Who, id: OperationId) {
        let now = self.now;
        self.block(node).db.customers[who].tokens.insert(id, (now, 0));
    }

    fn open_session(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
    ) -> (Vec<Write>, Then) {
        let token = mix(self.unique());
        let now = self.clock(node);
        let epoch = self.block(node).db.customers[who].data.epoch;
        let session = Session {
            epoch,
            generation,
            revoked: false,
            idle_until: now.plus_s(600),
            ends_at: now.plus_s(3_600),
        };
        let write = Write::Change(Change::Session(token, session));
        (vec![write], Then::Say(Reply::Opened(token)))
    }

    fn hash(&mut self, node: NodeId, id: OperationId, intent: &Intent) -> IntentHash {
        let confirmed = mix(intent.amount as u64 ^ u64::from(intent.wish) << 32);
        let computed = if self.guards.has(Guard::HashOfConfirmed) {
            0
        } else {
            // What a block would add of its own: the rate at which it saw it.
            self.clock(node).unix_ms() as u64 / 5_000
        };
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&mix(confirmed ^ computed).to_be_bytes());
        hash[8..24].copy_from_slice(id.0.as_bytes());
        IntentHash(hash)
    }

    fn order(
        &mut self,
        node: NodeId,
        who: Who,
        id: OperationId,
        intent: Intent,
        generation: Generation,
    ) -> Option<Write> {
        let hash = self.hash(node, id, &intent);
        let customer = &self.block(node).db.customers[who];
        if customer.data.operations.contains_key(&id) {
            return None;
        }
        let marks = Marks::ordered(customer.fenced, self.guards);
        Some(Write::Order(id, operation(intent, hash, generation, marks)))
    }

    /// The key is known: the present state, or the wrong intent.
    fn known_order(
        &mut self,
        node: NodeId,
        from: NodeId,
        request: &Request,
        id: OperationId,
        intent: Intent,
    ) {
        let who = request.customer;
        let hash = self.hash(node, id, &intent);
        let known = self.block(node).db.customers[who].data.operations[&id];
        if known.hash != hash && self.guards.has(Guard::IntentHash) {
            self.count("refused: another intent");
            if !request.forged {
                self.checker.told_mismatch(who, id);
            }
            let refused = Reply::Refused(Refusal::Mismatch);
            return self.reply(node, from, who, request.number, refused);
        }
        self.count("order repeated");
        self.status(node, from, who, request.number, id);
    }

    fn cancel(
        &mut self,
        node: NodeId,
        who: Who,
        id: OperationId,
        generation: Generation,
    ) -> Option<Write> {
        let known = self.block(node).db.customers[who].data.operations.get(&id)?;
        if known.at.state.is_final() || known.at.marks.cancel_requested {
            return None;
        }
        let _ = generation;
        Some(Write::Cancel(id, *known))
    }

    fn sign_out(&mut self, node: NodeId, who: Who, generation: Generation) -> (Vec<Write>, Then) {
        let fence = self.unique();
        let epoch = self.block(node).db.customers[who].data.epoch.raised(generation);
        (vec![Write::Change(Change::Epoch(epoch))], Then::SignOut(fence))
    }

    fn prefer(&mut self, node: NodeId, who: Who, value: u32, generation: Generation) -> Write {
        let wall = self.clock(node).unix_ms() as u64;
        let guards = self.guards;
        let old = self.block(node).db.customers[who].data.preference;
        let mut payload = [0; 32];
        payload[..4].copy_from_slice(&value.to_be_bytes());
        let key = register::next(old.key, generation, payload, wall, guards);
        let legitimate = self.checker.legitimate(who, generation);
        self.checker.preferred(value, old.value, legitimate);
        Write::Change(Change::Preference(Field { key, value }))
    }

    fn loosening(
        &mut self,
        who: Who,
        generation: Generation,
        change: Change,
    ) -> (Vec<Write>, Then) {
        let id = self.unique();
        let loosening = Loosening { id, customer: who, generation, change };
        (vec![Write::Intend(loosening)], Then::Loosening(id))
    }

    fn view(&mut self, node: NodeId, from: NodeId, request: &Request, generation: Generation) {
        let who = request.customer;
        let slice = SLICE_OF[who];
        let block = self.block(node);
        let customer = &block.db.customers[who];
        // An order that has not committed yet is not in the view, and might commit after it.
        let open = block.process.transactions.values().any(|open| open.customer == who);
        let view = View {
            complete: customer.fenced && !open,
            as_of: !customer.fenced && !open,
            generation,
            revision: block.db.rows[slice].revision,
            operations: customer.data.operations.iter().map(|(id, op)| (*id, *op)).collect(),
            locks: customer.data.locks.in_force().copied().collect(),
        };
        self.count(if view.complete { "view: complete" } else { "view: as of" });
        if view.complete {
            self.check_complete_view(node, who, &view);
        }
        let reply = Reply::Viewed(Rc::new(view));
        self.reply(node, from, who, request.number, reply);
    }

    pub(super) fn status(
        &mut self,
        node: NodeId,
        to: NodeId,
        who: Who,
        number: u64,
        id: OperationId,
    ) {
        let Some(operation) = self.block(node).db.customers[who].data.operations.get(&id).copied()
        else {
            let refused = Reply::Refused(Refusal::Later);
            return self.reply(node, to, who, number, refused);
        };
        let durability = self.durability(node, who, id, &operation);
        if durability == Durability::Accepted {
            self.check_accepted(node, who, id);
        }
        self.reply(node, to, who, number, Reply::Status(id, operation, durability));
    }

    /// Derived, never stored (I3): accepted is what the archive or the back office has.
    pub(super) fn durability(
        &self,
        node: NodeId,
        who: Who,
        id: OperationId,
        operation: &Operation,
    ) -> Durability {
        let db = &self.blocks[node - FIRST_BLOCK].db;
        let life = db.customers[who].acknowledged.get(&id);
        let archived = life.is_some() && life == db.archive_life.as_ref();
        if archived || operation.at.state.is_final() || !self.guards.has(Guard::TwoCompartments) {
            Durability::Accepted
        } else {
            Durability::Saved
        }
    }

    pub(super) fn reply(&mut self, node: NodeId, to: NodeId, who: Who, number: u64, reply: Reply) {
        let revision = self.block(node).db.rows[SLICE_OF[who]].revision;
        self.send(node, to, Message::Reply(number, revision, reply));
    }

    pub(super) fn keep_waiters(&mut self, node: NodeId) {
        let now = self.now;
        let waiting = std::mem::take(&mut self.block(node).process.waiting);
        for waiter in waiting {
            let overdue = waiter.until <= now;
            let archived = waiter.row.is_none_or(|row| self.row_archived(node, row));
            match waiter.then {
                Then::Status(id) => {
                    let known = self.block(node).db.customers[waiter.customer]
                        .data
                        .operations
                        .get(&id)
                        .is_some_and(|operation| operation.at.state.is_final());
                    if overdue || archived || known {
                        let Waiter { client, customer, number, .. } = waiter;
                        self.status(node, client, customer, number, id);
                        continue;
                    }
                }
                Then::SignOut(_) if overdue || (archived && waiter.fence.is_some()) => {
                    let serves = self.access_of(node, waiter.customer, None)
                        == Access::Serve(waiter.generation);
                    let everywhere = common::block::signing_out::everywhere(
                        archived && serves,
                        waiter.fence,
                        waiter.generation,
                    );
                    if everywhere {
                        let epoch = self.block(node).db.customers[waiter.customer].data.epoch;
                        self.checker.signed_out(waiter.customer, epoch);
                    }
                    self.count(if everywhere { "signed out" } else { "signed out here" });
                    let Waiter { client, customer, number, .. } = waiter;
                    self.reply(node, client, customer, number, Reply::SignedOut(everywhere));
                    continue;
                }
                Then::Loosening(_) if overdue => {
                    let Waiter { client, customer, number, .. } = waiter;
                    let refused = Reply::Refused(Refusal::NotNow);
                    self.reply(node, client, customer, number, refused);
                    continue;
                }
                _ => {}
            }
            self.block(node).process.waiting.push(waiter);
        }
    }

    pub(super) fn fenced(&mut self, node: NodeId, who: Who, number: u64, fence: Generation) {
        for waiter in &mut self.block(node).process.waiting {
            if waiter.customer == who && matches!(waiter.then, Then::SignOut(n) if n == number) {
                waiter.fence = Some(fence);
            }
        }
    }
}

/// A new operation.
fn operation(intent: Intent, hash: IntentHash, generation: Generation, marks: Marks) -> Operation {
    let at =
        Version { state: OperationState::Pending, generation, version: 1, payload: [0; 32], marks };
    let mut operation = Operation { at, intent, hash };
    operation.seal();
    operation
}

fn refusal_name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Moved => "client: moved",
        Refusal::Later => "client: later",
        Refusal::LogIn => "client: log in",
        Refusal::Password => "client: wrong password",
        Refusal::Locked => "client: locked",
        Refusal::Mismatch => "client: another intent",
        Refusal::NotNow => "client: not now",
        Refusal::LookAgain => "client: look again",
    }
}

/// The time of an intent's end.
pub(super) fn valid_for(now: Timestamp, seconds: i64) -> Timestamp {
    now.plus_s(seconds)
}
