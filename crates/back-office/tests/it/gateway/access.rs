//! Who may use what, and that bad input is refused with a code and never an error of ours.

use std::time::Duration;

use common::wire::watch::Served;
use platform::context::Context;
use platform::rpc::{CallError, Request};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::bench::{Bench, bench, code, rub};
use super::orders::{order, own_transfer};

/// Every route of the internal listener but health: method, path, and who may use it.
const ROUTES: [(&str, &str, &[&str]); 14] = [
    ("POST", "/v1/execute", &["client-1"]),
    ("POST", "/v1/void", &["client-1"]),
    ("POST", "/v1/fence", &["client-1"]),
    ("POST", "/v1/journal", &["client-1"]),
    ("POST", "/v1/bookings", &["systems"]),
    ("PUT", "/v1/customers/1", &["router", "launcher"]),
    ("GET", "/v1/products/cards?customer_id=1&generation=1", &["client-1"]),
    (
        "GET",
        "/v1/accounts/40817810000000001001/transactions?customer_id=1&generation=1&limit=1",
        &["client-1"],
    ),
    (
        "GET",
        "/v1/operations/6813ac70-bfc7-8d58-811e-be926b17a433/cash-code?customer_id=1&generation=1",
        &["client-1"],
    ),
    ("POST", "/v1/payees/resolve", &["client-1"]),
    ("POST", "/v1/risk/decisions", &["client-1"]),
    ("GET", "/v1/served", &["router", "launcher"]),
    ("GET", "/v1/fences", &["router", "launcher"]),
    ("GET", "/v1/reference/fees", &["client-1", "router", "launcher", "systems", "gateway"]),
];

async fn call(bench: &Bench, as_whom: (&str, &str), method: &str, path: &str) -> String {
    let peer = bench.peer_with(as_whom.0, as_whom.1);
    let within = Duration::from_secs(10);
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
    for (method, path, allowed) in ROUTES {
        for caller in ["client-1", "router", "launcher", "systems", "gateway"] {
            let said = call(&bench, (caller, caller), method, path).await;
            let refused = said == "service-not-allowed";
            assert_eq!(refused, !allowed.contains(&caller), "{caller} {method} {path}: {said}");
        }
        for stranger in [("client-1", "guess"), ("client-1", "router"), ("client-9", "client-9")] {
            let said = call(&bench, stranger, method, path).await;
            assert_eq!(said, "service-unknown", "{stranger:?} {method} {path}");
        }
    }
}

#[tokio::test]
async fn who_is_served_for_a_waiting_customer_is_alive() {
    let bench = bench().await;
    let block = bench.peer_with("client-1", "client-1");
    let within = Duration::from_secs(10);
    let fees = || block.call::<Value, _>(Request::get("/v1/reference/fees"), within);
    let served = async || -> Served {
        let router = bench.peer_with("router", "router");
        router.call(Request::get("/v1/served"), within).await.unwrap()
    };
    fees().await.unwrap();
    assert_eq!(served().await.blocks, [], "a worker's question");
    let stranger = bench.peer_with("client-1", "guess");
    let fenced = Request::get("/v1/reference/fees");
    let refused: Result<Value, _> =
        Context::fresh(within).scope(stranger.call(fenced, within)).await;
    refused.unwrap_err();
    assert_eq!(served().await.blocks, [], "who did not prove who he is");
    Context::fresh(within).scope(fees()).await.unwrap();
    let blocks = served().await.blocks;
    assert_eq!(blocks.len(), 1, "a customer's question");
    assert_eq!(blocks[0].block.as_str(), "client-1");
    assert!((0..10_000).contains(&blocks[0].ago_ms), "{}", blocks[0].ago_ms);
}

