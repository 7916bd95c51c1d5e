//! The review and the list: nothing is stored, payees are checked, pages are whole.

use common::Currency;
use common::wire::gateway::ResolvedPayee;
use serde_json::{Value, json};

use super::{first, own, rub, taken, to_boris};
use crate::bank::{ANNA, BORIS, Bank, account};

#[tokio::test]
async fn a_review_resolves_the_payee_and_stores_nothing() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let boris = account(BORIS, Currency::Rub, 1);
    let by_account = |number: &str| {
        let mut draft = to_boris("10.00");
        draft["payee"] = json!({ "account": number });
        draft
    };
    for draft in [to_boris("10.00"), by_account(&boris)] {
        let review = anna.post("/v1/operations/review", &draft).await.ok();
        assert_eq!(review["payee_check"], "found");
        let payee = &review["intent"]["terms"]["payee"];
        assert_eq!((&payee["name"], &payee["account"]), (&json!("Boris K."), &json!(boris)));
    }
    let stranger = account(common::CustomerId(9), Currency::Rub, 1);
    let reply = anna.post("/v1/operations/review", &by_account(&stranger)).await;
    assert_eq!(reply.code(), "payee-unknown");

    // Oneself is found, and cannot be paid from the same account.
    let me =
        ResolvedPayee { account: first().parse().unwrap(), name: "Anna P.".to_owned(), own: true };
    bank.gateway.books().payees.insert(first(), me);
    let reply = anna.post("/v1/operations/review", &by_account(&first())).await;
    assert_eq!(reply.problem().errors[0].field, "payee.account");

    // Without the back office an account can be paid unseen, a phone cannot.
    bank.gateway.go_away().await;
    let review = anna.post("/v1/operations/review", &by_account(&boris)).await.ok();
    assert_eq!(review["payee_check"], "cannot_check_now");
    assert_eq!(review["intent"]["terms"]["payee"], json!({ "account": boris }));
    let reply = anna.post("/v1/operations/review", &to_boris("10.00")).await;
    assert_eq!(reply.code(), "back-office-unavailable");
    assert_eq!(bank.number("select count(*) from operation").await, 0);
    assert_eq!(bank.number("select count(*) from outbox where kind = 'operation'").await, 0);
}

#[tokio::test]
async fn the_list_has_pages_newest_first() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let mut ids = Vec::new();
    for n in 1..=5 {
        // Two share their time: the id decides between them.
        if n != 3 {
            bank.clock.advance_ms(1_000);
        }
        ids.push(taken(&anna, &own(&format!("{n}.00"))).await.id.to_string());
    }
    let mut seen: Vec<String> = Vec::new();
    let mut path = "/v1/operations?limit=2".to_owned();
    loop {
        let page = anna.get(&path).await.ok();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item["operation_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/operations?limit=2&cursor={next}");
    }
    assert_eq!((&seen[0], &seen[1], &seen[4]), (&ids[4], &ids[3], &ids[0]));
    seen.sort();
    ids.sort();
    assert_eq!(seen, ids);
    let boris = bank.boris(&process).await;
    assert_eq!(boris.get("/v1/operations").await.ok()["items"], json!([]));

    let id = &ids[0];
    let bad =
        ["limit=-1", "limit=x", "limit=4294967296", "page=2", "cursor=x", "cursor=.", "cursor=1.2"];
    let far = [
        format!("cursor=-300000000000000.{id}"),
        format!("cursor=9223372036854775807.{id}"),
        format!("cursor=-9223372036854775808.{id}"),
    ];
    for query in bad {
        let reply = anna.get(&format!("/v1/operations?{query}")).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code().as_str()),
            (400, "invalid-query"),
            "{query}"
        );
    }
    for query in far {
        let reply = anna.get(&format!("/v1/operations?{query}")).await;
        assert!(reply.status.as_u16() < 500, "{query}: {}", reply.text);
    }
    for (query, items) in [("limit=0", 1), ("limit=1000", 5)] {
        let page = anna.get(&format!("/v1/operations?{query}")).await.ok();
        assert_eq!(page["items"].as_array().unwrap().len(), items, "{query}");
    }
}

#[tokio::test]
async fn an_operation_is_told_with_its_terms() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &to_boris("100.00")).await;
    let shown = sent.reply.json();
    assert_eq!(shown["most"], rub("101.00"));
    assert_eq!(shown["confirm_by"], json!(bank.clock.now().plus_s(900)));
    assert_eq!(shown["reason"], Value::Null);
    assert_eq!(shown["kind"], "customer_transfer");
    let execute = bank.gateway.calls("execute");
    assert!(execute.is_empty());
    super::confirm(&bank, &anna, sent.id).await.ok();
    let execute = &bank.gateway.calls("execute")[0];
    assert_eq!(execute.body["intent"], sent.intent);
    assert_eq!(execute.body["customer_id"], json!(ANNA));
    assert_eq!(execute.body["generation"], 1);
    assert_eq!(execute.body["operation_id"], json!(sent.id));
    assert_eq!(execute.headers["bulkhead-service"], "client-1");
}
