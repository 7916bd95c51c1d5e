//! Moves: the compare-and-set over the wire, records, approvals, automation (I4, I14).

use common::placement::PlacementState;
use common::placement::moves::{Refused, Step};
use common::wire::archive::{
    Approval, ApprovalState, Approve, AskApproval, Automation, EventBody, MoveOrder, MoveState,
    MoveView, PutAutomation, Refusal, StepRequest, Stepped, Who, actions,
};
use common::{Generation, Revision, SliceId};
use uuid::Uuid;

use super::bench::{Bench, Block, Said, bench, code, event, name};

const MOVE: Uuid = Uuid::from_u128(7);

pub(crate) fn slices(numbers: &[u8], revision: u64) -> Vec<(SliceId, Revision)> {
    let slice = |number: &u8| (SliceId::try_from(*number).unwrap(), Revision(revision));
    numbers.iter().map(slice).collect()
}

fn person() -> Who {
    Who::Person { name: "anna".to_owned() }
}

fn request(step: Step, slices: Vec<(SliceId, Revision)>) -> StepRequest {
    StepRequest {
        move_id: Some(MOVE),
        order: None,
        home: name("client-1"),
        slices,
        whole: Vec::new(),
        step,
        asker: None,
        deadline: None,
        each: false,
        reason: "a drill".to_owned(),
        decided_by: person(),
        approval: None,
    }
}

pub(crate) fn drain(to: &Block, slices: Vec<(SliceId, Revision)>) -> StepRequest {
    let (target, incarnation) = (to.stream.block.clone(), to.stream.incarnation);
    let order = Some(MoveOrder::Planned);
    StepRequest { order, ..request(Step::Drain { target, incarnation }, slices) }
}

pub(crate) fn force(to: &Block, slices: Vec<(SliceId, Revision)>) -> StepRequest {
    let (target, incarnation) = (to.stream.block.clone(), to.stream.incarnation);
    let step = Step::Force { target, incarnation, drop_sessions: false };
    StepRequest { order: Some(MoveOrder::Forced), ..request(step, slices) }
}

pub(crate) async fn take(bench: &Bench, request: &StepRequest) -> Stepped {
    bench.post("router", "/v1/moves", request).await.unwrap()
}

async fn refused(bench: &Bench, request: &StepRequest) -> (Option<Refusal>, Vec<Option<Refused>>) {
    let stepped = take(bench, request).await;
    (stepped.refused, stepped.outcomes.into_iter().map(|outcome| outcome.refused).collect())
}

async fn states(bench: &Bench) -> Vec<MoveState> {
    let views: Vec<MoveView> = bench.get("router-backup", "/v1/moves").await.unwrap();
    views.into_iter().map(|view| view.state).collect()
}

async fn seal(bench: &Bench, block: &mut Block, slices: &[(SliceId, Revision)], generation: u64) {
    let seal = |(slice, _): &(SliceId, Revision)| {
        let mut seal = event(1, generation, EventBody::Seal);
        seal.slice = *slice;
        seal
    };
    let events: Vec<_> = slices.iter().map(seal).collect();
    block.send(bench, &events).await;
}

pub(crate) async fn approval(bench: &Bench, action: &str, given: bool) -> Uuid {
    let (action, reason, author) = (action.to_owned(), "why".to_owned(), "anna".to_owned());
    let asked = AskApproval { action, reason, author };
    let asked: Approval = bench.post("router", "/v1/approvals", &asked).await.unwrap();
    assert_eq!(asked.state, ApprovalState::Waiting);
    if given {
        let path = format!("/v1/approvals/{}/approve", asked.approval_id);
        let boris = Approve { approver: "boris".to_owned() };
        let found: Approval = bench.post("router", &path, &boris).await.unwrap();
        assert_eq!(found.state, ApprovalState::Given);
    }
    asked.approval_id
}

