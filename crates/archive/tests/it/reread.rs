//! What a version could not read is read by a later one, and logged once more.

use common::wire::archive::{Changes, ChangesQuery};

use super::bench::{Block, bench, entity, operation};

#[tokio::test]
async fn a_later_version_reads_what_was_stored_raw() {
    let bench = bench().await;
    let (mut home, other) = (Block::new("client-1", 1), Block::new("client-2", 1));
    let good = serde_json::to_string(&entity(1, operation(1, "a", "01", "pending"))).unwrap();
    let strange = good.replace("\"entity\"", "\"dream\"");
    let batch = home.batch_of(vec![strange, "{".to_owned()]);
    home.send_batch(&bench, &batch).await;
    archive::app::reread::read_on(&bench.started.archive).await.unwrap();
    assert_eq!(bench.count("select count(*) from entity").await, 0);
    // As if this version were the first that can read it.
    let sql = format!("update raw_event set body = '{good}' where customer_id = 1");
    bench.sql(&sql).await;
    for _ in 0..2 {
        archive::app::reread::read_on(&bench.started.archive).await.unwrap();
    }
    assert_eq!(bench.count("select count(*) from entity").await, 1);
    assert_eq!(bench.count("select count(*) from raw_event where read_at is null").await, 1);
    let again = "select count(*) from event join stream using (stream_id) where block = 'archive'";
    assert_eq!(bench.count(again).await, 1);
    // The home follows it, though its own stream had it first.
    let query = ChangesQuery { stream: home.stream.clone(), cursor: Vec::new(), limit: 10 };
    let changes: Changes = bench.post("client-1", "/v1/changes", &query).await.unwrap();
    assert_eq!(changes.changes.len(), 1);
    assert_eq!(changes.changes[0].stream.block.as_str(), "archive");
    let query = ChangesQuery { stream: other.stream.clone(), cursor: Vec::new(), limit: 10 };
    let changes: Changes = bench.post("client-2", "/v1/changes", &query).await.unwrap();
    assert_eq!(changes.changes.len(), 0);
}
