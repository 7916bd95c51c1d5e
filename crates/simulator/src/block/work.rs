//! The worker that hands operations to the gateway, and what its answers make of them.

use std::rc::Rc;

use common::block::access::Access;
use common::block::catching_up::{Waiting, drives, runs};
use common::gateway::{Answer, Execute, Void, VoidCause};
use common::operation::concluding::by_the_block;
use common::operation::policy::{Confirmation, Policy, RiskAway};
use common::operation::progress::{
    Change as After, NextCall, Reply, Unfinished, after_call, next_call,
};
use common::{Generation, OperationId, Timestamp};

use crate::data::{Change, Operation};
use crate::gateway::{customer_id, short};
use crate::message::{Message, NodeId, Who};
use crate::world::{CUSTOMERS, FIRST_BLOCK, GATEWAY, SLICE_OF, World, tell};

/// A call without an answer is given up after this long.
const CALL_MS: u64 = 1_000;

const POLICY: Policy = Policy {
    deferrable: true,
    confirmation: Confirmation::OnStepUp,
    risk_away: RiskAway::Allow,
    valid_for_s: 3_600,
};

impl World {
    pub(super) fn catch_up(&mut self, node: NodeId) {
        let phase = self.serving_phase(node);
        if !runs(phase, self.block(node).db.outlived, self.guards) {
            return;
        }
        for who in 0..CUSTOMERS {
            if self.block(node).db.customers[who].tokens.is_empty() {
                continue;
            }
            let access = self.access_of(node, who, None);
            let block = &self.blocks[node - FIRST_BLOCK];
            let customer = &block.db.customers[who];
            let waiting = Waiting {
                me: &self.names[block.name],
                phase,
                access: &access,
                row: &block.db.rows[SLICE_OF[who]],
                loaded: customer.loaded,
                fenced: customer.fenced,
                verified: block.process.verified.contains(&who),
            };
            if let Some(generation) = drives(&waiting, self.guards) {
                self.drive(node, who, generation);
            }
        }
    }

    fn drive(&mut self, node: NodeId, who: Who, generation: Generation) {
        let (now, wall) = (self.now, self.clock(node));
        let tokens: Vec<(OperationId, (u64, u32))> =
            self.block(node).db.customers[who].tokens.iter().map(|(id, t)| (*id, *t)).collect();
        for (id, (due, attempt)) in tokens {
            let known = self.block(node).db.customers[who].data.operations.get(&id).copied();
            let Some(operation) = known.filter(|operation| !operation.at.state.is_final()) else {
                self.block(node).db.customers[who].tokens.remove(&id);
                continue;
            };
            let running = self.block(node).process.calls.get(&id).copied();
            match running {
                Some(at) if now < at + CALL_MS => {}
                Some(_) => self.apply_reply(node, who, generation, id, Reply::Unknown),
                None if due > now => {}
                None => self.call(node, who, generation, id, &operation, attempt, wall),
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one operation and the moment of its call")]
    fn call(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        id: OperationId,
        operation: &Operation,
        attempt: u32,
        wall: Timestamp,
    ) {
        if let Some(end) = by_the_block(operation.intent.valid_until, wall, self.guards) {
            let mut ended = *operation;
            ended.write(end, generation);
            self.write(node, who, generation, Change::Operation(id, ended));
            self.check_end(who, id, end);
            return;
        }
        let unfinished = unfinished(operation, attempt);
        let (customer, hash) = (customer_id(who), operation.hash);
        let (name, life) = (self.block(node).name, self.block(node).db.life);
        let message = match next_call(&unfinished, POLICY, wall) {
            // A VOID needs nothing but the hash.
            NextCall::Execute if operation.intent.version > self.block(node).version => {
                self.count("operation not understood");
                let later = (self.now + 1_000, attempt);
                self.block(node).db.customers[who].tokens.insert(id, later);
                return;
            }
            NextCall::Execute => {
                let execute = Execute {
                    operation_id: id,
                    intent_hash: hash,
                    customer_id: customer,
                    generation,
                    intent: serde_json::Value::Null,
                    valid_until: operation.intent.valid_until,
                };
                Message::Execute(who, Rc::new(execute), operation.intent)
            }
            NextCall::Void(cause) => {
                let void = void(id, hash, who, generation, cause);
                Message::Void(who, Rc::new(void), operation.intent)
            }
            _ => return,
        };
        self.checker.acted(SLICE_OF[who], generation, name, life);
        self.count("operation handed over");
        let now = self.now;
        tell!(self, "{}: hands {} over under {generation}", self.name(node), short(id));
        self.block(node).process.calls.insert(id, now);
        self.send(node, GATEWAY, message);
    }

    pub(super) fn answered(&mut self, node: NodeId, who: Who, id: OperationId, answer: Answer) {
        if let Answer::PayloadMismatch = answer {
            self.checker.told_mismatch(who, id);
        }
        match self.access_of(node, who, None) {
            Access::Serve(generation) => {
                self.apply_reply(node, who, generation, id, Reply::Answered(answer));
            }
            // Shown, not stored: whoever serves him now asks again under the same id.
            _ => self.count("answer after the customer had gone"),
        }
    }

    fn apply_reply(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        id: OperationId,
        reply: Reply,
    ) {
        self.block(node).process.calls.remove(&id);
        let wall = self.clock(node);
        let now = self.now;
        let customer = &self.block(node).db.customers[who];
        let (Some(operation), Some((_, attempt))) =
            (customer.data.operations.get(&id).copied(), customer.tokens.get(&id).copied())
        else {
            return;
        };
        let jitter = u16::try_from(self.rng.below(1_000)).unwrap_or(0);
        match after_call(&unfinished(&operation, attempt), reply, wall, jitter, wall) {
            After::End(outcome) => {
                let mut ended = operation;
                ended.write(outcome.state, generation);
                tell!(self, "{}: {} is {}", self.name(node), short(id), outcome.state);
                self.write(node, who, generation, Change::Operation(id, ended));
                self.block(node).db.customers[who].tokens.remove(&id);
                self.check_end(who, id, outcome.state);
                self.count("operation ended");
            }
            After::GoOn { state, due_at, .. } => {
                if state != operation.at.state {
                    let mut sent = operation;
                    sent.write(state, generation);
                    self.write(node, who, generation, Change::Operation(id, sent));
                }
                let pause = u64::try_from(due_at.ms_since(wall)).unwrap_or(0).min(3_000);
                let token = (now + pause, attempt + 1);
                self.block(node).db.customers[who].tokens.insert(id, token);
            }
            After::Close(fence) => self.superseded(node, who, fence),
            After::Park => {
                self.block(node).db.customers[who].tokens.remove(&id);
                self.count("operation parked");
            }
        }
    }

    /// A gateway has seen a newer generation: the customer is closed here until the row reaches it.
    pub(super) fn superseded(&mut self, node: NodeId, who: Who, fence: Generation) {
        let customer = &mut self.block(node).db.customers[who];
        customer.fence = customer.fence.max(Some(fence));
        self.block(node).process.last_register = 0;
        self.count("customer closed by a fence");
    }
}

fn unfinished(operation: &Operation, attempt: u32) -> Unfinished {
    let confirm_by = operation.intent.valid_until;
    Unfinished::marked(operation.at.state, &operation.at.marks, false, confirm_by, attempt)
}

fn void(
    id: OperationId,
    hash: common::operation::IntentHash,
    who: Who,
    generation: Generation,
    cause: VoidCause,
) -> Void {
    Void { operation_id: id, intent_hash: hash, customer_id: customer_id(who), generation, cause }
}
