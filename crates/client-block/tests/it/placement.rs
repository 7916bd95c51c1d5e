//! The register: who is served here, under which generation, and what happens when that changes.

use common::placement::{Placement, PlacementState};
use common::ticket::Holder;
use common::{Generation, Incarnation, Revision};
use serde_json::json;
use testkit::eventually;

use crate::bank::{ANNA, Bank, PASSWORD, first_row, name};
use crate::operations::{becomes, freeze, left, new_key, own, send, taken, to_boris};
use crate::stand_in::Act;

/// Anna's row with a higher generation, and nobody else between.
fn raised(generation: u64, revision: u64) -> Placement {
    Placement {
        generation: Generation(generation),
        revision: Revision(revision),
        ..first_row(ANNA)
    }
}

#[tokio::test]
async fn without_a_row_nobody_is_served() {
    let bank = Bank::empty().await;
    crate::data::insert(&bank, &[]).await;
    let process = bank.process().await;
    let body = json!({ "ticket": bank.ticket(Holder::Customer(ANNA)), "password": PASSWORD });
    let reply = process.phone().post("/v1/sessions", &body).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "placement-behind"));
    assert_eq!(reply.header("bulkhead-next"), "route");
    let profile = json!({
        "revision": 2, "login": "anna", "phone": "+79000000009", "name": "Anna Petrova",
    });
    let reply = process.service("router").put("/internal/v1/customers/1", &profile).await;
    assert_eq!(reply.code(), "placement-behind");

    let reply = process.place(&[first_row(ANNA)]).await;
    assert_eq!(reply.ok(), json!({ "adopted": 1, "known": 0 }));
    bank.anna(&process).await.get("/v1/accounts").await.ok();
}

#[tokio::test]
async fn a_raised_generation_is_carried_by_every_call() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    taken(&anna, &own("10.00")).await;
    assert_eq!(process.place(&[raised(2, 2)]).await.ok()["adopted"], 1);
    let sent = taken(&anna, &own("11.00")).await;
    anna.get("/v1/accounts").await.ok();
    let generations: Vec<u64> = bank
        .gateway
        .calls("execute")
        .iter()
        .map(|call| call.body["generation"].as_u64().unwrap())
        .collect();
    assert_eq!(generations, [1, 2]);
    let asked = bank.gateway.calls("products/accounts").pop().unwrap();
    assert_eq!(asked.query, "customer_id=1&generation=2");
    let risk = bank.gateway.calls("risk/decisions").pop().unwrap();
    assert_eq!(risk.body["generation"], 2);
    let id = sent.id;
    let told = format!("select min(generation) from outbox where entity_id = '{id}'");
    assert_eq!(bank.number(&told).await, 2);
    let row = format!("select generation from operation where operation_id = '{id}'");
    assert_eq!(bank.number(&row).await, 2);
}

