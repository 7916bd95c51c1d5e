//! Copies of customers of another home: kept while they may be needed, then removed (protocol §7).

use client_block::app::foreign;
use common::placement::{Placement, PlacementState};
use common::{Generation, Revision};
use testkit::eventually;

use crate::archive::Archive;
use crate::bank::{ANNA, Bank, Process, first_row, name};
use crate::operations::{own, taken, to_boris};
use crate::streams::{bank, serving};

const HOME: &str = "client-2";

/// The row of Anna's slice, whose home is another block.
fn row(owner: &str, state: PlacementState, revision: u64) -> Placement {
    Placement {
        home: name(HOME),
        owner: name(owner),
        state,
        generation: Generation(revision),
        revision: Revision(revision),
        ..first_row(ANNA)
    }
}

/// Anna was served here and has left something in every table.
async fn served() -> (Bank, Archive, Process) {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    taken(&anna, &own("10.00")).await;
    taken(&anna, &to_boris("10.00")).await;
    let template = serde_json::json!({ "name": "x", "terms": own("1.00") });
    anna.post("/v1/templates", &template).await.ok();
    bank.sql("update customer set home = 'client-2' where customer_id = 1").await;
    archive.set(row(HOME, PlacementState::Active, 2));
    let known = "select count(*) from placement where home = 'client-2'";
    eventually("the row is here", || async { bank.number(known).await == 1 }).await;
    (bank, archive, process)
}

const COPIES: &str = "
    select (select count(*) from customer where customer_id = 1)
        + (select count(*) from operation where customer_id = 1)
        + (select count(*) from operation_token where customer_id = 1)
        + (select count(*) from session where customer_id = 1)
        + (select count(*) from device where customer_id = 1)
        + (select count(*) from template where customer_id = 1)
        + (select count(*) from confirmation)";

async fn rested_for_days(bank: &Bank, days: u32) {
    let at = format!("update placement set adopted_at = now() - interval '{days} days'");
    bank.sql(&at).await;
}

#[tokio::test]
async fn copies_are_removed_after_a_week_at_rest_and_nothing_else_is() {
    let (bank, _archive, process) = served().await;
    rested_for_days(&bank, 6).await;
    assert_eq!(foreign::round(&process.block).await.unwrap(), 0, "not yet");
    assert!(bank.number(COPIES).await > 6);
    let lines = "select count(*) from outbox where customer_id = 1";
    let told = bank.number(lines).await;
    rested_for_days(&bank, 8).await;
    assert_eq!(foreign::round(&process.block).await.unwrap(), 1);
    assert_eq!(bank.number(COPIES).await, 0);
    assert_eq!(bank.number(lines).await, told, "the archive's lines stay (I7)");
    assert_eq!(foreign::round(&process.block).await.unwrap(), 0);
    bank.boris(&process).await.get("/v1/operations").await.ok();
    process.stop().await;
}

#[tokio::test]
async fn whoever_may_still_be_served_here_is_kept() {
    let (bank, archive, process) = served().await;
    for (revision, owner, state) in [
        (3, "client-1", PlacementState::Moved),
        (4, "backup-2", PlacementState::Moved),
        (5, HOME, PlacementState::Returning),
    ] {
        archive.set(row(owner, state, revision));
        let here = format!("select count(*) from placement where revision = {revision}");
        eventually("the row is here", || async { bank.number(&here).await == 1 }).await;
        rested_for_days(&bank, 30).await;
        assert_eq!(foreign::round(&process.block).await.unwrap(), 0, "{owner} {state:?}");
    }
    // A loosening that waits for its verdict keeps him, too.
    archive.set(row(HOME, PlacementState::Active, 6));
    let here = "select count(*) from placement where revision = 6";
    eventually("the row is here", || async { bank.number(here).await == 1 }).await;
    rested_for_days(&bank, 30).await;
    bank.sql(
        "insert into loosening (change_id, customer_id, home, slice, generation, entity, asked_at)
         select gen_random_uuid(), 1, home, slice, 1, '{}', now() from customer
         where customer_id = 1",
    )
    .await;
    assert_eq!(foreign::round(&process.block).await.unwrap(), 0);
    assert!(bank.number(COPIES).await > 6);
    process.stop().await;
}
