//! What reaches the money: I1, I2, I5, I10, I16, and that nobody pays twice (I17).

use common::gateway::decide::Known;
use common::gateway::{Answer, Execute};
use common::{Generation, OperationId, Timestamp};

use super::Checker;
use crate::data::{Intent, Wish};
use crate::message::Who;

impl Checker {
    /// The gateway has answered an EXECUTE. A known id never answers *stale*, and never executes
    /// another intent (checks of their own: these guards protect what people are told).
    pub(crate) fn executed_answer(
        &mut self,
        known: Option<&Known>,
        request: &Execute,
        answer: &Answer,
    ) {
        let Some(known) = known else { return };
        let same =
            known.customer_id == request.customer_id && known.intent_hash == request.intent_hash;
        match answer {
            Answer::StaleGeneration { .. } => {
                self.violated("known-id", "a known id was answered with `stale`".to_owned());
            }
            Answer::Outcome(_) | Answer::InProgress if !same => {
                self.violated("I2", "a known id answered for another intent".to_owned());
            }
            _ => {}
        }
    }

    /// Something is about to take its first effect.
    pub(crate) fn first_effect(
        &mut self,
        who: Who,
        request: &Execute,
        intent: Intent,
        now: Timestamp,
    ) {
        if self.fences[who].is_some_and(|fence| request.generation < fence) {
            let what = format!(
                "generation {} took effect for customer-{who} after the gateway had seen {:?}",
                request.generation, self.fences[who]
            );
            self.violated("I5", what);
        }
        if now > intent.valid_until {
            self.violated("I10", format!("wish {} took effect after its time", intent.wish));
        }
    }

    /// An operation was executed.
    pub(crate) fn executed(
        &mut self,
        who: Who,
        id: OperationId,
        wish: Wish,
        generation: Generation,
    ) {
        let order = self.orders.entry(id).or_default();
        order.effects += 1;
        let (effects, legitimate) = (order.effects, order.legitimate);
        if effects > 1 {
            self.violated("I1", format!("{} had {effects} effects", id.0));
        }
        if !legitimate {
            let what = format!("{} of customer-{who} was ordered by nobody entitled", id.0);
            self.violated("I9", what);
        }
        let paid = self.paid.entry(wish).or_default();
        *paid += 1;
        if *paid > 1 {
            self.violated("I17", format!("customer-{who} paid twice for wish {wish}"));
        }
        self.effects[who].push((id, generation));
    }

    /// An operation was cancelled.
    pub(crate) fn cancelled(&mut self, id: OperationId) {
        if self.orders.get(&id).is_none_or(|order| !order.cancel_legitimate) {
            self.violated("I9", format!("{} was cancelled by nobody entitled", id.0));
        }
    }

    /// Effects of a customer under generations older than this.
    pub(super) fn effects_before(&self, who: Who, generation: Generation) -> Vec<OperationId> {
        let older = self.effects[who].iter().filter(|(_, under)| *under < generation);
        older.map(|(id, _)| *id).collect()
    }
}
