//! The block in front of the bank's own back office: every kind of operation, faults of its
//! systems before and after the effect, a gateway that goes and comes, a raised generation. The
//! books are right afterwards.

use back_office::systems::System;
use common::placement::Placement;
use common::wire::systems::SystemMode;
use common::{Currency, Generation, OperationId, Revision};
use serde_json::{Value, json};
use testkit::eventually;

use crate::bank::{ANNA, ANNAS_PHONE, BORIS, BORIS_PHONE, Bank, Process, first_row};
use crate::client::{Client, Reply};
use crate::core::{Core, account};
use crate::operations::{Sent, becomes, new_key, rub, send};

/// A process of the block that serves from this back office and has its reference data.
async fn process(bank: &Bank, office: &Core) -> Process {
    bank.sql("delete from reference").await;
    let process = bank.process_with(|config| office.serve(config)).await;
    process.start_worker();
    eventually("the reference data is here", || async {
        bank.number("select count(*) from reference").await == 5
    })
    .await;
    process
}

fn rubles(ordinal: u16) -> Value {
    json!(account(ANNA, Currency::Rub, ordinal))
}

fn drafts() -> Vec<Value> {
    let from = || rubles(1);
    let dollars = json!(account(ANNA, Currency::Usd, 1));
    vec![
        json!({
            "kind": "own_transfer", "from_account": from(), "to_account": rubles(2),
            "amount": rub("1000.00"),
        }),
        json!({
            "kind": "customer_transfer", "from_account": from(), "amount": rub("100.00"),
            "payee": { "phone": BORIS_PHONE }, "message": "for lunch",
        }),
        json!({
            "kind": "bill_payment", "from_account": from(), "biller_id": "power-msk",
            "reference": "1234567890", "amount": rub("200.00"),
        }),
        json!({
            "kind": "mobile_topup", "from_account": from(), "phone": "+79001112233",
            "amount": rub("150.00"),
        }),
        json!({
            "kind": "currency_exchange", "from_account": dollars, "to_account": from(),
            "sell": { "amount": "10.00", "currency": "USD" }, "tolerance_bp": 1_000,
        }),
        json!({
            "kind": "deposit_open", "from_account": from(), "product_id": "deposit-steady-rub",
            "amount": rub("10000.00"), "term_months": 6,
        }),
        json!({ "kind": "card_freeze", "card_id": "card-anna" }),
        json!({ "kind": "card_unfreeze", "card_id": "card-anna" }),
        json!({ "kind": "cash_code", "from_account": from(), "amount": rub("500.00") }),
    ]
}

/// Answers with the code, if one is waited for.
async fn confirmed(office: &Core, anna: &Client, sent: &Sent) -> Value {
    let shown = sent.reply.ok();
    if shown["state"] != "awaiting_confirmation" {
        return shown;
    }
    confirm(office, anna, sent.id).await.ok()
}

async fn confirm(office: &Core, anna: &Client, id: OperationId) -> Reply {
    let code = json!({ "code": office.code(ANNAS_PHONE).await });
    anna.post(&format!("/v1/operations/{id}/confirmation"), &code).await
}

#[tokio::test]
async fn every_kind_is_done_by_the_banks_own_back_office() {
    let bank = Bank::new().await;
    let office = Core::start(&bank.clock).await;
    let process = process(&bank, &office).await;
    let anna = bank.anna(&process).await;
    let overview = anna.get("/v1/overview").await.ok();
    for section in overview["sections"].as_array().unwrap() {
        assert_eq!(section["status"], "live", "{section}");
    }
    for draft in drafts() {
        let kind = draft["kind"].as_str().unwrap().to_owned();
        let sent = send(&anna, &draft).await;
        confirmed(&office, &anna, &sent).await;
        let shown = becomes(&bank, &anna, sent.id, "executed").await;
        assert!(shown["effect"]["reference"].is_string(), "{kind}: {shown}");
        let again = anna.order(&sent.key, &sent.intent).await;
        assert_eq!(again.header("idempotency-replayed"), "true", "{kind}");
        if kind == "cash_code" {
            let path = format!("/v1/operations/{}/cash-code", sent.id);
            let code = anna.get(&path).await.ok();
            assert_eq!(code["amount"], rub("500.00"));
            assert!(code["code"].as_str().is_some_and(|code| code.len() >= 6), "{code}");
        }
    }
    let first = account(ANNA, Currency::Rub, 1);
    let history = anna.get(&format!("/v1/accounts/{first}/transactions")).await.ok();
    assert!(history["items"].as_array().unwrap().len() >= 6, "{history}");
    let boris = account(BORIS, Currency::Rub, 1);
    let reply = anna.get(&format!("/v1/accounts/{boris}/transactions")).await;
    assert_eq!(reply.code(), "account-unknown");
    let executed = "select count(*) from operation_record where state = 'executed'";
    assert_eq!(office.number(executed).await, 9);
    office.assert_books_are_right().await;
}

