//! The register comes from the archive, by poll, after a client's report, and by pushes.

use common::ids::Revision;
use common::placement::Placement;
use common::wire::watch::{Seen, Sights};
use platform::config::Peer;
use platform::probe::Watched;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;

use crate::archive::{Archive, life};
use crate::bank::{Bank, Router, name, rows};

const PLACEMENTS: &str = "/internal/v1/placements";

async fn with_archive(bank: &Bank, archive: &Archive, poll_ms: u64) -> Router {
    let mut config = bank.config();
    config.peers.insert("archive".to_owned(), Peer::at(archive.url()));
    config.register.poll_ms = poll_ms;
    Router::start(config, &bank.clock).await
}

async fn copy(router: &Router) -> Vec<Placement> {
    let reply = router.internal_as("launcher", Method::GET, PLACEMENTS, &Value::Null).await;
    serde_json::from_value(reply.json()["rows"].clone()).unwrap()
}

async fn has(router: &Router, row: &Placement) {
    eventually("the router has the row", || async { copy(router).await.contains(row) }).await;
}

const NEVER_MS: u64 = 1_000_000;
const OFTEN_MS: u64 = 20;

#[tokio::test]
async fn rows_are_read_from_the_archive_and_outlive_it() {
    let bank = Bank::new().await;
    let archive = Archive::start(rows()).await;
    let router = with_archive(&bank, &archive, OFTEN_MS).await;
    has(&router, &rows()[191]).await;
    let changed = archive.change(5, |row| row.owner = name("client-2"));
    has(&router, &changed).await;
    let since = || async { archive.known.lock().unwrap().queries.last().unwrap().since == Some(2) };
    eventually("it asks for what is new", since).await;
    // What an earlier life says counts no more; rows of a new one do.
    archive.lives(3, false);
    let newer = archive.change(6, |row| row.reason = "after a recovery".to_owned());
    has(&router, &newer).await;
    archive.lives(2, false);
    archive.change(7, |row| row.reason = "of a life that is over".to_owned());
    let asked = archive.known.lock().unwrap().queries.len();
    let answered = || async { archive.known.lock().unwrap().queries.len() > asked + 2 };
    eventually("it has asked again", answered).await;
    assert!(copy(&router).await.contains(&rows()[7]));
    let saved = || async {
        let client = bank.db.client().await;
        let sql = "select (select life from archive_life), max(revision) from placement";
        let row = client.query_one(sql, &[]).await.unwrap();
        let known: Option<String> = row.get(0);
        known == Some(life(3).to_string()) && row.get::<_, Option<i64>>(1) == Some(2)
    };
    eventually("the copy is saved", saved).await;
    archive.stop().await;
    router.stop().await;
    let mut config = bank.config();
    config.peers.insert("archive".to_owned(), Peer::at("http://127.0.0.1:1"));
    let router = Router::start(config, &bank.clock).await;
    assert!(copy(&router).await.contains(&newer));
}

#[tokio::test]
async fn an_archive_that_recovers_gets_the_copy() {
    let bank = Bank::new().await;
    let archive = Archive::start(rows()).await;
    let router = with_archive(&bank, &archive, OFTEN_MS).await;
    has(&router, &rows()[191]).await;
    archive.lives(2, true);
    let heard = || async { !archive.known.lock().unwrap().witnesses.is_empty() };
    eventually("the router bears witness", heard).await;
    let witness = archive.known.lock().unwrap().witnesses[0].clone();
    assert_eq!((witness.life, witness.resent, witness.rows), (life(2), true, rows()));
}

#[tokio::test]
async fn a_client_who_reports_a_failure_is_routed_by_what_the_archive_knows() {
    let bank = Bank::new().await;
    let archive = Archive::start(rows()).await;
    let router = with_archive(&bank, &archive, NEVER_MS).await;
    has(&router, &rows()[191]).await;
    let id = router.create("anna.petrova", "+79000000001").await;
    let row = &bank.open(&router.login("anna.petrova").await).stamp;
    let (home, slice) = (row.home.clone(), row.slice);
    let other = name(if home.as_str() == "client-1" { "client-2" } else { "client-1" });
    let at = rows().iter().position(|row| row.home == home && row.slice == slice).unwrap();
    archive.change(at, |row| {
        row.owner = other.clone();
        row.state = common::placement::PlacementState::Moved;
    });
    assert_eq!(router.login("anna.petrova").await.block.id, home, "customer {id}");
    let stranger = json!({ "block": "nobody", "how": "silent" });
    let failed = json!({ "login": "anna.petrova", "failed": stranger });
    assert_eq!(router.route(&failed).await.routed().block.id, home);
    let failed = json!({ "login": "anna.petrova", "failed": { "block": home, "how": "refused" } });
    assert_eq!(router.route(&failed).await.routed().block.id, other);
    // Without an archive the copy has to do.
    archive.stop().await;
    assert_eq!(router.route(&failed).await.routed().block.id, other);
    let both = json!({ "login": "anna.petrova", "ticket": "x" });
    for odd in [both, json!({}), json!({ "login": "a", "failed": null })] {
        assert_eq!(router.route(&odd).await.code(), "invalid-json", "{odd}");
    }
}

