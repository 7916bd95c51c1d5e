//! What every listener does for its handlers: deadlines, bounds, identity, problem documents.

use std::collections::BTreeMap;
use std::future::pending;
use std::time::Duration;

use axum::extract::FromRef;
use axum::routing::{get, post};
use axum::{Json, Router};
use common::problem::Code;
use platform::config::Identity;
use platform::context::{Context, left_until};
use platform::http::{ApiJson, Caller, Problem, Ready, health_routes};
use platform::identity::{AccessTable, token_hash};
use platform::rpc::Request;
use serde_json::{Value, json};
use testkit::{eventually, eventually_within};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::server::{Server, peer_as, problem_of, read_all, read_until};

const QUIET: Duration = Duration::from_secs(10);

/// A request without a body on a connection that is closed after it.
fn request(line: &str, headers: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n").into_bytes()
}

fn hanging() -> Router {
    Router::new().route("/", get(|| async { pending::<()>().await }))
}

#[tokio::test]
async fn a_handler_is_cut_at_the_callers_deadline() {
    let server = Server::bounded(hanging(), |http| http.request_deadline_ms = 60_000).await;
    for ms in [0, 1, 200] {
        let began = tokio::time::Instant::now();
        let header = format!("bulkhead-deadline-ms: {ms}\r\n");
        let answer = server.talk(&request("GET /", &header), QUIET).await;
        let (status, problem) = problem_of(&answer);
        assert_eq!((status, problem.code.as_str()), (504, "deadline-exceeded"), "{ms}");
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(ms) && took < QUIET, "{ms}: {took:?}");
    }
}

#[tokio::test]
async fn nobody_gets_more_time_than_the_server_gives() {
    let server = Server::bounded(hanging(), |http| http.request_deadline_ms = 100).await;
    for header in ["", "bulkhead-deadline-ms: 60000\r\n", "bulkhead-deadline-ms: nonsense\r\n"] {
        let answer = server.talk(&request("GET /", header), QUIET).await;
        assert_eq!(problem_of(&answer).0, 504, "{header}");
    }
}

#[tokio::test]
async fn no_time_at_all_is_refused_before_any_work() {
    let routes = Router::new().route("/", get(|| async { "done" }));
    let server = Server::start(routes).await;
    let none = server.talk(&request("GET /", "bulkhead-deadline-ms: 0\r\n"), QUIET).await;
    assert_eq!(problem_of(&none).1.code, "deadline-exceeded");
    let some = server.talk(&request("GET /", "bulkhead-deadline-ms: 5000\r\n"), QUIET).await;
    assert!(some.ends_with("done"), "{some}");
}

/// Says how much time was left and under which trace, then asks the next one.
fn link(next: Option<platform::rpc::Peer>) -> Router {
    let handler = move || {
        let next = next.clone();
        async move {
            let context = Context::current().unwrap();
            let left = u64::try_from(left_until(context.deadline).as_millis()).unwrap();
            let mut seen = vec![json!({ "left_ms": left, "trace": context.trace_id.as_str() })];
            if let Some(next) = next {
                let within = Duration::from_hours(1);
                let behind: Vec<Value> = next.call(Request::get("/"), within).await.unwrap();
                seen.extend(behind);
            }
            Json(seen)
        }
    };
    Router::new().route("/", get(handler))
}

#[tokio::test]
async fn deadline_and_trace_travel_along_a_chain_of_calls() {
    let last = Server::start(link(None)).await;
    let middle = Server::start(link(Some(last.peer()))).await;
    let first = Server::start(link(Some(middle.peer()))).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let headers =
        format!("bulkhead-deadline-ms: 4000\r\ntraceparent: 00-{trace}-00f067aa0ba902b7-01\r\n");
    let answer = first.talk(&request("GET /", &headers), QUIET).await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let seen: Vec<Value> = serde_json::from_str(body).unwrap();
    let left: Vec<u64> = seen.iter().map(|link| link["left_ms"].as_u64().unwrap()).collect();
    assert_eq!(left.len(), 3);
    assert!(left[0] <= 4_000 && left[0] >= left[1] && left[1] >= left[2], "{left:?}");
    assert!(left[2] > 0, "{left:?}");
    assert!(seen.iter().all(|link| link["trace"] == trace), "{seen:?}");
}

#[tokio::test]
async fn a_trace_that_is_none_is_replaced_and_told_in_problems() {
    let server = Server::start(Router::new()).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let given = format!("traceparent: 00-{trace}-00f067aa0ba902b7-01\r\n");
    let (_, problem) = problem_of(&server.talk(&request("GET /", &given), QUIET).await);
    assert_eq!(problem.trace_id.as_deref(), Some(trace));
    let bad = "traceparent: nonsense\r\n";
    let (_, problem) = problem_of(&server.talk(&request("GET /", bad), QUIET).await);
    let made = problem.trace_id.unwrap();
    assert!(made.len() == 32 && made != trace, "{made}");
}

