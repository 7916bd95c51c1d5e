//! `bulkhead ops`: what the bank's administrators do, over the operations API of either router.
//!
//! The two demo administrators log in by themselves: their passwords and the secrets of their codes
//! lie in `.bulkhead/admins.json`.

mod api;
mod approvals;
mod automation;
mod datacentre;
mod moves;
pub(crate) mod promote;
mod show;

use clap::{Args, Subcommand};
use common::wire::ops::AuditTrail;
use uuid::Uuid;

pub(crate) use api::Operations;

use super::print_json;
use crate::failure::{Failure, Result};
use crate::place::Place;

/// Who acts, and how it is shown.
#[derive(Clone, Debug, Args)]
pub(super) struct Acting {
    /// Which demo administrator; the first one if none is named
    #[arg(long = "as", global = true)]
    who: Option<String>,
    /// For scripts
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum OpsCommand {
    /// Open a session and print its token
    Login,
    /// Show who serves which slices
    Placements {
        /// Only of this home
        home: Option<String>,
    },
    /// Show the records of moves
    Moves,
    /// Move slices to the home's backup
    Move(moves::Move),
    /// Give slices back to their home
    Return(moves::Return),
    /// Give a move up that is under way
    Abort {
        /// The move; the one that is under way if there is one only
        id: Option<Uuid>,
        /// The target is dead: its last batch is the cut
        #[arg(long)]
        cut: bool,
        /// Why
        #[arg(long, default_value = "given up by hand")]
        reason: String,
    },
    /// Show what waits for a second person, or approve it
    Approve {
        /// The approval; none: show all
        id: Option<Uuid>,
    },
    /// Make the standby of a database its primary; of the router's, let its backup lead
    Promote {
        /// The block whose database it is
        database: String,
        /// Why
        #[arg(long, default_value = "by hand")]
        reason: String,
    },
    /// Survive the loss of a data centre: one prepared action, approved by a second person
    Datacentre(datacentre::Wishes),
    /// Show what automation may, sees and has prepared, or switch it
    Automation(automation::Wishes),
    /// Show what administrators have done
    Audit,
}

pub(super) async fn run(place: &Place, acting: Acting, command: OpsCommand) -> Result<()> {
    let operations = Operations::log_in(place, acting.who.as_deref()).await?;
    let json = acting.json;
    match command {
        OpsCommand::Login => show::session(&operations, json),
        OpsCommand::Placements { home } => moves::placements(&operations, home, json).await,
        OpsCommand::Moves => moves::list(&operations, json).await,
        OpsCommand::Move(wish) => moves::begin(&operations, wish, json).await,
        OpsCommand::Return(wish) => moves::give_back(&operations, wish, json).await,
        OpsCommand::Abort { id, cut, reason } => {
            moves::abort(&operations, id, (cut, reason), json).await
        }
        OpsCommand::Approve { id } => approvals::run(&operations, id, json).await,
        OpsCommand::Datacentre(wishes) => datacentre::run(place, &operations, wishes, json).await,
        OpsCommand::Promote { database, reason } => {
            promote::run(place, &operations, &database, &reason, json).await
        }
        OpsCommand::Automation(wishes) => automation::run(&operations, wishes, json).await,
        OpsCommand::Audit => {
            let trail: AuditTrail = operations.get("/ops/v1/audit").await?;
            if json {
                return print_json(&trail);
            }
            show::audit(&trail.entries);
            Ok(())
        }
    }
}

/// A name as it was typed.
fn block(text: &str) -> Result<common::BlockName> {
    text.parse().map_err(|error| Failure::new("BAD-BLOCK", format!("{text}: {error}.")))
}
