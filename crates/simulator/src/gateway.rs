//! The gateway and the bank behind it: fences, records of operations, accounts. Its steps are
//! `common::gateway::decide`; what is here loads, decides and writes down in one act.

use std::collections::BTreeMap;
use std::rc::Rc;

use common::gateway::decide::{self, ExecuteStep, JournalStep, Known, VoidStep};
use common::gateway::pruning::may_prune;
use common::gateway::{Answer, Execute, Journal, Outcome, Void};
use common::operation::OperationState;
use common::{CustomerId, Generation, OperationId, Timestamp};

use crate::data::{Intent, Operation};
use crate::message::{Message, NodeId, Who};
use crate::world::{CUSTOMERS, GATEWAY, World, tell};

/// What the gateway has under an id.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// As the decisions want it.
    pub known: Known,
    /// What was ordered, once it has arrived.
    pub intent: Intent,
    /// Under which generation it began or ended.
    pub generation: Generation,
    /// A foreign system finishes it then.
    pub due: u64,
}

/// The gateway's database; it and its money are the bank's core and are not lost.
#[derive(Debug)]
pub(crate) struct Gateway {
    /// The fence of each customer.
    pub fences: [Option<Generation>; CUSTOMERS],
    /// Operations by id, and whose.
    pub records: BTreeMap<OperationId, (Who, Record)>,
    /// How each operation ended first, whatever is still remembered of it: for the checker.
    pub ends: BTreeMap<OperationId, OperationState>,
    /// Each customer's balance.
    pub balances: [i64; CUSTOMERS],
    /// It takes nothing until then.
    pub away_until: u64,
    /// When it last served somebody of a block, by the block's place.
    pub served: [u64; 4],
    /// Fences that a gateway without `JournalFences` raises later.
    slow_fences: Vec<(u64, Who, Generation)>,
}

/// The longest outage, on the scale of a run: nobody is away for as long as this after an operation
/// has lost its validity.
const LONGEST_OUTAGE_MS: i64 = 65_000;

/// What every customer begins with, in minor units.
pub(crate) const OPENING: i64 = 100_000;

impl Gateway {
    /// Everybody has the same.
    pub(crate) fn new() -> Self {
        Self {
            fences: [None; CUSTOMERS],
            records: BTreeMap::new(),
            ends: BTreeMap::new(),
            balances: [OPENING; CUSTOMERS],
            away_until: 0,
            served: [0; 4],
            slow_fences: Vec::new(),
        }
    }
}

impl World {
    pub(crate) fn gateway_tick(&mut self) {
        let now = self.now;
        let due: Vec<OperationId> = self
            .gateway
            .records
            .iter()
            .filter(|(_, (_, record))| record.known.outcome.is_none() && record.due <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.count("foreign system finishes");
            self.effect(id);
        }
        self.prune();
        let late: Vec<_> = self.gateway.slow_fences.extract_if(.., |f| f.0 <= now).collect();
        for (_, who, generation) in late {
            self.raise(who, generation);
        }
    }

    /// Forgets what nobody can ask about any more.
    fn prune(&mut self) {
        let (clock, guards) = (self.clock(GATEWAY), self.guards);
        let gone = self.gateway.records.extract_if(.., |_, (_, record)| {
            let ended = record.known.outcome.as_ref().map(|outcome| outcome.state);
            may_prune(ended, record.intent.valid_until, clock, LONGEST_OUTAGE_MS, guards)
        });
        for _ in 0..gone.count() {
            self.count("gateway: record pruned");
        }
    }

