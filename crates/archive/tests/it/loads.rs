//! Loads: who may have a customer, and what an operation that arrives afterwards is asked about.

use common::archive::loads::JOURNAL_S;
use common::placement::{Placement, PlacementState};
use common::wire::archive::{LoadQuery, LoadedCustomer, StepRequest, actions};
use common::{CustomerId, Generation, Revision};

use super::bench::{Bench, Block, Said, bench, code, entity, hand_over, name, operation, slice};

async fn loaded(bench: &Bench, query: &LoadQuery) -> Option<LoadedCustomer> {
    bench.load(query).await.customers.into_iter().next()
}

async fn owned_by(bench: &Bench, owner: &str, generation: u64, revision: u64) {
    let row = bench.row("client-1", slice(1)).await;
    let state = if owner == "client-1" { PlacementState::Active } else { PlacementState::Moved };
    let row = Placement {
        owner: name(owner),
        owner_since: Generation(generation),
        generation: Generation(generation),
        revision: Revision(revision),
        state,
        target: None,
        target_incarnation: None,
        target_generation: None,
        ..row
    };
    bench.set_row(&row).await;
}

#[tokio::test]
async fn the_owner_loads_under_the_rows_generation() {
    let bench = bench().await;
    let mut owner = Block::new("client-1", 1);
    let mut operation = operation(1, "a", "01", "pending");
    operation.marks.unfenced = true;
    owner.send(&bench, &[entity(1, operation.clone())]).await;
    let found = loaded(&bench, &owner.load(1, 1)).await.unwrap();
    assert_eq!(found.entities.len(), 1);
    let entity = &found.entities[0];
    assert_eq!((&entity.payload, &entity.order_key), (&operation.payload, &operation.order_key));
    assert_eq!((entity.marks, entity.open, entity.final_), (operation.marks, true, false));
    assert_eq!(found.elsewhere, None);

    let backup = Block::new("backup-2", 1);
    let elsewhere = LoadQuery { home: name("client-2"), ..owner.load(1, 1) };
    let cases = [
        ("another generation", owner.load(1, 2)),
        ("another block", backup.load(1, 1)),
        ("a slice that is not his", LoadQuery { slice: slice(2), ..owner.load(1, 1) }),
        ("a home that is not his", elsewhere),
        ("an unknown home", LoadQuery { home: name("nowhere"), ..owner.load(1, 1) }),
    ];
    for (case, query) in cases {
        assert_eq!(loaded(&bench, &query).await, None, "{case}");
    }
    let many = LoadQuery { customers: vec![CustomerId(1); 501], ..owner.load(1, 1) };
    let said: Said = bench.post("client-1", "/v1/load", &many).await;
    assert_eq!(code(said), "invalid-request");
}

#[tokio::test]
async fn a_later_life_takes_the_right_to_load() {
    let bench = bench().await;
    let (old, new) = (Block::new("client-1", 1), Block::new("client-1", 2));
    assert!(loaded(&bench, &old.load(1, 1)).await.is_some());
    assert!(loaded(&bench, &new.load(1, 1)).await.is_some());
    assert_eq!(loaded(&bench, &old.load(1, 1)).await, None);
}

