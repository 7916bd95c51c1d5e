//! `automation`: the switch, its limit, and what is prepared.

use std::time::Duration;

use clap::{Args, ValueEnum};
use common::wire::archive::Automation;
use common::wire::archive::actions::LIFT_LIMIT;
use common::wire::ops::{AutomationView, SwitchAutomation};
use uuid::Uuid;

use super::{Operations, moves, show};
use crate::commands::{duration, print_json};
use crate::failure::{Failure, Result};
use crate::screen::say;

#[derive(Debug, Args)]
pub(in crate::commands) struct Wishes {
    /// What to do
    switch: Option<Switch>,
    /// For how long the limit is lifted
    #[arg(long = "for", default_value = "20m", value_parser = duration)]
    lasting: Duration,
    /// The leave that a second person gave, to lift the limit
    #[arg(long)]
    approval: Option<Uuid>,
    /// Why
    #[arg(long, default_value = "by hand")]
    reason: String,
}

/// The switch of automation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// Stop it
    Hold,
    /// Let it go on
    Release,
    /// Let it move more than one thing in ten minutes; a second person has to approve it
    Lift,
    /// Let the limit count again
    Limit,
}

pub(super) async fn run(operations: &Operations, wishes: Wishes, json: bool) -> Result<()> {
    let view: AutomationView = operations.get("/ops/v1/automation").await?;
    let Some(switch) = wishes.switch else {
        if json {
            return print_json(&view);
        }
        show::automation(&view);
        return Ok(());
    };
    if switch == Switch::Lift && wishes.approval.is_none() {
        return moves::ask_leave(operations, LIFT_LIMIT, &wishes.reason, json).await;
    }
    let is_held = view.automation.map(|now| now.held).ok_or_else(|| {
        let text = "The archive does not say whether automation may move.";
        Failure::new("NO-ARCHIVE", text).mend("./bulkhead status")
    })?;
    let lift_limit_ms = if switch == Switch::Lift { wishes.lasting.as_millis() } else { 0 };
    let wish = SwitchAutomation {
        held: match switch {
            Switch::Hold => true,
            Switch::Release => false,
            Switch::Lift | Switch::Limit => is_held,
        },
        lift_limit_ms: u64::try_from(lift_limit_ms).unwrap_or(u64::MAX),
        reason: wishes.reason,
        approval: wishes.approval,
    };
    let now: Automation = operations.put("/ops/v1/automation", &wish).await?;
    if json {
        return print_json(&now);
    }
    say(if now.held { "Automation is held." } else { "Automation goes on." });
    match now.limit_lifted_until {
        Some(until) => {
            say(format!("Its limit of one move in ten minutes is lifted until {until}."));
        }
        None => say("It moves one thing in ten minutes."),
    }
    Ok(())
}
