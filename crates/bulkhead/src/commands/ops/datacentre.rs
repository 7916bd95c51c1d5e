//! `datacentre`: what is prepared for the loss of a data centre, and carrying it out once a second
//! administrator has approved it.

use std::fmt::Display;

use clap::Args;
use common::wire::archive::actions::ranges;
use common::wire::disaster::{Disaster, DisasterStep};
use uuid::Uuid;

use super::{Operations, moves};
use crate::commands::print_json;
use crate::disaster::{Action, prepared};
use crate::failure::Result;
use crate::place::Place;
use crate::screen::say;

#[derive(Debug, Args)]
pub(in crate::commands) struct Wishes {
    /// The data centre that is lost
    data_center: String,
    /// The leave that a second person gave
    #[arg(long)]
    approval: Option<Uuid>,
    /// Only show what would be done
    #[arg(long)]
    dry_run: bool,
    /// Why
    #[arg(long, default_value = "the data centre is lost")]
    reason: String,
}

pub(super) async fn run(
    place: &Place,
    operations: &Operations,
    wishes: Wishes,
    json: bool,
) -> Result<()> {
    let disaster = prepared(operations, &wishes.data_center).await?;
    if wishes.dry_run {
        if json {
            return print_json(&disaster);
        }
        show(&disaster);
        return Ok(());
    }
    let Some(approval) = wishes.approval else {
        if !json {
            show(&disaster);
        }
        return moves::ask_leave(operations, &disaster.action, &wishes.reason, json).await;
    };
    let action = Action {
        place,
        operations,
        data_center: &wishes.data_center,
        approval,
        reason: &wishes.reason,
    };
    let tell = |text: &dyn Display| {
        if !json {
            say(text);
        }
    };
    action.carry_out(&tell).await?;
    let left = prepared(operations, &wishes.data_center).await?;
    if json {
        return print_json(&left);
    }
    say("Everything that was prepared is done.");
    Ok(())
}

/// The steps, numbered.
pub(super) fn show(disaster: &Disaster) {
    let seen = if disaster.looks_dead { "looks dead" } else { "does not look dead from here" };
    say(format!("{} {seen}. If it is lost, in this order:", disaster.data_center));
    for (number, step) in (1..).zip(&disaster.steps) {
        say(format!("  {number}. {}", words(step)));
    }
}

fn words(step: &DisasterStep) -> String {
    match step {
        DisasterStep::Archive => {
            "promote the archive's standby, or let the archive go on without it".to_owned()
        }
        DisasterStep::Excuse { service } => {
            format!("excuse {service}, should the archive have to recover")
        }
        DisasterStep::Router { leader } => {
            format!("promote the router's database; {leader} leads no more")
        }
        DisasterStep::Move { home, slices, target } => {
            format!("move slices {} of {home} to {target}", ranges(slices))
        }
    }
}
