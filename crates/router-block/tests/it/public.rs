use common::problem::Code;
use reqwest::StatusCode;
use serde_json::json;

use crate::bank::Bank;

#[tokio::test]
async fn bad_requests_get_their_code() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let long = "a".repeat(65);
    let huge = json!({ "login": "a".repeat(10_000_000) }).to_string();
    let json = "application/json";
    let cases = [
        (json, String::new(), "invalid-json"),
        (json, "nonsense".to_owned(), "invalid-json"),
        (json, "{}".to_owned(), "invalid-json"),
        (json, "[]".to_owned(), "invalid-json"),
        (json, "null".to_owned(), "invalid-json"),
        (json, json!({ "login": 5 }).to_string(), "invalid-json"),
        (json, json!({ "login": "a", "ticket": "b" }).to_string(), "invalid-json"),
        (json, json!({ "password": "a" }).to_string(), "invalid-json"),
        (json, json!({ "guest": { "name": "x" } }).to_string(), "invalid-json"),
        (json, format!("{} x", json!({ "login": "anna" })), "invalid-json"),
        (json, json!({ "login": "" }).to_string(), "invalid-request"),
        (json, json!({ "login": long }).to_string(), "invalid-request"),
        (json, json!({ "login": "an\u{0}na" }).to_string(), "invalid-request"),
        (json, huge, "body-too-large"),
        ("text/plain", json!({ "login": "anna" }).to_string(), "unsupported-media-type"),
    ];
    for (media, body, code) in cases {
        let start: String = body.chars().take(60).collect();
        let reply = router.post_public("/v1/route", media, body).await;
        assert_eq!(reply.code(), code, "{start}: {}", reply.text);
        assert_eq!(reply.headers["content-type"], "application/problem+json");
    }
    let reply = router.get("/v1/route").await;
    assert_eq!(
        (reply.status, reply.code()),
        (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed".into())
    );
    for path in ["/", "/v1", "/ops/v1/blocks", "/v1/route/x"] {
        let reply = router.get(path).await;
        assert_eq!(
            (reply.status, reply.code()),
            (StatusCode::NOT_FOUND, "not-found".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_problem_has_its_page() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let index = router.get("/problems").await;
    for code in Code::ALL {
        let path = format!("/problems/{}", code.as_str());
        assert!(index.text.contains(&path), "{path}");
        let page = router.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        assert!(
            page.text.contains(code.advice().split('`').next().unwrap())
                && page.text.contains(code.next().as_str())
        );
        assert!(!page.text.contains('`'), "{path}");
    }
    let reply = router.get("/problems/%3Cscript%3E").await;
    assert_eq!((reply.status, reply.code()), (StatusCode::NOT_FOUND, "not-found".into()));
    let refused = router.route(&json!({})).await;
    assert_eq!(refused.json()["type"], "/problems/invalid-json");
}

#[tokio::test]
async fn health_is_on_both_listeners() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(router.get(path).await.status, StatusCode::OK, "{path}");
        let reply = router.ops(reqwest::Method::GET, path, &json!(null)).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
    }
}
