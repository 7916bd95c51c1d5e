//! Moves: every change of a row is a compare-and-set, decided by `common::placement::moves` with
//! the rows held, and written down with its history, its record and who did it (I4, protocol §3).

mod record;

use std::collections::{BTreeMap, BTreeSet};

use common::failover::{Taken, take_move};
use common::incarnation::StreamId;
use common::placement::Placement;
use common::placement::moves::{AtArchive, Proposal, Refused, Step, propose};
use common::problem::{Code, Refusal as Problem};
use common::wire::archive::{MoveView, Refusal, StepOutcome, StepRequest, Stepped, Who, actions};
use common::{BlockName, Guards, Incarnation, SliceId};
use platform::Failure;
use platform::pg::Transaction;
use serde_json::json;

pub use record::records_up_to_date;

use super::approvals::{Lacking, must_be_text, use_up};
use super::lives::{Entered, enter, meet};
use super::routers::{Asker, must_be_obeyed};
use crate::archive::Archive;
use crate::store::placement::{Hold, Rows};
use crate::store::seal::Seals;
use crate::store::{automation, block_life, moves, placement, seal};

/// How many records are listed.
const LISTED: i64 = 200;

/// What automation is called where names of persons stand.
pub const AUTOMATION: &str = "automation";

/// The newest records.
pub async fn list(archive: &Archive) -> Result<Vec<MoveView>, Failure> {
    let connection = archive.db.connection().await?;
    Ok(moves::newest(&connection, LISTED).await?)
}

/// One step for some slices. A router that is superseded takes none.
pub async fn step(
    archive: &Archive,
    asker: Asker<'_>,
    request: &StepRequest,
) -> Result<Stepped, Failure> {
    check(request)?;
    let mut connection = archive.writing.connection().await?;
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?;
    must_be_obeyed(&tx, asker).await?;
    let places: Vec<_> =
        request.slices.iter().map(|(slice, _)| (request.home.clone(), *slice)).collect();
    let rows = placement::lock(&tx, &places, Hold::Alone).await?;
    if rows.len() != places.len() {
        let detail = "The register has no row for one of the slices.";
        return Err(Problem::new(Code::InvalidRequest).detail(detail).into());
    }
    let table = Table::lay(archive, &tx, asker.service, request, rows).await?;
    let outcomes = table.decide(entered, request);
    let stepped = |outcomes, refused| Ok(Stepped { life: entered.life, outcomes, refused });
    let refused = outcomes.iter().any(|(_, decided)| decided.is_err());
    let next: Vec<&Placement> =
        outcomes.iter().filter_map(|(_, decided)| decided.as_ref().ok()).collect();
    if next.is_empty() || (refused && !request.each) {
        record::asked_to_abort(archive, &tx, request).await?;
        tx.commit().await?;
        let unchanged = outcomes.iter().map(|(row, decided)| StepOutcome {
            row: row.clone(),
            refused: decided.as_ref().err().copied(),
        });
        return stepped(unchanged.collect(), Some(Refusal::Row));
    }
    let leave = match leave(archive, &tx, request).await? {
        Ok(leave) => leave,
        Err(refusal) => {
            let row = |(row, _): &(Placement, _)| StepOutcome { row: row.clone(), refused: None };
            return stepped(outcomes.iter().map(row).collect(), Some(refusal));
        }
    };
    let version = placement::next_version(&tx).await?;
    placement::put(&tx, &next, version, archive.now()).await?;
    if let Some(taken) = &leave.taken {
        automation::take(&tx, taken).await?;
    }
    record::stepped(archive, &tx, request, &next, leave.approved_by.as_deref()).await?;
    write_down(archive, &tx, request, &next, leave.approved_by.as_deref()).await?;
    tx.commit().await?;
    tracing::info!(home = %request.home, slices = next.len(), step = ?request.step, "a step");
    metrics::counter!("archive_steps_total").increment(next.len() as u64);
    let outcome = |(row, decided): (Placement, Result<Placement, Refused>)| match decided {
        Ok(row) => StepOutcome { row, refused: None },
        Err(refused) => StepOutcome { row, refused: Some(refused) },
    };
    stepped(outcomes.into_iter().map(outcome).collect(), None)
}

fn check(request: &StepRequest) -> Result<(), Failure> {
    let wrong = |detail: &str| Err(Problem::new(Code::InvalidRequest).detail(detail).into());
    must_be_text("reason", &request.reason)?;
    if let Who::Person { name } = &request.decided_by {
        must_be_text("name", name)?;
        if name.trim().eq_ignore_ascii_case(AUTOMATION) {
            return wrong("No person is called that.");
        }
    }
    let slices: BTreeSet<SliceId> = request.slices.iter().map(|(slice, _)| *slice).collect();
    if slices.is_empty() || slices.len() != request.slices.len() {
        return wrong("`slices` must name slices, each once.");
    }
    if request.order.is_some() && request.move_id.is_none() {
        return wrong("The first step of a move names it.");
    }
    let of_block = matches!(request.step, Step::Settle | Step::Claim);
    let by_block = request.decided_by == Who::Block;
    if of_block != by_block || by_block != request.asker.is_some() {
        return wrong("Settling and claiming are a block's own steps, and no others are.");
    }
    Ok(())
}

/// Who decided, as rows and records name him.
fn decided_by(request: &StepRequest, caller: &str) -> String {
    match &request.decided_by {
        Who::Person { name } => name.trim().to_owned(),
        Who::Automation => AUTOMATION.to_owned(),
        Who::Block => caller.to_owned(),
    }
}

