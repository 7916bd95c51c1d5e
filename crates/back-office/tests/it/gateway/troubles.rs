//! Troubles of the gateway itself, each with its code.

use common::wire::gateway::PutCustomer;
use platform::Clock;
use platform::rpc::CallError;
use serde_json::Value;
use testkit::eventually;

use super::bench::{Bench, bench, bench_with, code};

const FEES: &str = "/v1/reference/fees";

async fn refused(bench: &Bench, path: &str) -> String {
    code(bench.get::<Value>(path).await)
}

#[tokio::test]
async fn too_many_questions_are_refused() {
    let narrow = |config: &mut back_office::config::Config| {
        config.gateway.questions_in_flight_max = 0;
    };
    let bench = bench_with(narrow, Clock::system()).await;
    assert_eq!(refused(&bench, FEES).await, "busy");
}

#[tokio::test]
async fn an_answer_that_is_late_is_not_waited_for() {
    let hurried = |config: &mut back_office::config::Config| config.http.request_deadline_ms = 0;
    let bench = bench_with(hurried, Clock::system()).await;
    assert_eq!(refused(&bench, FEES).await, "deadline-exceeded");
}

#[tokio::test]
async fn a_system_without_an_address_is_our_fault() {
    let forgotten = |config: &mut back_office::config::Config| {
        config.peers.remove("insurance");
    };
    let bench = bench_with(forgotten, Clock::system()).await;
    let path = "/v1/products/insurance?customer_id=1&generation=1";
    assert_eq!(refused(&bench, path).await, "internal-error");
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_said() {
    let impatient = |config: &mut back_office::config::Config| {
        config.database.statement_timeout_ms = 500;
    };
    let bench = bench_with(impatient, Clock::system()).await;
    let mut other = bench.db.client().await;
    let lock = other.transaction().await.unwrap();
    lock.batch_execute("lock table reference_topic in access exclusive mode").await.unwrap();
    assert_eq!(refused(&bench, FEES).await, "not-ready");
}

#[tokio::test]
async fn a_phone_that_another_gets_in_the_same_moment_is_taken() {
    let bench = bench().await;
    let mut other = bench.db.client().await;
    let first = other.transaction().await.unwrap();
    let sql = "insert into customer (customer_id, revision, phone, name)
        values (2, 1, '+79000000002', 'Boris')";
    first.batch_execute(sql).await.unwrap();
    let phone = "+79000000002".parse().unwrap();
    let put = PutCustomer { revision: 1, phone, name: "Anna".to_owned() };
    let second = bench.put_customer(1, &put);
    let then = async {
        let watcher = bench.db.client().await;
        let sql = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        let waits = async || watcher.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 1;
        eventually("the second waits for the first", waits).await;
        first.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(second, then);
    let error: CallError = answer.unwrap_err();
    assert_eq!(error.problem().unwrap().code, "phone-taken");
}
