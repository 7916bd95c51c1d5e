//! `bulkhead messages`: what the simulated message channel has sent to customers' phones. It is how
//! a person at this machine gets a one-time code.

use std::time::Duration;

use clap::Args;
use common::wire::systems::Message;
use serde::Serialize;

use super::{Output, print_json};
use crate::failure::{Failure, Result};
use crate::place::{Place, read_if_there};
use crate::plan::Plan;
use crate::screen::say;
use crate::services::Services;

const WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(super) struct Wishes {
    /// Only to this phone
    #[arg(long)]
    phone: Option<String>,
    /// Only to this demo customer's phone
    #[arg(long, conflicts_with = "phone")]
    login: Option<String>,
    /// How many, newest first
    #[arg(short = 'n', long, default_value_t = 10)]
    limit: u32,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
struct Query {
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    limit: u32,
}

pub(super) async fn run(place: &Place, wishes: Wishes) -> Result<()> {
    let plan = Plan::read(place)?;
    let control = plan
        .systems_control
        .ok_or_else(|| Failure::new("NO-SYSTEMS", "This bank has no simulated message channel."))?;
    let phone = match (wishes.phone, wishes.login) {
        (None, Some(login)) => Some(phone_of(place, &login)?),
        (phone, _) => phone,
    };
    let query = Query { phone, limit: wishes.limit };
    let messages: Vec<Message> =
        Services::of(place)?.get(&control, "/control/v1/messages", &query, WITHIN).await?;
    if wishes.output.output == super::Format::Json {
        return print_json(&messages);
    }
    if messages.is_empty() {
        say("No messages.");
    }
    for message in messages {
        say(format!("{}  {}  {}", message.sent_at, message.phone.as_str(), message.text));
    }
    Ok(())
}

/// Demo customers are found in the list that `up` wrote.
fn phone_of(place: &Place, login: &str) -> Result<String> {
    let path = place.file("demo-logins.json");
    let text = read_if_there(&path)?.unwrap_or_default();
    let list: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let entries = list["logins"].as_array().cloned().unwrap_or_default();
    entries
        .iter()
        .find(|entry| entry["login"] == login)
        .and_then(|entry| entry["phone"].as_str().map(str::to_owned))
        .ok_or_else(|| {
            Failure::new("UNKNOWN-LOGIN", format!("{login} is no demo customer."))
                .mend("./bulkhead messages --phone <phone>")
        })
}
