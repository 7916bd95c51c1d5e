use std::sync::atomic::Ordering::Relaxed;

use common::placement::PlacementState::{Active, Draining, Moved, Returning};
use common::problem::Code;
use common::wire::archive::{Approval, ApprovalState, MoveState, Refusal};
use common::wire::ops::{Approvals, DryRun, MoveBegun, Moves};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use super::stage::{Stage, named};

fn order(order: &str) -> Value {
    json!({ "home": "client-1", "order": order, "reason": "a rehearsal" })
}

#[tokio::test]
async fn an_urgent_move_and_a_return_in_waves() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let anna = router.person(&stage, "anna").await;
    let dry: DryRun = anna.post("/ops/v1/moves/dry-run", &order("urgent")).await;
    assert_eq!((dry.slices.len(), dry.owners.len()), (64, 1));
    assert_eq!((dry.target, dry.sessions, dry.unfinished), (named("backup-2"), Some(7), Some(3)));
    assert_eq!((dry.differences.len(), dry.needs_approval, dry.refused.len()), (1, None, 0));
    let begun: MoveBegun = anna.post("/ops/v1/moves", &order("urgent")).await;
    assert_eq!((begun.slices.len(), begun.why), (64, None));
    router.comes_to("backup-2", Moved, 64).await;
    for block in ["client-1", "backup-2", "client-2"] {
        let pushed = &stage.blocks[block].actor.pushed;
        let told = || async {
            let pushed = pushed.lock().unwrap();
            pushed.iter().filter(|row| row.state == Moved).count() == 64
        };
        eventually("the block was told", told).await;
    }
    let done = || async {
        let all: Moves = anna.get("/ops/v1/moves").await;
        all.moves[0].move_id == begun.move_id && all.moves[0].state == MoveState::Done
    };
    eventually("the record says that it is done", done).await;
    let begun: MoveBegun = anna.post("/ops/v1/moves", &order("return")).await;
    assert_eq!(begun.slices.len(), 1, "the first wave");
    router.comes_to("client-1", Active, 64).await;
    let waves = stage.count("select count(*) from audit where action = 'drain'").await;
    assert_eq!(waves, 1 + 4, "a move, and four waves");
    let all: Moves = anna.get("/ops/v1/moves").await;
    assert_eq!((all.moves[0].slices.len(), all.moves[0].decided_by.as_str()), (64, "anna"));
    let nothing = anna.ask(Method::POST, "/ops/v1/moves", &order("return")).await;
    assert_eq!(nothing.code(), Code::InvalidRequest.as_str());
}

#[tokio::test]
async fn a_planned_move_ends_with_the_last_session() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let anna = router.person(&stage, "anna").await;
    let mut planned = order("planned");
    planned["keep_sessions_ms"] = json!(3_600_000);
    planned["slices"] = json!([3, 4]);
    let _: MoveBegun = anna.post("/ops/v1/moves", &planned).await;
    router.comes_to("client-1", Draining, 2).await;
    let asked = &stage.blocks["client-1"].actor.asked;
    let before = asked.load(Relaxed);
    let twice = || async { asked.load(Relaxed) >= before + 4 };
    eventually("the owner was asked what is left", twice).await;
    assert_eq!(router.rows_of("client-1", Draining), 2, "a session is open");
    *stage.blocks["client-1"].actor.sessions.lock().unwrap() = 0;
    router.comes_to("backup-2", Moved, 2).await;
}

