//! What is not taken, why, and that it leaves nothing behind.

use common::Currency;
use serde_json::{Value, json};

use super::{cash, dollars, first, freeze, left, new_key, own, rub, second, send, taken, to_boris};
use crate::bank::{ANNA, BORIS, Bank, account};
use crate::client::{Client, Reply};
use crate::stand_in::Act;

/// Every row of every table that an order could touch.
const LEFT_BEHIND: &str = "
    select (select count(*) from operation) + (select count(*) from operation_token)
        + (select count(*) from confirmation)
        + (select count(*) from outbox where kind = 'operation')";

async fn order(anna: &Client, intent: &Value) -> Reply {
    anna.order(&new_key(), intent).await
}

/// Sets a value deep inside.
fn set(target: &mut Value, pointer: &str, value: Value) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let parent = target.pointer_mut(parent).unwrap();
    parent[last] = value;
}

#[tokio::test]
async fn terms_that_cannot_be_are_refused_field_by_field() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let dollars_out = json!({ "amount": "1.00", "currency": "USD" });
    let long = "x".repeat(141);
    let own = anna.review(&own("10.00")).await;
    let transfer = anna.review(&to_boris("10.00")).await;
    let cash = anna.review(&cash("500.00")).await;
    let card = anna.review(&freeze()).await;
    let rows = [
        (&own, "/terms/amount", rub("0"), "amount"),
        (&own, "/terms/amount", rub("-1.00"), "amount"),
        (&own, "/terms/amount", dollars_out.clone(), "from_account"),
        (&own, "/terms/to_account", json!(first()), "to_account"),
        (&own, "/terms/to_account", json!(dollars()), "to_account"),
        (&own, "/terms/from_account", json!("40817156000000000001"), "from_account"),
        (&transfer, "/terms/message", json!(long), "message"),
        (&transfer, "/terms/message", json!("a\u{0}b"), "message"),
        (&transfer, "/terms/payee/name", json!("a\u{0}b"), "payee.name"),
        (&transfer, "/terms/payee/name", json!(long), "payee.name"),
        (&transfer, "/terms/payee/account", json!(first()), "payee.account"),
        (&transfer, "/terms/fee", rub("-1.00"), "fee"),
        (&transfer, "/terms/fee", dollars_out, "fee"),
        (&transfer, "/terms/amount", rub("10000000000000.00"), "amount"),
        (&cash, "/terms/amount", rub("150.00"), "amount"),
        (&card, "/terms/card_id", json!(""), "card_id"),
        (&card, "/terms/card_id", json!("\u{1}"), "card_id"),
    ];
    for (intent, pointer, value, field) in rows {
        let mut intent = intent.clone();
        set(&mut intent, pointer, value.clone());
        let reply = order(&anna, &intent).await;
        let problem = reply.problem();
        assert_eq!(problem.code, "invalid-request", "{pointer} {value}: {}", reply.text);
        assert_eq!(reply.status, 422);
        let fields: Vec<&str> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        let field = format!("intent.terms.{field}");
        assert!(fields.contains(&field.as_str()), "{pointer} {value}: {fields:?}");
    }
    assert_eq!(bank.number(LEFT_BEHIND).await, 0);
}

#[tokio::test]
async fn what_is_no_intent_is_not_understood() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let intent = anna.review(&own("10.00")).await;
    let rows = [
        ("/terms/amount", json!({ "amount": "1", "currency": "XXX" })),
        ("/terms/amount", json!({ "amount": "NaN", "currency": "RUB" })),
        ("/terms/amount", json!({ "amount": "1e3", "currency": "RUB" })),
        ("/terms/amount", json!({ "amount": "99999999999999999999", "currency": "RUB" })),
        ("/terms/amount", json!({ "amount": 1, "currency": "RUB" })),
        ("/terms/amount", json!({ "amount": "1.005", "currency": "RUB" })),
        ("/terms/amount", json!(null)),
        ("/terms/from_account", json!("1234")),
        ("/terms/from_account", json!(1234)),
        ("/terms/kind", json!("bribe")),
        ("/terms/surprise", json!(true)),
        ("/surprise", json!({ "nested": [1, 2] })),
        ("/valid_until", json!("tomorrow")),
        ("/valid_until", json!(1_800_000_000)),
        ("/terms", json!([])),
    ];
    for (pointer, value) in rows {
        let mut intent = intent.clone();
        set(&mut intent, pointer, value.clone());
        let reply = order(&anna, &intent).await;
        assert_eq!(reply.code(), "terms-not-understood", "{pointer} {value}: {}", reply.text);
        assert_eq!(reply.status, 422);
    }
    for intent in [json!(null), json!("intent"), json!([]), json!({})] {
        assert_eq!(order(&anna, &intent).await.code(), "terms-not-understood", "{intent}");
    }
    assert_eq!(bank.number(LEFT_BEHIND).await, 0);
}