#[tokio::test]
async fn orders_that_cannot_be_are_refused_with_a_code() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let good = serde_json::to_value(order(1, "k", own_transfer(&anna, &anna, rub(1)))).unwrap();
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let bodies = [
        json!(null),
        json!([]),
        json!({}),
        with("operation_id", json!("x")),
        with("operation_id", json!(7)),
        with("intent_hash", json!("00")),
        with("customer_id", json!(-1)),
        with("customer_id", json!("1")),
        with("generation", json!(1.5)),
        with("valid_until", json!("tomorrow")),
        with("surprise", json!(true)),
    ];
    for path in ["/v1/execute", "/v1/void", "/v1/fence", "/v1/journal", "/v1/payees/resolve"] {
        for body in &bodies {
            let answer = bench.post::<_, Value>(path, body).await;
            assert_eq!(code(answer), "invalid-json", "{path} {body}");
        }
    }
    assert_eq!(bench.count("select count(*) from operation_record").await, 0);
}

#[tokio::test]
async fn terms_that_cannot_be_are_rejected_and_move_nothing() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let second = bench.account(1, rub(0), 2).await;
    let good = order(1, "k", own_transfer(&anna, &second, rub(1)));
    let amounts = [
        json!({"amount": "-1.00", "currency": "RUB"}),
        json!({"amount": "0.00", "currency": "RUB"}),
        json!({"amount": "99999999999999999999999", "currency": "RUB"}),
        json!({"amount": "1.00", "currency": "XXX"}),
        json!({"amount": "1.00", "currency": "USD"}),
        json!({"amount": 1, "currency": "RUB"}),
        json!("1.00"),
        Value::Null,
    ];
    for (n, amount) in amounts.into_iter().enumerate() {
        let mut bad = order(1, &format!("k{n}"), own_transfer(&anna, &second, rub(1)));
        bad.intent["terms"]["amount"] = amount.clone();
        bad.intent_hash = common::operation::IntentHash::of(&bad.intent).unwrap();
        let outcome = super::execute::outcome(bench.execute(&bad).await);
        let reason = common::operation::RejectReason::NotUnderstood;
        assert_eq!(outcome.reason, Some(reason), "{amount}");
    }
    assert_eq!(bench.balance(&anna).await, 100_000);
    super::execute::outcome(bench.execute(&good).await);
}

/// Says `request` and gives the answer's head and body.
async fn raw(bench: &Bench, request: &str) -> String {
    let mut stream = TcpStream::connect(bench.started.internal.unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn what_is_no_proper_request_is_refused_with_a_code() {
    let bench = bench().await;
    let say = |line: &str, headers: &str, body: &str| {
        let identity = "bulkhead-service: client-1\r\nbulkhead-token: client-1";
        let length = body.len();
        format!(
            "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{identity}\r\n{headers}\
            content-length: {length}\r\n\r\n{body}"
        )
    };
    let json = "content-type: application/json\r\n";
    let large = format!("\"{}\"", "x".repeat(70_000));
    let cases = [
        (say("POST /v1/execute", json, "{nonsense"), "400", "invalid-json"),
        (say("POST /v1/execute", json, "{} trailing"), "400", "invalid-json"),
        (say("POST /v1/execute", "", "{}"), "415", "unsupported-media-type"),
        (say("POST /v1/execute", json, &large), "413", "body-too-large"),
        (say("DELETE /v1/execute", json, ""), "405", "method-not-allowed"),
        (say("GET /v1/nowhere", "", ""), "404", "not-found"),
        (say("GET /v1/products/cards", "", ""), "400", "invalid-query"),
        (say("GET /v1/products/cards?customer_id=1&generation=x", "", ""), "400", "invalid-query"),
    ];
    for (request, status, code) in cases {
        let answer = raw(&bench, &request).await;
        let line = request.lines().next().unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{line}: {answer}");
        assert!(answer.contains(&format!("\"code\":\"{code}\"")), "{line}: {answer}");
    }
}

#[tokio::test]
async fn health_is_on_every_listener() {
    let bench = bench().await;
    for address in [bench.started.internal.unwrap(), bench.started.admin.unwrap()] {
        for path in ["/livez", "/readyz", "/metrics"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        }
    }
}
