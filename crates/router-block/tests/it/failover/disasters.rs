use common::placement::PlacementState::{Active, Moved};
use common::problem::Code;
use common::wire::archive::{Approval, ApprovalState, Standby, Witnessed};
use common::wire::disaster::{Disaster, DisasterStep};
use common::wire::ops::{Approvals, AutomationView, MoveBegun};
use reqwest::Method;
use router_block::config::Config;
use serde_json::{Value, json};
use testkit::eventually;

use super::stage::{Person, Stage, named};

/// client-1 and the router lie in dc-a, the others in dc-b. Nothing moves by itself.
fn config(stage: &Stage) -> Config {
    let mut config = stage.config();
    config.automation.enabled = false;
    for (service, at) in [
        ("router", "dc-a"),
        ("client-1", "dc-a"),
        ("client-2", "dc-b"),
        ("pilot", "dc-b"),
        ("backup-2", "dc-b"),
    ] {
        config.data_centers.insert(service.to_owned(), at.to_owned());
    }
    config
}

fn the_move() -> Value {
    let slices: Vec<u8> = (0..64).collect();
    json!({ "step": "move", "home": "client-1", "slices": slices, "target": "backup-2" })
}

async fn prepared(person: &Person<'_>) -> Disaster {
    person.get("/ops/v1/data-centers/dc-a").await
}

#[tokio::test]
async fn one_approval_is_leave_for_every_step_of_a_lost_data_centre() {
    let stage = Stage::new().await;
    let router = stage.router(config(&stage)).await;
    let leads = || async { router.running.shared.leading.row().is_some() };
    eventually("it knows who leads", leads).await;
    let anna = router.person(&stage, "anna").await;
    let before = prepared(&anna).await;
    assert!(!before.looks_dead);
    let view: AutomationView = anna.get("/ops/v1/automation").await;
    assert_eq!(view.lost, []);
    stage.blocks["client-1"].die().await;
    let lost = || async {
        let view: AutomationView = anna.get("/ops/v1/automation").await;
        view.lost.iter().any(|disaster| disaster.data_center == "dc-a")
    };
    eventually("the data centre looks dead", lost).await;
    let disaster = prepared(&anna).await;
    assert_eq!(disaster.action, "survive the loss of dc-a");
    assert_eq!(disaster.steps[0], DisasterStep::Archive);
    let excused = |service: &str| DisasterStep::Excuse { service: service.to_owned() };
    assert_eq!(disaster.steps[1..3], [excused("client-1"), excused("router")]);
    assert_eq!(disaster.steps[3], DisasterStep::Router { leader: named("router") });
    let moves = json!(disaster.steps[4]);
    assert_eq!((disaster.steps.len(), moves), (5, the_move()));

    let wish = json!({ "action": disaster.action, "reason": "it burned" });
    let asked: Approval = anna.post("/ops/v1/approvals", &wish).await;
    assert_eq!(asked.state, ApprovalState::Waiting);
    let leave = json!({ "approval": asked.approval_id, "step": the_move() });
    let path = "/ops/v1/data-centers/dc-a/leave";
    let early = anna.ask(Method::POST, path, &leave).await;
    assert_eq!(early.code(), Code::ApprovalInvalid.as_str(), "{}", early.text);
    let approve = format!("/ops/v1/approvals/{}/approve", asked.approval_id);
    let own = anna.ask(Method::POST, &approve, &Value::Null).await;
    assert_eq!(own.code(), Code::Forbidden.as_str(), "{}", own.text);
    let boris = router.person(&stage, "boris").await;
    let given: Approval = boris.post(&approve, &Value::Null).await;
    assert_eq!((given.state, given.approver.as_deref()), (ApprovalState::Given, Some("boris")));
    // Only who asked uses it, and only for what lies there.
    let others = boris.ask(Method::POST, path, &leave).await;
    assert_eq!(others.code(), Code::ApprovalInvalid.as_str(), "{}", others.text);
    let elsewhere = json!({ "step": "excuse", "service": "client-2" });
    let elsewhere = json!({ "approval": asked.approval_id, "step": elsewhere });
    let refused = anna.ask(Method::POST, path, &elsewhere).await;
    assert_eq!(refused.code(), Code::InvalidRequest.as_str(), "{}", refused.text);

    let leave: Approval = anna.post(path, &leave).await;
    assert_eq!(leave.action, "force client-1 0-63 backup-2");
    assert_eq!((leave.author.as_str(), leave.approver.as_deref()), ("anna", Some("boris")));
    let order = json!({
        "home": "client-1", "order": "forced", "reason": "it burned",
        "approval": leave.approval_id,
    });
    let begun: MoveBegun = anna.post("/ops/v1/moves", &order).await;
    assert_eq!((begun.slices.len(), begun.why), (64, None));
    router.comes_to("backup-2", Moved, 64).await;
    let steps = prepared(&anna).await.steps;
    assert!(!steps.iter().any(|step| matches!(step, DisasterStep::Move { .. })));
    let alone = json!({ "approval": asked.approval_id, "step": { "step": "archive" } });
    let alone: Approval = anna.post(path, &alone).await;
    assert_eq!(alone.action, "run the archive without its standby");
    let all: Approvals = boris.get("/ops/v1/approvals").await;
    assert_eq!(all.approvals[0].approval_id, asked.approval_id);
    assert_eq!(all.approvals.len(), 3);
}

#[tokio::test]
async fn what_is_decided_about_the_archive_goes_through_a_router() {
    let stage = Stage::new().await;
    let router = stage.router(config(&stage)).await;
    let anna = router.person(&stage, "anna").await;
    let heard: Witnessed = anna.get("/ops/v1/witnesses").await;
    assert!(!heard.recovering);
    let alone = json!({ "alone": true, "reason": "dc-b is lost" });
    let reply = anna.ask(Method::POST, "/ops/v1/standby", &alone).await;
    assert_eq!(reply.code(), Code::ApprovalNeeded.as_str(), "{}", reply.text);
    let wait = json!({ "alone": false, "reason": "it is back" });
    let now: Standby = anna.post("/ops/v1/standby", &wait).await;
    assert!(!now.alone);
    let excuse = json!({ "service": "client-1", "reason": "it burned" });
    let reply = anna.ask(Method::POST, "/ops/v1/witnesses/excuse", &excuse).await;
    assert_eq!(reply.code(), Code::InvalidRequest.as_str(), "nobody is missing: {}", reply.text);
    let nowhere = anna.ask(Method::GET, "/ops/v1/data-centers/dc-z", &Value::Null).await;
    assert_eq!(nowhere.code(), Code::NotFound.as_str(), "{}", nowhere.text);
    assert_eq!(router.rows_of("client-1", Active), 64);
}