#[derive(Clone)]
struct Known(AccessTable);

impl FromRef<Known> for AccessTable {
    fn from_ref(known: &Known) -> Self {
        known.0.clone()
    }
}

#[tokio::test]
async fn a_service_has_to_prove_who_it_is() {
    let callers = BTreeMap::from([
        ("router".to_owned(), token_hash("router-token")),
        ("launcher".to_owned(), token_hash("launcher-token")),
    ]);
    let table = AccessTable::new(&Identity { token: String::new(), callers }).unwrap();
    let handler = |caller: Caller| async move {
        caller.must_be_one_of(&["router"])?;
        Ok::<_, Problem>(Json(json!(caller.service())))
    };
    let routes = Router::new().route("/", get(handler)).with_state(Known(table));
    let server = Server::start(routes).await;
    let rows = [
        ("router", "router-token", Ok("router")),
        ("launcher", "launcher-token", Err(Code::ServiceNotAllowed)),
        ("router", "launcher-token", Err(Code::ServiceUnknown)),
        ("router", "", Err(Code::ServiceUnknown)),
        ("nobody", "router-token", Err(Code::ServiceUnknown)),
        ("ROUTER", "router-token", Err(Code::ServiceUnknown)),
    ];
    for (name, token, expected) in rows {
        let peer = peer_as(name, token, server.address, |_| {});
        let answer: Result<String, _> = peer.call(Request::get("/"), QUIET).await;
        match expected {
            Ok(service) => assert_eq!(answer.unwrap(), service),
            Err(code) => assert!(answer.unwrap_err().is_refusal(code), "{name} {token}"),
        }
    }
    let (status, problem) = problem_of(&server.talk(&request("GET /", ""), QUIET).await);
    assert_eq!((status, problem.code.as_str()), (401, "service-unknown"));
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

fn echo() -> Router {
    Router::new().route("/", post(|ApiJson(body): ApiJson<Text>| async move { body.text }))
}

fn post_of(headers: &str, body: &str) -> Vec<u8> {
    let mut bytes = request("POST /", headers);
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

#[tokio::test]
async fn bodies_are_bounded_whether_announced_or_not() {
    let server = Server::bounded(echo(), |http| http.body_max_bytes = 1_000).await;
    let json = "content-type: application/json\r\n";
    let body = |size: usize| format!("{{\"text\":\"{}\"}}", "x".repeat(size - 11));
    let announced =
        |size: usize| post_of(&format!("{json}content-length: {size}\r\n"), &body(size));
    let chunked = |size: usize| {
        let chunks = format!("{size:x}\r\n{}\r\n0\r\n\r\n", body(size));
        post_of(&format!("{json}transfer-encoding: chunked\r\n"), &chunks)
    };
    for (size, fits) in [(1_000, true), (1_001, false), (60_000, false)] {
        for bytes in [announced(size), chunked(size)] {
            let answer = server.talk(&bytes, QUIET).await;
            if fits {
                assert!(answer.ends_with(&"x".repeat(size - 11)), "{size}: {answer}");
            } else {
                let (status, problem) = problem_of(&answer);
                assert_eq!((status, problem.code.as_str()), (413, "body-too-large"), "{size}");
            }
        }
    }
    // Whoever asks first is spared the sending.
    let ask = format!("{json}expect: 100-continue\r\ncontent-length: 10485760\r\n");
    let answer = server.talk(&post_of(&ask, ""), QUIET).await;
    assert_eq!(problem_of(&answer).0, 413, "no 100 before it: {answer}");
}

#[tokio::test]
async fn bodies_are_objects_in_json() {
    let server = Server::start(echo()).await;
    let send = async |media: &str, body: &str| {
        let headers = format!("content-type: {media}\r\ncontent-length: {}\r\n", body.len());
        server.talk(&post_of(&headers, body), QUIET).await
    };
    let good = "{\"text\":\"hello\"}";
    for media in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"] {
        assert!(send(media, good).await.ends_with("hello"), "{media}");
    }
    assert!(send("application/json", " \n{ \"text\" : \"hello\" } \n").await.ends_with("hello"));
    for (media, body, status, code) in [
        ("text/plain", good, 415, "unsupported-media-type"),
        ("application/json", "[\"hello\"]", 400, "invalid-json"),
        ("application/json", "\"hello\"", 400, "invalid-json"),
        ("application/json", "{\"text\":\"hello\"}{}", 400, "invalid-json"),
        ("application/json", "{\"text\":\"hello\",\"more\":1}", 400, "invalid-json"),
        ("application/json", "{}", 400, "invalid-json"),
        ("application/json", "", 400, "invalid-json"),
    ] {
        let (found, problem) = problem_of(&send(media, body).await);
        assert_eq!((found, problem.code.as_str()), (status, code), "{media} {body}");
    }
}

async fn with_text() -> &'static str {
    panic!("a secret: {}", 42)
}

