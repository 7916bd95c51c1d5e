//! The lives of the archive's own database.

use super::bench::{Block, Said, bench, code};

#[tokio::test]
async fn processes_over_one_database_share_its_life() {
    let bench = bench().await;
    let another = bench.another().await;
    assert_eq!(bench.register().await.life, another.register().await.life);
    assert_eq!(bench.count("select count(*) from life").await, 1);
    bench.stop().await;
    let again = another.another().await;
    assert_eq!(again.register().await.life, another.register().await.life);
    assert_eq!(bench.count("select count(*) from life").await, 1);
}

#[tokio::test]
async fn a_promoted_database_begins_a_life_that_recovers() {
    let bench = bench().await;
    let mut block = Block::new("client-1", 1);
    block.send(&bench, &[]).await;
    let before = bench.register().await;
    // As a promotion leaves it: the server's timeline is above the one that was written.
    bench.sql("update life set incarnation = '00000000' || substr(incarnation, 9)").await;
    let another = bench.another_with(|config| {
        config.archive.witnesses = Some(vec!["router".to_owned()]);
    });
    let another = another.await;
    let now = another.register().await;
    assert!(now.recovering && now.life != before.life);
    assert_eq!(bench.count("select count(*) from life").await, 2);
    // Batches are stored and acknowledged without a verdict, and so they are when repeated.
    let batch =
        block.batch(&[super::bench::entity(1, super::bench::operation(1, "a", "01", "pending"))]);
    assert!(block.send_batch(&another, &batch).await.unjudged);
    let common::wire::archive::Told::Acknowledged(again) = block.offer(&another, &batch).await
    else {
        panic!()
    };
    assert!(again.unjudged);
    assert_eq!(bench.count("select count(*) from entity").await, 0);
    assert_eq!(bench.count("select count(*) from unjudged_batch").await, 1);
    // Nobody loads, and no row is seeded.
    assert_eq!(another.load(&block.load(1, 1)).await.customers, []);
    let none = common::wire::router::Placements { rows: Vec::new() };
    let said: Said = another.put("launcher", "/v1/register/first", &none).await;
    assert_eq!(code(said), "not-ready");
}
