use common::CustomerId;
use reqwest::{Method, StatusCode};
use router_block::store::{changes, customers};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use testkit::eventually;

use crate::bank::{Bank, Router, register};

#[tokio::test]
async fn another_process_sees_what_this_one_changes() {
    let bank = Bank::new().await;
    let (here, there) = (bank.router().await, bank.router().await);
    let id = here.create("anna.petrova", "+79000000001").await;
    let holder = |router: &Router, key: &str| {
        let request = router.running.shared.index.find(key);
        request.map(|found| found.customer.0)
    };
    assert_eq!(holder(&here, "anna.petrova"), Some(id), "one's own change counts at once");
    eventually("the other one has the customer", || async {
        holder(&there, "anna.petrova") == Some(id) && holder(&there, "+79000000001") == Some(id)
    })
    .await;
    let path = format!("/ops/v1/customers/{id}/login");
    let body = json!({ "login": "anna.sidorova" });
    assert_eq!(there.ops(Method::PUT, &path, &body).await.status, StatusCode::OK);
    assert_eq!(holder(&there, "anna.petrova"), None);
    eventually("the first one has the new login", || async {
        holder(&here, "anna.sidorova") == Some(id) && holder(&here, "anna.petrova").is_none()
    })
    .await;
    assert_eq!(holder(&here, "+79000000001"), Some(id));
}

#[tokio::test]
async fn changes_that_commit_in_another_order_than_they_began_are_all_seen() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let mut creations = Vec::new();
    for n in 0..24 {
        let (router, phone) = (&router, format!("+790000001{n:02}"));
        creations.push(async move { router.create(&format!("customer.{n}"), &phone).await });
    }
    let other = bank.router().await;
    let ids = futures_util::future::join_all(creations).await;
    for (n, id) in ids.iter().enumerate() {
        let login = format!("customer.{n}");
        eventually("everybody is in the other index", || async {
            let found = other.running.shared.index.find(&login);
            found.is_some_and(|found| found.customer.0 == *id)
        })
        .await;
    }
}

/// The hole this closes: a number drawn first and committed last, which a reader has passed by.
#[tokio::test]
async fn numbers_of_changes_grow_in_the_order_of_commits() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let id = CustomerId(router.create("anna.petrova", "+79000000001").await);
    let connect = async || PgConnection::connect(&bank.db.url).await.unwrap();
    let (mut one, mut two, mut reader) = (connect().await, connect().await, connect().await);
    let customer = customers::by_id(&mut reader, id).await.unwrap().unwrap();
    let mut first = one.begin().await.unwrap();
    changes::lock(&mut first).await.unwrap();
    let number = changes::append(&mut first, None, &customer).await.unwrap();
    let second = async {
        let mut tx = two.begin().await.unwrap();
        changes::lock(&mut tx).await.unwrap();
        let later = changes::append(&mut tx, None, &customer).await.unwrap();
        tx.commit().await.unwrap();
        later
    };
    let watching = async {
        let client = bank.db.client().await;
        let waiting = "select count(*) from pg_locks l join pg_database d on d.oid = l.database
                        where not l.granted and d.datname = current_database()";
        eventually("the second one waits for the first", || async {
            client.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 1
        })
        .await;
        let seen = changes::after(&mut reader, number - 1, 9).await.unwrap().unwrap();
        assert!(seen.is_empty(), "nothing is seen before the first one's commit");
        first.commit().await.unwrap();
    };
    let (later, ()) = tokio::join!(second, watching);
    let seen = changes::after(&mut reader, number - 1, 9).await.unwrap().unwrap();
    let numbers: Vec<i64> = seen.iter().map(|change| change.number).collect();
    assert_eq!(numbers, [number, later]);
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let id = router.create("anna.petrova", "+79000000001").await;
    let (before, stranger) = (router.login("anna.petrova").await, router.login("nobody").await);
    router.stop().await;
    let router = Router::start(bank.config(), &bank.clock).await;
    let after = router.login("+79000000001").await;
    assert_eq!(after.block, before.block);
    assert_eq!(bank.open(&after).holder, bank.open(&before).holder);
    assert_eq!(router.login("nobody").await.block, stranger.block);
    let returned = router.route(&json!({ "ticket": stranger.ticket })).await.routed();
    assert_eq!(returned.block, stranger.block);
    let rows = router.ops(Method::GET, "/ops/v1/placements", &json!(null)).await;
    assert_eq!(rows.json(), register());
    let path = format!("/ops/v1/customers/{id}");
    let entry = router.ops(Method::GET, &path, &json!(null)).await.json();
    assert_eq!(
        (entry["login"].as_str(), entry["settled"].as_bool()),
        (Some("anna.petrova"), Some(true))
    );
}

#[tokio::test]
async fn a_router_waits_for_its_database_and_its_schema() {
    let bank = Bank::new().await;
    let empty = testkit::postgres().await.empty_database().await;
    let mut config = bank.config();
    config.database.url.clone_from(&empty.url);
    config.follow.rest_ms = 50;
    let router = Router::start_unready(config, &bank.clock).await;
    for path in ["/readyz", "/livez"] {
        let expected = if path == "/livez" { 200 } else { 503 };
        assert_eq!(router.get(path).await.status.as_u16(), expected);
    }
    assert_eq!(router.route(&json!({ "login": "anna" })).await.code(), "not-ready");
    platform::schema::migrate(&empty.url, &router_block::store::schema::MIGRATIONS).await.unwrap();
    eventually("the router is ready", || async {
        router.get("/readyz").await.status == StatusCode::OK
    })
    .await;
}

#[tokio::test]
async fn a_running_router_routes_without_its_database() {
    let bank = Bank::new().await;
    let postgres = testkit::Postgres::start().await;
    let db = postgres.database(&router_block::store::schema::MIGRATIONS).await;
    let mut config = bank.config();
    config.database.url.clone_from(&db.url);
    config.database.acquire_timeout_ms = 300;
    let router = Router::start(config, &bank.clock).await;
    router.ops(Method::PUT, "/ops/v1/placements", &register()).await;
    router.create("anna.petrova", "+79000000001").await;
    let before = router.login("anna.petrova").await;
    drop(postgres);
    let body = crate::bank::new_customer("boris.volkov", "+79000000002");
    eventually("the database is gone", || async {
        let reply = router.ops(Method::POST, "/ops/v1/customers", &body).await;
        assert_ne!(reply.code(), "internal-error", "{}", reply.text);
        reply.code() == "not-ready"
    })
    .await;
    assert_eq!(router.login("anna.petrova").await.block, before.block);
    assert_eq!(router.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_slept_longer_than_the_feed_is_kept_loads_anew() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let other = bank.router().await;
    router.create("anna.petrova", "+79000000001").await;
    let client = bank.db.client().await;
    // As if the other one had slept through all of this.
    other.running.shared.feed.set_position(Some(0));
    client
        .batch_execute("update customer_change set changed_at = now() - interval '30 days'")
        .await
        .unwrap();
    let id = router.create("boris.volkov", "+79000000002").await;
    router_block::worker::pruner::round(&router.running.shared).await.unwrap();
    let left = client.query_one("select count(*) from customer_change", &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 1);
    other.running.shared.feed.set_position(Some(0));
    eventually("it has loaded anew", || async {
        let shared = &other.running.shared;
        let found = shared.index.find("boris.volkov");
        found.is_some_and(|found| found.customer.0 == id)
            && shared.index.find("anna.petrova").is_some()
            && shared.feed.position() > Some(0)
    })
    .await;
}