    pub(crate) fn gateway_receives(&mut self, from: NodeId, message: Message) {
        if self.gateway.away_until > self.now {
            self.coverage.lost += 1;
            return;
        }
        if from >= crate::world::FIRST_BLOCK {
            let block = self.blocks[from - crate::world::FIRST_BLOCK].name;
            self.gateway.served[block] = self.now;
        }
        match message {
            Message::Execute(who, request, intent) => self.execute(from, who, &request, intent),
            Message::Void(who, request, intent) => self.void(from, who, &request, intent),
            Message::Journal(who, generation) => self.journal(from, who, generation),
            Message::Fence(who, generation, number) => {
                self.raise(who, generation);
                let fence = self.gateway.fences[who].unwrap_or(generation);
                self.send(GATEWAY, from, Message::Fenced(who, number, fence));
            }
            Message::AskFences(life) => {
                let fence = |who: usize| self.gateway.fences[who].unwrap_or_default();
                let fences = (0..CUSTOMERS).map(fence).collect();
                let copy = Rc::new(Vec::new());
                self.send(GATEWAY, from, Message::Witness { life, resent: true, copy, fences });
            }
            _ => {}
        }
    }

    fn execute(&mut self, from: NodeId, who: Who, request: &Execute, intent: Intent) {
        let now = self.clock(GATEWAY);
        let id = request.operation_id;
        let known = self.gateway.records.get(&id).map(|(_, record)| record.known.clone());
        let fence = self.gateway.fences[who];
        let step = decide::execute(known.as_ref(), fence, request, now, self.guards);
        let answer = match step {
            ExecuteStep::Answer(answer) => answer,
            ExecuteStep::Store(outcome) => {
                self.count("gateway: expired");
                self.record(who, request, intent, Some(outcome.clone()));
                Answer::Outcome(outcome)
            }
            ExecuteStep::Validate => {
                self.raise(who, request.generation);
                self.validate(who, request, intent)
            }
        };
        self.checker.executed_answer(known.as_ref(), request, &answer);
        self.count(answer_name(&answer));
        self.answer(from, who, id, answer);
    }

    /// Second validation, then the effect: at once, or begun at a foreign system.
    fn validate(&mut self, who: Who, request: &Execute, intent: Intent) -> Answer {
        let now = self.clock(GATEWAY);
        if self.gateway.balances[who] < intent.amount {
            let state = OperationState::Rejected;
            let outcome = Outcome { state, decided_at: now, reason: None, effect: None };
            self.record(who, request, intent, Some(outcome.clone()));
            return Answer::Outcome(outcome);
        }
        self.record(who, request, intent, None);
        self.checker.first_effect(who, request, intent, now);
        tell!(self, "gateway: takes {} of customer-{who}", short(request.operation_id));
        if intent.foreign {
            // The hold: the money is away from here on.
            return Answer::InProgress;
        }
        self.effect(request.operation_id)
    }

    fn record(&mut self, who: Who, request: &Execute, intent: Intent, outcome: Option<Outcome>) {
        let known =
            Known { customer_id: request.customer_id, intent_hash: request.intent_hash, outcome };
        let due = self.now + 1_500;
        if let Some(outcome) = &known.outcome {
            self.gateway.ends.entry(request.operation_id).or_insert(outcome.state);
        }
        let record = Record { known, intent, generation: request.generation, due };
        self.gateway.records.insert(request.operation_id, (who, record));
    }

    fn effect(&mut self, id: OperationId) -> Answer {
        let decided_at = self.clock(GATEWAY);
        let Some((who, record)) = self.gateway.records.get_mut(&id) else {
            return Answer::InProgress;
        };
        let state = OperationState::Executed;
        let outcome = Outcome { state, decided_at, reason: None, effect: None };
        record.known.outcome = Some(outcome.clone());
        self.gateway.ends.entry(id).or_insert(state);
        let (from, to, amount) = (*who, record.intent.payee, record.intent.amount);
        let (wish, generation) = (record.intent.wish, record.generation);
        self.gateway.balances[from] -= amount;
        self.gateway.balances[to] += amount;
        self.checker.executed(from, id, wish, generation);
        tell!(self, "gateway: executed {} of customer-{from} (wish {wish})", short(id));
        Answer::Outcome(outcome)
    }

