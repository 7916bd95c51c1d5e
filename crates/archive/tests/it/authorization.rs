//! Who may call what: every route, each way of having no right to it.

use std::collections::BTreeSet;

use platform::rpc::{CallError, Request};
use serde_json::{Value, json};
use testkit::openapi::{Sample, routes, samples};

use super::bench::{Bench, SERVICES, bench};

const BLOCKS: &[&str] = &["client-1", "client-2", "pilot", "backup-2"];
const OPERATORS: &[&str] = &["router", "router-backup", "launcher"];
const MOVERS: &[&str] =
    &["client-1", "client-2", "pilot", "backup-2", "router", "router-backup", "launcher"];
const WITNESSES: &[&str] =
    &["client-1", "client-2", "pilot", "backup-2", "router", "router-backup"];
const WATCHERS: &[&str] = &["router", "router-backup", "launcher", "archive"];
const READERS: &[&str] = &[
    "client-1",
    "client-2",
    "pilot",
    "backup-2",
    "router",
    "router-backup",
    "launcher",
    "archive",
];

/// Every route of the internal listener but health, and who may use it.
const ROUTES: &[(&str, &[&str])] = &[
    ("POST /v1/batches", BLOCKS),
    ("POST /v1/load", BLOCKS),
    ("POST /v1/slices/customers", BLOCKS),
    ("POST /v1/register/read", READERS),
    ("PUT /v1/register/first", &["launcher"]),
    ("GET /v1/router", READERS),
    ("POST /v1/router", OPERATORS),
    ("POST /v1/changes", BLOCKS),
    ("POST /v1/witness", WITNESSES),
    ("GET /v1/witness", OPERATORS),
    ("POST /v1/witness/excuse", OPERATORS),
    ("GET /v1/standby", OPERATORS),
    ("POST /v1/standby", OPERATORS),
    ("POST /v1/loosenings", BLOCKS),
    ("POST /v1/moves", MOVERS),
    ("GET /v1/moves", OPERATORS),
    ("POST /v1/approvals", OPERATORS),
    ("GET /v1/approvals", OPERATORS),
    ("POST /v1/approvals/{id}/approve", OPERATORS),
    ("GET /v1/automation", OPERATORS),
    ("PUT /v1/automation", OPERATORS),
    ("GET /internal/v1/sights", WATCHERS),
    ("PUT /internal/v1/sights/database", &["launcher"]),
];

/// Whose bodies name a block, which must be the caller.
const OF_ITSELF: &[&str] = &["batch", "load", "readRegister", "changes", "loosen"];

#[test]
fn every_route_is_in_the_table() {
    let files =
        [include_str!("../../src/http/mod.rs"), include_str!("../../../platform/src/probe/mod.rs")];
    let opened = files.into_iter().flat_map(routes);
    let listed: BTreeSet<String> = ROUTES.iter().map(|(route, _)| (*route).to_owned()).collect();
    assert_eq!(opened.collect::<BTreeSet<_>>(), listed);
}

async fn say(bench: &Bench, (service, token): (&str, &str), method: &str, path: &str) -> String {
    let peer = bench.peer(service, token);
    let within = std::time::Duration::from_secs(10);
    let answer: Result<Value, CallError> = match method {
        "GET" => peer.call(Request::get(path), within).await,
        "PUT" => peer.call(Request::put(path, &json!({})), within).await,
        _ => peer.call(Request::post(path, &json!({})), within).await,
    };
    answer.map_or_else(|error| error.problem().unwrap().code.clone(), |_| "fine".to_owned())
}

#[tokio::test]
async fn every_route_knows_its_callers() {
    let bench = bench().await;
    for (route, allowed) in ROUTES {
        let (method, path) = route.split_once(' ').unwrap();
        let path = path.replace("{id}", "00000000-0000-4000-8000-000000000000");
        for service in SERVICES {
            let said = say(&bench, (service, service), method, &path).await;
            let refused = said == "service-not-allowed";
            assert_eq!(refused, !allowed.contains(&service), "{service} {route}: {said}");
        }
        for stranger in [("client-1", "guess"), ("client-1", "router"), ("client-9", "client-9")] {
            let said = say(&bench, stranger, method, &path).await;
            assert_eq!(said, "service-unknown", "{stranger:?} {route}");
        }
    }
}

#[tokio::test]
async fn a_block_speaks_for_itself_alone() {
    let bench = bench().await;
    let before = bench.count("select count(*) from block_life").await;
    let of_itself = |sample: &Sample| OF_ITSELF.contains(&sample.operation.as_str());
    let found: Vec<Sample> = samples("archive").into_iter().filter(of_itself).collect();
    assert_eq!(found.len(), OF_ITSELF.len());
    for sample in found {
        let body: Value = serde_json::from_slice(sample.body.unwrap().as_ref()).unwrap();
        assert_eq!(body["stream"]["block"], "client-1", "{}", sample.operation);
        for service in ["client-2", "backup-2"] {
            let said: super::bench::Said = bench.post(service, &sample.target, &body).await;
            assert_eq!(super::bench::code(said), "service-not-allowed", "{}", sample.operation);
        }
    }
    assert_eq!(bench.count("select count(*) from block_life").await, before);
}
