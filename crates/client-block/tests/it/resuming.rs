//! A session goes on with a ticket and its token: what is refused, and what a ticket is worth.

use common::placement::Placement;
use common::ticket::{Holder, Ticket, TicketKey};
use common::{Generation, Revision};
use platform::random;
use serde_json::{Value, json};

use crate::bank::{ANNA, BORIS, Bank, Process, first_row, name, secret};
use crate::client::{Client, Reply};

/// The secret of a session that Anna has just opened.
async fn token(bank: &Bank, process: &Process) -> String {
    bank.log_in(process, ANNA).await.ok()["token"].as_str().unwrap().to_owned()
}

async fn resume(process: &Process, ticket: &str, token: &str) -> Reply {
    let body = json!({ "ticket": ticket, "token": token });
    process.phone().post("/v1/sessions/resumption", &body).await
}

fn annas(bank: &Bank) -> String {
    bank.ticket(Holder::Customer(ANNA))
}

#[tokio::test]
async fn a_session_goes_on_with_the_same_token_and_the_ticket_is_used_up() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let token = token(&bank, &process).await;
    let ticket = annas(&bank);
    let resumed = resume(&process, &ticket, &token).await.ok();
    assert_eq!(resumed["name"], "Anna Petrova");
    let listed = process.bearer(&token).get("/v1/sessions").await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "it is the same session");
    assert_eq!(resume(&process, &ticket, &token).await.code(), "ticket-used");
}

#[tokio::test]
async fn tickets_that_are_too_old_or_for_another_block_open_nothing() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let token = token(&bank, &process).await;
    let old = annas(&bank);
    bank.clock.advance_ms(61_000);
    assert_eq!(resume(&process, &old, &token).await.code(), "ticket-expired");
    let mut stamp = first_row(ANNA).stamp();
    stamp.owner = name("client-2");
    let ticket = Ticket {
        id: random::bytes(),
        holder: Holder::Customer(ANNA),
        issued_at: bank.clock.now(),
        stamp,
    };
    let key = TicketKey::new(name("client-2"), &secret("client-2"));
    let elsewhere = key.seal(&ticket, random::bytes());
    assert_eq!(resume(&process, &elsewhere, &token).await.code(), "ticket-foreign");
    assert_eq!(resume(&process, "made up", &token).await.code(), "ticket-invalid");
}

#[tokio::test]
async fn tokens_that_open_no_session_of_hers_end_at_the_login() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let token = token(&bank, &process).await;
    let others = bank.ticket(Holder::Customer(BORIS));
    let decoy = bank.ticket(Holder::Decoy(1));
    let rows = [
        (annas(&bank), "made up", "an unknown token"),
        (others, token.as_str(), "a token of hers with a ticket of his"),
        (decoy, token.as_str(), "a decoy"),
    ];
    for (ticket, token, case) in rows {
        assert_eq!(resume(&process, &ticket, token).await.code(), "session-expired", "{case}");
    }
    let page = Client::page(process.web);
    let body = json!({ "ticket": annas(&bank), "token": token });
    let reply = page.post("/v1/sessions/resumption", &body).await;
    assert_eq!(reply.code(), "unauthenticated", "a browser has its token in a cookie");
    let nothing: Value = json!({ "ticket": annas(&bank) });
    let reply = process.phone().post("/v1/sessions/resumption", &nothing).await;
    assert_eq!(reply.code(), "unauthenticated");
    assert_eq!(process.bearer(&token).delete("/v1/sessions").await.status, 204);
    assert_eq!(resume(&process, &annas(&bank), &token).await.code(), "session-expired");
}

#[tokio::test]
async fn whoever_is_served_elsewhere_or_asks_too_often_is_told_so() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.limits.logins_per_minute = 0).await;
    let reply = resume(&process, &annas(&bank), "made up").await;
    assert_eq!(reply.code(), "too-many-requests");
    let process = bank.process().await;
    let token = token(&bank, &process).await;
    let moved = Placement {
        owner: name("client-2"),
        generation: Generation(2),
        owner_since: Generation(2),
        revision: Revision(2),
        ..first_row(ANNA)
    };
    process.place(&[moved]).await.ok();
    let reply = resume(&process, &annas(&bank), &token).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (421, "placement-moved"));
}
