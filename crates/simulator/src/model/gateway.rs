//! The gateway of the model: EXECUTE, VOID and JOURNAL, each in one act.

use common::gateway::decide::{self, ExecuteStep, JournalStep, Known, VoidStep};
use common::gateway::{self, Answer, Outcome};
use common::operation::OperationState;
use common::{Generation, Timestamp};

use super::MoveModel;
use super::names::{CUSTOMER, NOW, hash};
use super::state::{Call, Gateway, Journal, Key, Record, State};

impl MoveModel {
    /// A call reaches the gateway; its answer reaches the block, or is lost.
    pub(super) fn deliver(&self, state: &State, call: Call, answered: bool) -> Option<State> {
        let mut next = state.clone();
        let answer = if call.void {
            self.void(&mut next.gateway, call)
        } else {
            self.execute(&mut next, call)
        };
        if answered {
            self.answered(&mut next, call, answer);
        }
        (next != *state).then_some(next)
    }

    fn execute(&self, state: &mut State, call: Call) -> Answer {
        let gateway = &mut state.gateway;
        let known = gateway.known(call.key);
        let request = self.names.execute(call);
        match decide::execute(known.as_ref(), gateway.fence, &request, now(), self.guards) {
            ExecuteStep::Answer(answer) => answer,
            ExecuteStep::Store(outcome) => gateway.store(call, outcome),
            ExecuteStep::Validate => {
                let seen = gateway.fence.max(gateway.owed);
                state.broken.fence |= seen.is_some_and(|seen| call.generation < seen);
                gateway.fence = Some(decide::raised(gateway.fence, call.generation));
                gateway.effects[call.key] += 1;
                gateway.store(call, outcome(OperationState::Executed))
            }
        }
    }

    fn void(&self, gateway: &mut Gateway, call: Call) -> Answer {
        let known = gateway.known(call.key);
        let request = self.names.void(call);
        match decide::void(known.as_ref(), gateway.fence, &request, now(), self.guards) {
            VoidStep::Answer(answer) => answer,
            VoidStep::Store(outcome) => {
                gateway.fence = Some(decide::raised(gateway.fence, call.generation));
                gateway.store(call, outcome)
            }
        }
    }

    /// Fences and lists, in one act.
    pub(super) fn journal(
        &self,
        state: &mut State,
        generation: Generation,
    ) -> Result<Journal, Generation> {
        let gateway = &mut state.gateway;
        let since = Timestamp::from_unix_ms(0);
        let request = gateway::Journal { customer_id: CUSTOMER, since, generation };
        let step = decide::journal(gateway.fence, &request);
        match (step, decide::fence_beside_list(step, self.guards)) {
            (JournalStep::Stale(fence), _) => return Err(fence),
            (JournalStep::List(_), Some(fence)) => gateway.fence = Some(fence),
            (JournalStep::List(_), None) => gateway.owed = gateway.owed.max(Some(generation)),
        }
        Ok(gateway.records.map(|record| record.map(|record| record.state)))
    }

    /// What a gateway without `journal-fences` does a moment later.
    pub(super) fn raise_owed(state: &State) -> Option<State> {
        let owed = state.gateway.owed?;
        let mut next = state.clone();
        next.gateway.owed = None;
        next.gateway.fence = Some(decide::raised(next.gateway.fence, owed));
        Some(next)
    }
}

impl Gateway {
    fn known(&self, key: Key) -> Option<Known> {
        let outcome = |record: Record| Some(outcome(record.state));
        self.records[key].map(|record| Known {
            customer_id: CUSTOMER,
            intent_hash: hash(key),
            outcome: outcome(record),
        })
    }

    fn store(&mut self, call: Call, outcome: Outcome) -> Answer {
        let record = Record { state: outcome.state, generation: call.generation };
        self.records[call.key] = Some(record);
        Answer::Outcome(outcome)
    }
}

fn outcome(state: OperationState) -> Outcome {
    Outcome { state, decided_at: now(), reason: None, effect: None }
}

fn now() -> Timestamp {
    Timestamp::from_unix_ms(NOW)
}
