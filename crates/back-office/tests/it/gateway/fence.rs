//! FENCE, JOURNAL and what a superseded block is told (I5).

use common::gateway::{Answer, Journal, JournalAnswer, JournalEntry};
use common::operation::OperationState;
use common::wire::gateway::CustomerQuery;
use common::{CustomerId, Generation, Timestamp};
use platform::rpc::Request;
use serde_json::{Value, json};
use std::time::Duration;

use super::bench::{Bench, bench, code, query, rub};
use super::fake::Mood;
use super::orders::{order, topup, transfer, void_of};

fn journal_of(customer: u64, generation: u64, since: Timestamp) -> Journal {
    Journal { customer_id: CustomerId(customer), since, generation: Generation(generation) }
}

async fn entries(bench: &Bench, journal: &Journal) -> Vec<JournalEntry> {
    match bench.journal(journal).await {
        JournalAnswer::Entries { entries, .. } => entries,
        stale @ JournalAnswer::StaleGeneration { .. } => panic!("{stale:?}"),
    }
}

#[tokio::test]
async fn a_fence_only_rises() {
    let bench = bench().await;
    for (asked, now) in [(3, 3), (2, 3), (3, 3), (7, 7)] {
        assert_eq!(bench.fence(1, asked).await.fence, Generation(now));
    }
}

#[tokio::test]
async fn an_older_generation_takes_no_first_effect() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let boris = bench.customer(2, "Boris Kim", 0).await;
    let pay = |key: &str, generation| {
        let terms = transfer(&anna, &boris, None, rub(1_000), rub(5));
        let mut request = order(1, key, terms);
        request.generation = Generation(generation);
        request
    };
    let fence = Generation(2);
    let stale = Answer::StaleGeneration { fence };
    // EXECUTE raises the fence, and so does JOURNAL.
    bench.execute(&pay("a", 2)).await;
    assert_eq!(bench.execute(&pay("b", 1)).await, stale);
    assert_eq!(bench.void(&void_of(&pay("b", 1))).await, stale);
    let journal = bench.journal(&journal_of(1, 1, Timestamp::from_unix_ms(0))).await;
    assert_eq!(journal, JournalAnswer::StaleGeneration { fence });
    entries(&bench, &journal_of(1, 3, Timestamp::from_unix_ms(0))).await;
    let fence = Generation(3);
    assert_eq!(bench.execute(&pay("c", 2)).await, Answer::StaleGeneration { fence });
    assert_eq!(bench.balance(&boris).await, 1_000);
    // Another customer's fence is his own.
    assert_eq!(bench.fence(2, 1).await.fence, Generation(1));
}

#[tokio::test]
async fn a_journal_lists_what_was_done_with_payloads() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let boris = bench.customer(2, "Boris Kim", 100_000).await;
    let paid = order(1, "paid", transfer(&anna, &boris, None, rub(1_000), rub(5)));
    bench.execute(&paid).await;
    let never = order(1, "never", transfer(&anna, &boris, None, rub(1_000), rub(5)));
    bench.void(&void_of(&never)).await;
    bench.fakes.set(Mood::HangsAfterEffect);
    let hanging = order(1, "hanging", topup(&anna, rub(10_000)));
    assert_eq!(bench.execute(&hanging).await, Answer::InProgress);
    bench.execute(&order(2, "other", transfer(&boris, &anna, None, rub(1), rub(1)))).await;

    let all = entries(&bench, &journal_of(1, 1, Timestamp::from_unix_ms(0))).await;
    let found: Vec<_> = all.iter().map(|entry| entry.operation_id).collect();
    assert_eq!(found, [paid.operation_id, never.operation_id, hanging.operation_id]);
    assert_eq!(all[0].intent, Some(paid.intent));
    assert_eq!(all[0].outcome.as_ref().unwrap().state, OperationState::Executed);
    assert_eq!((&all[1].intent, all[1].intent_hash), (&None, never.intent_hash));
    assert_eq!(all[1].outcome.as_ref().unwrap().state, OperationState::Cancelled);
    assert_eq!(all[2].outcome, None);

    // Later on, only what is still in progress.
    let since = all[1].outcome.as_ref().unwrap().decided_at.plus_ms(1);
    let rest = entries(&bench, &journal_of(1, 1, since)).await;
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert_eq!(rest[0].operation_id, hanging.operation_id);
}

#[tokio::test]
async fn a_superseded_block_is_told_nothing_of_a_customer() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    bench.fence(1, 2).await;
    let ask = async |path: String, query: CustomerQuery| {
        let request = Request::get(path).query(&query);
        bench.peer_as("client-1").call::<Value, _>(request, Duration::from_secs(10)).await
    };
    let lists = ["accounts", "cards"].map(|list| format!("/v1/products/{list}"));
    for path in lists {
        assert_eq!(code(ask(path.clone(), query(1, 1)).await), "superseded");
        assert!(ask(path, query(1, 2)).await.is_ok());
    }
    let page = format!("/v1/accounts/{anna}/transactions?limit=10&customer_id=1&generation=1");
    assert_eq!(code(bench.get::<Value>(&page).await), "superseded");
    let payee = json!({"customer_id": 1, "generation": 1, "account": anna, "currency": "RUB"});
    let resolved: Result<Value, _> = bench.post("/v1/payees/resolve", &payee).await;
    assert_eq!(code(resolved), "superseded");
    let id = order(1, "k", topup(&anna, rub(1))).operation_id;
    let shown = ask(format!("/v1/operations/{id}/cash-code"), query(1, 1)).await;
    assert_eq!(code(shown), "superseded");
}
