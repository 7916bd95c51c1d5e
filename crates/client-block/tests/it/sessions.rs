//! Sessions: their list, their end, their channel, and what Redis may do to them.

use common::ticket::Holder;
use serde_json::{Value, json};
use testkit::{Redis, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bank::{ANNA, BORIS, Bank, PASSWORD, Process, device_secret};
use crate::client::Client;
use crate::operations::{own, send};

async fn sessions(client: &Client) -> Vec<Value> {
    client.get("/v1/sessions").await.ok()["items"].as_array().unwrap().clone()
}

fn current(sessions: &[Value]) -> String {
    let mut current = sessions.iter().filter(|session| session["current"] == true);
    let id = current.next().unwrap()["session_id"].as_str().unwrap().to_owned();
    assert!(current.next().is_none());
    id
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let (phone, page) = (bank.anna(&process).await, bank.browser(&process, ANNA).await);
    let boris = bank.boris(&process).await;
    let listed = sessions(&phone).await;
    assert_eq!(listed.len(), 2, "not those of others");
    let channels: Vec<&str> = listed.iter().map(|s| s["channel"].as_str().unwrap()).collect();
    assert!(channels.contains(&"web") && channels.contains(&"mobile"), "{channels:?}");
    let pages = current(&sessions(&page).await);
    assert_ne!(pages, current(&listed));
    assert!(!listed[0].to_string().contains("hash"), "no secret in the list: {}", listed[0]);

    // Boris cannot end Anna's, and learns nothing from trying.
    let path = format!("/v1/sessions/{pages}");
    assert_eq!(boris.delete(&path).await.code(), "session-unknown");
    assert_eq!(phone.delete(&path).await.status, 204);
    assert_eq!(page.get("/v1/accounts").await.status, 401, "at once");
    assert_eq!(phone.delete(&path).await.code(), "session-unknown", "it has ended already");
    assert_eq!(sessions(&phone).await.len(), 1);

    let second = bank.anna(&process).await;
    assert_eq!(second.delete("/v1/sessions/current").await.status, 204);
    assert_eq!(second.get("/v1/accounts").await.status, 401);
    let third = bank.anna(&process).await;
    assert_eq!(third.delete("/v1/sessions").await.status, 204);
    for client in [&phone, &third] {
        assert_eq!(client.get("/v1/accounts").await.code(), "session-expired");
    }
    boris.get("/v1/accounts").await.ok();
    sessions(&bank.anna(&process).await).await;
}

#[tokio::test]
async fn a_token_opens_its_own_channel_only() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let reply = bank.log_in(&process, ANNA).await;
    let token = reply.ok()["token"].as_str().unwrap().to_owned();
    process.bearer(&token).get("/v1/accounts").await.ok();
    let cookie = format!("__Secure-bulkhead-session={token}");
    let page = Client::page(process.web);
    let rows = [
        page.clone().with("cookie", &cookie),
        page.clone().with("authorization", &format!("Bearer {token}")),
        page,
        process.phone().with("cookie", &cookie),
        process.phone().with("authorization", &token),
        process.phone().with("authorization", &format!("Basic {token}")),
        process.bearer(""),
        process.bearer("unknown"),
        process.bearer(&token.to_uppercase()),
    ];
    for (row, client) in rows.iter().enumerate() {
        let reply = client.get("/v1/accounts").await;
        assert_eq!(reply.code(), "unauthenticated", "{row}");
        assert_eq!(reply.header("bulkhead-next"), "reauthenticate");
    }
    let stored = bank.db.client().await;
    let row = stored.query_one("select token_hash from session", &[]).await.unwrap();
    let hash: Vec<u8> = row.get(0);
    assert_eq!(hash, common::fingerprint::sha256(token.as_bytes()), "only the hash is kept");
    let told = format!("select count(*) from outbox where payload::text like '%{token}%'");
    assert_eq!(bank.number(&told).await, 0);
}

#[tokio::test]
async fn sessions_end_by_idleness_and_by_age() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let idle = bank.anna(&process).await;
    // A quarter more than the limit, because uses are written down by quarters.
    bank.clock.advance_ms(1_124_000);
    idle.get("/v1/accounts").await.ok();
    bank.clock.advance_ms(1_124_000);
    idle.get("/v1/accounts").await.ok();
    bank.clock.advance_ms(1_125_000);
    assert_eq!(idle.get("/v1/accounts").await.code(), "session-expired");

    let used = bank.anna(&process).await;
    let start = bank.clock.now();
    while bank.clock.now().ms_since(start) < 43_200_000 - 600_000 {
        bank.clock.advance_ms(600_000);
        used.get("/v1/sessions").await.ok();
    }
    bank.clock.advance_ms(600_000);
    assert_eq!(used.get("/v1/sessions").await.code(), "session-expired", "after twelve hours");
    let rows = "select max(version) from session";
    assert!(bank.number(rows).await > 20, "uses were written down");
}

#[tokio::test]
async fn the_oldest_session_goes_when_there_are_too_many() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.sessions.per_customer_max = 3).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        bank.clock.advance_ms(1_000);
        let client = bank.anna(&process).await;
        client.get("/v1/accounts").await.ok();
        clients.push(client);
    }
    for gone in &clients[..2] {
        assert_eq!(gone.get("/v1/accounts").await.status, 401, "also where Redis knew it");
    }
    for kept in &clients[2..] {
        assert_eq!(sessions(kept).await.len(), 3);
    }
    let told = "select count(*) from outbox where kind = 'session' and final";
    assert_eq!(bank.number(told).await, 2);
}

