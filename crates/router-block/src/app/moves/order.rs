//! What an administrator orders: a move, a return, or that a move is given up. The first step is
//! taken here; the conductor goes on.

use std::collections::BTreeSet;
use std::sync::Arc;

use common::placement::conduct::{Order, begin};
use common::placement::moves::Step;
use common::placement::{Placement, PlacementState};
use common::problem::{Code, Refusal};
use common::wire::archive::actions::ranges;
use common::wire::archive::{MoveOrder, StepRequest, Stepped, Who};
use common::wire::ops::{AbortMove, MoveBegun, OrderMove, SliceRefused};
use common::{BlockName, Timestamp};
use platform::{Failure, random};
use serde_json::{Value, json};
use uuid::Uuid;

use super::step::{decided_on, take};
use super::{archive, report, rows_of, unknown, waves};
use crate::app::audit;
use crate::shared::Shared;

/// What an order means by the rows as they are: toward whom, and which of them.
#[derive(Debug)]
pub struct Meant {
    /// Where the slices go.
    pub target: BlockName,
    /// All that are to be moved, in slice order.
    pub rows: Vec<Placement>,
}

/// Begins a move.
pub async fn order(shared: &Arc<Shared>, who: Who, wish: &OrderMove) -> Result<MoveBegun, Failure> {
    archive(shared)?;
    shared.must_conduct()?;
    let meant = meant(shared, wish)?;
    let target = report(shared, &meant.target).await?;
    let (step, deadline) = first_step(wish, &meant, target.incarnation, shared.now());
    let first = match wish.order {
        MoveOrder::Return => waves::next(&meant.rows, 0),
        _ => meant.rows.as_slice(),
    };
    let request = StepRequest {
        move_id: Some(random::uuid()),
        order: Some(wish.order),
        home: wish.home.clone(),
        slices: decided_on(first),
        step,
        asker: None,
        deadline,
        each: true,
        whole: meant.rows.iter().map(|row| row.slice).collect(),
        reason: wish.reason.clone(),
        decided_by: who,
        approval: wish.approval,
    };
    let owners: BTreeSet<_> = meant.rows.iter().map(|row| &row.owner).collect();
    let details = json!({
        "move": request.move_id, "order": wish.order, "home": wish.home,
        "slices": ranges(&request.whole), "from": owners, "to": meant.target,
        "reason": wish.reason, "approval": wish.approval,
    });
    note(shared, &request.decided_by, "move", details).await?;
    let stepped = take(shared, &request).await?;
    Ok(begun(shared, &request, &meant.target, &stepped))
}

/// Gives a move up: the owner goes on, once the target has sealed or, where it is dead, from the
/// target's last batch on.
pub async fn abort(
    shared: &Arc<Shared>,
    who: Who,
    move_id: Uuid,
    wish: &AbortMove,
) -> Result<MoveBegun, Failure> {
    archive(shared)?;
    shared.must_conduct()?;
    let running = shared.conducting.running();
    let found = running.into_iter().find(|followed| followed.view.move_id == move_id);
    let view = found.map(|followed| followed.view).ok_or_else(|| {
        let detail = "No move of this id is under way.";
        Failure::from(Refusal::new(Code::NotFound).detail(detail))
    })?;
    let slices: BTreeSet<_> = view.slices.iter().copied().collect();
    let rows: Vec<Placement> = rows_of(shared, &view.home)
        .into_iter()
        .filter(|row| slices.contains(&row.slice) && row.state == PlacementState::Draining)
        .collect();
    if rows.is_empty() {
        let detail = "Nothing of this move can be given up any more.";
        return Err(Refusal::new(Code::InvalidRequest).detail(detail).into());
    }
    let request = StepRequest {
        move_id: Some(move_id),
        order: None,
        home: view.home.clone(),
        slices: decided_on(&rows),
        step: Step::Abort { cut: wish.cut },
        asker: None,
        deadline: None,
        each: true,
        whole: Vec::new(),
        reason: wish.reason.clone(),
        decided_by: who,
        approval: None,
    };
    let details = json!({
        "move": move_id, "home": view.home, "slices": ranges(&view.slices),
        "from": view.target, "to": rows[0].owner, "cut": wish.cut, "reason": wish.reason,
    });
    note(shared, &request.decided_by, "abort", details).await?;
    let stepped = take(shared, &request).await?;
    Ok(begun(shared, &request, &view.target, &stepped))
}

