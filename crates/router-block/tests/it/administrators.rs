//! Administrators' sessions, and that nobody else orders anything.

use common::problem::Code;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::failover::stage::Stage;

/// What only a person may do, and what others may only look at.
fn routes() -> Vec<(Method, &'static str, &'static str, bool)> {
    let id = "00000000-0000-4000-8000-000000000000";
    let with_id = |path: &'static str| -> &'static str {
        path.replace("{id}", id).replace("{name}", "dc-a").leak()
    };
    let (disaster, leave) = ("/ops/v1/data-centers/{name}", "/ops/v1/data-centers/{name}/leave");
    let (abort, approve) = ("/ops/v1/moves/{id}/abort", "/ops/v1/approvals/{id}/approve");
    vec![
        (Method::GET, "/ops/v1/placements", "/ops/v1/placements", false),
        (Method::GET, "/ops/v1/blocks", "/ops/v1/blocks", false),
        (Method::GET, "/ops/v1/moves", "/ops/v1/moves", false),
        (Method::POST, "/ops/v1/moves", "/ops/v1/moves", true),
        (Method::POST, "/ops/v1/moves/dry-run", "/ops/v1/moves/dry-run", false),
        (Method::POST, abort, with_id(abort), true),
        (Method::GET, "/ops/v1/approvals", "/ops/v1/approvals", false),
        (Method::POST, "/ops/v1/approvals", "/ops/v1/approvals", true),
        (Method::POST, approve, with_id(approve), true),
        (Method::GET, "/ops/v1/automation", "/ops/v1/automation", false),
        (Method::PUT, "/ops/v1/automation", "/ops/v1/automation", true),
        (Method::GET, "/ops/v1/router", "/ops/v1/router", false),
        (Method::POST, "/ops/v1/router/promotion", "/ops/v1/router/promotion", true),
        (Method::GET, "/ops/v1/audit", "/ops/v1/audit", false),
        (Method::POST, "/ops/v1/promotions", "/ops/v1/promotions", true),
        (Method::GET, disaster, with_id(disaster), false),
        (Method::POST, leave, with_id(leave), true),
        (Method::POST, "/ops/v1/standby", "/ops/v1/standby", true),
        (Method::GET, "/ops/v1/witnesses", "/ops/v1/witnesses", false),
        (Method::POST, "/ops/v1/witnesses/excuse", "/ops/v1/witnesses/excuse", true),
    ]
}

#[tokio::test]
async fn only_a_person_orders_anything() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    for (method, _, path, person) in routes() {
        let body = json!({});
        let stranger = router.bearer("guess", method.clone(), path, &body).await;
        assert_eq!(stranger.code(), Code::Unauthenticated.as_str(), "{method} {path}");
        let launcher = router.ops(method.clone(), path, &body).await;
        let refused = launcher.code() == Code::Unauthenticated.as_str();
        assert_eq!(refused, person, "{method} {path}: {}", launcher.text);
        let guess = router.ops_as("launcher", "guess", method.clone(), path, &body).await;
        let code = if person { Code::Unauthenticated } else { Code::ServiceUnknown };
        assert_eq!(guess.code(), code.as_str(), "{method} {path}");
        let block = router.ops_as("client-1", "client-1-token", method.clone(), path, &body).await;
        let code = if person { Code::Unauthenticated } else { Code::ServiceNotAllowed };
        assert_eq!(block.code(), code.as_str(), "{method} {path}");
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let anna = router.person(&stage, "anna").await;
    for (method, _, path, _) in routes() {
        let bodyless = method == Method::GET || path.ends_with("/approve");
        if !bodyless {
            let reply = anna.ask(method.clone(), path, &json!({})).await;
            assert_eq!(reply.code(), Code::InvalidJson.as_str(), "{method} {path}");
        }
    }
    let reply = router.ops(Method::POST, "/ops/v1/login", &json!({})).await;
    assert_eq!(reply.code(), Code::InvalidJson.as_str());
    let move_of = |home: &str, target: Value| {
        let reason = "a try";
        json!({ "home": home, "order": "urgent", "target": target, "reason": reason })
    };
    let leave = json!({ "action": " ", "reason": "a try" });
    let switch = json!({ "held": false, "reason": " " });
    let lift = json!({ "held": false, "lift_limit_ms": 1000, "reason": "a drill" });
    let wrong_leave = "00000000-0000-4000-8000-000000000000";
    let mut lift_by = lift.clone();
    lift_by["approval"] = json!(wrong_leave);
    let approve = format!("/ops/v1/approvals/{wrong_leave}/approve");
    let alone = json!({ "alone": true, "reason": "a try", "approval": wrong_leave });
    let wrong = Code::InvalidRequest;
    for (method, path, body, code) in [
        (Method::POST, "/ops/v1/moves", move_of("client-2", json!("nobody")), wrong),
        (Method::POST, "/ops/v1/moves", move_of("nobody", json!("backup-2")), wrong),
        (Method::POST, "/ops/v1/moves/dry-run", move_of("client-2", json!("client-2")), wrong),
        (Method::POST, "/ops/v1/approvals", leave, wrong),
        (Method::PUT, "/ops/v1/automation", switch, wrong),
        (Method::PUT, "/ops/v1/automation", lift, Code::ApprovalNeeded),
        (Method::PUT, "/ops/v1/automation", lift_by, Code::ApprovalInvalid),
        (Method::POST, &approve, Value::Null, Code::NotFound),
        (Method::POST, "/ops/v1/standby", json!({ "alone": true, "reason": " " }), wrong),
        (Method::POST, "/ops/v1/standby", alone, Code::ApprovalInvalid),
    ] {
        let reply = anna.ask(method.clone(), path, &body).await;
        assert_eq!(reply.code(), code.as_str(), "{method} {path} {body}: {}", reply.text);
    }
}

