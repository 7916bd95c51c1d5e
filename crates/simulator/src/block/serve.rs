//! Requests of clients: admission, authentication, transactions behind the gate, answers.

use common::block::admission::{Admission, Bucket, Class, admit};
use common::block::admitting::{Admitting, Asking, admitting};
use common::block::viewing::{may_answer, must_look_again};
use common::join::operation::Marks;
use common::operation::OperationState;
use common::operation::cancelling::UNSEEN;
use common::{Generation, OperationId};

use super::{Then, Transaction, Waiter, Write};
use crate::data::Change;
use crate::data::Operation;
use crate::gateway::short;
use crate::message::{Ask, Message, NodeId, Refusal, Reply, Request, Who};
use crate::rng::mix;
use crate::world::{Disk, FIRST_BLOCK, SLICE_OF, SLICES, World, tell};

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
        if self.nodes[node].disk == Disk::Full {
            return Err(Refusal::Later);
        }
        let access = self.access_of(node, who, Some(request.seen));
        let block = self.block(node);
        let asking = Asking {
            phase: block.process.phase,
            access: &access,
            verified: block.process.verified.contains(&who),
            loosening: !block.db.customers[who].intents.is_empty(),
        };
        let generation = match admitting(&asking) {
            Admitting::Authenticate(generation) => generation,
            Admitting::Moved => return Err(Refusal::Moved),
            not_yet => {
                match not_yet {
                    Admitting::Load(generation) => self.begin_load(node, who, generation, true),
                    Admitting::Verify(generation) => self.begin_load(node, who, generation, false),
                    Admitting::AskFor(generation) => self.ask_for(node, who, generation),
                    Admitting::ReadRegister => self.block(node).process.last_register = 0,
                    _ => {}
                }
                return Err(Refusal::Later);
            }
        };
        self.take_on(node, request)?;
        self.authenticate(node, request, generation)?;
        Ok(generation)
    }

    /// For another home's customers there is no more room than was measured (protocol §9).
    fn take_on(&mut self, node: NodeId, request: &Request) -> Result<(), Refusal> {
        let now = self.clock(node);
        let slice = SLICE_OF[request.customer];
        let block = &self.blocks[node - FIRST_BLOCK];
        if SLICES[slice] == block.name {
            return Ok(());
        }
        let (budget, home) = (block.budget, SLICES[slice]);
        let bucket = block.buckets.get(&home).copied().unwrap_or(Bucket::full(budget, now));
        // Drawn from what differs from request to request, so that nothing else is drawn otherwise.
        let jitter = u16::try_from(mix(request.number ^ self.now) % 1_000).unwrap_or(0);
        let (left, admission) = admit(bucket, budget, class(&request.ask), jitter, now);
        self.block(node).buckets.insert(home, left);
        match admission {
            Admission::Admitted => Ok(()),
            Admission::RetryAfterMs(ms) => Err(Refusal::Busy(ms)),
        }
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
            let fenced = self.block(node).db.customers[who].fenced;
            if must_look_again(request.as_of, generation, fenced) {
                return Err(Refusal::LookAgain);
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
            Ask::Cancel(id, intent) => match self.cancel(node, who, *id, *intent, generation) {
                Some(write) => (vec![write], Then::Status(*id)),
                None => return self.known_order(node, from, request, *id, *intent),
            },
            Ask::View => return self.view(node, from, request, generation),
            Ask::Answer(_, yes, _)
                if !may_answer(*yes, self.block(node).db.customers[who].fenced) =>
            {
                let refused = Reply::Refused(Refusal::NotNow);
                return self.reply(node, from, who, number, refused);
            }
            Ask::Answer(id, yes, shown) => {
                (vec![Write::Answer(*id, *yes, *shown)], Then::Status(*id))
            }
            Ask::SignOut => self.sign_out(node, who, generation),
            Ask::Lock(id) => (vec![Write::Change(Change::Lock(*id))], Then::Say(Reply::Done)),
            Ask::Prefer(value) => (vec![Write::Prefer(*value)], Then::Say(Reply::Done)),
            Ask::Unlock(shown) => self.loosening(who, generation, Change::Unlock(shown.clone())),
            Ask::NewPassword(version) => {
                self.loosening(who, generation, Change::Password(*version))
            }
        };
        let reply = Some((from, number, then));
        self.open(node, Transaction { customer: who, generation, writes, reply });
    }

    /// A transaction takes its slice's gate shared and commits a moment later; sometimes it sleeps.
    pub(super) fn open(&mut self, node: NodeId, transaction: Transaction) {
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
                    short(id),
                    operation.intent.wish
                );
                self.checker.ordered(id, legitimate);
                self.due(node, who, id);
                Some(self.write(node, who, generation, Change::Operation(id, operation)))
            }
            Write::Prefer(value) => Some(self.perform_preference(node, who, generation, value)),
            Write::Cancel(id, unknown) => self.perform_cancel(node, who, generation, id, unknown),
            Write::Answer(id, yes, shown) => {
                self.perform_answer(node, who, generation, (id, yes, &shown))
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

    fn perform_cancel(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        id: OperationId,
        unknown: Operation,
    ) -> Option<u64> {
        let legitimate = self.checker.legitimate(who, generation);
        self.checker.cancel_wanted(id, legitimate);
        let known = self.block(node).db.customers[who].data.operations.get(&id).copied();
        let mut operation = known.unwrap_or(unknown);
        if operation.at.state.is_final() {
            return None;
        }
        if known.is_none() {
            self.count("cancelled before it was known");
        }
        operation.at.marks = operation.at.marks.cancelled(generation);
        tell!(self, "{}: cancel of {} under {generation}", self.name(node), short(id));
        operation.write(operation.at.state, generation);
        self.due(node, who, id);
        Some(self.write(node, who, generation, Change::Operation(id, operation)))
    }

    fn perform_answer(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        (id, yes, shown): (OperationId, bool, &Marks),
    ) -> Option<u64> {
        let legitimate = self.checker.legitimate(who, generation);
        let known = self.block(node).db.customers[who].data.operations.get(&id).copied();
        let mut operation = known.filter(|operation| !operation.at.state.is_final())?;
        self.checker.answered(id, yes, legitimate);
        operation.at.marks = operation.at.marks.answered(yes, shown);
        // His yes confirms what was known from a wish to cancel only.
        let confirmed = yes && operation.at.state == UNSEEN;
        let state = if confirmed { OperationState::Pending } else { operation.at.state };
        operation.write(state, generation);
        self.due(node, who, id);
        Some(self.write(node, who, generation, Change::Operation(id, operation)))
    }

    fn due(&mut self, node: NodeId, who: Who, id: OperationId) {
        let now = self.now;
        self.block(node).db.customers[who].tokens.insert(id, (now, 0));
    }
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
        Refusal::Busy(_) => "client: busy",
    }
}

fn class(ask: &Ask) -> Class {
    match ask {
        Ask::Cancel(..) | Ask::Answer(..) | Ask::SignOut | Ask::Lock(_) => Class::InFlight,
        Ask::LogIn(_) | Ask::Order(..) | Ask::Unlock(_) | Ask::NewPassword(_) => Class::New,
        Ask::View => Class::Balance,
        Ask::Prefer(_) => Class::History,
    }
}
