//! What is late, and what the acknowledgement names (protocol §3, §4).

use common::placement::{Placement, PlacementState};
use common::wire::archive::{EventBody, LateCustomer, LateSlice, Told};
use common::{CustomerId, Generation, Revision};

use super::bench::{Bench, Block, bench, entity, event, hand_over, name, operation, slice};

/// Client-1 drains customer 1's slice toward backup-2, which gets generation 2.
async fn draining(bench: &Bench, backup: &Block) -> Placement {
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
    row
}

fn late_slice(revision: u64) -> LateSlice {
    LateSlice { home: name("client-1"), slice: slice(1), revision: Revision(revision) }
}

#[tokio::test]
async fn another_blocks_events_are_late_and_named_again() {
    let bench = bench().await;
    let mut other = Block::new("client-2", 1);
    let batch = other.batch(&[
        entity(1, operation(1, "a", "01", "pending")),
        entity(1, operation(1, "b", "01", "pending")),
    ]);
    let said = other.send_batch(&bench, &batch).await;
    assert_eq!((said.late_slices, said.late_customers), (vec![late_slice(1)], vec![]));
    // Repeated, it names the same at the row's present revision.
    let row = bench.row("client-1", slice(1)).await;
    bench.set_row(&Placement { revision: Revision(5), ..row }).await;
    let Told::Acknowledged(again) = other.offer(&bench, &batch).await else { panic!() };
    assert_eq!(again.late_slices, [late_slice(5)]);
    let stored = "select count(*) from event where late = 'slice'";
    assert_eq!(bench.count(stored).await, 2);
    let joined = "select count(*) from entity where late";
    assert_eq!(bench.count(joined).await, 2);
}

#[tokio::test]
async fn of_a_home_that_nobody_knows_everything_is_late() {
    let bench = bench().await;
    let mut block = Block::new("client-1", 1);
    let mut strange = entity(1, operation(1, "a", "01", "pending"));
    strange.home = name("nowhere");
    let said = block.send(&bench, &[strange]).await;
    assert_eq!(said.late_slices[0].revision, Revision(0));
    assert_eq!(bench.count("select count(*) from entity where late").await, 1);
}

#[tokio::test]
async fn after_a_hand_over_the_owners_events_of_that_customer_are_late() {
    let bench = bench().await;
    let (mut owner, mut backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    let row = draining(&bench, &backup).await;
    let said = owner
        .send(
            &bench,
            &[
                entity(1, operation(1, "before", "01", "pending")),
                hand_over(1, 1, "backup-2", 2),
                entity(1, operation(1, "after", "01", "pending")),
                // The same again is never late against itself.
                hand_over(1, 1, "backup-2", 2),
            ],
        )
        .await;
    let late = LateCustomer {
        customer_id: CustomerId(1),
        home: row.home,
        slice: row.slice,
        revision: Revision(2),
    };
    assert_eq!((said.late_slices, said.late_customers), (vec![], vec![late]));
    let said = backup.send(&bench, &[entity(2, operation(1, "new", "01", "pending"))]).await;
    assert_eq!((said.late_slices, said.late_customers), (vec![], vec![]));
    let serving = "select count(*) from event where serving = 2 and late <> 'slice'";
    assert_eq!(bench.count(serving).await, 2);
    // Another life of the target was not meant.
    let mut reborn = Block::new("backup-2", 2);
    let said = reborn.send(&bench, &[entity(2, operation(1, "new", "02", "sent"))]).await;
    assert_eq!(said.late_slices, [late_slice(2)]);
}

#[tokio::test]
async fn after_a_seal_everything_is_late_until_it_is_taken_back() {
    let bench = bench().await;
    let (mut owner, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    draining(&bench, &backup).await;
    let seal = || event(1, 1, EventBody::Seal);
    let said = owner.send(&bench, &[seal(), seal()]).await;
    assert_eq!(said.late_slices, []);
    let said = owner.send(&bench, &[entity(1, operation(1, "a", "01", "pending"))]).await;
    assert_eq!(said.late_slices, [late_slice(2)]);
    // UNSEAL raises the revision, once.
    let unseal = || event(1, 1, EventBody::Unseal);
    let said = owner.send(&bench, &[unseal(), unseal()]).await;
    assert_eq!(said.late_slices, []);
    assert_eq!(bench.row("client-1", slice(1)).await.revision, Revision(3));
    assert_eq!(bench.count("select count(*) from seal where voided").await, 1);
    let history = "select count(*) from placement_history where revision = 3";
    assert_eq!(bench.count(history).await, 1);
    let said = owner.send(&bench, &[entity(1, operation(1, "b", "01", "pending"))]).await;
    assert_eq!(said.late_slices, []);
    // Somebody else's SEAL does nothing.
    let mut other = Block::new("client-2", 1);
    let said = other.send(&bench, &[seal()]).await;
    assert_eq!(said.late_slices, [late_slice(3)]);
    assert_eq!(bench.count("select count(*) from seal where block = 'client-2'").await, 0);
}

#[tokio::test]
async fn a_late_wish_to_cancel_is_asked_about() {
    let bench = bench().await;
    let (mut owner, mut other) = (Block::new("client-1", 1), Block::new("client-2", 1));
    owner.send(&bench, &[entity(1, operation(1, "a", "01", "pending"))]).await;
    let mut wish = operation(1, "a", "01", "pending");
    wish.marks.cancel_requested = true;
    wish.marks.answered = Generation(7);
    other.send(&bench, &[entity(1, wish)]).await;
    let loaded = bench.load(&owner.load(1, 1)).await;
    let entity = &loaded.customers[0].entities[0];
    assert!(entity.late && !entity.marks.cancel_requested);
    assert_eq!(entity.marks.cancel_asked, Generation(1));
    assert_eq!(entity.marks.answered, Generation(0));
}

#[tokio::test]
async fn a_life_that_was_followed_by_another_writes_late() {
    let bench = bench().await;
    let (mut old, mut new) = (Block::new("client-1", 1), Block::new("client-1", 2));
    let write = |id: &str| vec![entity(1, operation(1, id, "01", "pending"))];
    assert_eq!(old.send(&bench, &write("a")).await.late_slices, []);
    assert_eq!(new.send(&bench, &write("b")).await.late_slices, []);
    assert_eq!(old.send(&bench, &write("c")).await.late_slices, [late_slice(1)]);
}