#[tokio::test]
async fn only_a_higher_revision_counts() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    process.place(&[raised(2, 5)]).await.ok();
    let kept = || async { bank.number("select max(generation) from placement").await };
    for (row, adopted) in [(raised(9, 4), 0), (raised(9, 5), 0), (raised(3, 6), 1)] {
        let answer = process.place(&[row]).await.ok();
        assert_eq!(answer, json!({ "adopted": adopted, "known": 1 - adopted }));
    }
    assert_eq!(kept().await, 3);
    let rows = process.service("router").get("/internal/v1/placements").await.ok();
    let found = rows["rows"].as_array().unwrap().iter().find(|row| row["revision"] == 6);
    assert_eq!(found.unwrap(), &json!(raised(3, 6)));
    assert_eq!(rows["rows"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn rows_keep_the_lives_that_they_name_and_a_life_that_we_are_not_is_not_served() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let life = |nonce| Incarnation { timeline: 1, system: 7, nonce };
    let draining = Placement {
        state: PlacementState::Draining,
        target: Some(name("backup")),
        target_incarnation: Some(life(2)),
        target_generation: Some(Generation(2)),
        revision: Revision(2),
        ..first_row(ANNA)
    };
    let named =
        Placement { owner_incarnation: Some(life(1)), revision: Revision(3), ..first_row(ANNA) };
    let row = || async {
        let rows = process.service("router").get("/internal/v1/placements").await.ok();
        let rows = rows["rows"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["slice"] == json!(first_row(ANNA).slice)).unwrap()
    };
    process.place(std::slice::from_ref(&draining)).await.ok();
    assert_eq!(row().await, json!(draining));
    anna.get("/v1/accounts").await.ok();
    process.place(std::slice::from_ref(&named)).await.ok();
    assert_eq!(row().await, json!(named));
    assert_eq!(anna.get("/v1/accounts").await.code(), "placement-moved");
}

#[tokio::test]
async fn who_comes_back_waits_for_what_was_done_elsewhere() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let since = Generation(3);
    let returning =
        Placement { state: PlacementState::Returning, owner_since: since, ..raised(3, 3) };
    process.place(std::slice::from_ref(&returning)).await.ok();
    let reply = anna.get("/v1/accounts").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "placement-behind"));
    // However the row goes on, what counts is under which generation he was loaded.
    let active = Placement { state: PlacementState::Active, revision: Revision(4), ..returning };
    process.place(&[active]).await.ok();
    assert_eq!(anna.get("/v1/accounts").await.code(), "placement-behind");
    bank.sql("update customer set loaded_generation = 3 where customer_id = 1").await;
    bank.anna(&process).await.get("/v1/accounts").await.ok();
}

#[tokio::test]
async fn a_fence_above_ours_closes_the_customer_until_the_row_reaches_it() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let (anna, boris) = (bank.anna(&process).await, bank.boris(&process).await);
    let before = left(&bank);
    // Somebody else has served Anna under generation 2 since the block looked.
    bank.gateway.next(
        "execute",
        Act::Say(common::gateway::Answer::StaleGeneration { fence: Generation(2) }),
    );
    let sent = send(&anna, &own("10.00")).await;
    assert_eq!(sent.reply.status, 201, "{}", sent.reply.text);
    assert_eq!(sent.reply.json()["state"], "pending", "nothing is concluded");
    bank.gateway.books().fences.insert(ANNA, Generation(2));
    for reply in [
        anna.get("/v1/accounts").await,
        anna.get("/v1/operations").await,
        anna.order(&new_key(), &sent.intent).await,
    ] {
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (421, "placement-moved"));
        assert_eq!(reply.header("bulkhead-next"), "route");
    }
    assert_eq!(bank.number("select fence from closed_customer where customer_id = 1").await, 2);
    boris.get("/v1/accounts").await.ok();
    let body = json!({ "ticket": bank.ticket(Holder::Customer(ANNA)), "password": PASSWORD });
    let reply = process.phone().post("/v1/sessions", &body).await;
    assert_eq!(reply.code(), "placement-moved", "a new login does not help");
    process.start_worker();
    bank.clock.advance_ms(120_000);
    assert_eq!(bank.gateway.calls("execute").len(), 1, "the worker leaves it to its new owner");

    process.place(&[raised(2, 2)]).await.ok();
    bank.clock.advance_ms(60_000);
    becomes(&bank, &anna, sent.id, "executed").await;
    assert_eq!(bank.gateway.calls("execute").pop().unwrap().body["generation"], 2);
    assert_eq!(bank.gateway.effects(sent.id), 1);
    assert_eq!(left(&bank), before - 1_000);
}

