//! What a client makes of what it is told.

use std::rc::Rc;

use common::OperationId;
use common::join::operation::Marks;
use common::operation::Durability;
use common::operation::OperationState;

use crate::data::Operation;
use crate::message::{Ask, Message, NodeId, Refusal, Reply, View};
use crate::world::World;

use super::Deed;

impl World {
    pub(crate) fn client_receives(&mut self, client: usize, message: Message) {
        if self.now < self.clients[client].away_until {
            return;
        }
        match message {
            Message::Routed(block, revision) => {
                let node = self.instance(block);
                let state = &mut self.clients[client];
                state.seen = state.seen.max(revision);
                if state.block.is_none() {
                    state.block = Some(node);
                    state.rest_until = 0;
                }
            }
            Message::Reply(number, revision, reply) => {
                let waiting = self.clients[client].waiting.take_if(|w| w.number == number);
                if let Some(waiting) = waiting {
                    self.clients[client].seen = self.clients[client].seen.max(revision);
                    self.replied(client, &waiting.ask, reply);
                }
            }
            _ => {}
        }
    }

    /// A client's address of a block leads to its newest life, or to one that was left behind.
    fn instance(&mut self, block: usize) -> NodeId {
        let newest = self.current[block];
        let first = crate::world::FIRST_BLOCK;
        let older: Vec<NodeId> = (first..self.nodes.len())
            .filter(|node| *node != newest && self.blocks[node - first].name == block)
            .filter(|node| self.runs(*node))
            .collect();
        if older.is_empty() || self.quiet || self.rng.chance(70) {
            newest
        } else {
            *self.rng.pick(&older)
        }
    }

    fn replied(&mut self, client: usize, ask: &Ask, reply: Reply) {
        match reply {
            Reply::Opened(token) => self.clients[client].token = Some(token),
            Reply::Status(id, operation, durability) => {
                let paying = self.clients[client].paying.as_mut();
                let safe = durability == Durability::Accepted;
                if let Some(paying) = paying.filter(|paying| safe && paying.id == id) {
                    paying.accepted = Some(operation.at.generation);
                }
                self.told(client, id, &operation);
                // He has answered what he was shown; it is another question by now.
                let again = operation.at.marks.questioned() && !operation.at.state.is_final();
                self.clients[client].look |= matches!(ask, Ask::Answer(..)) && again;
            }
            Reply::Viewed(view) => self.viewed(client, &view),
            Reply::SignedOut(everywhere) => {
                self.clients[client].token = None;
                if !everywhere && !self.quiet {
                    // Only here: he tries again.
                    self.clients[client].wants(Deed::SignOut);
                }
            }
            Reply::Done => match ask {
                Ask::Lock(id) => self.clients[client].locks.push(*id),
                Ask::Unlock(_) => self.clients[client].locks.clear(),
                Ask::NewPassword(version) => {
                    self.clients[client].password = *version;
                }
                _ => {}
            },
            Reply::Refused(refusal) => self.refused(client, ask, refusal),
        }
    }

    fn refused(&mut self, client: usize, ask: &Ask, refusal: Refusal) {
        let now = self.now;
        let state = &mut self.clients[client];
        match refusal {
            Refusal::Moved if state.thief => state.rest_until = now + 400,
            Refusal::Moved => state.block = None,
            Refusal::Later => {
                state.rest_until = now + 250;
                state.look |= matches!(ask, Ask::Cancel(..));
                // Somebody else may serve by now.
                state.block = state.block.filter(|_| !now.is_multiple_of(3) || state.thief);
            }
            Refusal::LogIn => state.token = None,
            Refusal::Password => match state.maybe_passwords.pop_front() {
                Some(version) => {
                    state.maybe_passwords.push_back(state.password);
                    state.password = version;
                }
                None if state.thief => state.deeds.clear(),
                None => state.rest_until = now + 500,
            },
            Refusal::Locked => {
                state.locked = true;
                state.look = true;
                if state.thief {
                    state.paying = None;
                }
            }
            Refusal::Busy(ms) => state.rest_until = now + u64::from(ms),
            Refusal::Mismatch => state.paying = None,
            Refusal::NotNow => state.rest_until = now + 500,
            Refusal::LookAgain => {
                state.look = true;
                if let Some(paying) = &mut state.paying {
                    paying.failures += 1;
                }
            }
        }
        let state = &mut self.clients[client];
        if state.thief && matches!(ask, Ask::Order(..)) && state.token.is_none() {
            state.paying = None;
        }
    }

