use common::placement::PlacementState::{Active, Moved};
use common::wire::archive::Automation;
use common::wire::ops::{AutomationView, NotByItself};
use common::wire::watch::{Served, ServedBlock};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;

use super::stage::{Stage, named};
use crate::bank::Router;

async fn is_prepared(router: &Router, why: NotByItself) {
    let prepared = || async {
        let view = router.ops(Method::GET, "/ops/v1/automation", &Value::Null).await.json();
        let view: AutomationView = serde_json::from_value(view).unwrap();
        view.prepared.iter().any(|action| {
            action.why == why
                && action.block == named("client-1")
                && action.action == "force client-1 0-63 backup-2"
        })
    };
    eventually(&format!("an action is prepared: {why:?}"), prepared).await;
}

#[tokio::test]
async fn a_dead_block_is_moved_once_two_failure_domains_agree() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    stage.blocks["client-1"].die().await;
    router.comes_to("backup-2", Moved, 64).await;
    let moved = stage.count("select count(*) from audit where done_by = 'automation'").await;
    assert_eq!(moved, 1, "one transaction");
    // The next one is left to a person: one move in ten minutes (I14).
    stage.later_at_archive(10_000);
    let mut config = stage.config();
    config.backups.insert(named("pilot"), named("backup-2"));
    router.stop().await;
    let router = stage.router_without(config, "client-1").await;
    stage.blocks["pilot"].die().await;
    let prepared = || async {
        let prepared = router.running.shared.watching.prepared();
        prepared
            .iter()
            .any(|action| action.block == named("pilot") && action.why == NotByItself::Spent)
    };
    eventually("it is left to a person", prepared).await;
}

#[tokio::test]
async fn a_gateway_that_has_just_served_its_customers_has_a_veto() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let alive = ServedBlock { block: named("client-1"), ago_ms: 0 };
    *stage.served.lock().unwrap() = Served { blocks: vec![alive] };
    stage.blocks["client-1"].die().await;
    is_prepared(&router, NotByItself::GatewayServes).await;
    assert_eq!(router.rows_of("client-1", Active), 64);
    stage.served.lock().unwrap().blocks.clear();
    router.comes_to("backup-2", Moved, 64).await;
    assert_eq!(router.running.shared.watching.prepared(), []);
}

#[tokio::test]
async fn automation_can_be_held() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let anna = router.person(&stage, "anna").await;
    let wish = json!({ "held": true, "reason": "works on the network" });
    let reply = anna.ask(Method::PUT, "/ops/v1/automation", &wish).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let held: Automation = serde_json::from_value(reply.json()).unwrap();
    assert!(held.held && held.held_by.unwrap().starts_with("anna"));
    stage.blocks["client-1"].die().await;
    is_prepared(&router, NotByItself::Held).await;
    assert_eq!(router.rows_of("client-1", Active), 64);
}

#[tokio::test]
async fn one_failure_domain_alone_moves_nothing() {
    let stage = Stage::new().await;
    let mut config = stage.config();
    // The archive stands where this router stands: both could be cut off together.
    config.service.data_center = "dc-b".to_owned();
    let router = stage.router(config).await;
    stage.blocks["client-1"].die().await;
    is_prepared(&router, NotByItself::NoMajority).await;
    assert_eq!(router.rows_of("client-1", Active), 64);
}

#[tokio::test]
async fn what_the_archive_lacks_is_not_left_behind_by_itself() {
    let stage = Stage::new().await;
    *stage.blocks["client-1"].actor.oldest_unsent_ms.lock().unwrap() = Some(60_000);
    let router = stage.router(stage.config()).await;
    stage.blocks["client-1"].die().await;
    is_prepared(&router, NotByItself::Lag).await;
    assert_eq!(router.rows_of("client-1", Active), 64);
}