#[tokio::test]
async fn only_own_accounts_and_cards_are_taken() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let boris = account(BORIS, Currency::Rub, 1);
    let nobodys = account(common::CustomerId(9), Currency::Rub, 1);
    let own = anna.review(&own("10.00")).await;
    let card = anna.review(&freeze()).await;
    let rows = [
        (&own, "/terms/from_account", json!(boris), "account-unknown"),
        (&own, "/terms/to_account", json!(boris), "account-unknown"),
        (&own, "/terms/from_account", json!(nobodys), "account-unknown"),
        (&card, "/terms/card_id", json!("card-boris"), "card-unknown"),
    ];
    for (intent, pointer, value, code) in rows {
        let mut intent = intent.clone();
        set(&mut intent, pointer, value.clone());
        let reply = order(&anna, &intent).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, code), "{value}");
    }
    // A closed account is none.
    for own in bank.gateway.books().accounts.get_mut(&ANNA).unwrap() {
        own.open = false;
    }
    assert_eq!(order(&anna, &own).await.code(), "account-unknown");
    assert_eq!(bank.number(LEFT_BEHIND).await, 0);
    let path = format!("/v1/accounts/{boris}/transactions");
    assert_eq!(anna.get(&path).await.code(), "account-unknown");
}

#[tokio::test]
async fn a_review_is_taken_as_it_was_given_and_in_time() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.sessions.idle_s = 40_000).await;
    let anna = bank.anna(&process).await;
    let transfer = anna.review(&to_boris("10.00")).await;
    assert_eq!(transfer["terms"]["fee"], rub("0.10"));
    let altered = [
        ("/terms/fee", rub("0.09")),
        ("/terms/amount", rub("20.00")),
        ("/valid_until", json!(bank.clock.now().plus_s(24 * 3_600 + 61))),
        ("/valid_until", json!("9999-12-31T23:59:59Z")),
    ];
    for (pointer, value) in altered {
        let mut intent = transfer.clone();
        set(&mut intent, pointer, value.clone());
        let reply = order(&anna, &intent).await;
        assert_eq!(reply.code(), "review-altered", "{pointer} {value}");
        assert_eq!(reply.status, 422);
    }
    for past in ["0000-01-01T00:00:00Z", "2026-01-01T00:00:00+14:00"] {
        let mut intent = transfer.clone();
        set(&mut intent, "/valid_until", json!(past));
        assert_eq!(order(&anna, &intent).await.code(), "review-expired", "{past}");
    }
    // Within half an hour for cash, by the clock that the review was made with.
    let cash = anna.review(&cash("500.00")).await;
    bank.clock.advance_ms(1_800_000);
    let reply = order(&anna, &cash).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let mut later = cash.clone();
    set(&mut later, "/terms/amount", rub("600.00"));
    bank.clock.advance_ms(1_000);
    assert_eq!(order(&anna, &later).await.code(), "review-expired");
    assert_eq!(bank.number("select count(*) from operation").await, 1);
}