    fn told(&mut self, client: usize, id: OperationId, operation: &Operation) {
        let again = self.rng.chance(50) && !self.quiet;
        let now = self.now;
        let state = &mut self.clients[client];
        let known = state.questions.iter().any(|(question, ..)| *question == id);
        if operation.at.state.is_final() || !operation.at.marks.questioned() {
            state.questions.retain(|(question, ..)| *question != id);
        }
        let voids = state.paying.as_ref().map(|paying| &paying.voids);
        if voids.is_some_and(|voids| voids.iter().any(|(void, _)| *void == id)) {
            return self.told_of_void(client, id, operation, known);
        }
        let Some(paying) = state.paying.as_mut().filter(|paying| paying.id == id) else { return };
        paying.known = true;
        paying.failures = 0;
        if operation.at.marks.questioned() && !operation.at.state.is_final() {
            // He answers when he has seen everything.
            if !known {
                state.look = true;
                state.rest_until = now + 300;
            }
            return;
        }
        match operation.at.state {
            OperationState::Executed => self.content(client),
            OperationState::Rejected | OperationState::Cancelled | OperationState::Expired => {
                // With a second key under way he looks, and does not guess, what to do next.
                let first = paying.keys == 0;
                if again && first && !self.clients[client].thief {
                    self.new_key(client, None);
                    if let Some(paying) = &mut self.clients[client].paying {
                        paying.cancel = false;
                    }
                } else {
                    self.content(client);
                }
            }
            _ => {}
        }
    }

    /// A key that he wants voided: either that has come of it or it was done, and he is told which.
    fn told_of_void(&mut self, client: usize, id: OperationId, operation: &Operation, known: bool) {
        let now = self.now;
        let state = &mut self.clients[client];
        let Some(paying) = &mut state.paying else { return };
        match operation.at.state {
            OperationState::Executed => self.content(client),
            ended if ended.is_final() => {
                paying.voids.retain(|(void, _)| *void != id);
                match (paying.voids.is_empty(), paying.cancel) {
                    (true, true) => self.content(client),
                    (true, false) => self.new_key(client, None),
                    (false, _) => {}
                }
            }
            _ if paying.dares.is_some() && operation.at.marks.cancel_requested => {
                let as_of = paying.dares;
                self.new_key(client, as_of);
            }
            _ => {
                // What he is asked about it he learns from a view.
                state.look |= operation.at.marks.questioned() && !known;
                state.rest_until = now + 300;
            }
        }
    }

    fn content(&mut self, client: usize) {
        self.clients[client].paying = None;
        self.count("wish ended");
    }

    fn viewed(&mut self, client: usize, view: &Rc<View>) {
        let quiet = self.quiet;
        let dares = self.rng.chance(50);
        let state = &mut self.clients[client];
        state.look = false;
        state.locks.clone_from(&view.locks);
        state.questions.clear();
        if view.complete && !state.thief {
            let wanted = state.paying.as_ref().filter(|paying| paying.voids.is_empty());
            state.questions = questions(view, wanted.map(|paying| paying.id));
        }
        let Some(paying) = &mut state.paying else { return };
        if !paying.voids.is_empty() {
            let dares = paying.dares.is_some() && view.as_of && !quiet;
            paying.dares = dares.then_some(view.generation);
            let voids: Vec<OperationId> = paying.voids.iter().map(|(id, _)| *id).collect();
            for (id, operation) in view.operations.iter().filter(|(id, _)| voids.contains(id)) {
                self.told(client, *id, operation);
            }
            return;
        }
        let shown = view.operations.iter().find(|(id, _)| *id == paying.id);
        if let Some((id, operation)) = shown {
            return self.told(client, *id, operation);
        }
        // Another order for the same wish is: that is the one to wait for.
        let alive = view.operations.iter().find(|(_, operation)| {
            let dead =
                operation.at.state.is_final() && operation.at.state != OperationState::Executed;
            operation.intent.wish == paying.wish && !dead
        });
        if let Some((id, operation)) = alive {
            if let Some(paying) = &mut state.paying {
                paying.loose.push((paying.id, paying.intent));
                paying.id = *id;
            }
            return self.told(client, *id, operation);
        }
        // Not shown. A complete view as recent as anything he has seen means: it never arrived.
        let recent = view.revision >= state.seen;
        if (!paying.known && paying.failures == 0) || !recent {
            return;
        }
        if paying.as_of.is_some() && view.as_of {
            paying.as_of = Some(view.generation);
        }
        if view.complete {
            if paying.accepted == Some(view.generation) {
                let (id, who) = (paying.id, state.who);
                self.checker.vanished(who, id);
            }
            self.wants_voided(client, None);
        } else if view.as_of && dares && !quiet {
            self.wants_voided(client, Some(view.generation));
        }
    }
}

/// the same wish was done or may yet be.
fn questions(view: &View, paying: Option<OperationId>) -> Vec<(OperationId, bool, Marks)> {
    let asked =
        |operation: &Operation| operation.at.marks.questioned() && !operation.at.state.is_final();
    let alive = |operation: &Operation| match operation.at.state {
        OperationState::Executed => true,
        state => !state.is_final() && !asked(operation),
    };
    view.operations
        .iter()
        .filter(|(_, operation)| asked(operation))
        .map(|(id, operation)| {
            let other = view.operations.iter().any(|(other, theirs)| {
                other != id && theirs.intent.wish == operation.intent.wish && alive(theirs)
            });
            (*id, paying == Some(*id) && !other, operation.at.marks)
        })
        .collect()
}
