//! Following: what others wrote in the slices of a block, once, in the order of each stream.

use common::incarnation::StreamId;
use common::placement::{Placement, PlacementState};
use common::wire::archive::{Changes, ChangesQuery, EventBody};
use common::{Generation, Revision, SliceId};

use super::bench::{Bench, Block, Said, bench, code, entity, event, name, operation, slice};

async fn follow(bench: &Bench, block: &Block, cursor: &[(StreamId, u64)], limit: u32) -> Changes {
    let stream = block.stream.clone();
    let query = ChangesQuery { stream, cursor: cursor.to_vec(), limit };
    bench.post(block.stream.block.as_str(), "/v1/changes", &query).await.unwrap()
}

fn ids(changes: &Changes) -> Vec<String> {
    let id = |event: &common::wire::archive::Event| match &event.body {
        EventBody::Entity(entity) => entity.entity_id.clone(),
        other => format!("{other:?}"),
    };
    changes.changes.iter().map(|change| change.event.as_ref().map_or("raw".into(), id)).collect()
}

/// Backup-2 owns customer 1's slice.
async fn moved(bench: &Bench) -> Placement {
    let row = bench.row("client-1", slice(1)).await;
    let row = Placement {
        owner: name("backup-2"),
        state: PlacementState::Moved,
        generation: Generation(2),
        owner_since: Generation(2),
        revision: Revision(2),
        ..row
    };
    bench.set_row(&row).await;
    row
}

#[tokio::test]
async fn the_owner_follows_what_others_wrote_in_his_slices() {
    let bench = bench().await;
    let (mut home, mut backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    let elsewhere = (2..99).find(|id| slice(*id) != slice(1)).unwrap();
    home.send(&bench, &[entity(1, operation(1, "early", "01", "pending"))]).await;
    let row = moved(&bench).await;
    home.send(
        &bench,
        &[
            entity(1, operation(1, "late", "01", "pending")),
            entity(1, operation(elsewhere, "not his", "01", "pending")),
            event(1, 1, EventBody::Heartbeat),
        ],
    )
    .await;
    backup.send(&bench, &[entity(2, operation(1, "own", "01", "pending"))]).await;
    let all = follow(&bench, &backup, &[], 100).await;
    assert_eq!(ids(&all), ["early", "late"]);
    assert!(all.all && !all.too_old);
    assert_eq!(all.slices, [(row.home, row.slice, Revision(2))]);
    let late: Vec<_> = all.changes.iter().map(|change| (change.late, change.serving.0)).collect();
    assert_eq!(late, [(false, 1), (true, 2)]);
    let again = follow(&bench, &backup, &all.cursor, 100).await;
    assert_eq!((ids(&again).len(), again.all), (0, true));
    // The home has lost the slice, and follows what others wrote in the rest.
    let homes = follow(&bench, &home, &[], 100).await;
    assert_eq!((homes.slices.len(), ids(&homes).len()), (63, 0));
    // A block that owns nothing follows nothing.
    let nobody = follow(&bench, &Block::new("pilot", 1), &[], 1).await;
    assert_eq!(nobody.slices, []);
}

#[tokio::test]
async fn a_long_backlog_is_given_in_pages_of_whole_batches() {
    let bench = bench().await;
    let (mut home, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    let mut other = Block::new("client-2", 1);
    moved(&bench).await;
    let mut expected = Vec::new();
    for batch in 0..5 {
        let names: Vec<String> = (0..3).map(|n| format!("{batch}-{n}")).collect();
        let events: Vec<_> =
            names.iter().map(|id| entity(1, operation(1, id, "01", "pending"))).collect();
        home.send(&bench, &events).await;
        expected.extend(names);
    }
    other.send(&bench, &[entity(1, operation(1, "other", "01", "pending"))]).await;
    let (mut cursor, mut found, mut pages) = (Vec::new(), Vec::new(), 0);
    loop {
        let page = follow(&bench, &backup, &cursor, 4).await;
        assert!(page.changes.len() <= 6, "four, and the rest of the last batch");
        found.extend(ids(&page));
        cursor = page.cursor;
        pages += 1;
        if page.all {
            break;
        }
    }
    expected.push("other".to_owned());
    assert_eq!(found, expected);
    assert!(pages > 2, "{pages}");
    for limit in [0, 1_001] {
        let stream = backup.stream.clone();
        let query = ChangesQuery { stream, cursor: Vec::new(), limit };
        let said: Said = bench.post("backup-2", "/v1/changes", &query).await;
        assert_eq!(code(said), "invalid-request");
    }
}

#[tokio::test]
async fn the_target_of_a_drain_follows_and_a_life_that_is_over_does_not() {
    let bench = bench().await;
    let (mut home, backup) = (Block::new("client-1", 1), Block::new("backup-2", 2));
    let row = bench.row("client-1", slice(1)).await;
    let row = Placement {
        state: PlacementState::Draining,
        target: Some(name("backup-2")),
        target_incarnation: Some(backup.stream.incarnation),
        target_generation: Some(Generation(2)),
        revision: Revision(2),
        ..row
    };
    bench.set_row(&row).await;
    home.send(&bench, &[entity(1, operation(1, "a", "01", "pending"))]).await;
    assert_eq!(ids(&follow(&bench, &backup, &[], 10).await), ["a"]);
    let old = follow(&bench, &Block::new("backup-2", 1), &[], 10).await;
    assert_eq!((ids(&old).len(), old.slices.len(), old.all), (0, 0, false));
}

#[tokio::test]
async fn who_is_behind_the_log_is_told_and_goes_on_from_its_beginning() {
    let bench = bench().await;
    let (mut home, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    moved(&bench).await;
    for id in ["a", "b", "c"] {
        home.send(&bench, &[entity(1, operation(1, id, "01", "pending"))]).await;
    }
    bench.sql("delete from event where batch < 3; update stream set log_begins = 3").await;
    let told = follow(&bench, &backup, &[(home.stream.clone(), 1)], 10).await;
    assert!(told.too_old && told.changes.is_empty() && !told.all);
    assert_eq!(told.slices.len(), 1);
    let next = follow(&bench, &backup, &told.cursor, 10).await;
    assert_eq!((ids(&next), next.too_old), (vec!["c".to_owned()], false));
    let in_time = follow(&bench, &backup, &[(home.stream.clone(), 2)], 10).await;
    assert_eq!((ids(&in_time), in_time.too_old), (vec!["c".to_owned()], false));
}

#[tokio::test]
async fn what_cannot_be_read_is_given_without_its_event() {
    let bench = bench().await;
    let (mut home, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    moved(&bench).await;
    let good = serde_json::to_string(&entity(1, operation(1, "a", "01", "pending"))).unwrap();
    let batch = home.batch_of(vec![good.replace("\"entity\"", "\"dream\"")]);
    home.send_batch(&bench, &batch).await;
    let given = follow(&bench, &backup, &[], 10).await;
    assert_eq!(ids(&given), ["raw"]);
    assert_eq!(SliceId::of(common::CustomerId(1)), slice(1));
}
