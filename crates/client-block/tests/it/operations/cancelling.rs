//! Cancelling: either the cancellation wins or the execution, and the back office says which.

use serde_json::json;
use testkit::eventually;

use super::{becomes, cancel, confirm, left, own, send, taken, to_boris};
use crate::bank::Bank;
use crate::stand_in::Act;

#[tokio::test]
async fn before_execution_the_cancellation_wins() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let before = left(&bank);
    let sent = taken(&anna, &to_boris("10.00")).await;
    let shown = cancel(&anna, sent.id).await.ok();
    assert_eq!((&shown["state"], &shown["shown"]), (&json!("cancelled"), &json!("cancelled")));
    assert_eq!(shown["durability"], "accepted");
    assert_eq!(confirm(&bank, &anna, sent.id).await.ok()["state"], "cancelled");
    let again = cancel(&anna, sent.id).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "operation-not-cancellable"));
    assert_eq!(left(&bank), before);
    assert_eq!(bank.number("select count(*) from operation_token").await, 0);

    // The same key stays the cancelled operation.
    let replay = anna.order(&sent.key, &sent.intent).await;
    assert_eq!(replay.json()["state"], "cancelled");
    assert_eq!(bank.gateway.effects(sent.id), 0);
}

#[tokio::test]
async fn after_execution_the_execution_stands() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &own("10.00")).await;
    assert_eq!(cancel(&anna, sent.id).await.code(), "operation-not-cancellable");

    // Executed, but the answer was lost: the block believes it is on its way.
    bank.gateway.next("execute", Act::WorkThenHang);
    let sent = send(&anna, &own("20.00")).await;
    assert_eq!(sent.reply.ok()["state"], "sent");
    assert_eq!(bank.gateway.effects(sent.id), 1);
    let shown = cancel(&anna, sent.id).await.ok();
    assert_eq!(shown["state"], "executed", "VOID is answered with the outcome that is stored");
    assert_eq!(bank.gateway.effects(sent.id), 1);
}

#[tokio::test]
async fn while_the_back_office_is_away_the_wish_is_kept() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    bank.gateway.go_away().await;
    let sent = {
        bank.gateway.come_back().await;
        let intent = anna.review(&own("10.00")).await;
        bank.gateway.go_away().await;
        let key = super::new_key();
        let reply = anna.order(&key, &intent).await;
        (super::id_of(crate::bank::ANNA, &key), reply)
    };
    let (id, reply) = sent;
    assert_eq!(reply.status, 201, "{}", reply.text);
    assert_eq!(reply.json()["state"], "pending");
    let shown = cancel(&anna, id).await.ok();
    assert_eq!((&shown["state"], &shown["shown"]), (&json!("pending"), &json!("being_cancelled")));
    assert_eq!(shown["cancellable"], false);
    assert_eq!(cancel(&anna, id).await.ok()["shown"], "being_cancelled", "asked twice");
    bank.gateway.come_back().await;
    process.start_worker();
    becomes(&bank, &anna, id, "cancelled").await;
    assert!(bank.gateway.calls("execute").is_empty(), "the wish beats the order");
    assert_eq!(bank.gateway.effects(id), 0);
}

#[tokio::test]
async fn a_wish_that_comes_during_the_call_is_sent_after_it() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.gateway.execute_ms = 10_000).await;
    let anna = bank.anna(&process).await;
    let intent = anna.review(&own("10.00")).await;
    let key = super::new_key();
    let id = super::id_of(crate::bank::ANNA, &key);
    bank.gateway.next("execute", Act::Hang);
    let order = anna.order(&key, &intent);
    let then = async {
        eventually("the order is with the back office", || async {
            !bank.gateway.calls("execute").is_empty()
        })
        .await;
        let shown = cancel(&anna, id).await.ok();
        assert_eq!(shown["shown"], "being_cancelled", "somebody else is working on it");
        assert!(bank.gateway.calls("void").is_empty());
        bank.gateway.next("execute", Act::Work);
        bank.gateway.release(1);
    };
    let (reply, ()) = tokio::join!(order, then);
    let shown = reply.ok();
    assert_eq!(shown["state"], "executed", "the execution won");
    assert_eq!(cancel(&anna, id).await.code(), "operation-not-cancellable");
    assert_eq!(bank.gateway.effects(id), 1);
}

#[tokio::test]
async fn nobody_else_cancels_it() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &to_boris("10.00")).await;
    let boris = bank.boris(&process).await;
    let reply = cancel(&boris, sent.id).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (404, "operation-unknown"));
    assert_eq!(anna.operation(&sent.id.to_string()).await["shown"], "waiting_for_confirmation");
}
