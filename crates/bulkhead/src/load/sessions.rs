//! Logging in, and keeping the sessions from one run to the next: a password is argon2id, the whole
//! machine hashes about sixty a second, and the bank's customers should not feel the ramp.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::wire::router::{RouteQuery, RouteRequest};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::bank::Bank;
use super::customer::{Body, Call, Customer, GaveUp, Kept, Login};
use super::next::Because;
use super::orders::get;
use super::promises::What;
use crate::failure::{Failure, Result};
use crate::place::{Place, read_if_there, write_private};

/// Logins under way at once: fewer than the blocks' queues hold.
const AT_ONCE: usize = 6;
/// How often a login is tried.
const TRIES: u32 = 5;
/// The devices of the last run.
const DEVICES: &str = "load-devices.json";

/// The first `count` customers, with what their devices kept.
pub(super) fn customers(place: &Place, count: usize) -> Result<Vec<Arc<Customer>>> {
    let path = place.file("demo-logins.json");
    let text = read_if_there(&path)?.unwrap_or_default();
    let list: Value = serde_json::from_str(&text).unwrap_or_default();
    let logins: Vec<Login> = serde_json::from_value(list["logins"].clone()).unwrap_or_default();
    if logins.is_empty() {
        let sentence = "There are no demo customers here to be.";
        return Err(Failure::new("NOT-STARTED", sentence).mend("make up"));
    }
    let kept = read_if_there(&place.file(DEVICES))?.unwrap_or_default();
    // A file of another version is no reason to fail: they log in anew.
    let mut kept: BTreeMap<String, Kept> = serde_json::from_str(&kept).unwrap_or_default();
    let customers = logins.into_iter().filter_map(|login| {
        let kept = kept.remove(&login.login).unwrap_or_default();
        Customer::new(login, kept).map(Arc::new)
    });
    Ok(customers.take(count).collect())
}

/// Keeps what the devices have for the next run.
pub(super) fn keep(place: &Place, customers: &[Arc<Customer>]) -> Result<()> {
    let kept: BTreeMap<&str, Kept> =
        customers.iter().map(|one| (one.login.login.as_str(), one.kept())).collect();
    let text = serde_json::to_string(&kept)
        .map_err(|error| Failure::new("OUTPUT", format!("{error}.")))?;
    write_private(&place.file(DEVICES), &text)
}

/// Opens a session for everybody who has none.
pub(super) async fn ramp(bank: &Arc<Bank>, customers: &[Arc<Customer>]) -> Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let all: Arc<[Arc<Customer>]> = customers.into();
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (bank, next, all) = (Arc::clone(bank), Arc::clone(&next), Arc::clone(&all));
        workers.spawn(async move {
            while let Some(customer) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                customer.come_in(&bank).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(done) = workers.join_next().await {
        done.map_err(|error| Failure::new("LOAD", format!("{error}.")))??;
    }
    Ok(())
}

impl Customer {
    /// Goes on with the session of the last run, or logs in.
    async fn come_in(&self, bank: &Bank) -> Result<()> {
        if self.has_session() {
            let asked = self.call(bank, &get("sessions", "/v1/sessions".to_owned())).await;
            if asked.is_ok() {
                return Ok(());
            }
        }
        for _ in 0..TRIES {
            if self.log_in(bank).await?.is_ok() {
                break;
            }
        }
        Ok(())
    }

    /// The session is not believed any more: written down, and gone.
    pub(super) fn session_ended(&self, bank: &Bank, code: &str) -> Result<()> {
        if self.known().kept.session.take().is_none() {
            return Ok(());
        }
        let block = self.block().unwrap_or_default();
        bank.promise(self.customer_id, What::SessionEnded { block, code: code.to_owned() })
    }

    /// Asks the router, then password and, on a new device, a code.
    pub(super) async fn log_in(&self, bank: &Bank) -> Result<std::result::Result<(), GaveUp>> {
        self.known().kept.session = None;
        let who = RouteRequest::Login(self.login.login.clone());
        if !self.route(bank, &RouteQuery { who, failed: None }).await {
            let because = Because::Unreachable;
            return Ok(Err(GaveUp { because, code: "no router".to_owned() }));
        }
        let login = Call {
            kind: "login",
            method: "POST",
            path: "/v1/sessions".to_owned(),
            body: Body::Password,
            ..Call::default()
        };
        let mut reply = match self.call(bank, &login).await {
            Ok(reply) => reply,
            Err(gave_up) => return Ok(Err(gave_up)),
        };
        let mut body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        if let Some(challenge) = body["challenge_id"].as_str() {
            let Some(code) = bank.code_for(&self.login.phone).await else {
                return Ok(Err(GaveUp { because: Because::Ask, code: "no code came".into() }));
            };
            let answer = Call {
                kind: "login code",
                method: "POST",
                path: format!("/v1/sessions/challenges/{challenge}"),
                body: Body::Json(json!({ "code": code }).to_string()),
                once: true,
                ..Call::default()
            };
            reply = match self.call(bank, &answer).await {
                Ok(reply) => reply,
                Err(gave_up) => return Ok(Err(gave_up)),
            };
            body = serde_json::from_str(&reply.body).unwrap_or_default();
        }
        if let Some(session_id) = self.keep_session(&reply, &body) {
            let durable = body["durable"].as_bool();
            let block = self.block().unwrap_or_default();
            bank.promise(self.customer_id, What::Session { session_id, durable, block })?;
        }
        Ok(Ok(()))
    }
}
