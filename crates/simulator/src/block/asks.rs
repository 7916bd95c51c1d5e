//! What each ask of a client writes, and what is answered.

use common::block::access::Access;
use common::block::archive_life;
use common::block::viewing::{self, View as Shown};
use common::join::operation::{Marks, Version};
use common::join::register;
use common::join::session::Session;
use common::operation::Durability;
use common::operation::cancelling::{Cancelling, UNSEEN, cancelling};
use common::operation::hashed::{Part, covers};
use common::operation::repeated::{Repeated, repeated};
use common::operation::{IntentHash, OperationState};
use common::{Generation, OperationId};
use std::rc::Rc;

use super::{Then, Waiter, Write};
use crate::data::{Change, Field, Intent, Operation};
use crate::message::{Loosening, Message, NodeId, Refusal, Reply, Request, View, Who};
use crate::rng::mix;
use crate::world::{FIRST_BLOCK, SLICE_OF, World};

impl World {
    pub(super) fn open_session(
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

    pub(super) fn hash(&mut self, node: NodeId, id: OperationId, intent: &Intent) -> IntentHash {
        let confirmed = mix(intent.amount as u64 ^ u64::from(intent.wish) << 32);
        // What a block would add of its own: the rate at which it saw it.
        let rate = self.clock(node).unix_ms() as u64 / 5_000;
        let computed = if covers(Part::Computed, self.guards) { rate } else { 0 };
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&mix(confirmed ^ computed).to_be_bytes());
        hash[8..24].copy_from_slice(id.0.as_bytes());
        IntentHash(hash)
    }

    pub(super) fn order(
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
        let marks = Marks::ordered(customer.fenced && !customer.unread, self.guards);
        Some(Write::Order(id, operation(intent, hash, generation, marks)))
    }

    /// The key is known, to whoever orders or cancels: the present state, or the wrong intent.
    pub(super) fn known_order(
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
        let answer = repeated(&hash, None, Some(&known.hash), self.guards);
        if answer == Repeated::Mismatch {
            self.count("refused: another intent");
            if !request.forged {
                self.checker.told_mismatch(who, id);
            }
            let refused = Reply::Refused(Refusal::Mismatch);
            return self.reply(node, from, who, request.number, refused);
        }
        self.checker.repeated(id, known.hash == hash);
        self.count("order repeated");
        self.status(node, from, who, request.number, id);
    }

    pub(super) fn cancel(
        &mut self,
        node: NodeId,
        who: Who,
        id: OperationId,
        intent: Intent,
        generation: Generation,
    ) -> Option<Write> {
        let hash = self.hash(node, id, &intent);
        let guards = self.guards;
        let customer = &self.block(node).db.customers[who];
        let known = customer.data.operations.get(&id);
        match cancelling(&hash, known.map(|known| (&known.hash, &known.at)), guards) {
            Cancelling::Create => {
                let marks = Marks::ordered(customer.fenced, guards);
                let mut unseen = operation(intent, hash, generation, marks);
                unseen.at.state = UNSEEN;
                unseen.seal();
                Some(Write::Cancel(id, unseen))
            }
            Cancelling::Mark => known.map(|known| Write::Cancel(id, *known)),
            Cancelling::Present | Cancelling::Mismatch => None,
        }
    }

    pub(super) fn sign_out(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
    ) -> (Vec<Write>, Then) {
        let fence = self.unique();
        let epoch = self.block(node).db.customers[who].data.epoch.raised(generation);
        (vec![Write::Change(Change::Epoch(epoch))], Then::SignOut(fence))
    }

    pub(super) fn perform_preference(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        value: u32,
    ) -> u64 {
        let wall = self.clock(node).unix_ms() as u64;
        let guards = self.guards;
        let old = self.block(node).db.customers[who].data.preference;
        let mut payload = [0; 32];
        payload[..4].copy_from_slice(&value.to_be_bytes());
        let key = register::next(old.key, generation, payload, wall, guards);
        let legitimate = self.checker.legitimate(who, generation);
        self.checker.preferred(value, old.value, legitimate);
        self.write(node, who, generation, Change::Preference(Field { key, value }))
    }

    pub(super) fn loosening(
        &mut self,
        who: Who,
        generation: Generation,
        change: Change,
    ) -> (Vec<Write>, Then) {
        let id = self.unique();
        let loosening = Loosening { id, customer: who, generation, change };
        (vec![Write::Intend(loosening)], Then::Loosening(id))
    }

    pub(super) fn view(
        &mut self,
        node: NodeId,
        from: NodeId,
        request: &Request,
        generation: Generation,
    ) {
        let who = request.customer;
        let slice = SLICE_OF[who];
        let block = self.block(node);
        let customer = &block.db.customers[who];
        // An order that has not committed yet is not in the view, and might commit after it.
        let open = block.process.transactions.values().any(|open| open.customer == who);
        let shown = viewing::view(customer.fenced, open || customer.unread);
        let view = View {
            complete: shown == Shown::Complete,
            as_of: shown == Shown::AsOf,
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
        let reply = Reply::Status(id, Box::new(operation), durability);
        self.reply(node, to, who, number, reply);
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
        let archived = archive_life::acknowledged(life, db.archive_life.as_ref());
        Durability::of(operation.at.state, archived, self.guards)
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
            let judged = waiter.row.is_none_or(|row| self.row_judged(node, row));
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
                Then::SignOut(_) if overdue || (judged && waiter.fence.is_some()) => {
                    let serves = self.access_of(node, waiter.customer, None)
                        == Access::Serve(waiter.generation);
                    let everywhere = common::block::signing_out::everywhere(
                        judged && serves,
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

fn operation(intent: Intent, hash: IntentHash, generation: Generation, marks: Marks) -> Operation {
    let at =
        Version { state: OperationState::Pending, generation, version: 1, payload: [0; 32], marks };
    let mut operation = Operation { at, intent, hash };
    operation.seal();
    operation
}
