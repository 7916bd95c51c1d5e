//! How long the log is kept, and that its days are made in time.

use archive::app::{partitions, retention};
use common::placement::{Placement, PlacementState};
use common::{Generation, Revision};

use super::bench::{Bench, Block, bench, entity, name, operation, slice};

const DAY_MS: i64 = 86_400_000;

async fn pass_days(bench: &Bench, days: i64) {
    bench.clock.advance_ms(days * DAY_MS);
    let connection = bench.started.archive.own.connection().await.unwrap();
    partitions::ensure(&bench.started.archive, &connection).await.unwrap();
    drop(connection);
    retention::drop_old(&bench.started.archive).await.unwrap();
}

async fn days(bench: &Bench) -> i64 {
    bench.count("select count(*) from pg_inherits where inhparent = 'event'::regclass").await
}

#[tokio::test]
async fn old_days_go_when_nobody_is_away() {
    let bench = bench().await;
    let mut block = Block::new("client-1", 1);
    for id in ["a", "b"] {
        block.send(&bench, &[entity(1, operation(1, id, "01", "pending"))]).await;
    }
    assert_eq!(days(&bench).await, 2);
    pass_days(&bench, 1).await;
    block.send(&bench, &[entity(1, operation(1, "c", "01", "pending"))]).await;
    pass_days(&bench, 6).await;
    assert_eq!(bench.count("select count(*) from event").await, 3, "a week is kept");
    // Somebody has yet to follow.
    let row = bench.row("client-1", slice(1)).await;
    let moved = Placement {
        owner: name("backup-2"),
        state: PlacementState::Moved,
        generation: Generation(2),
        revision: Revision(2),
        ..row.clone()
    };
    bench.set_row(&moved).await;
    pass_days(&bench, 30).await;
    assert_eq!(bench.count("select count(*) from event").await, 3);
    bench.set_row(&Placement { revision: Revision(3), ..row }).await;
    pass_days(&bench, 0).await;
    assert_eq!(bench.count("select count(*) from event").await, 0);
    assert_eq!(bench.count("select log_begins from stream").await, 4);
    // The days before today and tomorrow that had no events went with them.
    assert!(days(&bench).await <= 9);
    block.send(&bench, &[entity(1, operation(1, "d", "01", "pending"))]).await;
    assert_eq!(bench.count("select count(*) from event").await, 1);
}
