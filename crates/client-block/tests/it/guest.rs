//! The guest role: visitors have calculators, reference data and applications, and no customers.

use client_block::app::guest::sealing;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bank::{Bank, ORIGIN, Process};
use crate::client::Client;
use crate::operations::new_key;

/// A guest's process, and the private key that its applications are sealed for.
async fn guest(bank: &Bank) -> (Process, String) {
    let (private, public) = sealing::new_pair();
    let process = bank.process_with(|config| {
        "guest-1".clone_into(&mut config.service.name);
        "guest".clone_into(&mut config.service.role);
        config.ticket_keys.clear();
        config.applications.staff_key = public;
    });
    (process.await, private)
}

fn application() -> Value {
    json!({
        "product_id": "l-1", "name": "Vera Ivanova", "phone": "+79005554433",
        "amount": { "amount": "5000.00", "currency": "RUB" }, "comment": "call after six",
    })
}

async fn apply(visitor: &Client, key: &str, body: &Value) -> crate::client::Reply {
    let request = visitor.request(Method::POST, "/v1/applications");
    request.header("idempotency-key", key).json(body).send().await
}

#[tokio::test]
async fn customers_routes_do_not_exist_there_and_visitors_do_not_elsewhere() {
    let bank = Bank::new().await;
    let (guest, _) = guest(&bank).await;
    let client = bank.process().await;
    let customers = [
        "/v1/sessions",
        "/v1/overview",
        "/v1/accounts",
        "/v1/operations",
        "/v1/templates",
        "/v1/password",
        "/v1/sessions/current",
    ];
    for path in customers {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let reply = guest.phone().request(method, path).send().await;
            assert_eq!(
                (reply.status.as_u16(), reply.code().as_str()),
                (404, "not-found"),
                "{path}"
            );
        }
    }
    let visitors = ["/v1/applications", "/v1/calculators/loan", "/v1/applications/A-1"];
    for path in visitors {
        assert_eq!(client.phone().get(path).await.code(), "not-found", "{path}");
    }
    for process in [&guest, &client] {
        process.phone().get("/v1/reference/rates").await.ok();
        assert_eq!(process.phone().get("/livez").await.status, 200);
        assert_eq!(process.phone().get("/readyz").await.status, 200);
    }
}

#[tokio::test]
async fn calculators_have_bounds() {
    let bank = Bank::new().await;
    let (guest, _) = guest(&bank).await;
    let visitor = guest.phone();
    let query = |amount: &str, currency: &str, months: &str, rate: &str| {
        format!("amount={amount}&currency={currency}&months={months}&rate_bp={rate}")
    };
    let loan = visitor
        .get(&format!("/v1/calculators/loan?{}", query("1000000", "RUB", "12", "1200")))
        .await
        .ok();
    assert_eq!(loan["monthly"], json!({ "amount": "88848.79", "currency": "RUB" }));
    let deposit = visitor
        .get(&format!("/v1/calculators/deposit?{}", query("100000", "USD", "12", "1200")))
        .await
        .ok();
    assert_eq!(deposit["at_end"], json!({ "amount": "112682.50", "currency": "USD" }));
    let rows = [
        (query("0", "RUB", "12", "0"), 422, "invalid-request"),
        (query("-1", "RUB", "12", "0"), 422, "invalid-request"),
        (query("NaN", "RUB", "12", "0"), 422, "invalid-request"),
        (query("1e9", "RUB", "12", "0"), 422, "invalid-request"),
        (query("100000000.01", "RUB", "12", "0"), 422, "invalid-request"),
        (query("99999999999999999999", "RUB", "12", "0"), 422, "invalid-request"),
        (query("1", "RUB", "0", "0"), 422, "invalid-request"),
        (query("1", "RUB", "481", "0"), 422, "invalid-request"),
        (query("1", "RUB", "12", "10001"), 422, "invalid-request"),
        (query("1", "XXX", "12", "0"), 400, "invalid-query"),
        (query("1", "RUB", "-1", "0"), 400, "invalid-query"),
        (query("1", "RUB", "12", "4294967296"), 400, "invalid-query"),
        ("amount=1".to_owned(), 400, "invalid-query"),
        (query("1", "RUB", "12", "0&surprise=1"), 400, "invalid-query"),
        (String::new(), 400, "invalid-query"),
    ];
    for calculator in ["loan", "deposit"] {
        for (query, status, code) in &rows {
            let reply = visitor.get(&format!("/v1/calculators/{calculator}?{query}")).await;
            let found = (reply.status.as_u16(), reply.code());
            assert_eq!(found, (*status, (*code).to_owned()), "{calculator} {query}");
        }
        let most = query("100000000", "RUB", "480", "10000");
        let reply = visitor.get(&format!("/v1/calculators/{calculator}?{most}")).await;
        assert!(reply.status.as_u16() < 500, "{calculator}: {}", reply.text);
    }
}

