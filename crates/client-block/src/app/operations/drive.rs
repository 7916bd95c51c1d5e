//! Driving an unfinished operation one step: decide the call, make it, write down what came of it.
//! Used by requests that want the outcome at once and by catch-up. No transaction is open during
//! a call, and the token is claimed before it.

use std::time::Duration;

use common::block::access::Access;
use common::block::catching_up::{Waiting, drives};
use common::gateway::{Answer, Answered, Execute, Void, VoidCause};
use common::operation::Intent;
use common::operation::progress::{Change, NextCall, Reply, Unfinished, after_call, next_call};
use common::{Generation, Guards, OperationId, Timestamp};
use platform::pg::Transaction;
use platform::rpc::Request;
use platform::{Failure, random};

use super::write;
use crate::app::gate;
use crate::app::register::answer;
use crate::block::{Block, Scope};
use crate::config::ms;
use crate::store;
use crate::store::operation::Operation;
use crate::store::standing::Standing;
use crate::store::token::Claimed;

/// A parked operation keeps its token, so that its money stays counted as spent, but nobody is
/// woken by it.
const PARKED_S: i64 = 10 * 365 * 24 * 3_600;

/// Claims an operation for the request that wants its outcome now; `None` if somebody else is
/// working on it.
pub async fn claim(
    block: &Block,
    tx: &Transaction<'_>,
    scope: &Scope,
    id: OperationId,
    now: Timestamp,
) -> Result<Option<Claimed>, Failure> {
    let claim_until = now.plus_s(block.config.catch_up.claim_s);
    let me = block.config.service.process.as_str();
    Ok(store::token::claim_one(tx, scope, id, me, now, claim_until).await?)
}

/// Drives a claimed operation for the customer who waits for it. Whatever fails, the order stands
/// and catch-up goes on with it: the present state is given back, never an error.
pub async fn drive_now(block: &Block, claimed: Option<Claimed>, operation: Operation) -> Operation {
    let Some(claimed) = claimed else { return operation };
    let within = ms(block.config.gateway.execute_ms);
    match drive(block, &claimed, operation.clone(), within).await {
        Ok(driven) => driven,
        Err(error) => {
            tracing::warn!(operation = %operation.id, %error, "left for catch-up");
            operation
        }
    }
}

/// An operation as the decisions see it.
pub(super) fn unfinished(operation: &Operation, attempt: u32) -> Unfinished {
    let Operation { state, marks, parked, confirm_by, .. } = operation;
    Unfinished::marked(*state, marks, *parked, *confirm_by, attempt)
}

/// Whoever is not fenced yet, or whose journal a block that started alone has yet to see, is looked
/// at again after this long, in seconds.
const HELD_S: i64 = 2;
/// What this version does not understand is looked at again after this long, in seconds.
const NOT_UNDERSTOOD_S: i64 = 60;

/// Is this customer driven, and under which generation?
fn driven(
    block: &Block,
    claimed: &Claimed,
    standing: &Standing,
    access: &Access,
) -> Option<Generation> {
    let waiting = Waiting {
        me: &block.name,
        phase: block.upkeep.phase(),
        access,
        row: standing.row.as_ref()?,
        loaded: standing.loaded,
        fenced: standing.fenced,
        verified: block.loads.is_verified(claimed.scope.customer),
    };
    drives(&waiting, Guards::ALL)
}

/// One step for a claimed operation.
pub async fn drive(
    block: &Block,
    claimed: &Claimed,
    operation: Operation,
    within: Duration,
) -> Result<Operation, Failure> {
    let now = block.clock.now();
    let unfinished = unfinished(&operation, claimed.earlier_attempts);
    let connection = block.db.connection().await?;
    let standing = store::placement::standing(&connection, &claimed.scope).await?;
    drop(connection);
    let access = standing.access(&block.name, None);
    answer(&access)?;
    let Some(generation) = driven(block, claimed, &standing, &access) else {
        release(block, claimed, now.plus_s(HELD_S)).await?;
        return Ok(operation);
    };
    let reply = match next_call(&unfinished, operation.kind.policy(), now) {
        NextCall::Nothing => {
            release(block, claimed, now.plus_s(PARKED_S)).await?;
            return Ok(operation);
        }
        NextCall::Wait(until) => {
            release(block, claimed, until).await?;
            return Ok(operation);
        }
        NextCall::Execute if Intent::from_value(&operation.intent).is_err() => {
            // A newer block understood it; this one never does a part of a wish.
            tracing::warn!(operation = %operation.id, "an intent with fields not known here");
            release(block, claimed, now.plus_s(NOT_UNDERSTOOD_S)).await?;
            return Ok(operation);
        }
        NextCall::Execute => execute(block, &operation, generation, within).await,
        NextCall::Void(cause) => void(block, &operation, generation, cause, within).await,
    };
    let now = block.clock.now();
    let jitter = u16::try_from(random::below(1_000)).unwrap_or(0);
    let change = after_call(&unfinished, reply, claimed.first_sent_at, jitter, now);
    settle(block, claimed, operation, change, now).await
}