#[tokio::test]
async fn a_planned_move_goes_by_seal_and_compare_and_set() {
    let bench = bench().await;
    let (mut owner, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    let version = bench.register().await.version;
    let stepped = take(&bench, &drain(&backup, slices(&[3, 4], 1))).await;
    assert_eq!(stepped.refused, None);
    let rows: Vec<_> = stepped.outcomes.iter().map(|outcome| &outcome.row).collect();
    assert!(rows.iter().all(|row| row.state == PlacementState::Draining));
    assert_eq!((rows[0].revision, rows[0].decided_by.as_str()), (Revision(2), "anna"));
    assert!(bench.register().await.version > version);
    assert_eq!(states(&bench).await, [MoveState::Running]);

    let finish =
        |revision| request(Step::Finish { drop_sessions: false }, slices(&[3, 4], revision));
    let said = refused(&bench, &finish(2)).await;
    assert_eq!(said, (Some(Refusal::Row), vec![Some(Refused::NotSealed); 2]));
    seal(&bench, &mut owner, &slices(&[3], 0), 1).await;
    // All stand or none.
    let said = refused(&bench, &finish(2)).await;
    assert_eq!(said, (Some(Refusal::Row), vec![None, Some(Refused::NotSealed)]));
    assert_eq!(bench.row("client-1", SliceId::try_from(3).unwrap()).await.revision, Revision(2));
    let each = StepRequest { each: true, ..finish(2) };
    assert_eq!(refused(&bench, &each).await, (None, vec![None, Some(Refused::NotSealed)]));
    assert_eq!(states(&bench).await, [MoveState::Running]);
    seal(&bench, &mut owner, &slices(&[4], 0), 1).await;
    let last = request(Step::Finish { drop_sessions: true }, slices(&[4], 2));
    let stepped = take(&bench, &last).await;
    let row = &stepped.outcomes[0].row;
    assert_eq!((row.owner.as_str(), row.generation), ("backup-2", Generation(2)));
    assert_eq!(row.sessions_from_generation, Generation(2));
    assert_eq!(states(&bench).await, [MoveState::Done]);
    // Repeated, the revision refuses it.
    let said = refused(&bench, &last).await;
    assert_eq!(said, (Some(Refusal::Row), vec![Some(Refused::Passed)]));
    let audited = "select count(*) from audit where action in ('drain', 'finish')";
    assert_eq!(bench.count(audited).await, 3);
    assert_eq!(bench.count("select count(*) from placement_history where revision > 1").await, 4);
}

#[tokio::test]
async fn a_move_in_waves_is_not_done_before_the_last() {
    let bench = bench().await;
    let (mut owner, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    let whole = slices(&[1, 2, 3], 1).into_iter().map(|(slice, _)| slice).collect();
    take(&bench, &StepRequest { whole, ..drain(&backup, slices(&[1], 1)) }).await;
    seal(&bench, &mut owner, &slices(&[1, 2, 3], 0), 1).await;
    let finish =
        |numbers: &[u8]| request(Step::Finish { drop_sessions: false }, slices(numbers, 2));
    assert_eq!(take(&bench, &finish(&[1])).await.refused, None);
    assert_eq!(states(&bench).await, [MoveState::Running]);
    let wave = StepRequest { order: None, ..drain(&backup, slices(&[2, 3], 1)) };
    assert_eq!(take(&bench, &wave).await.refused, None);
    // SEAL was written before the drain: it is of the row's generation all the same.
    assert_eq!(take(&bench, &finish(&[2, 3])).await.refused, None);
    let views: Vec<MoveView> = bench.get("router", "/v1/moves").await.unwrap();
    assert_eq!((views.len(), views[0].state, views[0].slices.len()), (1, MoveState::Done, 3));
}

#[tokio::test]
async fn a_drain_is_given_up_with_the_targets_seal_or_its_cut() {
    let bench = bench().await;
    let mut backup = Block::new("backup-2", 1);
    take(&bench, &drain(&backup, slices(&[5, 6], 1))).await;
    let abort = |cut, numbers: &[u8]| request(Step::Abort { cut }, slices(numbers, 2));
    let said = refused(&bench, &abort(false, &[5])).await;
    assert_eq!(said, (Some(Refusal::Row), vec![Some(Refused::NotSealed)]));
    // That it is wanted is written down: whoever goes on with the move knows.
    let views: Vec<MoveView> = bench.get("router", "/v1/moves").await.unwrap();
    assert_eq!(views[0].aborting, Some(false));
    seal(&bench, &mut backup, &slices(&[5], 0), 2).await;
    let stepped = take(&bench, &abort(false, &[5])).await;
    let row = &stepped.outcomes[0].row;
    assert_eq!((row.owner.as_str(), row.generation), ("client-1", Generation(3)));
    assert_eq!(states(&bench).await, [MoveState::Running]);
    assert_eq!(take(&bench, &abort(true, &[6])).await.refused, None);
    assert_eq!(states(&bench).await, [MoveState::Aborted]);
}

#[tokio::test]
async fn a_block_settles_and_claims_for_itself() {
    let bench = bench().await;
    let (owner, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    take(&bench, &drain(&backup, slices(&[5], 1))).await;
    take(&bench, &request(Step::Abort { cut: true }, slices(&[5], 2))).await;
    let own = |block: &Block, step, revision| StepRequest {
        move_id: None,
        asker: Some(block.stream.incarnation),
        decided_by: Who::Block,
        ..request(step, slices(&[5], revision))
    };
    let ask = async |block: &Block, request: &StepRequest| -> Stepped {
        bench.post(block.stream.block.as_str(), "/v1/moves", request).await.unwrap()
    };
    let stepped = ask(&backup, &own(&backup, Step::Settle, 3)).await;
    assert_eq!(stepped.outcomes[0].refused, Some(Refused::Asker));
    let stepped = ask(&owner, &own(&owner, Step::Settle, 3)).await;
    assert_eq!(stepped.outcomes[0].row.state, PlacementState::Active);
    assert_eq!(stepped.outcomes[0].row.decided_by, "client-1");
    let new = Block::new("client-1", 2);
    let stepped = ask(&new, &own(&new, Step::Claim, 4)).await;
    let row = &stepped.outcomes[0].row;
    assert_eq!(row.owner_incarnation, Some(new.stream.incarnation));
    let stepped = ask(&owner, &own(&owner, Step::Claim, 5)).await;
    assert_eq!(stepped.outcomes[0].refused, Some(Refused::Asker), "his life is over");
    // Nobody decides in another's place.
    let as_block = own(&owner, Step::Settle, 5);
    let said: Said = bench.post("router", "/v1/moves", &as_block).await;
    assert_eq!(code(said), "service-not-allowed");
    let said: Said = bench.post("client-1", "/v1/moves", &drain(&backup, slices(&[1], 1))).await;
    assert_eq!(code(said), "service-not-allowed");
}

#[tokio::test]
async fn force_by_a_person_needs_another() {
    let bench = bench().await;
    let backup = Block::new("backup-2", 1);
    let wish = force(&backup, slices(&[0, 1, 2], 1));
    let all: Vec<SliceId> = wish.slices.iter().map(|(slice, _)| *slice).collect();
    let action = actions::force(&wish.home, &all, &backup.stream.block);
    assert_eq!(action, "force client-1 0-2 backup-2");
    assert_eq!(refused(&bench, &wish).await, (Some(Refusal::ApprovalNeeded), vec![None; 3]));
    let other = approval(&bench, "force client-1 0-63 backup-2", true).await;
    let waiting = approval(&bench, &action, false).await;
    for id in [other, waiting, Uuid::from_u128(9)] {
        let wish = StepRequest { approval: Some(id), ..wish.clone() };
        assert_eq!(refused(&bench, &wish).await.0, Some(Refusal::ApprovalInvalid));
    }
    assert_eq!(states(&bench).await, []);
    let good = approval(&bench, &action, true).await;
    // A step that its rows refuse uses nothing up.
    let passed = StepRequest { approval: Some(good), ..force(&backup, slices(&[0, 1, 2], 9)) };
    assert_eq!(refused(&bench, &passed).await.0, Some(Refusal::Row));
    let wish = StepRequest { approval: Some(good), ..wish };
    let stepped = take(&bench, &wish).await;
    assert_eq!((stepped.refused, stepped.outcomes[0].row.state), (None, PlacementState::Moved));
    let views: Vec<MoveView> = bench.get("router", "/v1/moves").await.unwrap();
    assert_eq!(views[0].approved_by.as_deref(), Some("boris"));
    assert_eq!(views[0].state, MoveState::Done);
    let again = StepRequest { slices: slices(&[0, 1, 2], 2), ..wish };
    let target = Block::new("client-2", 1);
    let again = StepRequest { step: force(&target, Vec::new()).step, ..again };
    assert_eq!(refused(&bench, &again).await.0, Some(Refusal::ApprovalInvalid), "another action");
    let listed: Vec<Approval> = bench.get("router", "/v1/approvals").await.unwrap();
    let used: Vec<_> = listed.iter().filter(|one| one.state == ApprovalState::Used).collect();
    assert_eq!((used.len(), used[0].approval_id), (1, good));
}

#[tokio::test]
async fn approvals_are_given_by_another_in_time_and_once() {
    let bench = bench().await;
    let id = approval(&bench, "x", false).await;
    let path = format!("/v1/approvals/{id}/approve");
    let by = |approver: &str| Approve { approver: approver.to_owned() };
    let said: Said = bench.post("router", &path, &by(" Anna ")).await;
    assert_eq!(code(said), "forbidden");
    let said: Said = bench.post("router", &path, &by(" ")).await;
    assert_eq!(code(said), "invalid-request");
    for _ in 0..2 {
        let given: Approval = bench.post("router", &path, &by("boris")).await.unwrap();
        assert_eq!(given.approver.as_deref(), Some("boris"));
    }
    let said: Said = bench.post("router", &path, &by("carla")).await;
    assert_eq!(code(said), "approval-invalid");
    let unknown = format!("/v1/approvals/{}/approve", Uuid::from_u128(1));
    let said: Said = bench.post("router", &unknown, &by("boris")).await;
    assert_eq!(code(said), "not-found");
    let said: Said = bench.post("router", "/v1/approvals/x/approve", &by("boris")).await;
    assert_eq!(code(said), "invalid-query");
    bench.clock.advance_ms(bench.config.archive.approval_s * 1_000);
    let late = approval(&bench, "y", false).await;
    let listed: Vec<Approval> = bench.get("router", "/v1/approvals").await.unwrap();
    let states: Vec<_> = listed.iter().map(|one| (one.approval_id, one.state)).collect();
    assert_eq!(states, [(late, ApprovalState::Waiting), (id, ApprovalState::Expired)]);
    let said: Said = bench.post("router", &path, &by("boris")).await;
    assert_eq!(code(said), "approval-invalid");
    let empty = AskApproval { action: String::new(), reason: "r".into(), author: "a".into() };
    let said: Said = bench.post("router", "/v1/approvals", &empty).await;
    assert_eq!(code(said), "invalid-request");
}

fn by_itself(to: &Block, home: &str) -> StepRequest {
    StepRequest {
        home: name(home),
        move_id: Some(Uuid::new_v8(platform::random::bytes())),
        decided_by: Who::Automation,
        ..force(to, slices(&[0, 1], 1))
    }
}

#[tokio::test]
async fn automation_moves_one_thing_in_ten_minutes() {
    let bench = bench().await;
    let backup = Block::new("backup-2", 1);
    // What its rows refuse does not count.
    let passed = StepRequest { slices: slices(&[0], 9), ..by_itself(&backup, "client-1") };
    assert_eq!(take(&bench, &passed).await.refused, Some(Refusal::Row));
    assert_eq!(take(&bench, &by_itself(&backup, "client-1")).await.refused, None);
    let more = StepRequest { slices: slices(&[2], 1), ..by_itself(&backup, "client-1") };
    assert_eq!(take(&bench, &more).await.refused, None, "of the same block, at once");
    let other = by_itself(&backup, "client-2");
    assert_eq!(take(&bench, &other).await.refused, Some(Refusal::AutomationSpent));
    bench.clock.advance_ms(599_000);
    assert_eq!(take(&bench, &other).await.refused, Some(Refusal::AutomationSpent));
    bench.clock.advance_ms(1_000);
    assert_eq!(take(&bench, &other).await.refused, None);
    let shown: Automation = bench.get("router", "/v1/automation").await.unwrap();
    assert_eq!(shown.last_move_at, Some(bench.clock.now()));
    let row = bench.row("client-2", SliceId::try_from(0).unwrap()).await;
    assert_eq!(row.decided_by, "automation");
}

#[tokio::test]
async fn automation_can_be_held_and_its_limit_lifted() {
    let bench = bench().await;
    let backup = Block::new("backup-2", 1);
    let wish = |held, limit_lifted_until, approval| PutAutomation {
        held,
        limit_lifted_until,
        reason: "a drill".to_owned(),
        decided_by: "anna".to_owned(),
        approval,
    };
    let put =
        async |wish: &PutAutomation| -> Said { bench.put("router", "/v1/automation", wish).await };
    let held: Automation =
        bench.put("router", "/v1/automation", &wish(true, None, None)).await.unwrap();
    assert_eq!((held.held, held.held_by.as_deref()), (true, Some("anna: a drill")));
    let said = take(&bench, &by_itself(&backup, "client-1")).await;
    assert_eq!(said.refused, Some(Refusal::AutomationHeld));
    put(&wish(false, None, None)).await.unwrap();
    assert_eq!(take(&bench, &by_itself(&backup, "client-1")).await.refused, None);

    let until = Some(bench.clock.now().plus_s(60));
    assert_eq!(code(put(&wish(false, until, None)).await), "approval-needed");
    let other = approval(&bench, "something else", true).await;
    assert_eq!(code(put(&wish(false, until, Some(other))).await), "approval-invalid");
    let good = approval(&bench, actions::LIFT_LIMIT, true).await;
    put(&wish(false, until, Some(good))).await.unwrap();
    // Shorter, or the same, needs none.
    put(&wish(false, until, None)).await.unwrap();
    let longer = Some(bench.clock.now().plus_s(120));
    assert_eq!(code(put(&wish(false, longer, Some(good))).await), "approval-invalid");
    assert_eq!(take(&bench, &by_itself(&backup, "client-2")).await.refused, None);
    bench.clock.advance_ms(61_000);
    let more = StepRequest { slices: slices(&[5], 1), ..by_itself(&backup, "client-1") };
    assert_eq!(take(&bench, &more).await.refused, Some(Refusal::AutomationSpent));
    assert_eq!(bench.count("select count(*) from audit where approved_by = 'boris'").await, 1);
    assert_eq!(
        code(put(&PutAutomation { reason: String::new(), ..wish(true, None, None) }).await),
        "invalid-request"
    );
}

#[tokio::test]
async fn steps_that_cannot_be_are_refused() {
    let bench = bench().await;
    let backup = Block::new("backup-2", 1);
    let good = drain(&backup, slices(&[1], 1));
    let cases = [
        StepRequest { slices: Vec::new(), ..good.clone() },
        StepRequest { slices: slices(&[1, 1], 1), ..good.clone() },
        StepRequest { home: name("nowhere"), ..good.clone() },
        StepRequest { reason: "\n".to_owned(), ..good.clone() },
        StepRequest { move_id: None, ..good.clone() },
        StepRequest { asker: Some(backup.stream.incarnation), ..good.clone() },
        StepRequest { step: Step::Settle, ..good.clone() },
        StepRequest { decided_by: Who::Person { name: "Automation".into() }, ..good.clone() },
        StepRequest { decided_by: Who::Person { name: String::new() }, ..good.clone() },
    ];
    for (n, request) in cases.iter().enumerate() {
        let said: Said = bench.post("router", "/v1/moves", request).await;
        assert_eq!(code(said), "invalid-request", "{n}");
    }
    assert_eq!(bench.count("select count(*) from placement where revision > 1").await, 0);
}
