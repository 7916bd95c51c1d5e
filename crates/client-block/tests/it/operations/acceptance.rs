//! Group acceptance: what happens to orders that come together when the queue is full, when one of
//! them cannot be stored, and when one looks like another.
//!
//! Orders are handed to the writer within one poll of one task, so that it finds them together.

use client_block::app::operations::accept::{Accepted, Taken};
use client_block::block::Scope;
use client_block::store::acceptance::Arrival;
use client_block::store::operation::Operation;
use client_block::store::outbox::Entity;
use client_block::store::token::NewToken;
use common::join::operation::Marks;
use common::operation::{IntentHash, OperationKind, OperationState};
use common::problem::Code;
use common::{Generation, OperationId, Timestamp, order_key};
use futures_util::future::join_all;
use platform::Failure;
use serde_json::json;
use uuid::Uuid;

use super::own;
use crate::bank::{ANNA, BLOCK, Bank, Process, first_row, name};

const ROWS: &str = "
    select (select count(*) from operation) * 10000 + (select count(*) from operation_token) * 100
        + (select count(*) from outbox where kind = 'operation')";

/// A process with one writer, and Anna's session in it.
async fn with_one_writer(bank: &Bank, queue_max: usize) -> (Process, Uuid) {
    let process = bank
        .process_with(|config| {
            config.acceptance.writers = 1;
            config.acceptance.queue_max = queue_max;
        })
        .await;
    bank.anna(&process).await;
    let client = bank.db.client().await;
    let session = client.query_one("select session_id::text from session", &[]).await.unwrap();
    (process, session.get::<_, &str>(0).parse().unwrap())
}

/// An order of Anna's; `number` is its key, its look and its amount.
fn arrival(session: Uuid, number: u8, alone_since: Option<Timestamp>, now: Timestamp) -> Arrival {
    let intent = json!({ "terms": own("10.00"), "valid_until": now.plus_s(3_600) });
    let operation = Operation {
        id: OperationId::derive(ANNA, &format!("the key of order {number}")),
        customer: ANNA,
        kind: OperationKind::OwnTransfer,
        intent_hash: IntentHash::of(&intent).unwrap(),
        intent,
        state: OperationState::Pending,
        generation: Generation(1),
        version: 1,
        valid_until: now.plus_s(3_600),
        created_at: now,
        updated_at: now,
        confirm_by: now.plus_s(900),
        debit_account: Some(super::first()),
        most_minor: Some(number.into()),
        looks_like: [number; 32],
        outcome: None,
        marks: Marks::default(),
        in_doubt: false,
        parked: false,
        line: None,
    };
    let entity = Entity {
        kind: "operation",
        id: operation.id.to_string(),
        order_key: order_key::operation(operation.state, operation.generation, 1),
        open: true,
        final_: false,
        payload: json!({}),
        marks: None,
    };
    let token = NewToken { priority: 1, due_at: now, claimant: None, claim_until: None };
    let scope = Scope::new(ANNA, name(BLOCK));
    let code = None;
    Arrival { scope, session, alone_since, as_of: None, operation, token, code, entity }
}

/// Hands orders with these numbers over at once.
async fn together(bank: &Bank, process: &Process, session: Uuid, numbers: &[u8]) -> Vec<Taken> {
    let now = bank.clock.now();
    let arrivals = numbers.iter().map(|number| arrival(session, *number, None, now));
    join_all(arrivals.map(|arrival| process.block.acceptance.take_in(arrival))).await
}

/// The numbers of the orders that were stored, or the code with which one was refused.
fn outcomes(all: &[Taken]) -> Vec<Result<Option<i64>, Code>> {
    let outcome = |taken: &Taken| match taken {
        Ok(Accepted::New(arrival)) => Ok(arrival.operation.most_minor),
        Ok(Accepted::Known | Accepted::LooksAlike) => Ok(None),
        Err(Failure::Refused(refusal)) => Err(refusal.code),
        Err(_) => Err(Code::Internal),
    };
    all.iter().map(outcome).collect()
}

