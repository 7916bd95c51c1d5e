use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use common::wire::watch::Seen;
use platform::Tasks;
use platform::config::{Http, Service};
use platform::http::{Ready, bind, health_routes, serve};
use platform::probe::{Probe, Prober, Watched};
use serde::Deserialize;
use testkit::eventually;
use tokio::net::TcpListener;

fn bounds(blocks: &[(&str, &[SocketAddr], Option<SocketAddr>)]) -> Probe {
    let watched = |(name, channels, database): &(&str, &[SocketAddr], Option<SocketAddr>)| {
        let urls = channels.iter().map(|at| format!("http://{at}")).collect();
        (name.parse().unwrap(), Watched { urls, database: *database })
    };
    Probe {
        every_ms: 10,
        database_every_ms: 10,
        connect_timeout_ms: 200,
        answer_timeout_ms: 200,
        silent_after_ms: 100,
        blocks: blocks.iter().map(watched).collect(),
    }
}

fn service() -> Service {
    Service {
        name: "router".to_owned(),
        process: "router-a".to_owned(),
        role: "router".to_owned(),
        data_center: "dc-a".to_owned(),
        channels: Vec::new(),
    }
}

async fn a_channel() -> (Tasks, SocketAddr) {
    let tasks = Tasks::new();
    let bound = bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let address = bound.address;
    let http = platform::config::load::<OnlyHttp>("", None).unwrap().http;
    serve(&tasks, bound, health_routes::<()>(Ready::new()), &http);
    (tasks, address)
}

#[derive(Deserialize)]
struct OnlyHttp {
    http: Http,
}

fn seen(prober: &Prober, block: &str) -> Seen {
    let sights = prober.sights();
    assert_eq!((sights.observer.as_str(), sights.data_center.as_str()), ("router-a", "dc-a"));
    sights.blocks.iter().find(|sight| sight.block.as_str() == block).unwrap().seen
}

async fn becomes(prober: &Prober, block: &str, what: fn(Seen) -> bool) {
    eventually("the block is seen so", || async { what(seen(prober, block)) }).await;
}

const WELL: fn(Seen) -> bool = |seen| seen == Seen::Well;
const REFUSED: fn(Seen) -> bool = |seen| matches!(seen, Seen::Refused { for_ms } if for_ms > 20);
const SILENT: fn(Seen) -> bool = |seen| matches!(seen, Seen::Silent { for_ms } if for_ms > 100);

#[tokio::test]
async fn a_block_lives_while_one_of_its_channels_does() {
    let (web, web_at) = a_channel().await;
    let (mobile, mobile_at) = a_channel().await;
    let tasks = Tasks::new();
    let bounds = bounds(&[("client-1", &[web_at, mobile_at], None)]);
    let prober = Prober::start(&service(), &bounds, &tasks).unwrap();
    assert!(web.stop(Duration::from_secs(5)).await);
    becomes(&prober, "client-1", WELL).await;
    assert!(mobile.stop(Duration::from_secs(5)).await);
    becomes(&prober, "client-1", REFUSED).await;
    assert!(tasks.stop(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn who_accepts_and_never_answers_is_silent() {
    // The kernel accepts for a process that hangs.
    let hangs = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (channel, channel_at) = a_channel().await;
    let tasks = Tasks::new();
    let bounds = bounds(&[
        ("client-1", &[hangs.local_addr().unwrap()], None),
        ("client-2", &[channel_at], hangs.local_addr().ok()),
    ]);
    let prober = Prober::start(&service(), &bounds, &tasks).unwrap();
    for block in ["client-1", "client-2"] {
        becomes(&prober, block, SILENT).await;
    }
    for tasks in [tasks, channel] {
        assert!(tasks.stop(Duration::from_secs(5)).await);
    }
}

#[tokio::test]
async fn who_is_refused_behind_a_relay_is_refused() {
    // A relay accepts, finds nobody, and closes.
    let relay = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = relay.local_addr().unwrap();
    let tasks = Tasks::new();
    tasks.spawn("relay", async move { while relay.accept().await.is_ok() {} });
    let (channel, channel_at) = a_channel().await;
    let bounds = bounds(&[("client-1", &[at], None), ("client-2", &[channel_at], Some(at))]);
    let prober = Prober::start(&service(), &bounds, &tasks).unwrap();
    for block in ["client-1", "client-2"] {
        becomes(&prober, block, REFUSED).await;
    }
    assert!(channel.stop(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_database_answers_without_being_told_who_asks() {
    let db = testkit::postgres().await.empty_database().await;
    let url = db.url.split('@').nth(1).unwrap().split('/').next().unwrap();
    let (channel, channel_at) = a_channel().await;
    let tasks = Tasks::new();
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let nobody = gone.local_addr().unwrap();
    drop(gone);
    let bounds = bounds(&[
        ("client-1", &[channel_at], url.parse().ok()),
        ("client-2", &[channel_at], Some(nobody)),
    ]);
    let prober = Prober::start(&service(), &bounds, &tasks).unwrap();
    becomes(&prober, "client-2", REFUSED).await;
    becomes(&prober, "client-1", WELL).await;
    for tasks in [tasks, channel] {
        assert!(tasks.stop(Duration::from_secs(5)).await);
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_is_found_before_looking_begins() {
    for url in ["https://127.0.0.1:1", "127.0.0.1:1", "http://", "http://127.0.0.1:1/livez"] {
        let mut bounds = bounds(&[("client-1", &[], None)]);
        let watched = Watched { urls: vec![url.to_owned()], database: None };
        bounds.blocks.insert("client-1".parse().unwrap(), watched);
        assert!(Prober::start(&service(), &bounds, &Tasks::new()).is_err(), "{url}");
    }
}