#[tokio::test]
async fn passing_an_owner_by_needs_a_second_person() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let anna = router.person(&stage, "anna").await;
    stage.blocks["client-1"].die().await;
    let forced = order("forced");
    let dry: DryRun = anna.post("/ops/v1/moves/dry-run", &forced).await;
    assert_eq!((dry.sessions, dry.differences.len()), (None, 0));
    let action = dry.needs_approval.unwrap();
    assert_eq!(action, "force client-1 0-63 backup-2");
    let begun: MoveBegun = anna.post("/ops/v1/moves", &forced).await;
    assert_eq!((begun.slices.len(), begun.why), (0, Some(Refusal::ApprovalNeeded)));
    let wish = json!({ "action": action, "reason": "client-1 is dead" });
    let asked: Approval = anna.post("/ops/v1/approvals", &wish).await;
    let approve = format!("/ops/v1/approvals/{}/approve", asked.approval_id);
    let own = anna.ask(Method::POST, &approve, &Value::Null).await;
    assert_eq!(own.code(), Code::Forbidden.as_str());
    let boris = router.person(&stage, "boris").await;
    let given: Approval = boris.post(&approve, &Value::Null).await;
    assert_eq!((given.state, given.approver.as_deref()), (ApprovalState::Given, Some("boris")));
    let mut with_leave = forced.clone();
    with_leave["approval"] = json!(asked.approval_id);
    let begun: MoveBegun = anna.post("/ops/v1/moves", &with_leave).await;
    assert_eq!((begun.slices.len(), begun.why), (64, None));
    router.comes_to("backup-2", Moved, 64).await;
    let all: Approvals = boris.get("/ops/v1/approvals").await;
    assert_eq!(all.approvals[0].state, ApprovalState::Used);
}

#[tokio::test]
async fn a_move_whose_owner_does_not_seal_is_given_up() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let anna = router.person(&stage, "anna").await;
    *stage.blocks["client-1"].actor.stubborn.lock().unwrap() = true;
    let mut some = order("urgent");
    some["slices"] = json!([3, 4]);
    let begun: MoveBegun = anna.post("/ops/v1/moves", &some).await;
    assert_eq!(begun.slices.len(), 2);
    router.comes_to("client-1", Draining, 2).await;
    let abort = format!("/ops/v1/moves/{}/abort", begun.move_id);
    let seen = || async {
        let running = router.running.shared.conducting.running();
        running.iter().any(|followed| followed.view.move_id == begun.move_id)
    };
    eventually("the router follows the move", seen).await;
    let wish = json!({ "cut": false, "reason": "enough" });
    let _: MoveBegun = anna.post(&abort, &wish).await;
    router.comes_to("client-1", Active, 64).await;
    let rows = router.running.shared.register.rows();
    assert_eq!(rows.iter().filter(|row| row.state == Returning).count(), 0);
    let again = anna.ask(Method::POST, &abort, &wish).await;
    let gone = [Code::NotFound.as_str(), Code::InvalidRequest.as_str()];
    assert!(gone.contains(&again.code().as_str()), "{}", again.text);
}

#[tokio::test]
async fn what_has_arrived_cannot_be_given_up() {
    let stage = Stage::new().await;
    let router = stage.router(stage.config()).await;
    let anna = router.person(&stage, "anna").await;
    let mut one = order("urgent");
    one["slices"] = json!([5]);
    let _: MoveBegun = anna.post("/ops/v1/moves", &one).await;
    router.comes_to("backup-2", Moved, 1).await;
    *stage.blocks["client-1"].actor.settles.lock().unwrap() = false;
    let begun: MoveBegun = anna.post("/ops/v1/moves", &order("return_now")).await;
    router.comes_to("client-1", Returning, 1).await;
    let follows = || async {
        let running = router.running.shared.conducting.running();
        running.iter().any(|followed| followed.view.move_id == begun.move_id)
    };
    eventually("the router follows the return", follows).await;
    let abort = format!("/ops/v1/moves/{}/abort", begun.move_id);
    let wish = json!({ "cut": false, "reason": "too late" });
    let reply = anna.ask(Method::POST, &abort, &wish).await;
    assert_eq!(reply.code(), Code::InvalidRequest.as_str(), "{}", reply.text);
}

#[tokio::test]
async fn another_router_takes_up_what_was_left() {
    let stage = Stage::new().await;
    let mut config = stage.config();
    config.conduct.poll_ms = 1_000_000;
    let first = stage.router(config).await;
    let anna = first.person(&stage, "anna").await;
    *stage.blocks["client-1"].actor.stubborn.lock().unwrap() = true;
    let _: MoveBegun = anna.post("/ops/v1/moves", &order("urgent")).await;
    drop(anna);
    first.stop().await;
    *stage.blocks["client-1"].actor.stubborn.lock().unwrap() = false;
    let second = stage.router(stage.config()).await;
    second.comes_to("backup-2", Moved, 64).await;
}