async fn note(shared: &Shared, who: &Who, action: &str, details: Value) -> Result<(), Failure> {
    match who {
        Who::Person { name } => audit::note(shared, name, action, details).await,
        Who::Automation | Who::Block => Ok(()),
    }
}

/// Reads an order: its target, and the slices that it is about.
pub fn meant(shared: &Shared, wish: &OrderMove) -> Result<Meant, Failure> {
    let returns = matches!(wish.order, MoveOrder::Return | MoveOrder::ReturnNow);
    let target =
        match (&wish.target, returns) {
            (None, true) => wish.home.clone(),
            (Some(target), true) if *target == wish.home => wish.home.clone(),
            (Some(_), true) => return Err(wrong("target", "a return goes to the home")),
            (Some(target), false) => target.clone(),
            (None, false) => shared.config.backups.get(&wish.home).cloned().ok_or_else(|| {
                wrong("target", "no backup of this home is configured: name a block")
            })?,
        };
    if shared.blocks.get(&target).is_none() {
        return Err(unknown(&target));
    }
    let asked: BTreeSet<_> = wish.slices.iter().copied().collect();
    let rows: Vec<Placement> = rows_of(shared, &wish.home)
        .into_iter()
        .filter(|row| asked.is_empty() || asked.contains(&row.slice))
        .filter(|row| row.owner != target)
        .collect();
    if rows.is_empty() {
        return Err(wrong("slices", "the target owns all of them"));
    }
    Ok(Meant { target, rows })
}

fn wrong(field: &'static str, detail: &str) -> Failure {
    Refusal::new(Code::InvalidRequest).field(field, detail).into()
}

/// The first step of an order, and when the owner closes what is left.
fn first_step(
    wish: &OrderMove,
    meant: &Meant,
    life: common::Incarnation,
    now: Timestamp,
) -> (Step, Option<Timestamp>) {
    let target = (meant.target.clone(), life);
    let keep_ms = i64::try_from(wish.keep_sessions_ms).unwrap_or(i64::MAX);
    let order = match wish.order {
        MoveOrder::Planned => Order::Planned(target, keep_ms),
        MoveOrder::Urgent | MoveOrder::Return | MoveOrder::ReturnNow => {
            Order::Urgent(target, false)
        }
        MoveOrder::UrgentDropping => Order::Urgent(target, true),
        MoveOrder::Forced => Order::Forced(target, wish.drop_sessions),
    };
    let deadline = (wish.order == MoveOrder::Planned).then(|| now.plus_ms(keep_ms));
    let forced = wish.by_cut && wish.order == MoveOrder::ReturnNow;
    let order = match order {
        Order::Urgent(target, drop) if forced => Order::Forced(target, drop),
        order => order,
    };
    // Every order but an abort begins with a step, whatever the row.
    match begin(order, &meant.rows[0], now) {
        (Some(step), _) => (step, deadline),
        (None, _) => (Step::Abort { cut: false }, deadline),
    }
}

/// Tells what came of the first step, and goes on with what has begun.
fn begun(
    shared: &Shared,
    request: &StepRequest,
    target: &BlockName,
    stepped: &Stepped,
) -> MoveBegun {
    let move_id = request.move_id.unwrap_or_default();
    let stepped_on = stepped.outcomes.iter().filter(|one| stepped.took(one));
    let slices: Vec<_> = stepped_on.map(|one| one.row.slice).collect();
    if !slices.is_empty() || matches!(request.step, Step::Abort { .. }) {
        shared.conducting.begun(move_id);
    }
    let refused = stepped.outcomes.iter().filter_map(|one| {
        let (slice, why) = (one.row.slice, one.refused?);
        Some(SliceRefused { slice, why })
    });
    MoveBegun {
        move_id,
        home: request.home.clone(),
        target: target.clone(),
        slices,
        refused: refused.collect(),
        why: stepped.refused,
    }
}
