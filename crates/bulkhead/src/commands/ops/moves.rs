//! `move`, `return`, `abort`, and what is under way.

use std::time::Duration;

use clap::Args;
use common::placement::slice::SliceId;
use common::wire::archive::{Approval, MoveOrder, MoveState};
use common::wire::ops::{AbortMove, AskLeave, AutomationView, DryRun, MoveBegun, Moves, OrderMove};
use common::wire::router::Placements;
use uuid::Uuid;

use super::{Operations, block, datacentre, show};
use crate::commands::{duration, print_json};
use crate::failure::{Failure, Result};
use crate::screen::say;

#[derive(Debug, Args)]
pub(in crate::commands) struct Move {
    /// Whose customers
    home: String,
    /// Toward whom; the home's backup if nobody is named
    #[arg(long)]
    to: Option<String>,
    #[command(flatten)]
    common: Common,
    /// Let open sessions go on at the owner for so long
    #[arg(long, value_parser = duration, conflicts_with_all = ["forced", "urgent"])]
    keep: Option<Duration>,
    /// At once
    #[arg(long, conflicts_with = "forced")]
    urgent: bool,
    /// Without asking the owner; a second person has to approve it
    #[arg(long)]
    forced: bool,
    /// Every older session is dead: customers log in again
    #[arg(long)]
    drop_sessions: bool,
}

#[derive(Debug, Args)]
pub(in crate::commands) struct Return {
    /// Whose customers
    home: String,
    #[command(flatten)]
    common: Common,
    /// All at once, joining afterwards: the backup is needed or failing
    #[arg(long)]
    now: bool,
    /// The backup is dead: its last batch is the cut; a second person has to approve it
    #[arg(long, requires = "now")]
    cut: bool,
}

#[derive(Debug, Args)]
struct Common {
    /// Only these slices, as in 3 or 3,4,5
    #[arg(long, value_delimiter = ',')]
    slices: Vec<u8>,
    /// Why
    #[arg(long, default_value = "by hand")]
    reason: String,
    /// The leave that a second person gave
    #[arg(long)]
    approval: Option<Uuid>,
    /// Only show what it would mean
    #[arg(long)]
    dry_run: bool,
    /// Do it although the dry run names differences or hindrances
    #[arg(long)]
    yes: bool,
}

pub(super) async fn placements(
    operations: &Operations,
    home: Option<String>,
    json: bool,
) -> Result<()> {
    let mut all: Placements = operations.get("/ops/v1/placements").await?;
    if let Some(home) = home {
        let home = block(&home)?;
        all.rows.retain(|row| row.home == home);
    }
    if json {
        return print_json(&all);
    }
    show::placements(&all.rows);
    let view: AutomationView = operations.get("/ops/v1/automation").await?;
    for one in &view.lost {
        datacentre::show(one);
        say(format!("  ./bulkhead ops datacentre {}", one.data_center));
    }
    Ok(())
}

pub(super) async fn list(operations: &Operations, json: bool) -> Result<()> {
    let all: Moves = operations.get("/ops/v1/moves").await?;
    if json {
        return print_json(&all);
    }
    show::moves(&all.moves);
    Ok(())
}

pub(super) async fn begin(operations: &Operations, wish: Move, json: bool) -> Result<()> {
    let order = match (wish.forced, wish.urgent, wish.drop_sessions) {
        (true, _, _) => MoveOrder::Forced,
        (_, _, true) => MoveOrder::UrgentDropping,
        (_, true, false) => MoveOrder::Urgent,
        (false, false, false) => MoveOrder::Planned,
    };
    let keep = wish.keep.unwrap_or_default().as_millis();
    let mut full = ordered(&wish.home, order, &wish.common)?;
    full.target = wish.to.as_deref().map(block).transpose()?;
    full.keep_sessions_ms = u64::try_from(keep).unwrap_or(u64::MAX);
    full.drop_sessions = wish.forced && wish.drop_sessions;
    carry_out(operations, &full, &wish.common, json).await
}

