//! The same trouble at every operation that can be refused for it: each gets its code there too.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;
use testkit::openapi::{Sample, samples};

use crate::bank::{Bank, Door, Reply, Router};

/// Samples of the operations that can be refused with `code`.
fn refused_with(code: &str) -> Vec<Sample> {
    let all = samples("router").into_iter();
    let found: Vec<_> = all.filter(|sample| sample.codes.contains(code)).collect();
    assert!(!found.is_empty(), "{code}");
    found
}

/// As the launcher and, where it takes a person, as an administrator.
async fn ask(router: &Router, door: Door, sample: &Sample, more: (&str, &str)) -> Reply {
    let bearer = router.session().await;
    let method = Method::from_bytes(sample.method.as_bytes()).unwrap();
    let body = sample.body.clone().unwrap_or_default();
    let json = ("content-type", "application/json");
    let mut headers = if more.0 == json.0 { vec![more] } else { vec![json, more] };
    if PERSONS.contains(&sample.tag.as_str()) {
        headers.push(("authorization", &bearer));
    }
    router.ask(door, method, &sample.target, &headers, body).await
}

async fn is_refused(router: &Router, sample: &Sample, more: (&str, &str), code: &str) {
    let reply = ask(router, Door::of(&sample.tag), sample, more).await;
    assert_eq!(reply.code(), code, "{} {}: {}", sample.operation, sample.target, reply.text);
}

/// Groups of which most operations take a person.
const PERSONS: [&str; 6] =
    ["administrators", "disasters", "moves", "approvals", "automation", "routers"];

const DOORS: [Door; 3] = [Door::Public, Door::Ops, Door::Internal];

const NOTHING_MORE: (&str, &str) = ("x-nothing", "more");

#[tokio::test]
async fn each_listener_has_its_own_operations_and_says_which() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    for sample in refused_with("not-found") {
        for door in DOORS.into_iter().filter(|door| *door != Door::of(&sample.tag)) {
            let reply = ask(&router, door, &sample, NOTHING_MORE).await;
            assert_eq!(reply.code(), "not-found", "{} {door:?}", sample.operation);
        }
    }
    let mut seen = BTreeSet::new();
    for door in DOORS {
        let path = "/openapi.json";
        let reply = router.ask(door, Method::GET, path, &[], String::new()).await;
        let document: Value = reply.json();
        let items = document["paths"].as_object().unwrap().values();
        for operation in items.flat_map(|item| item.as_object().unwrap().values()) {
            let tag = operation["tags"][0].as_str().unwrap();
            assert!(tag == "health" || Door::of(tag) == door, "{tag}");
            seen.insert(operation["operationId"].as_str().unwrap().to_owned());
        }
    }
    let all: BTreeSet<String> = samples("router").into_iter().map(|one| one.operation).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn requests_that_are_too_large_or_late_or_no_json() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let late = ("bulkhead-deadline-ms", "0");
    for sample in refused_with("deadline-exceeded") {
        is_refused(&router, &sample, late, "deadline-exceeded").await;
    }
    for mut sample in refused_with("body-too-large") {
        sample.body = Some(" ".repeat(20_000_000));
        is_refused(&router, &sample, NOTHING_MORE, "body-too-large").await;
    }
    for sample in refused_with("unsupported-media-type") {
        let text = ("content-type", "text/plain");
        is_refused(&router, &sample, text, "unsupported-media-type").await;
    }
}

#[tokio::test]
async fn parts_of_addresses_that_cannot_be() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    for mut sample in refused_with("invalid-query") {
        sample.target = sample.target.replace("customers/1", "customers/%ff");
        sample.target = sample.target.replace("problems/x", "problems/%ff");
        sample.target = sample.target.replace("data-centers/x", "data-centers/%ff");
        let id = "00000000-0000-4000-8000-000000000000";
        sample.target = sample.target.replace(id, "%ff");
        is_refused(&router, &sample, NOTHING_MORE, "invalid-query").await;
    }
    for sample in refused_with("customer-unknown") {
        is_refused(&router, &sample, NOTHING_MORE, "customer-unknown").await;
    }
}

#[tokio::test]
async fn a_router_without_its_database_is_not_ready() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    // Opened before: it is remembered.
    router.session().await;
    bank.db.cut_off().await;
    // It routes from its index all the same; that it has none yet has a test of its own.
    let from_memory = ["route", "readyz", "notePromotion"];
    for sample in refused_with("not-ready") {
        if !from_memory.contains(&sample.operation.as_str()) {
            is_refused(&router, &sample, NOTHING_MORE, "not-ready").await;
        }
    }
}