#[tokio::test]
async fn the_target_loads_whom_the_owner_has_handed_over() {
    let bench = bench().await;
    let (mut owner, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
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
    assert_eq!(loaded(&bench, &backup.load(1, 2)).await, None);
    owner.send(&bench, &[hand_over(1, 1, "backup-2", 2)]).await;
    assert_eq!(loaded(&bench, &backup.load(1, 1)).await, None);
    assert_eq!(loaded(&bench, &Block::new("backup-2", 3).load(1, 2)).await, None);
    let answer = bench.load(&Block::new("backup-2", 1).load(1, 2)).await;
    assert_eq!((answer.revision, answer.customers.len()), (Revision(2), 0), "outlived by 3");
}

#[tokio::test]
async fn an_operation_that_a_view_lacked_is_asked_about() {
    let bench = bench().await;
    let (mut home, mut backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    home.send(&bench, &[entity(1, operation(1, "known", "01", "pending"))]).await;
    owned_by(&bench, "backup-2", 2, 2).await;
    // Only asking whether he may be loaded shows nobody anything.
    let ask = LoadQuery { permission_only: true, ..backup.load(1, 2) };
    let asked = loaded(&bench, &ask).await.unwrap();
    assert_eq!((asked.entities.len(), asked.elsewhere), (0, None));
    home.send(&bench, &[entity(1, operation(1, "in time", "01", "pending"))]).await;
    assert!(loaded(&bench, &backup.load(1, 2)).await.is_some());
    assert!(loaded(&bench, &backup.load(1, 2)).await.is_some());
    assert_eq!(bench.count("select count(*) from customer_load").await, 1);
    home.send(
        &bench,
        &[
            entity(1, operation(1, "missed", "01", "pending")),
            entity(1, operation(1, "over", "03", "executed")),
            entity(1, operation(1, "known", "02", "sent")),
        ],
    )
    .await;
    backup.send(&bench, &[entity(2, operation(1, "own", "01", "pending"))]).await;
    let found = loaded(&bench, &backup.load(1, 2)).await.unwrap();
    let asked: Vec<(&str, u64)> =
        found.entities.iter().map(|e| (e.entity_id.as_str(), e.marks.asked.0)).collect();
    let expected = [("in time", 0), ("known", 0), ("missed", 2), ("over", 0), ("own", 0)];
    assert_eq!(asked, expected);
    let logged = "select count(*) from event where asked = 2";
    assert_eq!(bench.count(logged).await, 1);
    // The home is told that somebody else had loaded him.
    owned_by(&bench, "client-1", 3, 3).await;
    let found = loaded(&bench, &home.load(1, 3)).await.unwrap();
    assert_eq!(found.elsewhere, Some(Generation(2)));
}

#[tokio::test]
async fn everybodys_load_counts_for_each() {
    let bench = bench().await;
    let mut home = Block::new("client-1", 1);
    let number = slice(1).number();
    let sql = format!("insert into slice_load values ('client-1', {number}, 1000)");
    bench.sql(&sql).await;
    home.send(&bench, &[entity(1, operation(1, "a", "01", "pending"))]).await;
    let found = loaded(&bench, &home.load(1, 1)).await.unwrap();
    assert_eq!(found.elsewhere, Some(Generation(1_000)));
    assert_eq!(found.entities[0].marks.asked, Generation(1_000));
}

#[tokio::test]
async fn a_load_says_how_far_back_to_ask_and_whether_a_move_was_forced() {
    let bench = bench().await;
    let (home, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    let of = |answer: &common::wire::archive::Loaded| answer.customers[0].journal_since;
    // Loaded at home; the generation has not ended.
    let began = bench.clock.now();
    let first = bench.load(&home.load(1, 1)).await;
    assert_eq!((of(&first), first.forced), (Some(began.plus_s(-JOURNAL_S)), None));
    bench.clock.advance_ms(3_600_000);
    let ended = bench.clock.now();
    let wish = super::moves::force(&backup, vec![(slice(1), Revision(1))]);
    let action = actions::force(&wish.home, &[slice(1)], &backup.stream.block);
    let approval = Some(super::moves::approval(&bench, &action, true).await);
    let stepped = super::moves::take(&bench, &StepRequest { approval, ..wish }).await;
    assert_eq!(stepped.refused, None);
    bench.clock.advance_ms(3_600_000);
    // Asked twice: the first answer may have been lost.
    for _ in 0..2 {
        let taken = bench.load(&backup.load(1, 2)).await;
        assert_eq!(of(&taken), Some(ended.plus_s(-JOURNAL_S)));
        assert_eq!(taken.forced, Some(Generation(2)));
    }
}