#[test]
fn every_route_of_administrators_is_in_the_table() {
    let source = include_str!("../../src/http/ops/mod.rs");
    let all = testkit::openapi::routes(source);
    let mut of_launcher = 0;
    for route in &all {
        let (method, path) = route.split_once(' ').unwrap();
        let known = routes().iter().any(|(m, table, _, _)| m.as_str() == method && *table == path);
        of_launcher += usize::from(!known && path != "/ops/v1/login");
    }
    assert_eq!(of_launcher, 5, "customers, and putting placements: {all:?}");
    assert_eq!(all.len(), routes().len() + of_launcher + 1);
}

#[tokio::test]
async fn a_password_and_a_code_open_a_session_once() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let right = "anna has one";
    let wrong = Code::CredentialsWrong.as_str();
    for (who, password, code) in [
        ("anna", "guess", router.code(0)),
        ("anna", right, "000000".to_owned()),
        ("nobody", right, router.code(0)),
        ("anna", right, router.code(2)),
    ] {
        assert_eq!(router.log_in(who, password, &code).await.code(), wrong, "{who} {code}");
    }
    let code = router.code(0);
    let opened = router.log_in(" Anna", right, &code).await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.text);
    assert_eq!(router.log_in("anna", right, &code).await.code(), wrong, "a code opens one");
    let token = opened.json()["token"].as_str().unwrap().to_owned();
    let moves = "/ops/v1/moves";
    let seen = router.bearer(&token, Method::GET, moves, &Value::Null).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    // Another process over the same database knows the session too.
    let other = stage.router(stage.config()).await;
    let seen = other.bearer(&token, Method::GET, moves, &Value::Null).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    stage.bank.clock.advance_ms(9 * 60 * 60 * 1_000);
    let late = other.bearer(&token, Method::GET, moves, &Value::Null).await;
    assert_eq!(late.code(), Code::Unauthenticated.as_str());
    let client = stage.bank.db.client().await;
    let sql = "select count(*) from audit where who = 'anna' and action = 'log in'";
    assert_eq!(client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 1);
}

#[tokio::test]
async fn who_guesses_waits() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    for _ in 0..5 {
        router.log_in("anna", "guess", &router.code(0)).await;
    }
    let locked = router.log_in("anna", "anna has one", &router.code(0)).await;
    assert_eq!(locked.code(), Code::LoginLocked.as_str(), "{}", locked.text);
    stage.bank.clock.advance_ms(60_000);
    let open = router.log_in("anna", "anna has one", &router.code(0)).await;
    assert_eq!(open.status, StatusCode::OK, "{}", open.text);
    let mut last = String::new();
    for _ in 0..40 {
        last = router.log_in("somebody", "guess", "000000").await.code();
    }
    assert_eq!(last, Code::TooManyRequests.as_str());
}
