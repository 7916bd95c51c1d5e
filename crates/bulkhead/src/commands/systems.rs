//! What happens in the simulated world outside the bank: `incoming` lets money come in and cards be
//! used, `cash-machine` types a code for cash.

use std::time::Duration;

use clap::Args;
use common::Money;
use common::wire::systems::Incoming;
use platform::rpc::{Idempotent, Once, Request};
use serde::Deserialize;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::plan::Plan;
use crate::screen::say;
use crate::services::Services;

const WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(super) struct IncomingWishes {
    /// Card purchases, salaries and transfers a minute over all customers; 0 ends it; none: show it
    per_minute: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct CashMachine {
    /// The code that the customer got
    code: String,
}

#[derive(Deserialize)]
struct PaidOut {
    amount: Money,
}

pub(super) async fn incoming(place: &Place, wishes: IncomingWishes) -> Result<()> {
    let control = control(place)?;
    let request = match wishes.per_minute {
        Some(per_minute) => {
            Request::<Idempotent>::put("/control/v1/incoming", &Incoming { per_minute })
        }
        None => Request::<Idempotent>::get("/control/v1/incoming"),
    };
    let now: Incoming = Services::of(place)?.call(&control, request, WITHIN).await?;
    match now.per_minute {
        0 => say("No money comes in by itself."),
        rate => say(format!("{rate} purchases, salaries and transfers a minute come in.")),
    }
    Ok(())
}

pub(super) async fn cash_machine(place: &Place, typed: CashMachine) -> Result<()> {
    let control = control(place)?;
    let body = json!({ "code": typed.code });
    let request = Request::<Once>::post("/control/v1/cash-codes/redeem", &body);
    let paid: PaidOut = Services::of(place)?.call(&control, request, WITHIN).await?;
    say(format!("The machine pays out {}.", paid.amount));
    Ok(())
}

fn control(place: &Place) -> Result<String> {
    Plan::read(place)?
        .systems_control
        .ok_or_else(|| Failure::new("NO-SYSTEMS", "This bank has no simulated systems."))
}