#[tokio::test]
async fn every_question_notices_that_it_is_superseded() {
    let drafts = [own("10.00"), freeze(), to_boris("10.00")];
    for path in ["/v1/accounts", "/v1/overview", "/v1/cards", "review", "order"] {
        let bank = Bank::new().await;
        let process = bank.process().await;
        let anna = bank.anna(&process).await;
        let intent = anna.review(&drafts[0]).await;
        bank.gateway.books().fences.insert(ANNA, Generation(3));
        let ask = async || match path {
            "order" => anna.order(&new_key(), &intent).await,
            // The payee is asked for in the body, not in the query.
            "review" => {
                bank.gateway.next("payees/resolve", Act::Refuse(common::problem::Code::Superseded));
                anna.post("/v1/operations/review", &drafts[2]).await
            }
            get => anna.get(get).await,
        };
        assert_eq!(ask().await.code(), "placement-moved", "{path}");
        let fence = "select fence from closed_customer where customer_id = 1";
        assert_eq!(bank.number(fence).await, 2, "{path}: at least one above ours");
        assert_eq!(bank.number("select count(*) from operation").await, 0);
        // Known from now on, without asking anybody.
        let asked = bank.gateway.calls("products/accounts").len();
        assert_eq!(anna.get("/v1/accounts").await.code(), "placement-moved");
        assert_eq!(bank.gateway.calls("products/accounts").len(), asked, "{path}");
    }
}

#[tokio::test]
async fn a_slice_that_moved_away_is_served_elsewhere() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    bank.gateway.always("execute", Act::Break);
    let sent = taken(&anna, &own("10.00")).await;
    let away = Placement { owner: name("backup"), state: PlacementState::Moved, ..raised(2, 2) };
    process.place(&[away]).await.ok();
    let reply = anna.get("/v1/accounts").await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (421, "placement-moved"));
    bank.gateway.always("execute", Act::Work);
    process.start_worker();
    eventually("the worker runs", || async { !bank.gateway.calls("reference/fees").is_empty() })
        .await;
    bank.clock.advance_ms(120_000);
    assert_eq!(bank.gateway.effects(sent.id), 0, "its tokens are not ours");
    process.place(&[raised(3, 3)]).await.ok();
    becomes(&bank, &anna, sent.id, "executed").await;
    assert_eq!(bank.gateway.effects(sent.id), 1);
}

#[tokio::test]
async fn dropped_sessions_are_dead_in_every_process_at_once_for_writes() {
    let bank = Bank::new().await;
    let (told, other) = (bank.process().await, bank.process().await);
    let (here, there) = (bank.anna(&told).await, bank.anna(&other).await);
    let intent = there.review(&own("10.00")).await;
    let dropped = Placement { sessions_from_generation: Generation(2), ..raised(2, 2) };
    told.place(&[dropped]).await.ok();
    assert_eq!(here.get("/v1/accounts").await.code(), "session-expired");
    // The other process has not heard of it; its database has.
    let reply = there.order(&new_key(), &intent).await;
    assert_eq!(reply.code(), "session-expired", "{}", reply.text);
    assert_eq!(bank.number("select count(*) from operation").await, 0);
    client_block::worker::start_common(&other.block);
    eventually("the other process has heard of it", || async {
        there.get("/v1/sessions").await.status == 401
    })
    .await;
    let again = bank.anna(&told).await;
    again.get("/v1/accounts").await.ok();
    assert_eq!(again.get("/v1/sessions").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_whole_register_is_taken_in_at_once() {
    let bank = Bank::empty().await;
    crate::data::insert(&bank, &[]).await;
    let process = bank.process().await;
    let homes = ["client-1", "client-2", "pilot"];
    let rows: Vec<Placement> = homes
        .iter()
        .flat_map(|home| {
            common::SliceId::all().map(|slice| Placement::first(name(home), slice, "test"))
        })
        .collect();
    assert_eq!(process.place(&rows).await.ok(), json!({ "adopted": 192, "known": 0 }));
    assert_eq!(process.place(&rows).await.ok(), json!({ "adopted": 0, "known": 192 }));
    bank.anna(&process).await.get("/v1/accounts").await.ok();
}
