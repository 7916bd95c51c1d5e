//! Calling a service at several addresses: which is called, and when the next one.

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use axum::routing::{any, get};
use axum::{Json, Router};
use platform::config::{Peer as PeerConfig, Rpc};
use platform::rpc::{CallError, Caller, Idempotent, Peer, Request};

use crate::server::{Lossy, Server, defaults};

const WITHIN: Duration = Duration::from_secs(10);
const YES: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\ntrue";

#[derive(serde::Deserialize)]
struct Written {
    peer: PeerConfig,
}

fn over(addresses: &[SocketAddr], change: impl FnOnce(&mut Rpc)) -> Peer {
    let mut rpc = defaults().rpc;
    change(&mut rpc);
    let caller = Caller { service: "router".to_owned(), token: "router-token".to_owned() };
    let urls: Vec<String> = addresses.iter().map(|one| format!("http://{one}")).collect();
    Peer::over("the servers", &urls, caller, &rpc).unwrap()
}

async fn named(name: &'static str) -> Server {
    Server::start(Router::new().route("/", any(move || async move { Json(name) }))).await
}

async fn gone() -> SocketAddr {
    let gone = Server::start(Router::new()).await;
    assert!(gone.tasks.stop(WITHIN).await);
    gone.address
}

fn read() -> Request<Idempotent> {
    Request::get("/")
}

#[tokio::test]
async fn the_first_that_works_is_kept_to() {
    let (a, b) = (named("a").await, named("b").await);
    let peer = over(&[a.address, b.address], |_| {});
    for _ in 0..3 {
        assert_eq!(peer.call::<String, _>(read(), WITHIN).await.unwrap(), "a");
    }
    assert!(a.tasks.stop(WITHIN).await);
    for _ in 0..3 {
        assert_eq!(peer.call::<String, _>(read(), WITHIN).await.unwrap(), "b");
    }
    assert!(!peer.rests(), "one of them answers");
}

#[tokio::test]
async fn what_was_not_sent_goes_to_the_next_even_if_it_must_not_be_posted_twice() {
    let b = named("b").await;
    let peer = over(&[gone().await, b.address], |rpc| rpc.rest_ms = 3_600_000);
    let post = || Request::post("/", &());
    assert_eq!(peer.call::<String, _>(post(), WITHIN).await.unwrap(), "b");
    assert!(b.tasks.stop(WITHIN).await);
    let error = peer.call::<String, _>(post(), WITHIN).await.unwrap_err();
    assert!(matches!(error, CallError::NotSent { .. }), "{error:?}");
    assert!(peer.rests());
    let error = peer.call::<String, _>(post(), WITHIN).await.unwrap_err();
    assert!(matches!(error, CallError::Resting { .. }), "{error:?}");
}

#[tokio::test]
async fn a_lost_call_is_repeated_at_another_address_only_where_that_does_no_harm() {
    let (a, b) = (Lossy::start(usize::MAX, YES).await, Lossy::start(0, YES).await);
    let peer = over(&[a.address, b.address], |rpc| rpc.doubt_ms = 0);
    let post = Request::post("/", &());
    let error = peer.call::<bool, _>(post, WITHIN).await.unwrap_err();
    assert!(matches!(error, CallError::Lost { .. }), "{error:?}");
    assert_eq!((a.seen(), b.seen()), (1, 0));
    assert!(peer.call::<bool, _>(read(), WITHIN).await.unwrap());
    assert_eq!((a.seen(), b.seen()), (2, 1));
}

#[tokio::test]
async fn a_call_that_may_have_been_heard_is_not_called_unmade() {
    let a = Lossy::start(usize::MAX, YES).await;
    let peer = over(&[a.address, gone().await], |_| {});
    let error = peer.call::<bool, _>(read(), WITHIN).await.unwrap_err();
    assert!(matches!(error, CallError::Lost { .. }), "{error:?}");
    assert!(!error.surely_not_done());
}

#[tokio::test]
async fn one_that_does_not_answer_is_called_after_the_others() {
    let silent = Server::start(Router::new().route("/", get(pending::<()>))).await;
    let b = named("b").await;
    let peer = over(&[silent.address, b.address], |rpc| rpc.doubt_ms = 3_600_000);
    let short = Duration::from_millis(100);
    assert!(peer.call::<String, _>(read(), short).await.is_err());
    for _ in 0..3 {
        assert_eq!(peer.call::<String, _>(read(), WITHIN).await.unwrap(), "b");
    }
    // Better one in doubt than none.
    assert!(b.tasks.stop(WITHIN).await);
    let error = peer.call::<String, _>(read(), short).await.unwrap_err();
    assert!(!error.surely_not_done(), "{error:?}");
}

#[test]
fn a_peer_is_written_with_one_address_or_several() {
    let cases = [
        (r#"url = "http://a""#, Some(vec!["http://a"])),
        (r#"urls = ["http://a", "http://b"]"#, Some(vec!["http://a", "http://b"])),
        ("urls = []", None),
        ("", None),
        ("url = \"http://a\"\nurls = [\"http://b\"]", None),
    ];
    for (text, expected) in cases {
        let read = platform::config::load::<Written>(&format!("[peer]\n{text}"), None);
        let peer = read.ok().map(|written| written.peer.urls);
        let expected = expected.map(|urls| urls.into_iter().map(str::to_owned).collect());
        assert_eq!(peer, expected, "{text}");
    }
}

#[test]
fn a_service_without_addresses_cannot_be_called() {
    let caller = Caller { service: "router".to_owned(), token: String::new() };
    assert!(Peer::over("nobody", &[], caller, &defaults().rpc).is_err());
}
