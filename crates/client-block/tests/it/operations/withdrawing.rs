//! Cancelling by key (I17): whether or not the block has heard of the order, nothing comes of it
//! once the answer is an end, wherever the order arrives late.

use common::operation::OperationState;
use common::problem::Code;
use serde_json::{Value, json};
use testkit::eventually;

use super::{becomes, id_of, new_key, own, send, taken, to_boris, withdraw};
use crate::bank::{ANNA, Bank};
use crate::client::{Client, Reply};
use crate::stand_in::Act;

/// Anna has reviewed an order and sent it, and nobody has told her what became of it.
struct Unheard {
    key: String,
    id: common::OperationId,
    intent: Value,
}

async fn unheard(anna: &Client, draft: &Value) -> Unheard {
    let (key, intent) = (new_key(), anna.review(draft).await);
    Unheard { id: id_of(ANNA, &key), key, intent }
}

fn is_replay(reply: &Reply, state: &str) {
    assert_eq!((reply.status.as_u16(), reply.header("idempotency-replayed")), (200, "true"));
    assert_eq!(reply.json()["state"], state, "{}", reply.text);
}

#[tokio::test]
async fn an_order_that_nobody_has_heard_of_is_voided() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let lost = unheard(&anna, &own("10.00")).await;
    let shown = withdraw(&anna, &lost.key, &lost.intent).await.ok();
    assert_eq!((&shown["state"], &shown["durability"]), (&json!("cancelled"), &json!("accepted")));
    assert_eq!(shown["operation_id"], lost.id.to_string());
    let void = &bank.gateway.calls("void")[0].body;
    assert_eq!((&void["cause"], &void["generation"]), (&json!("customer"), &json!(1)));
    assert_eq!(bank.number("select count(*) from operation_token").await, 0);

    // Here the order finds the operation known, however late it comes.
    is_replay(&anna.order(&lost.key, &lost.intent).await, "cancelled");
    // At another block, which knows nothing, the back office does.
    bank.sql("delete from operation").await;
    let elsewhere = anna.order(&lost.key, &lost.intent).await;
    assert_eq!((elsewhere.status.as_u16(), &elsewhere.json()["state"]), (201, &json!("cancelled")));
    assert_eq!(bank.gateway.effects(lost.id), 0);
    let outcome = bank.gateway.books().known[&lost.id].outcome.clone();
    assert_eq!(outcome.unwrap().state, OperationState::Cancelled);
}

#[tokio::test]
async fn a_wish_without_a_key_names_nothing() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let intent = anna.review(&own("10.00")).await;
    let reply = anna.post("/v1/operations/cancellation", &json!({ "intent": intent })).await;
    assert_eq!(reply.code(), "idempotency-key-missing");
}

#[tokio::test]
async fn without_the_back_office_the_wish_waits_and_so_does_the_order() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let lost = unheard(&anna, &to_boris("10.00")).await;
    bank.gateway.go_away().await;
    let shown = withdraw(&anna, &lost.key, &lost.intent).await.ok();
    let waits = (&json!("awaiting_confirmation"), &json!("being_cancelled"));
    assert_eq!((&shown["state"], &shown["shown"]), waits);
    assert_eq!(shown["cancellable"], false);
    assert_eq!(shown["most"], json!({ "amount": "10.10", "currency": "RUB" }), "with the fee");

    // One transaction: the operation, its token and its line in the outbox.
    let together = "
        select count(*) from operation o join operation_token t using (operation_id)
        join outbox x on x.entity_id = o.operation_id::text and x.xmin = o.xmin
        where o.cancel_requested and o.xmin = x.xmin and x.open and not x.final
            and (x.payload->>'cancel_requested')::bool";
    assert_eq!(bank.number(together).await, 1);

    // The order comes late, is repeated, and asks for a code: nothing is begun, no code is sent.
    is_replay(&anna.order(&lost.key, &lost.intent).await, "awaiting_confirmation");
    let code = anna.post(&format!("/v1/operations/{}/code", lost.id), &json!({})).await;
    assert_eq!(code.code(), "operation-not-awaiting");
    let path = format!("/v1/operations/{}/confirmation", lost.id);
    let confirmed = anna.post(&path, &json!({ "code": "123456" })).await;
    assert_eq!(confirmed.code(), "operation-not-awaiting");
    assert!(bank.messages.books().messages.is_empty());

    // Asked twice is asked once.
    let again = withdraw(&anna, &lost.key, &lost.intent).await.ok();
    assert_eq!(again["shown"], "being_cancelled");
    assert_eq!(bank.number("select count(*) from outbox where kind = 'operation'").await, 1);

    bank.gateway.come_back().await;
    process.start_worker();
    becomes(&bank, &anna, lost.id, "cancelled").await;
    assert_eq!(bank.gateway.effects(lost.id), 0);
    assert!(bank.gateway.calls("execute").is_empty());
}

