//! The same trouble at every operation that can be refused for it: each gets its code there too.

use back_office::config::Config;
use common::operation::RejectReason;
use platform::Clock;
use serde_json::Value;
use testkit::openapi::{Sample, samples};

use super::bench::{Bench, bench, bench_with, rub};
use super::execute::outcome;
use super::fake::Mood;
use super::orders::{cash, order};

/// Samples of the operations that can be refused with `code`.
fn refused_with(code: &str) -> Vec<Sample> {
    let all = samples("gateway").into_iter();
    let found: Vec<_> = all.filter(|sample| sample.codes.contains(code)).collect();
    assert!(!found.is_empty(), "{code}");
    found
}

/// Who may ask for an operation.
fn caller(sample: &Sample) -> &'static str {
    match sample.tag.as_str() {
        "directory" => "router",
        "bookings" => "systems",
        "served" => "router",
        _ => "client-1",
    }
}

#[expect(clippy::disallowed_methods, reason = "it says what no service of ours would say")]
async fn code_of(bench: &Bench, sample: &Sample, more: (&str, &str)) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}{}", bench.started.internal.unwrap(), sample.target);
    let json = ("content-type", "application/json");
    let headers = if more.0 == json.0 { vec![more] } else { vec![json, more] };
    let mut request = client
        .request(sample.method.parse().unwrap(), url)
        .header("bulkhead-service", caller(sample))
        .header("bulkhead-token", caller(sample));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.body(sample.body.clone().unwrap_or_default()).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    answer["code"].as_str().unwrap_or(&text).to_owned()
}

const NOTHING_MORE: (&str, &str) = ("x-nothing", "more");

async fn all_refused(bench: &Bench, code: &str, more: (&str, &str), but: &[&str]) {
    for sample in refused_with(code) {
        if !but.contains(&sample.operation.as_str()) {
            assert_eq!(code_of(bench, &sample, more).await, code, "{}", sample.operation);
        }
    }
}

#[tokio::test]
async fn requests_that_are_late_or_too_large_or_no_json() {
    let bench = bench().await;
    all_refused(&bench, "deadline-exceeded", ("bulkhead-deadline-ms", "0"), &[]).await;
    let media = ("content-type", "text/plain");
    all_refused(&bench, "unsupported-media-type", media, &[]).await;
    for mut sample in refused_with("body-too-large") {
        sample.body = Some(" ".repeat(70_000));
        let code = code_of(&bench, &sample, NOTHING_MORE).await;
        assert_eq!(code, "body-too-large", "{}", sample.operation);
    }
}

#[tokio::test]
async fn parts_of_addresses_that_cannot_be() {
    let bench = bench().await;
    for mut sample in refused_with("invalid-query") {
        let wrong = [("customer_id=1", "customer_id=0"), ("customers/1", "customers/0")];
        for (right, wrong) in wrong {
            sample.target = sample.target.replace(right, wrong);
        }
        if sample.operation == "reference" {
            sample.target = "/v1/reference/%ff".to_owned();
        }
        let code = code_of(&bench, &sample, NOTHING_MORE).await;
        assert_eq!(code, "invalid-query", "{}", sample.operation);
    }
}

#[tokio::test]
async fn a_gateway_that_is_full_or_without_its_database() {
    let narrow = |config: &mut Config| {
        config.gateway.orders_in_flight_max = 0;
        config.gateway.questions_in_flight_max = 0;
    };
    let full = bench_with(narrow, Clock::system()).await;
    all_refused(&full, "too-many-requests", NOTHING_MORE, &[]).await;
    all_refused(&full, "busy", NOTHING_MORE, &[]).await;

    let hurried = |config: &mut Config| config.database.acquire_timeout_ms = 500;
    let bench = bench_with(hurried, Clock::system()).await;
    bench.db.cut_off().await;
    // Whether it is ready is looked at four times a second.
    all_refused(&bench, "not-ready", NOTHING_MORE, &["readyz"]).await;
    testkit::eventually("it is not ready", || async { !bench.started.ready.is_set() }).await;
    let ready = samples("gateway").into_iter().find(|sample| sample.operation == "readyz").unwrap();
    assert_eq!(code_of(&bench, &ready, NOTHING_MORE).await, "not-ready");
}

#[tokio::test]
async fn the_gateway_says_what_it_serves() {
    let bench = bench().await;
    let samples = samples("gateway");
    let openapi = samples.iter().find(|sample| sample.operation == "openapi").unwrap();
    let served: Value =
        serde_json::from_str(&code_of(&bench, openapi, NOTHING_MORE).await).unwrap();
    let committed = std::fs::read_to_string(testkit::openapi::committed("gateway")).unwrap();
    assert_eq!(served, serde_json::from_str::<Value>(&committed).unwrap());
}

#[tokio::test]
async fn superseded_blocks_are_told_nothing() {
    let bench = bench().await;
    bench.customer(1, "Anna Petrova", 0).await;
    bench.fence(1, 2).await;
    all_refused(&bench, "superseded", NOTHING_MORE, &[]).await;
}

#[tokio::test]
async fn systems_that_are_away() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 1_000_000).await;
    let cash = order(1, "k", cash(&anna, rub(100_000), rub(5_000)));
    outcome(bench.execute(&cash).await);
    bench.fakes.set(Mood::FailsBefore);
    for mut sample in refused_with("back-office-unavailable") {
        sample.target = sample.target.replace("generation=0", "generation=1");
        if sample.operation == "cashCode" {
            let id = cash.operation_id;
            sample.target = format!("/v1/operations/{id}/cash-code?customer_id=1&generation=1");
        }
        // Lists of products have a test of their own.
        if sample.operation == "products" {
            continue;
        }
        let code = code_of(&bench, &sample, NOTHING_MORE).await;
        assert_eq!(code, "back-office-unavailable", "{}", sample.operation);
    }
}

#[tokio::test]
async fn risk_is_asked_one_thing_about_an_operation() {
    let bench = bench().await;
    let samples = refused_with("idempotency-mismatch");
    let risk = samples.iter().find(|sample| sample.operation == "decideRisk").unwrap();
    bench.fakes.set(Mood::Refuses(RejectReason::NotUnderstood));
    assert_eq!(code_of(&bench, risk, NOTHING_MORE).await, "idempotency-mismatch");
}
