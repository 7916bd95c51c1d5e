//! How the block lets go: of one customer (HANDOVER) and of a slice (SEAL), as its owner and, for
//! an abort, as the target of a drain; and how it takes a SEAL back (protocol §3).

use common::placement::{Placement, PlacementState};
use common::wire::archive::EventBody;
use common::{Generation, Revision, SliceId};
use serde_json::json;
use testkit::eventually;

use crate::bank::{ANNA, BLOCK, Bank, Process, first_row, name};
use crate::client::Client;
use crate::streams::{answers, bank, serving};

fn draining(generation: u64, revision: u64) -> Placement {
    Placement {
        state: PlacementState::Draining,
        target: Some(name("router")),
        target_generation: Some(Generation(generation)),
        revision: Revision(revision),
        ..first_row(ANNA)
    }
}

#[tokio::test]
async fn a_customer_is_handed_over_once_and_is_served_elsewhere_then() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    let ask = |generation: u64| {
        json!({
            "customer_id": ANNA, "home": "client-1", "slice": SliceId::of(ANNA),
            "generation": generation,
        })
    };
    // The stand-in's target is a service that has a token here.
    archive.set(draining(2, 2));
    let target = process.service("router");
    eventually("the drain is known", || async {
        target.post("/internal/v1/hand-overs", &ask(3)).await.status == 200
    })
    .await;
    let asked = async |generation| {
        target.post("/internal/v1/hand-overs", &ask(generation)).await.ok()["answer"].clone()
    };
    assert_eq!(asked(3).await, "no", "not the generation that is reserved");
    for _ in 0..2 {
        assert_eq!(asked(2).await, "handed_over");
    }
    answers(&anna, "placement-moved").await;
    let event =
        EventBody::HandOver { customer_id: ANNA, to: name("router"), generation: Generation(2) };
    eventually("the archive has it", || async { archive.has(&event) }).await;
    let written = "select count(*) from outbox where kind = 'hand_over'";
    assert_eq!(bank.number(written).await, 1);
    // An abort ends it.
    archive.set(Placement { generation: Generation(3), revision: Revision(3), ..first_row(ANNA) });
    answers(&anna, "ok").await;
    process.stop().await;
}

#[tokio::test]
async fn wishes_to_give_up_that_cannot_be_are_refused() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let elsewhere = SliceId::all().find(|slice| *slice != SliceId::of(ANNA));
    let ask = json!({
        "customer_id": ANNA, "home": "client-1", "slice": elsewhere, "generation": 2,
    });
    let reply = process.service("router").post("/internal/v1/hand-overs", &ask).await;
    assert_eq!(reply.code(), "invalid-request", "not the customer's slice");
    let seal = json!({ "home": "client-1", "slices": [[1, 1], [2, 1], [1, 2]] });
    let reply = process.service("launcher").post("/internal/v1/seals", &seal).await;
    assert_eq!(reply.code(), "invalid-request", "one slice twice");
}

#[tokio::test]
async fn a_seal_closes_and_is_taken_back_when_nothing_comes_of_it() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let (anna, boris) = (bank.anna(&process).await, bank.boris(&process).await);
    let router = process.service("launcher");
    let slice = SliceId::of(ANNA);
    let seal = json!({ "home": "client-1", "slices": [[slice, 1]] });
    let refused = router.post("/internal/v1/seals", &seal).await.ok();
    assert_eq!(refused["refused"], json!([slice]), "nothing drains");
    archive.set(draining(2, 2));
    eventually("it is sealed", || async {
        router.post("/internal/v1/seals", &seal).await.ok()["sealed"] == json!([slice])
    })
    .await;
    assert_eq!(router.post("/internal/v1/seals", &seal).await.ok()["sealed"], json!([slice]));
    let reply = anna.get("/v1/operations").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "placement-behind"));
    boris.get("/v1/operations").await.ok();
    eventually("the archive has it", || async { archive.has(&EventBody::Seal) }).await;
    assert_eq!(bank.number("select count(*) from outbox where kind = 'seal'").await, 1);

    bank.clock.advance_ms(10_000);
    eventually("it is taken back", || async { archive.has(&EventBody::Unseal) }).await;
    assert_eq!(anna.get("/v1/operations").await.code(), "placement-behind", "not yet");
    archive.set(draining(2, 3));
    answers(&anna, "ok").await;
    process.stop().await;
}

/// Asks for Anna's slice to be sealed under a generation, until that is done.
async fn is_sealed(process: &Process, generation: u64) {
    let slice = SliceId::of(ANNA);
    let seal = json!({ "home": "client-2", "slices": [[slice, generation]] });
    let router: Client = process.service("launcher");
    eventually("it is sealed", || async {
        router.post("/internal/v1/seals", &seal).await.ok()["sealed"] == json!([slice])
    })
    .await;
}

