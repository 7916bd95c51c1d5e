//! `bulkhead customers add`.

use std::time::Duration;

use clap::Args;
use common::phone::Phone;
use common::wire::router::{Cohort, DirectoryEntry, NewCustomer};
use platform::rpc::{Once, Request};

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::plan::Plan;
use crate::screen::say;
use crate::services::Services;
use crate::supervisor::client::Supervisor;
use crate::topology::Role;
use crate::up::Done;

/// Hashing a password and telling two other services takes its time.
const WITHIN: Duration = Duration::from_secs(15);

#[derive(Debug, Args)]
pub(super) struct New {
    /// Unique; letters, digits, dots and hyphens
    #[arg(long)]
    login: String,
    /// In international form, unique
    #[arg(long)]
    phone: String,
    /// First and last name
    #[arg(long)]
    name: String,
    /// At least 10 characters; made up and printed if it is not given
    #[arg(long)]
    password: Option<String>,
}

pub(super) async fn add(place: &Place, new: New) -> Result<()> {
    Supervisor::running(place)?;
    let plan = Plan::read(place)?;
    let phone: Phone = new
        .phone
        .parse()
        .map_err(|error| Failure::new("BAD-PHONE", format!("{}: {error}.", new.phone)))?;
    let invented = new.password.is_none();
    let password = new.password.unwrap_or_else(invent);
    let order = NewCustomer {
        login: new.login,
        phone,
        name: new.name,
        password: password.clone(),
        cohort: Cohort::Regular,
    };
    let url =
        plan.operations.ok_or_else(|| Failure::new("NO-ROUTER", "This bank has no router."))?;
    let request = Request::<Once>::post("/ops/v1/customers", &order);
    let done = Done { customers_added: true, ..Done::read(place)? };
    done.write(place)?;
    let entry: DirectoryEntry = Services::of(place)?.call(&url, request, WITHIN).await?;

    say(format!(
        "{} is customer {} now; {} is the home block.",
        entry.name,
        entry.customer_id.0,
        entry.home.as_str(),
    ));
    say(format!("Login     {}", entry.login));
    if invented {
        say(format!("Password  {password}  (a customer of before keeps his old one)"));
    }
    if !entry.settled {
        say(format!(
            "{} or the payee directory does not answer now; the {} goes on telling them.",
            entry.home.as_str(),
            Role::Router.as_str(),
        ));
    }
    Ok(())
}

/// Four groups that can be typed from a screen.
fn invent() -> String {
    let token = platform::random::token();
    [&token[..5], &token[5..10], &token[10..15], &token[15..20]].join("-")
}
