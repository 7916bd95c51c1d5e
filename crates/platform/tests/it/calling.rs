//! Calling another service: what is repeated, what is bounded, and what the caller may conclude.

use std::future::pending;
use std::time::Duration;

use axum::http::{StatusCode, Uri, header};
use axum::routing::{any, get};
use axum::{Json, Router};
use common::problem::Code;
use platform::context::Context;
use platform::http::Problem;
use platform::rpc::{CallError, Idempotent, Request};
use serde_json::{Value, json};
use testkit::eventually;
use tokio::time::Instant;

use crate::server::{Lossy, Server, peer};

const WITHIN: Duration = Duration::from_secs(10);
const YES: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\ntrue";

type Call = fn(&Value) -> Request<Idempotent>;

#[tokio::test]
async fn a_lost_call_is_repeated_once_where_that_does_no_harm() {
    let body = json!({ "id": 1 });
    let calls: [(&str, Call); 4] = [
        ("GET", |_| Request::get("/")),
        ("PUT", |body| Request::put("/", body)),
        ("DELETE", |_| Request::delete("/")),
        ("POST with an id", |body| Request::post_with_id("/", body)),
    ];
    for (what, call) in calls {
        let server = Lossy::start(1, YES).await;
        let answer: bool = peer(server.address, |_| {}).call(call(&body), WITHIN).await.unwrap();
        assert!(answer && server.seen() == 2, "{what}: {}", server.seen());
    }
    let server = Lossy::start(2, YES).await;
    let answer: Result<bool, _> =
        peer(server.address, |_| {}).call(Request::get("/"), WITHIN).await;
    let error = answer.unwrap_err();
    assert!(matches!(error, CallError::Lost { .. }), "{error:?}");
    assert!(!error.surely_not_done());
    assert_eq!(server.seen(), 2, "not a third time");
}

#[tokio::test]
async fn what_must_not_be_posted_twice_is_not() {
    let server = Lossy::start(1, YES).await;
    let request = Request::post("/", &json!({}));
    let answer: Result<bool, _> = peer(server.address, |_| {}).call(request, WITHIN).await;
    assert!(matches!(answer, Err(CallError::Lost { .. })), "{answer:?}");
    assert_eq!(server.seen(), 1);
}

#[tokio::test]
async fn repeats_have_a_budget() {
    let server = Lossy::start(usize::MAX, YES).await;
    let peer = peer(server.address, |_| {});
    for _ in 0..100 {
        let answer: Result<bool, _> = peer.call(Request::get("/"), WITHIN).await;
        assert!(answer.is_err());
    }
    let repeats = server.seen() - 100;
    // A fifth of the calls, and one a second over ten seconds.
    assert!((1..=32).contains(&repeats), "{repeats} of 100 were repeated");
}

