use common::Generation;
use common::leading::{RouterRow, Standing};
use common::placement::PlacementState::{Active, Moved};
use common::problem::Code;
use common::wire::ops::{MoveBegun, RouterView};
use reqwest::{Method, StatusCode};
use router_block::config::Config;
use serde_json::{Value, json};
use testkit::eventually;

use super::stage::{Stage, named};
use crate::bank::{Router, new_customer};

const URGENT: &str = r#"{ "home": "client-1", "order": "urgent", "reason": "a rehearsal" }"#;

fn urgent() -> Value {
    serde_json::from_str(URGENT).unwrap()
}

/// The router's backup. It has the same database: what it must not write, nothing but itself
/// keeps it from writing.
fn backup(stage: &Stage) -> Config {
    let mut config = stage.config();
    config.service.name = "router-backup".to_owned();
    config.service.process = "router-backup".to_owned();
    config.service.role = "router-backup".to_owned();
    config.identity.token = "router-backup-token".to_owned();
    config
}

async fn stands(router: &Router, standing: Standing) {
    let leading = &router.running.shared.leading;
    let what = format!("{} {standing:?}", leading.own());
    eventually(&what, || async { leading.standing() == Some(standing) }).await;
}

async fn promote(router: &Router, stage: &Stage, leader: &str, expected: u64) -> RouterRow {
    let boris = router.person(stage, "boris").await;
    let wish = json!({ "leader": leader, "expected": expected, "reason": "the router burned" });
    boris.post("/ops/v1/router/promotion", &wish).await
}

#[tokio::test]
async fn a_superseded_router_serves_routes_only() {
    let stage = Stage::new().await;
    let old = stage.router(stage.config()).await;
    let new = stage.router(backup(&stage)).await;
    stands(&old, Standing::Leads).await;
    stands(&new, Standing::StandsBy).await;
    let anna = old.person(&stage, "anna").await;
    // The backup takes no customers while another leads.
    let clara = new_customer("clara", "+79000000003");
    let reply = new.ops(Method::POST, "/ops/v1/customers", &clara).await;
    assert_eq!(reply.code(), Code::RouterSuperseded.as_str(), "{}", reply.text);
    let row = promote(&new, &stage, "router-backup", 1).await;
    assert_eq!((row.generation, row.leader), (Generation(2), named("router-backup")));
    stands(&new, Standing::Leads).await;
    stands(&old, Standing::Superseded).await;

    let login = format!("/ops/v1/customers/{}/login", 1);
    let hold = json!({ "held": true, "reason": "works" });
    for (method, path, body) in [
        (Method::POST, "/ops/v1/customers", clara.clone()),
        (Method::PUT, login.as_str(), json!({ "login": "clara.new" })),
        (Method::PUT, "/ops/v1/customers/1/phone", json!({ "phone": "+79000000009" })),
    ] {
        let reply = old.ops(method, path, &body).await;
        assert_eq!(reply.code(), Code::RouterSuperseded.as_str(), "{path}: {}", reply.text);
    }
    let abort = "/ops/v1/moves/00000000-0000-4000-8000-000000000000/abort";
    let orders = [
        (Method::POST, abort, json!({ "reason": "enough" })),
        (Method::POST, "/ops/v1/moves", urgent()),
        (Method::PUT, "/ops/v1/automation", hold),
    ];
    for (method, path, body) in orders {
        let reply = anna.ask(method, path, &body).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{path}: {}", reply.text);
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with("router-backup leads since generation 2"), "{detail}");
        assert!(detail.contains("./bulkhead ops promote router"), "{detail}");
    }
    // It shows what is, and it routes.
    let view: RouterView = anna.get("/ops/v1/router").await;
    assert_eq!((view.standing, view.own), (Some(Standing::Superseded), named("router")));
    assert!(old.login("nobody.at.all").await.ticket.is_some());

    // The one that leads now takes what the other refuses.
    let reply = new.ops(Method::POST, "/ops/v1/customers", &clara).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    let anna = new.person(&stage, "anna").await;
    let begun: MoveBegun = anna.post("/ops/v1/moves", &urgent()).await;
    assert_eq!(begun.slices.len(), 64);
    new.comes_to("backup-2", Moved, 64).await;
}

#[tokio::test]
async fn a_router_that_has_not_heard_is_refused_by_the_archive() {
    let stage = Stage::new().await;
    let mut config = stage.config();
    // It reads the register once and not again while this lasts.
    config.register.poll_ms = 1_000_000;
    let old = stage.router(config).await;
    stands(&old, Standing::Leads).await;
    let new = stage.router(backup(&stage)).await;
    promote(&new, &stage, "router-backup", 1).await;
    assert_eq!(old.running.shared.leading.standing(), Some(Standing::Leads), "it knows nothing");
    let anna = old.person(&stage, "anna").await;
    let reply = anna.ask(Method::POST, "/ops/v1/moves", &urgent()).await;
    assert_eq!(reply.code(), Code::RouterSuperseded.as_str(), "{}", reply.text);
    assert_eq!(old.rows_of("client-1", Active), 64);
    // It has been told so, and knows it from then on.
    stands(&old, Standing::Superseded).await;
    let back = promote(&old, &stage, "router", 2).await;
    assert_eq!(back.generation, Generation(3));
    stands(&old, Standing::Leads).await;
    stands(&new, Standing::StandsBy).await;
}

#[tokio::test]
async fn two_promotions_of_one_generation_are_one() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    promote(&router, &stage, "router-backup", 1).await;
    let anna = router.person(&stage, "anna").await;
    let late = json!({ "leader": "router", "expected": 1, "reason": "late" });
    let reply = anna.ask(Method::POST, "/ops/v1/router/promotion", &late).await;
    assert_eq!(reply.code(), Code::RouterSuperseded.as_str(), "{}", reply.text);
    let nobody = json!({ "leader": "client-1", "expected": 2, "reason": "a slip" });
    let reply = anna.ask(Method::POST, "/ops/v1/router/promotion", &nobody).await;
    assert_eq!(reply.code(), Code::InvalidRequest.as_str(), "{}", reply.text);
}