async fn with_value() -> &'static str {
    std::panic::panic_any(42)
}

#[tokio::test]
async fn a_panic_is_an_error_of_one_request() {
    let routes = Router::new()
        .route("/", get(|| async { "alive" }))
        .route("/text", get(with_text))
        .route("/value", get(with_value));
    let server = Server::start(routes).await;
    for path in ["/text", "/value"] {
        let answer = server.talk(&request(&format!("GET {path}"), ""), QUIET).await;
        let (status, problem) = problem_of(&answer);
        assert_eq!((status, problem.code.as_str()), (500, "internal-error"));
        assert!(!answer.contains("secret"), "{answer}");
    }
    assert!(server.talk(&request("GET /", ""), QUIET).await.ends_with("alive"));
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_headers_is_cut() {
    let routes = Router::new().route("/", get(|| async { "done" }));
    let server = Server::bounded(routes, |http| http.header_timeout_ms = 100).await;
    let began = tokio::time::Instant::now();
    let answer = server.talk(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ", QUIET).await;
    assert!(!answer.contains("done"), "{answer}");
    assert!(began.elapsed() < QUIET, "closed by the server");
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_a_place() {
    let routes = Router::new().route("/", get(|| async { "done" }));
    let server = Server::bounded(routes, |http| http.connections_max = 2).await;
    let keep = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut taken = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(keep).await.unwrap();
        read_until(&mut stream, "done").await;
        taken.push(stream);
    }
    let mut third = TcpStream::connect(server.address).await.unwrap();
    third.write_all(keep).await.unwrap();
    assert_eq!(read_all(&mut third, Duration::from_millis(200)).await, "", "it waits");
    drop(taken.pop());
    read_until(&mut third, "done").await;
}

#[tokio::test]
async fn stopping_closes_idle_connections_and_finishes_what_is_under_way() {
    let (begun, mut begins) = tokio::sync::mpsc::channel(1);
    let (finish, finishes) = tokio::sync::watch::channel(false);
    let slow = move || {
        let (begun, mut finishes) = (begun.clone(), finishes.clone());
        async move {
            begun.send(()).await.unwrap();
            finishes.wait_for(|go| *go).await.unwrap();
            "finished"
        }
    };
    let routes = Router::new().route("/slow", get(slow)).route("/", get(|| async { "done" }));
    let server = Server::start(routes).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut idle, "done").await;
    let bytes = request("GET /slow", "");
    let answer = server.talk(&bytes, QUIET);
    let stopping = async {
        begins.recv().await.unwrap();
        let stop = server.tasks.stop(QUIET);
        let then = async {
            eventually("nobody listens", async || {
                TcpStream::connect(server.address).await.is_err()
            })
            .await;
            assert_eq!(read_all(&mut idle, QUIET).await, "", "the idle one is closed");
            finish.send(true).unwrap();
        };
        tokio::join!(stop, then).0
    };
    let (answer, ended) = tokio::join!(answer, stopping);
    assert!(answer.ends_with("finished"), "{answer}");
    assert!(ended);
}

#[tokio::test]
async fn health_is_on_every_listener() {
    let ready = Ready::new();
    let server = Server::start(health_routes(ready.clone())).await;
    let status = async |path: &str| {
        let answer = server.talk(&request(&format!("GET {path}"), ""), QUIET).await;
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!((status("/livez").await, status("/readyz").await), ("200".into(), "503".into()));
    ready.set(true);
    assert_eq!((status("/readyz").await, status("/metrics").await), ("200".into(), "200".into()));
    ready.set(false);
    let (_, problem) = problem_of(&server.talk(&request("GET /readyz", ""), QUIET).await);
    assert_eq!((problem.code.as_str(), problem.retry_after_ms), ("not-ready", Some(500)));
}

#[tokio::test]
async fn what_no_route_takes_is_a_problem_with_the_methods_that_are() {
    let routes = Router::new().route("/", get(|| async { "done" }).post(|| async { "done" }));
    let server = Server::start(routes).await;
    let answer = server.talk(&request("GET /nowhere", ""), QUIET).await;
    assert_eq!(problem_of(&answer).1.code, "not-found");
    let answer = server.talk(&request("DELETE /", ""), QUIET).await;
    assert_eq!(problem_of(&answer).1.code, "method-not-allowed");
    let allow = answer.lines().find(|line| line.to_lowercase().starts_with("allow:")).unwrap();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    eventually_within(QUIET, "garbage is answered or closed", async || {
        let answer = server.talk(b"\x16\x03\x01nonsense\r\n\r\n", QUIET).await;
        answer.is_empty() || answer.starts_with("HTTP/1.1 400")
    })
    .await;
}