#[tokio::test]
async fn faults_before_and_after_the_effect_do_nothing_twice() {
    let bank = Bank::new().await;
    let mut office = Core::start(&bank.clock).await;
    let process = process(&bank, &office).await;
    let anna = bank.anna(&process).await;
    let drafts = drafts();
    let (own, bill, top_up) = (&drafts[0], &drafts[2], &drafts[3]);
    office
        .switch(System::Billers, SystemMode::Failing { percent: 100, after_effect_percent: 100 })
        .await;
    office.switch(System::Topup, SystemMode::Down).await;
    office.switch(System::Risk, SystemMode::Hanging).await;
    let mut waiting = Vec::new();
    for draft in [bill, top_up] {
        let sent = send(&anna, draft).await;
        let shown = confirmed(&office, &anna, &sent).await;
        assert!(["pending", "sent"].contains(&shown["state"].as_str().unwrap()), "{shown}");
        waiting.push(sent);
    }
    // What is held for them cannot be spent, and is counted once.
    let accounts = anna.get("/v1/accounts").await.ok();
    let first = &accounts["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["account"] == rubles(1));
    let minor = |money: &Value| -> i64 {
        money["amount"].as_str().unwrap().replace('.', "").parse().unwrap()
    };
    let most: i64 = waiting.iter().map(|sent| minor(&sent.reply.json()["most"])).sum();
    let first = first.unwrap();
    assert_eq!(minor(&first["balance"]) - minor(&first["available"]), most, "{first}");

    let intent = anna.review(own).await;
    let key = new_key();
    let order = office.without_gateway(anna.order(&key, &intent)).await;
    assert_eq!(order.ok()["state"], "pending");
    for system in [System::Billers, System::Topup, System::Risk] {
        office.switch(system, SystemMode::Up).await;
    }
    let own = crate::operations::id_of(ANNA, &key);
    for id in waiting.iter().map(|sent| sent.id).chain([own]) {
        becomes(&bank, &anna, id, "executed").await;
    }
    let bills = "select count(*) from sys_billers.taken_order";
    assert_eq!(office.number(bills).await, 1, "asked many times, done once");
    assert_eq!(office.number("select count(*) from sys_topup.taken_order").await, 1);
    office.assert_books_are_right().await;
}

#[tokio::test]
async fn a_superseded_block_can_do_nothing_any_more() {
    let (old, new) = (Bank::new().await, Bank::new().await);
    let office = Core::start(&old.clock).await;
    let (before, after) = (process(&old, &office).await, process(&new, &office).await);
    let raised = Placement { generation: Generation(2), revision: Revision(2), ..first_row(ANNA) };
    let stale = old.anna(&before).await;
    let intent = stale.review(&drafts()[0]).await;
    after.place(std::slice::from_ref(&raised)).await.ok();
    let anna = new.anna(&after).await;
    let sent = send(&anna, &drafts()[0]).await;
    assert_eq!(sent.reply.ok()["state"], "executed");

    // The old block has not heard of it; the gateway tells it, whatever it asks.
    let reply = stale.order(&new_key(), &intent).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (421, "placement-moved"));
    assert_eq!(reply.header("bulkhead-next"), "route");
    assert_eq!(stale.get("/v1/operations").await.code(), "placement-moved");
    let closed = "select fence from closed_customer where customer_id = 1";
    assert_eq!(old.number(closed).await, 2);
    let executed = "select count(*) from operation_record";
    assert_eq!(office.number(executed).await, 1, "nothing of the old generation");
    old.boris(&before).await.get("/v1/accounts").await.ok();

    before.place(&[raised]).await.ok();
    assert_eq!(stale.order(&new_key(), &intent).await.ok()["state"], "executed");
    office.assert_books_are_right().await;
}
