use reqwest::StatusCode;
use serde_json::json;

use crate::bank::{Bank, Router, register};

#[tokio::test]
async fn a_key_is_limited_whether_somebody_has_it_or_not() {
    let bank = Bank::new().await;
    let mut config = bank.config();
    config.limits.key_burst = 3;
    config.limits.key_per_minute = 60;
    let router = Router::start(config, &bank.clock).await;
    router.ops(reqwest::Method::PUT, "/ops/v1/placements", &register()).await;
    router.create("anna.petrova", "+79000000001").await;
    for login in ["anna.petrova", "nobody"] {
        for _ in 0..3 {
            router.login(login).await;
        }
        let reply = router.route(&json!({ "login": login.to_uppercase() })).await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{login}");
        assert_eq!(reply.code(), "too-many-requests");
        assert_eq!(reply.json()["retry_after_ms"], 1_000);
        assert_eq!(reply.headers["retry-after"], "1");
    }
    // Another key of the same customer is not: that would tell that they belong together.
    router.login("+79000000001").await;
    bank.clock.advance_ms(1_000);
    let answer = router.login("anna.petrova").await;
    // The holder of old tickets is limited, whichever ticket he shows.
    let mut ticket = answer.ticket;
    for _ in 0..3 {
        let next = router.route(&json!({ "ticket": ticket })).await.routed();
        ticket = next.ticket;
    }
    let reply = router.route(&json!({ "ticket": ticket })).await;
    assert_eq!(reply.code(), "too-many-requests");
}

#[tokio::test]
async fn an_address_is_limited_over_all_keys() {
    let bank = Bank::new().await;
    let mut config = bank.config();
    config.limits.address_burst = 5;
    config.limits.address_per_second = 2;
    let router = Router::start(config, &bank.clock).await;
    router.ops(reqwest::Method::PUT, "/ops/v1/placements", &register()).await;
    for n in 0..5 {
        router.login(&format!("nobody.{n}")).await;
    }
    for request in [json!({ "login": "anna" }), json!({ "guest": {} }), json!({ "ticket": "x" })] {
        let reply = router.route(&request).await;
        assert_eq!(reply.code(), "too-many-requests", "{request}");
        assert_eq!(reply.json()["retry_after_ms"], 500);
    }
    bank.clock.advance_ms(500);
    router.login("anna").await;
}
