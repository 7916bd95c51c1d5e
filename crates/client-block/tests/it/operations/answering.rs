//! What a customer is asked about an order that he gave elsewhere: only his answer to the question
//! as he was shown it counts, and "do it" only where it is certain that it was not done (protocol
//! §5).

use common::OperationId;
use serde_json::{Value, json};

use super::{becomes, own, taken};
use crate::bank::{Bank, Process};
use crate::client::{Client, Reply};
use crate::stand_in::Act;

/// An order of Anna's about which she is asked: she was loaded elsewhere since.
async fn asked(bank: &Bank, process: &Process) -> (Client, OperationId) {
    let anna = bank.anna(process).await;
    bank.gateway.always("execute", Act::Break);
    let sent = taken(&anna, &own("10.00")).await;
    bank.sql("update operation set asked = 2").await;
    bank.gateway.always("execute", Act::Work);
    (anna, sent.id)
}

async fn answer(anna: &Client, id: OperationId, execute: bool, asked: u64) -> Reply {
    let body = json!({ "execute": execute, "asked": asked, "cancel_asked": 0 });
    anna.post(&format!("/v1/operations/{id}/answer"), &body).await
}

#[tokio::test]
async fn nothing_is_done_before_she_answers_what_she_was_asked() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let (anna, id) = asked(&bank, &process).await;
    let notice = anna.get("/v1/notice").await.ok();
    let question = &notice["questions"][0];
    assert_eq!(question["operation_id"], json!(id));
    assert_eq!(question["question"], json!({ "asked": 2, "cancel_asked": 0 }));
    process.start_worker();
    bank.clock.advance_ms(60_000);
    let late = answer(&anna, id, true, 1).await.ok();
    assert_eq!((&late["state"], &late["question"]["asked"]), (&json!("sent"), &json!(2)));
    assert_eq!(bank.gateway.effects(id), 0, "an answer to an older question");

    assert_eq!(answer(&anna, id, true, 2).await.ok()["question"], Value::Null);
    becomes(&bank, &anna, id, "executed").await;
    assert_eq!(bank.gateway.effects(id), 1);
    let again = answer(&anna, id, false, 2).await.ok();
    assert_eq!(again["state"], "executed", "it has ended");
    process.stop().await;
}

#[tokio::test]
async fn no_may_be_said_at_any_time_and_yes_only_where_she_is_fenced() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let (anna, id) = asked(&bank, &process).await;
    bank.sql("update customer set loaded_fenced = false").await;
    let reply = answer(&anna, id, true, 2).await;
    assert_eq!(reply.code(), "not-available-now");
    assert!(!reply.header("retry-after").is_empty());
    let no = answer(&anna, id, false, 2).await.ok();
    assert_eq!(no["question"], Value::Null);
    bank.sql("update customer set loaded_fenced = true").await;
    process.start_worker();
    becomes(&bank, &anna, id, "cancelled").await;
    assert_eq!(bank.gateway.effects(id), 0);
    process.stop().await;
}
