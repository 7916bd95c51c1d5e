//! Whoever orders on an "as of" view looks again before he orders once the block knows more: what
//! he orders may be done already, and only not have been seen (protocol §6, I17).

use common::placement::Placement;
use common::{Generation, Revision};
use serde_json::{Value, json};

use super::{id_of, new_key, own};
use crate::bank::{ANNA, Bank, first_row};
use crate::client::{Client, Reply};

/// Orders what was reviewed while the view was what the notice says.
async fn order(anna: &Client, key: &str, intent: &Value, as_of: &Value) -> Reply {
    anna.send_order(key, &json!({ "intent": intent, "as_of": as_of })).await
}

fn must_look_again(reply: &Reply) {
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (409, "look-again"));
    assert_eq!(reply.header("bulkhead-next"), "ask");
}

#[tokio::test]
async fn an_order_on_an_as_of_view_is_refused_once_more_is_known() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let whole = anna.get("/v1/notice").await.ok();
    assert_eq!((&whole["view"], &whole["as_of"]), (&json!("complete"), &Value::Null));
    bank.sql("update customer set loaded_fenced = false").await;
    let notice = anna.get("/v1/notice").await.ok();
    assert_eq!((&notice["view"], &notice["as_of"]), (&json!("as_of"), &json!(1)));
    let as_of = notice["as_of"].clone();
    let (intent, key) = (anna.review(&own("10.00")).await, new_key());
    assert_eq!(order(&anna, &key, &intent, &as_of).await.status, 201, "nothing new is known");

    bank.sql("update customer set loaded_fenced = true").await;
    let again = order(&anna, &key, &intent, &as_of).await;
    assert_eq!(again.header("idempotency-replayed"), "true", "it is the same order");
    let (other, late) = (anna.review(&own("11.00")).await, new_key());
    must_look_again(&order(&anna, &late, &other, &as_of).await);
    let path = format!("/v1/operations/{}", id_of(ANNA, &late));
    assert_eq!(anna.get(&path).await.code(), "operation-unknown", "nothing is stored");
    assert_eq!(anna.order(&new_key(), &other).await.status, 201, "she has looked again");
}

#[tokio::test]
async fn a_view_of_an_older_generation_lacks_what_was_loaded_since() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let intent = anna.review(&own("10.00")).await;
    let raised = Placement { generation: Generation(2), revision: Revision(2), ..first_row(ANNA) };
    process.place(&[raised]).await.ok();
    bank.sql("update customer set loaded_fenced = false").await;
    must_look_again(&order(&anna, &new_key(), &intent, &json!(1)).await);
    let now = anna.get("/v1/notice").await.ok()["as_of"].clone();
    assert_eq!(now, json!(2));
    assert_eq!(order(&anna, &new_key(), &intent, &now).await.status, 201);
}
