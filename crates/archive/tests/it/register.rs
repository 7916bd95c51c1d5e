//! The register as others read it.

use common::placement::Placement;
use common::wire::archive::{Register, RegisterQuery};
use common::wire::router::Placements;
use common::{Revision, SliceId};

use super::bench::{Block, bench, bench_with, name};

#[tokio::test]
async fn first_rows_are_seeded_once() {
    let bench = bench_with(|_| {}).await;
    let said = bench.seed(&["client-1"]).await;
    assert_eq!((said.adopted, said.known), (64, 0));
    let mut row = bench.row("client-1", SliceId::try_from(3).unwrap()).await;
    row.revision = Revision(9);
    bench.set_row(&row).await;
    let said = bench.seed(&["client-1", "pilot"]).await;
    assert_eq!((said.adopted, said.known), (64, 64));
    assert_eq!(bench.row("client-1", row.slice).await.revision, Revision(9));
    let none = Placements { rows: Vec::new() };
    let said: common::wire::router::PlacementsAdopted =
        bench.put("launcher", "/v1/register/first", &none).await.unwrap();
    assert_eq!((said.adopted, said.known), (0, 0));
    assert_eq!(bench.count("select count(*) from placement_history").await, 128);
}

#[tokio::test]
async fn what_has_changed_since_is_given() {
    let bench = bench().await;
    let all = bench.register().await;
    assert_eq!((all.rows.len(), all.recovering, all.alone), (128, false, false));
    let since = async |version| -> Register {
        let query = RegisterQuery { since: Some(version), ..RegisterQuery::default() };
        bench.post("router-backup", "/v1/register/read", &query).await.unwrap()
    };
    assert_eq!(since(all.version).await.rows, []);
    let row = bench.row("client-2", SliceId::try_from(7).unwrap()).await;
    let row = Placement { revision: Revision(2), ..row };
    bench.set_row(&row).await;
    let changed = since(all.version).await;
    assert_eq!(changed.rows, [row]);
    assert!(changed.version > all.version);
    assert_eq!(changed.life, all.life);
}

#[tokio::test]
async fn a_block_that_reads_is_met() {
    let bench = bench().await;
    let read = async |block: &Block| -> Register {
        let query = RegisterQuery { stream: Some(block.stream.clone()), since: None };
        let block = block.stream.block.as_str();
        bench.post(block, "/v1/register/read", &query).await.unwrap()
    };
    let (mut old, new) = (Block::new("client-1", 1), Block::new("client-1", 2));
    let said = read(&old).await;
    assert_eq!((said.outlived, said.head), (false, None));
    old.send(&bench, &[]).await;
    assert_eq!(read(&old).await.head, Some(old.head));
    assert!(!read(&new).await.outlived);
    assert!(read(&old).await.outlived);
    let met = "select count(*) from block_life where block = 'client-1'";
    assert_eq!(bench.count(met).await, 1);
    let other = Block::new("client-2", 1);
    assert!(!read(&other).await.outlived);
    assert_eq!(name("client-2"), other.stream.block);
}