#[tokio::test]
async fn an_order_that_is_being_taken_in_loses_to_the_wish() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.gateway.products_ms = 10_000).await;
    let anna = bank.anna(&process).await;
    let lost = unheard(&anna, &own("10.00")).await;
    bank.gateway.next("products/accounts", Act::Hang);
    let order = anna.order(&lost.key, &lost.intent);
    let wish = async {
        eventually("the order waits for its account", || async {
            !bank.gateway.calls("products/accounts").is_empty()
        })
        .await;
        let shown = withdraw(&anna, &lost.key, &lost.intent).await.ok();
        assert_eq!(shown["state"], "cancelled");
        bank.gateway.release(1);
    };
    let (reply, ()) = tokio::join!(order, wish);
    is_replay(&reply, "cancelled");
    assert_eq!(bank.gateway.effects(lost.id), 0);
}

#[tokio::test]
async fn what_is_known_gives_its_present_state() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let done = taken(&anna, &own("10.00")).await;
    let shown = withdraw(&anna, &done.key, &done.intent).await.ok();
    assert_eq!(shown["state"], "executed", "it was done, and needs no other key");

    // Done, and the answer was lost: the VOID is answered with it.
    bank.gateway.next("execute", Act::WorkThenHang);
    let sent = send(&anna, &own("20.00")).await;
    assert_eq!(sent.reply.ok()["state"], "sent");
    assert_eq!(withdraw(&anna, &sent.key, &sent.intent).await.ok()["state"], "executed");
    assert_eq!(bank.gateway.effects(sent.id), 1);

    // Waiting for its code.
    let waiting = taken(&anna, &to_boris("5.00")).await;
    let shown = withdraw(&anna, &waiting.key, &waiting.intent).await.ok();
    assert_eq!(shown["state"], "cancelled");
    assert_eq!(withdraw(&anna, &waiting.key, &waiting.intent).await.ok()["state"], "cancelled");
}

#[tokio::test]
async fn another_intent_under_the_key_stands() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &to_boris("10.00")).await;
    let other = anna.review(&to_boris("11.00")).await;
    let reply = withdraw(&anna, &sent.key, &other).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "idempotency-mismatch"));
    let shown = anna.operation(&sent.id.to_string()).await;
    assert_eq!(shown["shown"], "waiting_for_confirmation");

    // The key of somebody else is another order of Boris's own.
    let boris = bank.boris(&process).await;
    withdraw(&boris, &sent.key, &sent.intent).await.ok();
    let shown = anna.operation(&sent.id.to_string()).await;
    assert_eq!(shown["shown"], "waiting_for_confirmation");
}

#[tokio::test]
async fn what_cannot_be_withdrawn() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let mut lost = unheard(&anna, &own("10.00")).await;
    lost.intent["terms"]["kind"] = json!("no_such_kind");
    let refused = withdraw(&anna, &new_key(), &lost.intent).await;
    assert_eq!(refused.code(), Code::TermsNotUnderstood.as_str());
    assert_eq!(withdraw(&anna, "short", &lost.intent).await.code(), "idempotency-key-invalid");
}
