use common::problem::Code;
use common::wire::archive::{Approval, Automation};
use common::wire::ops::{AuditTrail, AutomationView, MoveBegun};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;

use super::stage::Stage;

const PROMOTION: &str = "/ops/v1/promotions";

fn promotion() -> Value {
    json!({
        "database": "client-1", "from": "client-1-database", "to": "client-1-standby",
        "reason": "the disk is gone",
    })
}

#[tokio::test]
async fn what_administrators_do_is_written_down() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let anna = router.person(&stage, "anna").await;
    let known = || async {
        let view: AutomationView = anna.get("/ops/v1/automation").await;
        view.automation.is_some()
    };
    eventually("the switch is known", known).await;
    let order = json!({
        "home": "client-1", "order": "urgent", "slices": [3], "reason": "a rehearsal",
    });
    let _: MoveBegun = anna.post("/ops/v1/moves", &order).await;
    // Lifting the limit needs another's leave.
    let lift = json!({ "held": false, "lift_limit_ms": 1_200_000, "reason": "a drill" });
    let reply = anna.ask(Method::PUT, "/ops/v1/automation", &lift).await;
    assert_eq!(reply.code(), Code::ApprovalNeeded.as_str(), "{}", reply.text);
    let wish = json!({ "action": "lift the limit of automation", "reason": "a drill" });
    let asked: Approval = anna.post("/ops/v1/approvals", &wish).await;
    let boris = router.person(&stage, "boris").await;
    let approve = format!("/ops/v1/approvals/{}/approve", asked.approval_id);
    let _: Approval = boris.post(&approve, &Value::Null).await;
    let mut lift = lift;
    lift["approval"] = json!(asked.approval_id);
    let reply = anna.ask(Method::PUT, "/ops/v1/automation", &lift).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let now: Automation = serde_json::from_value(reply.json()).unwrap();
    assert!(now.limit_lifted_until.is_some());
    let reply = anna.ask(Method::POST, PROMOTION, &promotion()).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text);

    let trail: AuditTrail = anna.get("/ops/v1/audit").await;
    let done: Vec<(&str, &str)> =
        trail.entries.iter().map(|one| (one.who.as_str(), one.action.as_str())).collect();
    let expected = [
        ("anna", "promote database"),
        ("anna", "switch automation"),
        ("boris", "approve"),
        ("boris", "log in"),
        ("anna", "ask for leave"),
        ("anna", "switch automation"),
        ("anna", "move"),
        ("anna", "log in"),
    ];
    assert_eq!(done, expected);
    let switched = &trail.entries[1].details;
    assert_eq!(switched["from"]["limit_lifted_until"], Value::Null);
    assert!(switched["to"]["limit_lifted_until"].is_string(), "{switched}");
    assert_eq!(switched["approval"], json!(asked.approval_id));
    let moved = &trail.entries[6].details;
    assert_eq!((&moved["from"], &moved["to"]), (&json!(["client-1"]), &json!("backup-2")));
    assert_eq!((&moved["slices"], &moved["reason"]), (&json!("3"), &json!("a rehearsal")));
    assert_eq!(trail.entries[0].details, promotion());
}

#[tokio::test]
async fn the_audit_waits_for_a_database_that_takes_nothing() {
    let stage = Stage::new().await;
    let mut config = stage.config();
    config.ops.audit_waiting_max = 1;
    config.ops.audit_retry_ms = 50;
    let router = stage.router(config).await;
    let anna = router.person(&stage, "anna").await;
    let db = stage.bank.db.client().await;
    db.batch_execute("alter table audit rename to elsewhere").await.unwrap();
    let reply = anna.ask(Method::POST, PROMOTION, &promotion()).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text);
    // No audit, no action: what waits is bounded.
    let full = anna.ask(Method::POST, PROMOTION, &promotion()).await;
    assert_eq!(full.code(), Code::NotReady.as_str(), "{}", full.text);
    db.batch_execute("alter table elsewhere rename to audit").await.unwrap();
    let written = || async {
        let sql = "select count(*) from audit where action = 'promote database'";
        db.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 1
    };
    eventually("it is written once the table is back", written).await;
}