#[tokio::test]
async fn reference_data_decides_what_is_on_offer() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let bill = json!({
        "kind": "bill_payment", "from_account": first(), "biller_id": "b-1",
        "reference": "0123456789", "amount": rub("200.00"),
    });
    let deposit = json!({
        "kind": "deposit_open", "from_account": first(), "product_id": "d-1",
        "amount": rub("3000.00"), "term_months": 6,
    });
    let exchange = json!({
        "kind": "currency_exchange", "from_account": first(), "to_account": dollars(),
        "sell": rub("1000.00"), "tolerance_bp": 50,
    });
    let dollars_in = json!({ "amount": "3000.00", "currency": "USD" });
    let rows = [
        (&bill, "biller_id", json!("b-9"), "biller-unknown"),
        (&bill, "reference", json!("123"), "invalid-request"),
        (&bill, "reference", json!("012345678x"), "invalid-request"),
        (&deposit, "product_id", json!("d-9"), "product-unknown"),
        (&deposit, "product_id", json!("l-1"), "product-unknown"),
        (&deposit, "term_months", json!(5), "invalid-request"),
        (&deposit, "amount", rub("999.99"), "invalid-request"),
        (&deposit, "amount", rub("100000.01"), "invalid-request"),
        (&deposit, "amount", dollars_in, "invalid-request"),
        (&exchange, "to_account", json!(second()), "invalid-request"),
        (&exchange, "tolerance_bp", json!(1_001), "invalid-request"),
        (&exchange, "sell", rub("0.50"), "invalid-request"),
    ];
    for (draft, field, value, code) in rows {
        let mut draft = draft.clone();
        draft[field] = value.clone();
        let reply = anna.post("/v1/operations/review", &draft).await;
        assert_eq!(reply.code(), code, "review {field} {value}: {}", reply.text);
    }
    // The same holds for an order that never saw a review.
    for (draft, field, value, code) in [
        (&bill, "biller_id", json!("b-9"), "biller-unknown"),
        (&bill, "reference", json!("123"), "invalid-request"),
        (&deposit, "product_id", json!("l-1"), "product-unknown"),
        (&deposit, "term_months", json!(5), "invalid-request"),
        (&deposit, "amount", rub("999.99"), "invalid-request"),
    ] {
        let mut intent = anna.review(draft).await;
        intent["terms"][field] = value.clone();
        assert_eq!(order(&anna, &intent).await.code(), code, "order {field} {value}");
    }
    assert_eq!(bank.number(LEFT_BEHIND).await, 0);
}

#[tokio::test]
async fn what_is_in_progress_cannot_be_spent_again() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    assert_eq!(send(&anna, &own("10000.01")).await.reply.code(), "insufficient-funds");
    // With fee: 9,910.00 and one hundredth of it are more than there is.
    assert_eq!(send(&anna, &to_boris("9910.00")).await.reply.code(), "insufficient-funds");
    bank.gateway.always("execute", Act::Say(common::gateway::Answer::InProgress));
    let sent = taken(&anna, &own("9000.00")).await;
    assert_eq!(sent.reply.json()["state"], "sent");
    assert_eq!(left(&bank), 1_000_000, "the ledger has not booked it");
    assert_eq!(send(&anna, &own("1000.01")).await.reply.code(), "insufficient-funds");
    let accounts = anna.get("/v1/accounts").await.ok();
    assert_eq!(accounts["items"][0]["available"], rub("1000.00"));
    assert_eq!(accounts["items"][0]["balance"], rub("10000.00"));
    taken(&anna, &own("1000.00")).await;
    // What only waits for its code is not on its way.
    assert_eq!(bank.number("select count(*) from operation").await, 2);
}

#[tokio::test]
async fn the_same_again_is_asked_about() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    taken(&anna, &own("10.00")).await;
    let twin = send(&anna, &own("10.00")).await;
    assert_eq!((twin.reply.status.as_u16(), twin.reply.code().as_str()), (409, "looks-alike"));
    taken(&anna, &own("10.01")).await;
    let body = json!({ "intent": twin.intent, "again": true });
    let meant = anna.send_order(&twin.key, &body).await;
    assert_eq!(meant.status, 201, "{}", meant.text);
    assert_eq!(bank.gateway.effects(twin.id), 1);

    // Nobody is asked whether a card is meant to be frozen twice.
    taken(&anna, &freeze()).await;
    taken(&anna, &freeze()).await;

    // One that was cancelled or declined is no twin, and after ten minutes nobody asks.
    let cancelled = taken(&anna, &to_boris("5.00")).await;
    assert_eq!(send(&anna, &to_boris("5.00")).await.reply.code(), "looks-alike");
    super::cancel(&anna, cancelled.id).await.ok();
    let waiting = taken(&anna, &to_boris("5.00")).await;
    super::cancel(&anna, waiting.id).await.ok();
    bank.clock.advance_ms(600_000);
    taken(&anna, &own("10.00")).await;
}

#[tokio::test]
async fn declined_by_the_second_validation_is_an_outcome() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &to_boris("100.00")).await;
    bank.gateway.books().accounts.get_mut(&ANNA).unwrap().clear();
    let shown = super::confirm(&bank, &anna, sent.id).await.ok();
    assert_eq!(
        (&shown["state"], &shown["reason"]),
        (&json!("rejected"), &json!("insufficient_funds"))
    );
    assert_eq!(shown["shown"], "declined");
    let message = shown["message"].as_str().unwrap();
    assert!(message.contains("The money stays with you."), "{message}");
    assert!(message.contains("not enough money"), "{message}");
    assert_eq!(bank.number("select count(*) from operation_token").await, 0);
}
