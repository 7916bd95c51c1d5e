//! Loosening with the archive in doubt (I9): its verdict is for good and given by the id of the
//! change, so an answer that was lost is asked for again before anybody authenticates.

use common::ticket::Holder;
use serde_json::json;
use testkit::eventually;

use crate::archive::Archive;
use crate::bank::{ANNA, ANNAS_PHONE, Bank, PASSWORD, Process, device_secret};
use crate::client::{Client, Reply};
use crate::streams::{bank, serving};

const NEW: &str = "a better horse";

async fn change(anna: &Client) -> Reply {
    anna.put("/v1/password", &json!({ "current": PASSWORD, "new": NEW })).await
}

/// Logs in on the known device, with a ticket of its own.
async fn log_in(bank: &Bank, process: &Process, password: &str) -> Reply {
    let body = json!({
        "ticket": bank.ticket(Holder::Customer(ANNA)), "password": password,
        "device_token": device_secret(ANNA),
    });
    process.phone().post("/v1/sessions", &body).await
}

fn verdicts(archive: &Archive) -> Vec<bool> {
    archive.holds().verdicts.values().copied().collect()
}

const UNRESOLVED: &str = "select count(*) from loosening where applied is null";

#[tokio::test]
async fn a_verdict_that_was_lost_is_asked_for_before_anybody_authenticates() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let (anna, boris) = (bank.anna(&process).await, bank.boris(&process).await);
    archive.holds().loses_verdicts = true;
    assert_eq!(change(&anna).await.code(), "not-available-now");
    assert_eq!(verdicts(&archive), [true], "it stands there, and nobody knows");
    assert_eq!(bank.number(UNRESOLVED).await, 1);
    let waits = log_in(&bank, &process, PASSWORD).await;
    assert_eq!(waits.code(), "placement-behind", "not even with the right password");
    assert_eq!(log_in(&bank, &process, NEW).await.code(), "placement-behind");
    boris.get("/v1/operations").await.ok();

    archive.holds().loses_verdicts = false;
    eventually("the new password stands", || async {
        log_in(&bank, &process, NEW).await.status == 201
    })
    .await;
    assert_eq!(verdicts(&archive), [true], "asked again under the same id");
    assert_eq!(bank.number(UNRESOLVED).await, 0);
    assert_eq!(log_in(&bank, &process, PASSWORD).await.code(), "credentials-wrong");
    eventually("every session has ended", || async {
        let reply = anna.get("/v1/operations").await;
        reply.status == 401 && reply.code() == "session-expired"
    })
    .await;
    process.stop().await;
}

#[tokio::test]
async fn what_is_refused_changes_nothing_and_a_late_verdict_is_the_same() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    // She was handed over, or the slice sealed: the archive refuses, and the answer is lost.
    archive.holds().refuses = true;
    archive.holds().loses_verdicts = true;
    assert_eq!(change(&anna).await.code(), "not-available-now");
    // What arrives later cannot succeed any more.
    archive.holds().refuses = false;
    archive.holds().loses_verdicts = false;
    eventually("the old password still stands", || async {
        log_in(&bank, &process, PASSWORD).await.status == 201
    })
    .await;
    assert_eq!((verdicts(&archive), bank.number(UNRESOLVED).await), (vec![false], 0));
    anna.get("/v1/operations").await.ok();

    archive.holds().refuses = true;
    let reply = change(&anna).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (421, "placement-moved"));
    assert_eq!(log_in(&bank, &process, NEW).await.code(), "credentials-wrong");
    let told = "select count(*) from outbox where kind = 'customer'";
    assert_eq!(bank.number(told).await, 0, "nobody is told of what does not stand");
    process.stop().await;
}

#[tokio::test]
async fn with_the_archive_away_it_is_refused_and_she_goes_on() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    let login = json!({ "ticket": bank.ticket(Holder::Customer(ANNA)), "password": PASSWORD });
    let needed = process.phone().post("/v1/sessions", &login).await.ok();
    let path = format!("/v1/sessions/challenges/{}", needed["challenge_id"].as_str().unwrap());
    let code = json!({ "code": bank.messages.code(ANNAS_PHONE) });
    archive.go_away().await;
    let reply = process.phone().post(&path, &code).await;
    assert_eq!(reply.code(), "not-available-now", "no new device either");
    let reply = change(&anna).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "not-available-now"));
    assert!(!reply.header("retry-after").is_empty());
    assert_eq!(bank.number(UNRESOLVED).await, 0, "it was never heard: nobody waits for it");
    anna.get("/v1/operations").await.ok();
    assert_eq!(log_in(&bank, &process, PASSWORD).await.status, 201);
    archive.come_back().await;
    eventually("it is changed", || async { change(&anna).await.status == 204 }).await;
    process.stop().await;
}