/// What is known beside the rows.
struct Table {
    rows: Rows,
    seals: Seals,
    /// The current lives of targets.
    lives: BTreeMap<BlockName, Incarnation>,
    asker: Option<StreamId>,
    asker_closed: bool,
    decided_by: String,
}

impl Table {
    async fn lay(
        archive: &Archive,
        tx: &Transaction<'_>,
        caller: &str,
        request: &StepRequest,
        rows: Rows,
    ) -> Result<Self, Failure> {
        let block = caller.parse::<BlockName>().ok();
        let stream = |(block, incarnation)| StreamId { block, incarnation };
        let asker = block.zip(request.asker).map(stream);
        let mut asker_closed = false;
        if let Some(asker) = &asker {
            asker_closed = meet(archive, tx, asker).await?;
        }
        let places: Vec<_> = rows.keys().cloned().collect();
        let seals = seal::of_slices(tx, &places).await?;
        let targets: BTreeSet<BlockName> =
            rows.values().filter_map(|row| row.target.clone()).collect();
        let mut lives = BTreeMap::new();
        for target in targets {
            if let Some(life) = block_life::held(tx, &target).await? {
                lives.insert(target, life);
            }
        }
        let decided_by = decided_by(request, caller);
        Ok(Self { rows, seals, lives, asker, asker_closed, decided_by })
    }

    /// The verdict over each row, in slice order.
    fn decide(
        &self,
        entered: Entered,
        request: &StepRequest,
    ) -> Vec<(Placement, Result<Placement, Refused>)> {
        let expected: BTreeMap<_, _> = request.slices.iter().copied().collect();
        let from = self.asker.as_ref().map(|asker| (asker.block.clone(), asker.incarnation));
        let decide = |row: &Placement| {
            let seal_of =
                |block: &BlockName| self.seals.get(&(row.home.clone(), row.slice, block.clone()));
            let at = AtArchive {
                recovering: entered.recovering,
                owner_seal: seal_of(&row.owner),
                target_seal: row.target.as_ref().and_then(seal_of),
                target_now: row.target.as_ref().and_then(|target| self.lives.get(target)).copied(),
                asker_closed: self.asker_closed,
            };
            let proposal = Proposal {
                expected: expected.get(&row.slice).copied().unwrap_or_default(),
                step: request.step.clone(),
                from: from.clone(),
                reason: request.reason.clone(),
                decided_by: self.decided_by.clone(),
            };
            (row.clone(), propose(row, &at, &proposal, Guards::ALL))
        };
        self.rows.values().map(decide).collect()
    }
}

/// Leave to take a step that its rows allow.
#[derive(Default)]
struct Leave {
    /// The second person.
    approved_by: Option<String>,
    /// The move that automation takes with it.
    taken: Option<Taken<BlockName>>,
}

/// Automation takes the bank's one move; a person who passes an owner by needs a second one.
async fn leave(
    archive: &Archive,
    tx: &Transaction<'_>,
    request: &StepRequest,
) -> Result<Result<Leave, Refusal>, Failure> {
    match (&request.decided_by, &request.step) {
        (Who::Automation, step) => {
            let begins = matches!(step, Step::Drain { .. } | Step::Force { .. });
            automatic(archive, tx, &request.home, begins).await
        }
        (Who::Person { .. }, Step::Force { target, .. }) => {
            let slices: Vec<SliceId> = request.slices.iter().map(|(slice, _)| *slice).collect();
            let action = actions::force(&request.home, &slices, target);
            Ok(match use_up(archive, tx, request.approval, &action).await? {
                Ok(approver) => Ok(Leave { approved_by: Some(approver), taken: None }),
                Err(Lacking::Needed) => Err(Refusal::ApprovalNeeded),
                Err(Lacking::Invalid) => Err(Refusal::ApprovalInvalid),
            })
        }
        _ => Ok(Ok(Leave::default())),
    }
}

/// What ends a move that automation has begun takes no other.
async fn automatic(
    archive: &Archive,
    tx: &Transaction<'_>,
    home: &BlockName,
    begins: bool,
) -> Result<Result<Leave, Refusal>, Failure> {
    let held = automation::hold(tx).await?;
    if held.shown.held {
        return Ok(Err(Refusal::AutomationHeld));
    }
    if !begins {
        return Ok(Ok(Leave::default()));
    }
    let now = archive.now();
    let lifted = held.shown.limit_lifted_until.is_some_and(|until| now < until);
    let last = held.taken.filter(|_| !lifted);
    let taken = take_move(last, home.clone(), now, Guards::ALL);
    let leave = |taken| Leave { taken: Some(taken), approved_by: None };
    Ok(taken.map(leave).ok_or(Refusal::AutomationSpent))
}

async fn write_down(
    archive: &Archive,
    tx: &Transaction<'_>,
    request: &StepRequest,
    next: &[&Placement],
    approved_by: Option<&str>,
) -> Result<(), Failure> {
    let Some(first) = next.first() else { return Ok(()) };
    let slices: Vec<SliceId> = next.iter().map(|row| row.slice).collect();
    let done = moves::Done {
        action: step_word(&request.step),
        by: &first.decided_by,
        approved_by,
        reason: &request.reason,
        details: json!({
            "home": request.home,
            "slices": actions::ranges(&slices),
            "step": request.step,
            "move_id": request.move_id,
        }),
    };
    moves::audit(tx, &done, archive.now()).await?;
    Ok(())
}

fn step_word(step: &Step) -> &'static str {
    match step {
        Step::Drain { .. } => "drain",
        Step::Finish { .. } => "finish",
        Step::Force { .. } => "force",
        Step::Abort { .. } => "abort",
        Step::Settle => "settle",
        Step::Claim => "claim",
    }
}