#[tokio::test]
async fn routers_push_rows_to_each_other() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let newer = Placement { revision: Revision(2), ..rows()[5].clone() };
    let push = json!({ "rows": [newer, rows()[6]] });
    let reply = router.internal_as("router-backup", Method::PUT, PLACEMENTS, &push).await;
    assert_eq!(reply.json(), json!({ "adopted": 1, "known": 1 }), "{}", reply.text);
    assert!(copy(&router).await.contains(&newer));
}

#[tokio::test]
async fn only_colleagues_may_use_the_internal_listener() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let push = json!({ "rows": [] });
    for (method, path, body) in [
        (Method::GET, PLACEMENTS, Value::Null),
        (Method::PUT, PLACEMENTS, push),
        (Method::GET, "/internal/v1/sights", Value::Null),
    ] {
        for (service, status) in [
            ("launcher", StatusCode::OK),
            ("router-backup", StatusCode::OK),
            ("client-1", StatusCode::FORBIDDEN),
            ("nobody", StatusCode::UNAUTHORIZED),
        ] {
            let reply = router.internal_as(service, method.clone(), path, &body).await;
            assert_eq!(reply.status, status, "{service} {method} {path}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_database_that_was_promoted_is_looked_at_elsewhere() {
    let bank = Bank::new().await;
    let mut config = bank.config();
    config.probe.every_ms = 20;
    config.probe.database_every_ms = 20;
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = gone.local_addr().ok();
    drop(gone);
    let watched = Watched { urls: vec![bank.peers["client-1"].url()], database: nobody };
    config.probe.blocks.insert(name("client-1"), watched);
    let router = Router::start(config, &bank.clock).await;
    let seen = || async {
        let path = "/internal/v1/sights";
        let reply = router.internal_as("launcher", Method::GET, path, &Value::Null).await;
        serde_json::from_value::<Sights>(reply.json()).unwrap().blocks[0].seen
    };
    let refused = || async { matches!(seen().await, Seen::Refused { .. }) };
    eventually("its database is gone", refused).await;
    let at = bank.db.url.split('@').nth(1).unwrap().split('/').next().unwrap();
    let path = "/internal/v1/sights/database";
    let moved = |block: &str| json!({ "block": block, "at": at });
    let reply = router.internal_as("router-backup", Method::PUT, path, &moved("client-1")).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text);
    let reply = router.internal_as("nobody", Method::PUT, path, &moved("client-1")).await;
    assert_eq!(reply.code(), "service-unknown", "{}", reply.text);
    let nowhere = json!({ "block": "client-1", "at": "nowhere" });
    let reply = router.internal_as("launcher", Method::PUT, path, &nowhere).await;
    assert_eq!(reply.code(), "invalid-json", "{}", reply.text);
    let reply = router.internal_as("launcher", Method::PUT, path, &moved("client-2")).await;
    assert_eq!(reply.code(), "not-found", "{}", reply.text);
    let reply = router.internal_as("launcher", Method::PUT, path, &moved("client-1")).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text);
    eventually("the new one answers", || async { seen().await == Seen::Well }).await;
}

#[tokio::test]
async fn it_says_what_it_sees_of_the_blocks() {
    let bank = Bank::new().await;
    let mut config = bank.config();
    config.probe.every_ms = 20;
    for block in ["client-1", "client-2"] {
        let urls = vec![bank.peers[block].url()];
        config.probe.blocks.insert(name(block), Watched { urls, database: None });
    }
    bank.peers["client-1"].go_away().await;
    let router = Router::start(config, &bank.clock).await;
    let seen = || async {
        let path = "/internal/v1/sights";
        let reply = router.internal_as("router-backup", Method::GET, path, &Value::Null).await;
        let sights: Sights = serde_json::from_value(reply.json()).unwrap();
        let seen: Vec<Seen> = sights.blocks.iter().map(|sight| sight.seen).collect();
        matches!(seen[..], [Seen::Refused { .. }, Seen::Well])
    };
    eventually("one block is dead", seen).await;
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_refused() {
    let bank = Bank::new().await;
    let router = Router::start(bank.config(), &bank.clock).await;
    let mut row = json!(rows()[0]);
    row["slice"] = json!(64);
    let rows = json!({ "rows": [row] });
    let reply = router.internal_as("launcher", Method::PUT, PLACEMENTS, &rows);
    assert_eq!(reply.await.code(), "invalid-json");
}