pub(super) async fn give_back(operations: &Operations, wish: Return, json: bool) -> Result<()> {
    let order = if wish.now { MoveOrder::ReturnNow } else { MoveOrder::Return };
    let mut full = ordered(&wish.home, order, &wish.common)?;
    full.by_cut = wish.cut;
    carry_out(operations, &full, &wish.common, json).await
}

fn ordered(home: &str, order: MoveOrder, common: &Common) -> Result<OrderMove> {
    let slice = |number: &u8| {
        SliceId::try_from(*number).map_err(|_odd| {
            Failure::new("BAD-SLICE", format!("{number} is no slice: 0 to 63 are."))
        })
    };
    Ok(OrderMove {
        home: block(home)?,
        slices: common.slices.iter().map(slice).collect::<Result<_>>()?,
        order,
        target: None,
        keep_sessions_ms: 0,
        drop_sessions: false,
        by_cut: false,
        reason: common.reason.clone(),
        approval: common.approval,
    })
}

async fn carry_out(
    operations: &Operations,
    order: &OrderMove,
    common: &Common,
    json: bool,
) -> Result<()> {
    let dry: DryRun = operations.post("/ops/v1/moves/dry-run", order).await?;
    if common.dry_run {
        if json {
            return print_json(&dry);
        }
        show::dry_run(&dry);
        return Ok(());
    }
    if let Some(action) = &dry.needs_approval
        && common.approval.is_none()
    {
        return ask_leave(operations, action, &common.reason, json).await;
    }
    let offered = dry.differences.is_empty() && dry.refused.is_empty();
    if !offered && !common.yes {
        show::dry_run(&dry);
        let text = "The target is not what the home's customers need, or something is in the way.";
        return Err(Failure::new("NOT-OFFERED", text).mend("the same command with --yes"));
    }
    let begun: MoveBegun = operations.post("/ops/v1/moves", order).await?;
    if json { print_json(&begun) } else { show::begun(&begun) }
}

/// What needs a second person is asked for; the same command with the leave carries it out.
pub(super) async fn ask_leave(
    operations: &Operations,
    action: &str,
    reason: &str,
    json: bool,
) -> Result<()> {
    let wish = AskLeave { action: action.to_owned(), reason: reason.to_owned() };
    let asked: Approval = operations.post("/ops/v1/approvals", &wish).await?;
    if json {
        return print_json(&asked);
    }
    let id = asked.approval_id;
    say(format!("A second person has to approve: {action}."));
    say(format!("  ./bulkhead ops approve {id} --as <another administrator>"));
    say(format!("Then repeat the command with --approval {id}"));
    Ok(())
}

pub(super) async fn abort(
    operations: &Operations,
    id: Option<Uuid>,
    (cut, reason): (bool, String),
    json: bool,
) -> Result<()> {
    let id = match id {
        Some(id) => id,
        None => the_only_one(operations).await?,
    };
    let path = format!("/ops/v1/moves/{id}/abort");
    let begun: MoveBegun = operations.post(&path, &AbortMove { cut, reason }).await?;
    if json {
        return print_json(&begun);
    }
    say(format!("Move {id} is being given up."));
    Ok(())
}

async fn the_only_one(operations: &Operations) -> Result<Uuid> {
    let all: Moves = operations.get("/ops/v1/moves").await?;
    let mut running = all.moves.iter().filter(|one| one.state == MoveState::Running);
    match (running.next(), running.next()) {
        (Some(one), None) => Ok(one.move_id),
        (None, _) => Err(Failure::new("NO-MOVE", "No move is under way.")),
        (Some(_), Some(_)) => {
            let text = "Several moves are under way: name one.";
            Err(Failure::new("WHICH-MOVE", text).mend("./bulkhead ops moves"))
        }
    }
}
