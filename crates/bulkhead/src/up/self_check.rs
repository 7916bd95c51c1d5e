//! The bank looks at itself the way a browser would, before it says that it is ready: one customer
//! of every home is routed, logs in with password and one-time code, sees his accounts, logs out.
//!
//! It is the last demo customer of each home, so that the logins of the banner stay untouched. It
//! changes nothing but that customer's list of devices.

use std::time::Duration;

use common::wire::systems::Message;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::Ground;
use crate::browser::{Browser, CODE_AGAIN, code_in};
use crate::demo::{Customer, customers, login_of};
use crate::failure::{Failure, Result};
use crate::plan::Plan;
use crate::services::Services;

/// How long reading the messages may take.
const WITHIN: Duration = Duration::from_secs(5);
/// For how long a client asks again, and how often.
const AGAIN_WITHIN: Duration = Duration::from_secs(20);
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// What the list of devices says.
const DEVICE: &str = "bulkhead up";

/// Looks at every home.
pub(super) async fn run(ground: &Ground, plan: &Plan, customer_count: u64) -> Result<String> {
    let Some(origin) = ground.sources().bank_origin() else {
        return Ok(String::new());
    };
    let mut remark = String::new();
    for home in ground.topology.homes() {
        let all = customers(&ground.topology, customer_count);
        if let Some(customer) = all.filter(|one| one.home == home.name).last() {
            let complete = insist(ground, plan, &origin, &customer).await?;
            if !complete {
                "no code could be sent, so only passwords were tried".clone_into(&mut remark);
            }
        }
    }
    Ok(remark)
}

/// A client that is told to ask again does so; a block that has only just started may not know
/// all its slices yet.
async fn insist(ground: &Ground, plan: &Plan, origin: &str, customer: &Customer) -> Result<bool> {
    let deadline = Instant::now() + AGAIN_WITHIN;
    loop {
        match be_the_customer(ground, plan, origin, customer).await {
            Err(failure) if failure.code() == CODE_AGAIN && Instant::now() < deadline => {
                sleep(AGAIN_AFTER).await;
            }
            outcome => return outcome,
        }
    }
}

/// Tells whether the whole way could be gone.
async fn be_the_customer(
    ground: &Ground,
    plan: &Plan,
    origin: &str,
    customer: &Customer,
) -> Result<bool> {
    let mut browser = Browser::new(origin);
    let routed = browser.route(&customer.login).await?;
    if routed.block.id.as_str() != customer.home {
        let sent_to = routed.block.id.as_str();
        let sentence = format!("A customer of {} was sent to {sent_to}.", customer.home);
        return Err(Failure::new("UP-SELF-CHECK", sentence));
    }
    let web = &routed.block.urls.web;
    browser.preflight(web, "/v1/sessions").await?;
    let login = json!({
        "ticket": routed.ticket,
        "password": login_of(customer).password,
        "device_name": DEVICE,
    });
    let answer = browser.post(web, "/v1/sessions", &login, None).await?;
    if let Some(challenge) = answer["challenge_id"].as_str() {
        if answer["sent"] != Value::Bool(true) {
            return Ok(false);
        }
        let code = json!({ "code": newest_code(ground, plan, customer).await? });
        let path = format!("/v1/sessions/challenges/{challenge}");
        browser.post(web, &path, &code, None).await?;
    }
    let _accounts: Value = browser.get(web, "/v1/accounts").await?;
    browser.delete(web, "/v1/sessions/current").await?;
    Ok(true)
}

#[derive(Serialize)]
struct Query<'a> {
    phone: &'a str,
    limit: u32,
}

async fn newest_code(ground: &Ground, plan: &Plan, customer: &Customer) -> Result<String> {
    let control = plan.systems_control.as_deref().unwrap_or_default();
    let query = Query { phone: &customer.phone, limit: 1 };
    let messages: Vec<Message> =
        Services::of(&ground.place)?.get(control, "/control/v1/messages", &query, WITHIN).await?;
    let text = messages.first().map_or("", |message| message.text.as_str());
    code_in(text).ok_or_else(|| {
        Failure::new("UP-SELF-CHECK", "The customer's one-time code did not arrive.")
    })
}