#[tokio::test]
async fn a_new_password_or_sign_out_reaches_the_other_process_for_writes_at_once() {
    let bank = Bank::new().await;
    let (web, mobile) = (bank.process().await, bank.process().await);
    let (page, phone) = (bank.browser(&web, ANNA).await, bank.anna(&mobile).await);
    let intent = phone.review(&own("10.00")).await;
    assert_eq!(page.delete("/v1/sessions").await.status, 204);
    let reply = phone.order(&crate::operations::new_key(), &intent).await;
    assert_eq!(reply.status, 401, "{}", reply.text);
    assert_eq!(bank.number("select count(*) from operation").await, 0);
}

/// Says something to Redis in its inline form and reads one line.
async fn tell_redis(url: &str, command: &str) -> String {
    let address = url.trim_start_matches("redis://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
    let mut answer = [0_u8; 64];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

async fn with_own_redis(bank: &Bank) -> (Redis, Process) {
    let redis = Redis::start().await;
    let process = bank.process_with(|config| config.redis.url.clone_from(&redis.url)).await;
    (redis, process)
}

#[tokio::test]
async fn a_flushed_or_dead_redis_loses_nothing() {
    let bank = Bank::new().await;
    let (redis, process) = with_own_redis(&bank).await;
    let anna = bank.anna(&process).await;
    anna.get("/v1/accounts").await.ok();
    assert!(tell_redis(&redis.url, "DBSIZE").await != ":0\r\n", "it is used");
    assert_eq!(tell_redis(&redis.url, "FLUSHALL").await, "+OK\r\n");
    anna.get("/v1/accounts").await.ok();
    send(&anna, &own("10.00")).await.reply.ok();
    drop(redis);
    anna.get("/v1/accounts").await.ok();
    send(&anna, &own("11.00")).await.reply.ok();
    let body = json!({
        "ticket": bank.ticket(Holder::Customer(BORIS)), "password": PASSWORD,
        "device_token": device_secret(BORIS),
    });
    assert_eq!(process.phone().post("/v1/sessions", &body).await.status, 201);
    assert_eq!(anna.delete("/v1/sessions/current").await.status, 204);
    assert_eq!(anna.get("/v1/accounts").await.code(), "session-expired");
}

#[tokio::test]
async fn while_redis_hangs_a_revoked_session_reads_for_moments_and_never_writes() {
    let bank = Bank::new().await;
    let redis = Redis::start().await;
    let with_redis = |config: &mut client_block::Config| {
        config.redis.url.clone_from(&redis.url);
        config.sessions.cache_ms = 60_000;
    };
    let (one, two) = (bank.process_with(with_redis).await, bank.process_with(with_redis).await);
    let anna = bank.anna(&one).await;
    let intent = anna.review(&own("10.00")).await;
    // Redis does not take writes: the end of the session does not reach it.
    assert_eq!(tell_redis(&redis.url, "CLIENT PAUSE 60000 WRITE").await, "+OK\r\n");
    assert_eq!(anna.delete("/v1/sessions/current").await.status, 204);
    assert_eq!(tell_redis(&redis.url, "CLIENT UNPAUSE").await, "+OK\r\n");

    // The other process still believes its cache, for reading.
    let replica = anna.get("/v1/accounts").await;
    assert_eq!(replica.status, 401, "this process has noticed that Redis failed");
    let token = bank.number("select count(*) from session where revoked_at is not null").await;
    assert_eq!(token, 1);
    let elsewhere = anna.at(two.mobile);
    let writes = [
        elsewhere.order(&crate::operations::new_key(), &intent).await,
        elsewhere.delete("/v1/sessions").await,
        elsewhere.put("/v1/password", &json!({ "current": PASSWORD, "new": "long enough" })).await,
        elsewhere.post("/v1/templates", &json!({ "name": "x", "terms": intent["terms"] })).await,
    ];
    for reply in writes {
        assert_eq!(reply.status, 401, "{}", reply.text);
    }
    assert_eq!(bank.number("select count(*) from operation").await, 0);
    assert_eq!(bank.number("select count(*) from template").await, 0);
}

#[tokio::test]
async fn a_hanging_redis_costs_one_answer_a_moment_and_no_more() {
    let bank = Bank::new().await;
    let (redis, process) = with_own_redis(&bank).await;
    let anna = bank.anna(&process).await;
    anna.get("/v1/sessions").await.ok();
    assert_eq!(tell_redis(&redis.url, "CLIENT PAUSE 2000 ALL").await, "+OK\r\n");
    let began = tokio::time::Instant::now();
    for _ in 0..30 {
        anna.get("/v1/sessions").await.ok();
    }
    // Waiting for each answer would take until Redis speaks again.
    let took = began.elapsed();
    assert!(took.as_millis() < 1_800, "{took:?}");
    tell_redis(&redis.url, "FLUSHALL").await;
    eventually("Redis is used again", || async {
        bank.clock.advance_ms(2_000);
        anna.get("/v1/sessions").await.ok();
        tell_redis(&redis.url, "DBSIZE").await == ":1\r\n"
    })
    .await;
}