#[tokio::test]
async fn nobody_there_means_surely_not_done() {
    let gone = Server::start(Router::new()).await;
    assert!(gone.tasks.stop(WITHIN).await);
    let began = Instant::now();
    let answer: Result<(), _> = gone.peer().call(Request::get("/"), WITHIN).await;
    let error = answer.unwrap_err();
    assert!(matches!(error, CallError::NotSent { .. }), "{error:?}");
    assert!(error.surely_not_done());
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn silence_is_waited_for_as_long_as_was_said() {
    let routes = Router::new().route("/", any(|| async { pending::<()>().await }));
    let server = Server::start(routes).await;
    let within = Duration::from_millis(200);
    let began = Instant::now();
    let answer: Result<(), _> = server.peer().call(Request::get("/"), within).await;
    let error = answer.unwrap_err();
    // The server cuts its handler at the same moment, and may be heard saying so.
    let late = matches!(error, CallError::TimedOut { .. });
    assert!(late || error.is_refusal(Code::DeadlineExceeded), "{error:?}");
    assert!(!error.surely_not_done(), "it may have been done");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(190) && took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_request_without_time_makes_no_calls() {
    let server = Lossy::start(0, YES).await;
    let peer = peer(server.address, |_| {});
    let call = async { peer.call::<bool, _>(Request::get("/"), WITHIN).await };
    let error = Context::fresh(Duration::ZERO).scope(call).await.unwrap_err();
    assert!(matches!(error, CallError::NoTimeLeft { .. }), "{error:?}");
    assert!(error.surely_not_done());
    assert_eq!(server.seen(), 0);
}

#[tokio::test]
async fn answers_are_bounded_and_have_to_be_what_they_should() {
    let routes = Router::new()
        .route("/fits", get(|| async { Json("x".repeat(998)) }))
        .route("/large", get(|| async { Json("x".repeat(999)) }))
        .route("/text", get(|| async { "no json" }))
        .route("/number", get(|| async { Json(7) }))
        .route("/nothing", get(|| async { StatusCode::NO_CONTENT }))
        .route("/refused", get(|| async { Problem::from(Code::LoginTaken) }))
        .route("/broken", get(|| async { (StatusCode::BAD_GATEWAY, "<html>") }))
        .route("/away", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/fits")]) }));
    let server = Server::start(routes).await;
    let peer = peer(server.address, |rpc| rpc.answer_max_bytes = 1_000);
    let ask = async |path: &str| peer.call::<String, _>(Request::get(path), WITHIN).await;
    assert_eq!(ask("/fits").await.unwrap().len(), 998);
    assert!(matches!(ask("/large").await, Err(CallError::TooLarge { .. })));
    for path in ["/text", "/number", "/nothing"] {
        let answer = ask(path).await;
        assert!(matches!(answer, Err(CallError::Unreadable { .. })), "{path}: {answer:?}");
    }
    let nothing: Result<(), _> = peer.call(Request::get("/nothing"), WITHIN).await;
    assert!(nothing.is_ok());
    let refused = ask("/refused").await.unwrap_err();
    assert!(refused.is_refusal(Code::LoginTaken) && !refused.is_refusal(Code::PhoneTaken));
    assert_eq!(refused.problem().unwrap().status, 409);
    for (path, expected) in [("/broken", 502), ("/away", 302)] {
        let answer = ask(path).await;
        let status =
            matches!(&answer, Err(CallError::NotOurs { status, .. }) if *status == expected);
        assert!(status, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn calls_under_way_are_bounded() {
    let (begun, begins) = std::sync::mpsc::sync_channel(10);
    let (finish, finishes) = tokio::sync::watch::channel(false);
    let slow = move || {
        let (begun, mut finishes) = (begun.clone(), finishes.clone());
        async move {
            begun.send(()).unwrap();
            finishes.wait_for(|go| *go).await.unwrap();
            Json(true)
        }
    };
    let server = Server::start(Router::new().route("/", get(slow))).await;
    let peer = peer(server.address, |rpc| rpc.in_flight_max = 2);
    let call = async || peer.call::<bool, _>(Request::get("/"), WITHIN).await;
    let third = async {
        let mut seen = 0;
        eventually("two are under way", || {
            seen += begins.try_iter().count();
            std::future::ready(seen == 2)
        })
        .await;
        let error = call().await.unwrap_err();
        assert!(matches!(error, CallError::TooManyInFlight { .. }), "{error:?}");
        assert!(error.surely_not_done());
        finish.send(true).unwrap();
    };
    let (one, two, ()) = tokio::join!(call(), call(), third);
    assert!(one.unwrap() && two.unwrap());
    assert!(call().await.unwrap(), "there is room again");
}

#[tokio::test]
async fn queries_are_written_as_they_are_read() {
    let echo = |uri: Uri| async move { Json(uri.to_string()) };
    let server = Server::start(Router::new().route("/x", any(echo))).await;
    let query = [("a", "1&b=2"), ("ü", " /?#")];
    let request = Request::get("/x").query(&query);
    let answer: String = server.peer().call(request, WITHIN).await.unwrap();
    assert_eq!(answer, "/x?a=1%26b%3D2&%C3%BC=+%2F%3F%23");
    let none: [(&str, &str); 0] = [];
    let answer: String = server.peer().call(Request::get("/x").query(&none), WITHIN).await.unwrap();
    assert_eq!(answer, "/x");
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_left_alone() {
    let gone = Server::start(Router::new()).await;
    assert!(gone.tasks.stop(WITHIN).await);
    let peer = peer(gone.address, |rpc| rpc.rest_ms = 3_600_000);
    assert!(!peer.rests());
    let call = async || peer.call::<(), _>(Request::get("/"), WITHIN).await.unwrap_err();
    assert!(matches!(call().await, CallError::NotSent { .. }));
    assert!(peer.rests());
    let error = call().await;
    assert!(matches!(error, CallError::Resting { .. }), "{error:?}");
    assert!(error.surely_not_done());
}
