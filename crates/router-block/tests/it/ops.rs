use common::ids::Revision;
use common::placement::Placement;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bank::{Bank, name, new_customer, register, rows};

/// Every route of the administrators' listener, with a request that would be fulfilled.
fn routes() -> Vec<(Method, &'static str, &'static str, Value)> {
    let placements = "/ops/v1/placements";
    vec![
        (
            Method::POST,
            "/ops/v1/customers",
            "/ops/v1/customers",
            new_customer("boris.volkov", "+79000000002"),
        ),
        (Method::GET, "/ops/v1/customers/{id}", "/ops/v1/customers/1", json!(null)),
        (
            Method::PUT,
            "/ops/v1/customers/{id}/login",
            "/ops/v1/customers/1/login",
            json!({ "login": "anna.new" }),
        ),
        (
            Method::PUT,
            "/ops/v1/customers/{id}/phone",
            "/ops/v1/customers/1/phone",
            json!({ "phone": "+79000000003" }),
        ),
        (Method::GET, placements, placements, json!(null)),
        (Method::PUT, placements, placements, register()),
        (Method::GET, "/ops/v1/blocks", "/ops/v1/blocks", json!(null)),
    ]
}

#[tokio::test]
async fn only_the_launcher_may_use_it() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    router.create("anna.petrova", "+79000000001").await;
    for (method, _, path, body) in routes() {
        for (service, token, code, status) in [
            ("client-1", "client-1-token", "service-not-allowed", StatusCode::FORBIDDEN),
            ("client-2", "client-2-token", "service-unknown", StatusCode::UNAUTHORIZED),
            ("launcher", "client-1-token", "service-unknown", StatusCode::UNAUTHORIZED),
            ("launcher", "", "service-unknown", StatusCode::UNAUTHORIZED),
            ("", "", "service-unknown", StatusCode::UNAUTHORIZED),
        ] {
            let reply = router.ops_as(service, token, method.clone(), path, &body).await;
            assert_eq!((reply.status, reply.code()), (status, code.into()), "{method} {path}");
            // Who he is comes before what he sends.
            let reply = router.ops_as(service, token, method.clone(), path, &json!("?")).await;
            assert_eq!(reply.status, status, "{method} {path}");
        }
    }
    let count = bank.db.client().await;
    let count = count.query_one("select count(*), max(revision) from customer", &[]).await.unwrap();
    assert_eq!((count.get::<_, i64>(0), count.get::<_, i64>(1)), (1, 1));
    for (method, _, path, body) in routes() {
        let reply = router.ops(method.clone(), path, &body).await;
        assert!(reply.status.is_success(), "{method} {path}: {}", reply.text);
    }
}

#[tokio::test]
async fn rows_are_adopted_when_they_are_newer() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let path = "/ops/v1/placements";
    let again = router.ops(Method::PUT, path, &register()).await.json();
    assert_eq!(again, json!({ "adopted": 0, "known": 192 }));
    let newer =
        Placement { revision: Revision(2), reason: "a rehearsal".to_owned(), ..rows()[5].clone() };
    let push = json!({ "rows": [newer, rows()[6]] });
    let reply = router.ops(Method::PUT, path, &push).await.json();
    assert_eq!(reply, json!({ "adopted": 1, "known": 1 }));
    let older = json!({ "rows": [rows()[5]] });
    router.ops(Method::PUT, path, &older).await;
    let copy = router.ops(Method::GET, path, &json!(null)).await.json();
    assert_eq!(copy["rows"][5], serde_json::to_value(&newer).unwrap());
    assert_eq!(copy["rows"].as_array().unwrap().len(), 192);
    let stranger =
        Placement { owner: name("backup-9"), revision: Revision(9), ..rows()[7].clone() };
    let mut odd = serde_json::to_value(&stranger).unwrap();
    odd["slice"] = json!(64);
    for (body, code) in [
        (json!({ "rows": [stranger] }), "invalid-request"),
        (json!({ "rows": [odd] }), "invalid-json"),
        (json!({}), "invalid-json"),
    ] {
        let reply = router.ops(Method::PUT, path, &body).await;
        assert_eq!(reply.code(), code, "{}", reply.text);
    }
    let after = router.ops(Method::GET, path, &json!(null)).await.json();
    assert_eq!(after, copy);
}

#[tokio::test]
async fn odd_addresses_get_their_code() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    for (method, path, code) in [
        (Method::GET, "/ops/v1/customers/abc", "invalid-query"),
        (Method::GET, "/ops/v1/customers/-1", "invalid-query"),
        (Method::GET, "/ops/v1/customers/0", "invalid-query"),
        (Method::GET, "/ops/v1/customers/9223372036854775807", "customer-unknown"),
        (Method::GET, "/ops/v1/customers/9223372036854775808", "invalid-query"),
        (Method::GET, "/ops/v1/customers/18446744073709551615", "invalid-query"),
        (Method::GET, "/ops/v1/customers/99999999999999999999999", "invalid-query"),
        (Method::DELETE, "/ops/v1/customers/1", "method-not-allowed"),
        (Method::GET, "/ops/v1/nothing", "not-found"),
        (Method::GET, "/v1/route", "not-found"),
    ] {
        let reply = router.ops(method, path, &json!(null)).await;
        assert_eq!(reply.code(), code, "{path}: {}", reply.text);
    }
}