#[tokio::test]
async fn applications_are_sealed_for_the_staff() {
    let bank = Bank::new().await;
    let (guest, private) = guest(&bank).await;
    let visitor = guest.phone();
    let key = new_key();
    let reply = apply(&visitor, &key, &application()).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let received = reply.json();
    let reference = received["reference"].as_str().unwrap().to_owned();
    assert_eq!((&received["status"], &received["product_id"]), (&json!("received"), &json!("l-1")));
    let client = bank.db.client().await;
    let row = client.query_one("select * from application", &[]).await.unwrap();
    let sealed: Vec<u8> = row.get("sealed");
    for secret in ["Vera", "Ivanova", "9005554433", "after six", "5000.00"] {
        let found = sealed.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} can be read");
        let other = format!("select count(*) from application a where a::text like '%{secret}%'");
        assert_eq!(bank.number(&other).await, 0, "{secret}");
    }
    let plain = sealing::open(&private, &sealed, reference.as_bytes()).unwrap();
    let opened: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!(opened, application());
    let (stranger, _) = sealing::new_pair();
    assert!(sealing::open(&stranger, &sealed, reference.as_bytes()).is_err());

    // The same again is the same; other content, or another key, is another application.
    let again = apply(&visitor, &key, &application()).await;
    assert_eq!((again.status.as_u16(), &again.json()["reference"]), (200, &json!(reference)));
    let mut other = application();
    other["comment"] = json!("call before six");
    assert_ne!(apply(&visitor, &key, &other).await.json()["reference"], json!(reference));
    let fresh = apply(&visitor, &new_key(), &application()).await;
    assert_ne!(fresh.json()["reference"], json!(reference));
    let path = format!("/v1/applications/{reference}");
    assert_eq!(visitor.get(&path).await.ok(), received);
    assert_eq!(visitor.get("/v1/applications/A-0").await.code(), "application-unknown");
    assert_eq!(bank.number("select count(*) from application").await, 3);
}

#[tokio::test]
async fn applications_that_cannot_be_are_refused() {
    let bank = Bank::new().await;
    let (guest, _) = guest(&bank).await;
    let visitor = guest.phone();
    let with = |field: &str, value: Value| {
        let mut body = application();
        body[field] = value;
        body
    };
    let rows = [
        (with("name", json!(" ")), "invalid-request"),
        (with("name", json!("x".repeat(141))), "invalid-request"),
        (with("name", json!("a\u{0}b")), "invalid-request"),
        (with("comment", json!("x".repeat(1_001))), "invalid-request"),
        (with("amount", json!({ "amount": "0", "currency": "RUB" })), "invalid-request"),
        (with("amount", json!({ "amount": "-1", "currency": "RUB" })), "invalid-request"),
        (with("product_id", json!("x-9")), "product-unknown"),
        (with("product_id", json!("a\u{0}b")), "product-unknown"),
        (with("phone", json!("12")), "invalid-json"),
        (with("surprise", json!(1)), "invalid-json"),
    ];
    for (body, code) in rows {
        let reply = apply(&visitor, &new_key(), &body).await;
        assert_eq!(reply.code(), code, "{body}");
    }
    assert_eq!(apply(&visitor, "short", &application()).await.code(), "idempotency-key-invalid");
    let reply = visitor.post("/v1/applications", &application()).await;
    assert_eq!(reply.code(), "idempotency-key-missing");
    for path in ["/v1/applications/%00", "/v1/applications/%ff", "/v1/applications/'--"] {
        let reply = visitor.get(path).await;
        assert!(reply.status.is_client_error(), "{path}: {}", reply.text);
        reply.problem();
    }
    // A page of another site cannot apply in a visitor's name.
    let page = Client::stranger(guest.web);
    let reply = apply(&page, &new_key(), &application()).await;
    assert_eq!(reply.code(), "origin-refused");
    let own = page.with("origin", ORIGIN).with("bulkhead-client", "web");
    assert_eq!(apply(&own, &new_key(), &application()).await.status, 201);
    assert_eq!(bank.number("select count(*) from application").await, 1);
}

#[tokio::test]
async fn without_the_staffs_key_or_too_often_nothing_is_taken() {
    let bank = Bank::new().await;
    let redis = testkit::Redis::start().await;
    let (_, public) = sealing::new_pair();
    let process = |staff_key: String| {
        let url = redis.url.clone();
        bank.process_with(move |config| {
            "guest".clone_into(&mut config.service.role);
            config.applications.staff_key = staff_key;
            config.redis.url = url;
            config.limits.applications_per_hour = 2;
        })
    };
    let keyless = process(String::new()).await;
    let reply = apply(&keyless.phone(), &new_key(), &application()).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "not-available-now"));
    let guest = process(public).await;
    assert_eq!(apply(&guest.phone(), &new_key(), &application()).await.status, 201);
    let reply = apply(&guest.phone(), &new_key(), &application()).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (429, "too-many-requests"));
    assert_eq!(bank.number("select count(*) from application").await, 1);
}