#[tokio::test]
async fn a_full_queue_refuses_and_stores_nothing() {
    let bank = Bank::new().await;
    let (process, session) = with_one_writer(&bank, 2).await;
    let all = together(&bank, &process, session, &[1, 2, 3, 4]).await;
    let busy = Err(Code::Busy);
    assert_eq!(outcomes(&all), [Ok(Some(1)), Ok(Some(2)), busy, busy]);
    for refused in &all[2..] {
        let Err(Failure::Refused(refusal)) = refused else { panic!("{refused:?}") };
        assert_eq!(refusal.retry_after_ms, Some(500), "it says when to come back");
    }
    assert_eq!(bank.number(ROWS).await, 20_202);
    // There is room again.
    let again = together(&bank, &process, session, &[3]).await;
    assert_eq!(outcomes(&again), [Ok(Some(3))]);
    assert_eq!(bank.number(ROWS).await, 30_303);
}

#[tokio::test]
async fn an_order_that_cannot_be_stored_takes_no_other_with_it() {
    let bank = Bank::new().await;
    let (process, session) = with_one_writer(&bank, 10).await;
    bank.sql("alter table operation add constraint unlucky check (most_minor <> 13)").await;
    let all = together(&bank, &process, session, &[11, 13, 12]).await;
    assert_eq!(outcomes(&all), [Ok(Some(11)), Err(Code::Internal), Ok(Some(12))]);
    assert_eq!(bank.number(ROWS).await, 20_202, "nothing twice, and nothing of the unlucky one");
    // One by one: each has a transaction of its own. A batch has one for all.
    let commits = "select count(distinct xmin::text) from operation";
    assert_eq!(bank.number(commits).await, 2);
    let all = together(&bank, &process, session, &[14, 15, 16]).await;
    assert_eq!(outcomes(&all), [Ok(Some(14)), Ok(Some(15)), Ok(Some(16))]);
    assert_eq!(bank.number(commits).await, 3);
}

#[tokio::test]
async fn a_batch_refuses_singly() {
    let bank = Bank::new().await;
    let (process, session) = with_one_writer(&bank, 10).await;
    together(&bank, &process, session, &[1]).await;
    let now = bank.clock.now();
    let twin = |number, key| {
        let mut arrival = arrival(session, number, Some(now.plus_s(-600)), now);
        arrival.operation.id = OperationId::derive(ANNA, key);
        arrival
    };
    let arrivals = [
        arrival(session, 1, None, now),
        twin(1, "another key with the same look"),
        twin(2, "another key with another look"),
        arrival(Uuid::nil(), 3, None, now),
    ];
    let take_in = |arrival| process.block.acceptance.take_in(arrival);
    let all = join_all(arrivals.map(take_in)).await;
    assert!(matches!(all[0], Ok(Accepted::Known)), "{:?}", all[0]);
    assert!(matches!(all[1], Ok(Accepted::LooksAlike)), "{:?}", all[1]);
    assert_eq!(outcomes(&all[2..]), [Ok(Some(2)), Err(Code::SessionExpired)]);
    assert_eq!(bank.number(ROWS).await, 20_202);
}

#[tokio::test]
async fn the_row_behind_the_gate_decides_under_which_generation() {
    let bank = Bank::new().await;
    let (process, session) = with_one_writer(&bank, 10).await;
    let mut row = first_row(ANNA);
    row.generation = Generation(2);
    row.revision = common::Revision(2);
    process.place(&[row]).await.ok();
    let all = together(&bank, &process, session, &[1]).await;
    assert_eq!(outcomes(&all), [Ok(Some(1))]);
    let told =
        "select count(*) from operation o join outbox x on x.entity_id = o.operation_id::text
        where o.generation = 2 and x.generation = 2";
    assert_eq!(bank.number(told).await, 1);
}