async fn execute(
    block: &Block,
    operation: &Operation,
    generation: Generation,
    within: Duration,
) -> Reply {
    let request = Execute {
        operation_id: operation.id,
        intent_hash: operation.intent_hash,
        customer_id: operation.customer,
        generation,
        intent: operation.intent.clone(),
        valid_until: operation.valid_until,
    };
    ask(block, "execute", Request::post_with_id("/v1/execute", &request), within).await
}

async fn void(
    block: &Block,
    operation: &Operation,
    generation: Generation,
    cause: VoidCause,
    within: Duration,
) -> Reply {
    let request = Void {
        operation_id: operation.id,
        intent_hash: operation.intent_hash,
        customer_id: operation.customer,
        generation,
        cause,
    };
    ask(block, "void", Request::post_with_id("/v1/void", &request), within).await
}

async fn ask(
    block: &Block,
    call: &'static str,
    request: Request<platform::rpc::Idempotent>,
    within: Duration,
) -> Reply {
    let answered: Result<Answered, _> = block.gateway.call(request, within).await;
    let (reply, word) = match answered {
        Ok(Answered { answer, .. }) => {
            let word = match answer {
                Answer::Outcome(_) => "outcome",
                Answer::InProgress => "in_progress",
                Answer::PayloadMismatch => "payload_mismatch",
                Answer::StaleGeneration { .. } => "stale_generation",
            };
            (Reply::Answered(answer), word)
        }
        Err(error) if error.surely_not_done() => (Reply::NotDone, "not_done"),
        Err(error) => {
            tracing::debug!(%error, call, "the back office gave no answer");
            (Reply::Unknown, "unknown")
        }
    };
    metrics::counter!("gateway_answers_total", "call" => call, "answer" => word).increment(1);
    reply
}

/// Writes down what came of a call: behind the gate, over what the row says now.
async fn settle(
    block: &Block,
    claimed: &Claimed,
    seen: Operation,
    change: Change,
    now: Timestamp,
) -> Result<Operation, Failure> {
    let scope = &claimed.scope;
    if let Change::Close(fence) = change {
        gate::close(block, scope, fence).await?;
        release(block, claimed, now.plus_s(1)).await?;
        return Ok(seen);
    }
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation = gate::enter(block, &tx, scope).await?;
    let Some(mut operation) = store::operation::lock(&tx, scope, seen.id).await? else {
        return Err(Failure::Broken(format!("operation {} has vanished", seen.id)));
    };
    if operation.state.is_final() {
        return Ok(operation);
    }
    match change {
        Change::End(outcome) if outcome.state.is_final() => {
            operation.state = outcome.state; // I8: attested by the gateway
            operation.outcome = Some(outcome);
            operation.in_doubt = false;
            write::changed(&tx, scope, generation, &mut operation, now).await?;
            store::token::remove(&tx, scope, operation.id).await?;
            store::confirmation::remove(&tx, operation.id).await?;
        }
        Change::End(outcome) => {
            let state = outcome.state;
            return Err(Failure::Broken(format!("an outcome that is not final: {state}")));
        }
        Change::GoOn { state, due_at, in_doubt } => {
            let state = if operation.state.may_become(state) { state } else { operation.state };
            if (state, in_doubt) != (operation.state, operation.in_doubt) {
                (operation.state, operation.in_doubt) = (state, in_doubt);
                write::changed(&tx, scope, generation, &mut operation, now).await?;
            }
            store::token::release(&tx, scope, operation.id, due_at).await?;
        }
        Change::Park => {
            tracing::error!(operation = %operation.id, "parked: another intent under this id");
            metrics::counter!("operations_parked_total").increment(1);
            operation.parked = true;
            write::changed(&tx, scope, generation, &mut operation, now).await?;
            let due_at = now.plus_s(PARKED_S);
            store::token::release(&tx, scope, operation.id, due_at).await?;
        }
        Change::Close(_) => {}
    }
    tx.commit().await?;
    if operation.state.is_final() {
        let labels = [("kind", operation.kind.as_str()), ("state", operation.state.as_str())];
        metrics::counter!("operations_ended_total", &labels).increment(1);
    }
    Ok(operation)
}

async fn release(block: &Block, claimed: &Claimed, due_at: Timestamp) -> Result<(), Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    store::token::release(&tx, &claimed.scope, claimed.operation, due_at).await?;
    Ok(tx.commit().await?)
}
