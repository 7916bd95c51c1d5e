//! The overview and the lists: what answers is shown, what does not is said, nobody waits for ever.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::operations::{first, rub};
use crate::stand_in::Act;

const LISTS: [&str; 12] = common::wire::gateway::PRODUCT_LISTS;

fn section<'a>(overview: &'a Value, list: &str) -> &'a Value {
    let sections = overview["sections"].as_array().unwrap();
    sections.iter().find(|section| section["list"] == list).unwrap()
}

#[tokio::test]
async fn everything_is_shown_when_everything_answers() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let overview = anna.get("/v1/overview").await.ok();
    let sections = overview["sections"].as_array().unwrap();
    let lists: Vec<&str> = sections.iter().map(|s| s["list"].as_str().unwrap()).collect();
    assert_eq!(lists, LISTS);
    for section in sections {
        assert_eq!(section["status"], "live", "{section}");
        assert_eq!(section["as_of"], json!(bank.clock.now()));
        assert!(!section["items"].as_array().unwrap().is_empty(), "{section}");
    }
    let dollars = json!({ "amount": "500.00", "currency": "USD" });
    assert_eq!(overview["totals"], json!([rub("11000.00"), dollars]));
    for (path, list) in [
        ("/v1/accounts", "accounts"),
        ("/v1/cards", "cards"),
        ("/v1/loans", "loans"),
        ("/v1/deposits", "deposits"),
        ("/v1/products/credit-history", "credit-history"),
    ] {
        assert_eq!(&anna.get(path).await.ok(), section(&overview, list), "{path}");
    }
    assert_eq!(anna.get("/v1/products/gold").await.code(), "not-found");
}

#[tokio::test]
async fn what_hangs_or_fails_is_said_and_costs_the_deadline_once() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.gateway.products_ms = 1_000).await;
    let anna = bank.anna(&process).await;
    let failing = [
        ("products/cards", Act::Hang),
        ("products/loans", Act::Hang),
        ("products/pension", Act::WorkThenHang),
        ("products/taxes", Act::Break),
        ("products/limits", Act::Refuse(common::problem::Code::BackOfficeUnavailable)),
    ];
    for (what, act) in &failing {
        bank.gateway.always(what, act.clone());
    }
    let began = tokio::time::Instant::now();
    let overview = anna.get("/v1/overview").await.ok();
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(950), "{took:?}");
    assert!(took < Duration::from_millis(2_800), "all wait at once: {took:?}");
    for list in LISTS {
        let section = section(&overview, list);
        let fails = failing.iter().any(|(what, _)| what.ends_with(list));
        let status = if fails { "unavailable" } else { "live" };
        assert_eq!(section["status"], status, "{list}");
        assert_eq!(section["message"].is_string(), fails, "{list}");
        assert_eq!(section["items"].as_array().unwrap().is_empty(), fails, "{list}");
    }
    let taxes = anna.get("/v1/products/taxes").await.ok();
    assert_eq!(taxes["status"], "unavailable");
}

#[tokio::test]
async fn without_the_back_office_the_overview_still_answers() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    bank.gateway.go_away().await;
    let overview = anna.get("/v1/overview").await.ok();
    let sections = overview["sections"].as_array().unwrap();
    assert_eq!(sections.len(), 12);
    assert!(sections.iter().all(|section| section["status"] == "unavailable"));
    assert_eq!(overview["totals"], json!([]));
}

#[tokio::test]
async fn history_comes_in_pages() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let path = format!("/v1/accounts/{}/transactions", first());
    let page = anna.get(&format!("{path}?limit=2")).await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let next = page["next"].as_str().unwrap();
    let page = anna.get(&format!("{path}?limit=2&cursor={next}")).await.ok();
    assert_eq!((page["items"].as_array().unwrap().len(), &page["next"]), (1, &Value::Null));
    anna.get(&path).await.ok();
    let asked: Vec<String> = bank
        .gateway
        .calls(&format!("accounts/{}/transactions", first()))
        .into_iter()
        .map(|call| call.query)
        .collect();
    assert_eq!(
        asked,
        [
            "customer_id=1&generation=1&limit=2",
            "customer_id=1&generation=1&cursor=2&limit=2",
            "customer_id=1&generation=1&limit=50",
        ]
    );
    for (query, code) in [
        ("limit=x", "invalid-query"),
        ("limit=-1", "invalid-query"),
        ("offset=1", "invalid-query"),
        ("cursor=nonsense", "invalid-query"),
        ("cursor=%00", "invalid-query"),
    ] {
        let reply = anna.get(&format!("{path}?{query}")).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, code), "{query}");
    }
    for account in ["123", "4081781000000000000x", "40817810000000000201"] {
        let reply = anna.get(&format!("/v1/accounts/{account}/transactions")).await;
        assert!(reply.status.is_client_error(), "{account}: {}", reply.text);
        reply.problem();
    }
    bank.gateway.go_away().await;
    let reply = anna.get(&path).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "back-office-unavailable"));
    assert_eq!(reply.header("bulkhead-next"), "retry");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_available_and_one_odd_item_hides_no_other() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.rpc.answer_max_bytes = 1_000).await;
    let anna = bank.anna(&process).await;
    let many = {
        let mut books = bank.gateway.books();
        let cards = books.cards.get_mut(&crate::bank::ANNA).unwrap();
        let one = cards[0].clone();
        cards.extend(std::iter::repeat_n(one, 20));
        cards.len()
    };
    let overview = anna.get("/v1/overview").await.ok();
    assert_eq!(section(&overview, "cards")["status"], "unavailable", "{many} are too many");
    assert_eq!(section(&overview, "accounts")["status"], "live");
}
