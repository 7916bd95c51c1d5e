//! One key, one operation (I2): repeated, at once, with another payload, in another process.

use std::collections::HashSet;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use testkit::eventually;

use super::{confirm, id_of, left, new_key, own, taken, to_boris};
use crate::bank::{ANNA, BORIS, Bank};
use crate::client::Reply;
use crate::stand_in::Act;

#[tokio::test]
async fn the_same_key_and_order_replays() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &own("10.00")).await;
    assert_eq!(sent.reply.header("idempotency-replayed"), "");
    for key in [sent.key.clone(), format!("\"{}\"", sent.key)] {
        let again = anna.order(&key, &sent.intent).await;
        assert_eq!(again.status, 200);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.json()["state"], "executed");
    }
    assert_eq!(bank.gateway.effects(sent.id), 1);
    assert_eq!(bank.gateway.calls("execute").len(), 1);

    // Another order under the same key, and the same key of another customer.
    let other = anna.review(&own("11.00")).await;
    let reply = anna.order(&sent.key, &other).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "idempotency-mismatch"));
    assert_ne!(id_of(ANNA, &sent.key), id_of(BORIS, &sent.key));
    assert_eq!(bank.number("select count(*) from operation").await, 1);

    // A repetition gives the present state, not the first answer.
    let waiting = taken(&anna, &to_boris("5.00")).await;
    confirm(&bank, &anna, waiting.id).await.ok();
    let again = anna.order(&waiting.key, &waiting.intent).await;
    assert_eq!(again.json()["state"], "executed");
}

#[tokio::test]
async fn keys_have_a_form() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let intent = anna.review(&own("10.00")).await;
    let body = json!({ "intent": intent });
    let post = || anna.request(Method::POST, "/v1/operations").json(&body);
    assert_eq!(post().send().await.code(), "idempotency-key-missing");
    let (short, long) = ("k".repeat(15), "k".repeat(129));
    for key in ["", "short", &short, &long, "with a space inside", "\"\"", "sixteen\tletters "] {
        let reply = post().header("idempotency-key", key).send().await;
        assert_eq!(reply.code(), "idempotency-key-invalid", "{key:?}");
        assert_eq!(reply.status, 400);
    }
    assert_eq!(bank.number("select count(*) from operation").await, 0);
    for key in ["k".repeat(16), "k".repeat(128)] {
        let body = json!({ "intent": intent, "again": true });
        let reply = anna.send_order(&key, &body).await;
        assert_eq!(reply.status, 201, "{key}: {}", reply.text);
    }
}

#[tokio::test]
async fn many_at_once_have_one_effect() {
    let bank = Bank::new().await;
    // Two processes over one database, as web and mobile are.
    let (one, two) = (bank.process().await, bank.process().await);
    let (first, second) = (bank.anna(&one).await, bank.anna(&two).await);
    let before = left(&bank);
    for round in 0..5 {
        let intent = first.review(&own(&format!("1{round}.00"))).await;
        let key = new_key();
        let orders = (0..12).map(|n| {
            let client = if n % 2 == 0 { &first } else { &second };
            client.order(&key, &intent)
        });
        let replies = join_all(orders).await;
        let made = replies.iter().filter(|reply| reply.status == 201).count();
        assert_eq!(made, 1, "{replies:?}");
        for reply in &replies {
            assert!(is_repetition(reply) || reply.status == 201, "{reply:?}");
        }
        assert_eq!(bank.gateway.effects(id_of(ANNA, &key)), 1);
    }
    assert_eq!(left(&bank), before - (1_000 + 1_100 + 1_200 + 1_300 + 1_400));
    assert_eq!(bank.number("select count(*) from operation").await, 5);
    let rows = "select count(*) from outbox where kind = 'operation' and not final";
    assert_eq!(bank.number(rows).await, 5, "one first row each");
}

#[tokio::test]
async fn many_payloads_at_once_under_one_key_have_one_effect() {
    let bank = Bank::new().await;
    let (one, two) = (bank.process().await, bank.process().await);
    let (first, second) = (bank.anna(&one).await, bank.anna(&two).await);
    let mut intents = Vec::new();
    for n in 1..=8 {
        intents.push(first.review(&own(&format!("{n}.00"))).await);
    }
    let key = new_key();
    let orders = intents.iter().enumerate().map(|(n, intent)| {
        let client = if n % 2 == 0 { &first } else { &second };
        client.order(&key, intent)
    });
    let replies = join_all(orders).await;
    let of_status = |status: u16| replies.iter().filter(|r| r.status == status).count();
    assert_eq!((of_status(201), of_status(422)), (1, 7), "{replies:?}");
    assert_eq!(bank.number("select count(*) from operation").await, 1);
    assert_eq!(bank.gateway.effects(id_of(ANNA, &key)), 1);
}

#[tokio::test]
async fn while_the_first_runs_the_second_is_told_so() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.gateway.execute_ms = 10_000).await;
    let anna = bank.anna(&process).await;
    let intent = anna.review(&own("10.00")).await;
    let other = anna.review(&own("11.00")).await;
    let key = new_key();
    bank.gateway.next("execute", Act::Hang);
    let first = anna.order(&key, &intent);
    let then = async {
        eventually("the order is with the back office", || async {
            !bank.gateway.calls("execute").is_empty()
        })
        .await;
        let same = anna.order(&key, &intent).await;
        assert_eq!((same.status.as_u16(), same.code().as_str()), (409, "idempotency-in-progress"));
        assert_eq!(same.header("retry-after"), "1");
        assert_eq!(anna.order(&key, &other).await.code(), "idempotency-mismatch");
        bank.gateway.release(1);
    };
    let (reply, ()) = tokio::join!(first, then);
    assert_eq!(reply.ok()["state"], "executed");
    assert_eq!(anna.order(&key, &intent).await.header("idempotency-replayed"), "true");
    assert_eq!(bank.gateway.calls("execute").len(), 1);
}

#[tokio::test]
async fn ids_are_the_same_in_every_process_and_differ_between_customers() {
    let bank = Bank::new().await;
    let (one, two) = (bank.process().await, bank.process().await);
    let (here, there) = (bank.anna(&one).await, bank.anna(&two).await);
    let sent = taken(&here, &own("10.00")).await;
    let again = there.order(&sent.key, &sent.intent).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    let ids: HashSet<_> = [sent.reply.json(), again.json()]
        .iter()
        .map(|shown| shown["operation_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 1);

    // Another customer does not see it, under the key or under the id.
    let boris = bank.boris(&two).await;
    let path = format!("/v1/operations/{}", sent.id);
    assert_eq!(boris.get(&path).await.code(), "operation-unknown");
    let reply = boris.order(&sent.key, &sent.intent).await;
    assert_eq!(reply.code(), "account-unknown", "his own operation, and not his account");
}

/// What a second request may be told.
fn is_repetition(reply: &Reply) -> bool {
    let replayed = reply.status == 200 && reply.header("idempotency-replayed") == "true";
    replayed || (reply.status == 409 && reply.code() == "idempotency-in-progress")
}