    fn void(&mut self, from: NodeId, who: Who, request: &Void, intent: Intent) {
        let now = self.clock(GATEWAY);
        let id = request.operation_id;
        let known = self.gateway.records.get(&id).map(|(_, record)| record.known.clone());
        let fence = self.gateway.fences[who];
        let answer = match decide::void(known.as_ref(), fence, request, now, self.guards) {
            VoidStep::Answer(answer) => answer,
            VoidStep::Store(outcome) => {
                self.raise(who, request.generation);
                self.checker.cancelled(id);
                let known = Known {
                    customer_id: request.customer_id,
                    intent_hash: request.intent_hash,
                    outcome: Some(outcome.clone()),
                };
                let record = Record { known, intent, generation: request.generation, due: 0 };
                self.gateway.records.insert(id, (who, record));
                self.gateway.ends.entry(id).or_insert(outcome.state);
                tell!(self, "gateway: cancelled {} of customer-{who}", short(id));
                Answer::Outcome(outcome)
            }
        };
        self.count(answer_name(&answer));
        self.answer(from, who, id, answer);
    }

    fn journal(&mut self, from: NodeId, who: Who, generation: Generation) {
        let fence = self.gateway.fences[who];
        let since = Timestamp::from_unix_ms(0);
        let request = Journal { customer_id: customer_id(who), since, generation };
        let step = decide::journal(fence, &request);
        match (step, decide::fence_beside_list(step, self.guards)) {
            (JournalStep::Stale(fence), _) => {
                self.count("journal refused");
                self.send(GATEWAY, from, Message::JournalOf(who, generation, Err(fence)));
                return;
            }
            (JournalStep::List(_), Some(raised)) => self.raise(who, raised),
            (JournalStep::List(raised), None) => {
                let after = self.now + self.rng.between(100, 1_500);
                self.gateway.slow_fences.push((after, who, raised));
            }
        }
        let entries: Vec<(OperationId, Operation)> = self
            .gateway
            .records
            .iter()
            .filter(|(_, (whose, _))| *whose == who)
            .map(|(id, (_, record))| (*id, entry(record)))
            .collect();
        self.count("journal");
        self.send(GATEWAY, from, Message::JournalOf(who, generation, Ok(Rc::new(entries))));
    }

    fn raise(&mut self, who: Who, generation: Generation) {
        let fence = decide::raised(self.gateway.fences[who], generation);
        self.gateway.fences[who] = Some(fence);
        self.checker.fenced(who, generation);
    }

    fn answer(&mut self, to: NodeId, who: Who, id: OperationId, answer: Answer) {
        self.send(GATEWAY, to, Message::Answered(who, id, answer));
    }
}

/// A record as the journal lists it: an outcome, or under way.
fn entry(record: &Record) -> Operation {
    let state = record.known.outcome.as_ref().map_or(OperationState::Sent, |o| o.state);
    let mut operation = Operation {
        at: common::join::operation::Version {
            state,
            generation: record.generation,
            version: 0,
            payload: [0; 32],
            marks: common::join::operation::Marks::default(),
        },
        intent: record.intent,
        hash: record.known.intent_hash,
    };
    operation.seal();
    operation
}

fn answer_name(answer: &Answer) -> &'static str {
    match answer {
        Answer::Outcome(outcome) => match outcome.state {
            OperationState::Executed => "gateway: executed",
            OperationState::Rejected => "gateway: rejected",
            OperationState::Cancelled => "gateway: cancelled",
            _ => "gateway: other",
        },
        Answer::InProgress => "gateway: in progress",
        Answer::PayloadMismatch => "gateway: mismatch",
        Answer::StaleGeneration { .. } => "gateway: stale",
    }
}

/// An id as stories show it.
pub(crate) fn short(id: OperationId) -> String {
    id.to_string()[..8].to_owned()
}

/// The id of a customer in the protocol's words.
pub(crate) fn customer_id(who: Who) -> CustomerId {
    CustomerId(who as u64 + 1)
}