#[tokio::test]
async fn the_target_of_a_drain_seals_for_an_abort_and_takes_that_back() {
    let (bank, archive) = bank().await;
    // Anna's home is another block, which drains toward this one.
    bank.sql("update customer set home = 'client-2' where customer_id = 1").await;
    let row = |revision: u64| Placement {
        home: name("client-2"),
        owner: name("client-2"),
        target: Some(name(BLOCK)),
        ..draining(2, revision)
    };
    archive.set(row(2));
    let process = serving(&bank, &archive).await;
    let not_the_owners = json!({ "home": "client-2", "slices": [[SliceId::of(ANNA), 1]] });
    let refused = process.service("launcher").post("/internal/v1/seals", &not_the_owners).await;
    assert_eq!(refused.ok()["refused"], json!([SliceId::of(ANNA)]), "only under its own");
    is_sealed(&process, 2).await;
    eventually("the archive has it", || async { archive.has(&EventBody::Seal) }).await;
    let sealed = archive.events().into_iter().find(|event| event.body == EventBody::Seal).unwrap();
    assert_eq!((sealed.home, sealed.generation), (name("client-2"), Generation(2)));

    // Nothing comes of it: taken back, and open again with the row that follows.
    bank.clock.advance_ms(10_000);
    eventually("it is taken back", || async { archive.has(&EventBody::Unseal) }).await;
    let closed = "select count(*) from sealed_slice where unsealing";
    assert_eq!(bank.number(closed).await, 1);
    archive.set(row(3));
    let open = "select count(*) from sealed_slice";
    eventually("it is open", || async { bank.number(open).await == 0 }).await;

    // The abort: sealed once more, and the slice stays with its owner under its own generation.
    is_sealed(&process, 2).await;
    let aborted = Placement {
        state: PlacementState::Returning,
        generation: Generation(3),
        owner_since: Generation(3),
        target: None,
        target_generation: None,
        ..row(4)
    };
    archive.set(aborted);
    eventually("the seal is over", || async { bank.number(open).await == 0 }).await;
    let again = json!({ "home": "client-2", "slices": [[SliceId::of(ANNA), 2]] });
    let reply = process.service("launcher").post("/internal/v1/seals", &again).await.ok();
    assert_eq!(reply["refused"], json!([SliceId::of(ANNA)]), "nothing drains to it any more");
    process.stop().await;
}

#[tokio::test]
async fn nothing_is_given_up_while_a_loosening_waits_for_its_verdict() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    archive.set(draining(2, 2));
    let slice = SliceId::of(ANNA);
    let target = process.service("router");
    let ask = json!({ "customer_id": ANNA, "home": "client-1", "slice": slice, "generation": 2 });
    let seal = json!({ "home": "client-1", "slices": [[slice, 1]] });
    bank.sql(&format!(
        "insert into loosening (change_id, customer_id, home, slice, generation, entity, asked_at)
         values (gen_random_uuid(), 1, 'client-1', {}, 1, '{{}}', now())",
        slice.number()
    ))
    .await;
    eventually("the drain is known, and she is not handed over now", || async {
        let said = target.post("/internal/v1/hand-overs", &ask).await;
        said.status == 200 && said.json()["answer"] == "not_now"
    })
    .await;
    let refused = target.post("/internal/v1/seals", &seal).await.ok();
    assert_eq!(refused["refused"], json!([slice]));
    bank.sql("update loosening set applied = false, resolved_at = now()").await;
    let said = target.post("/internal/v1/hand-overs", &ask).await.ok();
    assert_eq!(said["answer"], "handed_over");
    assert_eq!(target.post("/internal/v1/seals", &seal).await.ok()["sealed"], json!([slice]));
    process.stop().await;
}

#[tokio::test]
async fn the_report_counts_the_sessions_of_what_is_given_up() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let (anna, router) = (bank.anna(&process).await, process.service("router"));
    let said = || async { router.get("/internal/v1/report").await.ok()["draining"].clone() };
    let slice = SliceId::of(ANNA).number();
    archive.set(draining(2, 2));
    let left = |sessions: u64| json!([{"home": "client-1", "slice": slice, "sessions": sessions}]);
    eventually("her session is left", || async { said().await == left(1) }).await;
    assert_eq!(anna.delete("/v1/sessions/current").await.status, 204);
    eventually("none is left", || async { said().await == left(0) }).await;
}
