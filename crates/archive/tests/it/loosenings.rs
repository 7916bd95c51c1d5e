//! Loosening: it stands while its writer serves the customer, and the verdict is for good (I9).

use common::placement::{Placement, PlacementState};
use common::wire::archive::{EventBody, Loosen, Loosened};
use common::{Generation, Revision};
use uuid::Uuid;

use super::bench::{
    Bench, Block, Said, bench, code, entity, event, hand_over, name, operation, slice,
};

pub(crate) fn wish(block: &Block, n: u128, generation: u64, key: &str) -> Loosen {
    let mut entity = operation(1, "password", key, "pending");
    entity.kind = "customer".to_owned();
    Loosen {
        stream: block.stream.clone(),
        change_id: Uuid::from_u128(n),
        home: name("client-1"),
        slice: slice(1),
        generation: Generation(generation),
        entity,
    }
}

pub(crate) async fn applied(bench: &Bench, wish: &Loosen) -> bool {
    let block = wish.stream.block.as_str();
    let said: Loosened = bench.post(block, "/v1/loosenings", wish).await.unwrap();
    said.applied
}

async fn key(bench: &Bench, block: &Block, generation: u64) -> Option<String> {
    let loaded = bench.load(&block.load(1, generation)).await;
    let entities = &loaded.customers[0].entities;
    let found = entities.iter().find(|entity| entity.kind == "customer");
    found.map(|entity| entity.order_key.clone())
}

#[tokio::test]
async fn it_is_applied_with_its_verdict_once() {
    let bench = bench().await;
    let owner = Block::new("client-1", 1);
    let first = wish(&owner, 1, 1, "01");
    assert!(applied(&bench, &first).await);
    assert_eq!(key(&bench, &owner, 1).await.as_deref(), Some("01"));
    // The same id: the same verdict, and nothing is applied again.
    assert!(
        applied(&bench, &Loosen { generation: Generation(7), ..wish(&owner, 1, 1, "09") }).await
    );
    assert_eq!(key(&bench, &owner, 1).await.as_deref(), Some("01"));
    assert!(!applied(&bench, &wish(&owner, 2, 2, "02")).await);
    assert!(!applied(&bench, &wish(&owner, 2, 1, "02")).await, "a refusal stands");
    assert!(applied(&bench, &wish(&owner, 3, 1, "03")).await);
    assert_eq!(key(&bench, &owner, 1).await.as_deref(), Some("03"));
    assert_eq!(bench.count("select count(*) from loosening").await, 3);
}

#[tokio::test]
async fn who_does_not_serve_the_customer_loosens_nothing() {
    let bench = bench().await;
    let (mut owner, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    assert!(!applied(&bench, &wish(&backup, 1, 1, "01")).await);
    let nowhere = Loosen { home: name("nowhere"), ..wish(&owner, 2, 1, "01") };
    assert!(!applied(&bench, &nowhere).await);
    owner.send(&bench, &[entity(1, operation(1, "a", "01", "pending"))]).await;
    let foreign = Loosen { home: name("client-2"), ..wish(&Block::new("client-2", 1), 3, 1, "01") };
    assert!(!applied(&bench, &foreign).await, "he lives at client-1");
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
    assert!(applied(&bench, &wish(&owner, 4, 1, "04")).await);
    assert!(!applied(&bench, &wish(&backup, 5, 2, "05")).await);
    owner.send(&bench, &[hand_over(1, 1, "backup-2", 2)]).await;
    assert!(!applied(&bench, &wish(&owner, 6, 1, "06")).await);
    assert!(applied(&bench, &wish(&backup, 7, 2, "07")).await);
    // After a SEAL nothing of the owner's counts, whoever the customer is.
    owner.send(&bench, &[event(1, 1, EventBody::Seal)]).await;
    assert!(!applied(&bench, &wish(&owner, 8, 1, "08")).await);
    let reborn = Block::new("client-1", 2);
    assert_eq!(bench.load(&reborn.load(1, 1)).await.customers.len(), 1);
    assert!(!applied(&bench, &wish(&owner, 9, 1, "09")).await, "his life is over");
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let bench = bench().await;
    let owner = Block::new("client-1", 1);
    let mut strange = wish(&owner, 1, 1, "xy");
    let said: Said = bench.post("client-1", "/v1/loosenings", &strange).await;
    assert_eq!(code(said), "invalid-request");
    strange = Loosen { slice: slice(2), ..wish(&owner, 1, 1, "01") };
    let said: Said = bench.post("client-1", "/v1/loosenings", &strange).await;
    assert_eq!(code(said), "invalid-request");
}
