//! Batches: the chain, repetitions, forks and gaps (I13), what is stored of entities, what cannot
//! be read.

use common::incarnation::{ChainHash, Head};
use common::wire::archive::{Batch, EventBody, Marks, Told};
use common::{CustomerId, Generation};
use serde_json::json;

use super::bench::{Block, Said, bench, bench_with, code, entity, event, operation};

#[tokio::test]
async fn a_stream_has_no_gap_and_no_fork() {
    let bench = bench().await;
    let mut block = Block::new("client-1", 1);
    let empty = block.clone();
    block.send(&bench, &[entity(1, operation(1, "a", "01", "pending"))]).await;
    let first = block.clone();
    let second = block.batch(&[entity(1, operation(1, "a", "02", "sent"))]);
    block.send_batch(&bench, &second).await;
    let third = block.batch(&[]);

    let after = Head { batch: third.batch, hash: third.hash };
    let fourth = Block { head: after, ..block.clone() }.batch(&[]);
    assert_eq!(first.offer(&bench, &fourth).await, Told::Gap { head: block.head });
    let unknown = Block::new("client-2", 1);
    let far = Block { head: block.head, ..unknown.clone() }.batch(&[]);
    assert_eq!(unknown.offer(&bench, &far).await, Told::Gap { head: Head::START });
    // Another batch of a known number, and one that follows another history.
    let other = empty.batch(&[entity(1, operation(1, "b", "01", "pending"))]);
    assert_eq!(block.offer(&bench, &other).await, Told::Fork);
    let foreign = Head { hash: ChainHash([7; 32]), ..block.head };
    let foreign = Block { head: foreign, ..block.clone() }.batch(&[]);
    assert_eq!(block.offer(&bench, &foreign).await, Told::Fork);
    // The same again is acknowledged again and changes nothing.
    let Told::Acknowledged(said) = block.offer(&bench, &second).await else { panic!() };
    assert_eq!((said.batch, said.unjudged), (2, false));
    assert_eq!(bench.count("select count(*) from event").await, 2);
    assert_eq!(bench.count("select count(*) from entity").await, 1);
    block.send_batch(&bench, &third).await;
    assert_eq!(block.head.batch, 3);
}

#[tokio::test]
async fn batches_that_cannot_be_are_refused() {
    let bench = bench().await;
    let block = Block::new("client-1", 1);
    let good = block.batch(&[]);
    let text = serde_json::to_string(&event(1, 1, EventBody::Heartbeat)).unwrap();
    let long = block.batch_of(vec![text; 1_001]);
    let cases = [
        Batch { batch: 0, ..good.clone() },
        Batch { hash: ChainHash([1; 32]), ..good.clone() },
        Batch { events: vec!["{}".to_owned()], ..good.clone() },
        long,
    ];
    for batch in cases {
        let said: Said = bench.post("client-1", "/v1/batches", &batch).await;
        assert_eq!(code(said), "invalid-request", "{}", batch.batch);
    }
    assert_eq!(bench.count("select count(*) from batch").await, 0);
}

#[tokio::test]
async fn without_a_register_nothing_is_judged() {
    let bench = bench_with(|_| {}).await;
    let block = Block::new("client-1", 1);
    let said: Said = bench.post("client-1", "/v1/batches", &block.batch(&[])).await;
    assert_eq!(code(said), "not-ready");
}

async fn stands(bench: &super::bench::Bench, block: &Block) -> (String, Marks, bool) {
    let loaded = bench.load(&block.load(1, 1)).await;
    let entities = &loaded.customers[0].entities;
    assert_eq!(entities.len(), 1);
    let entity = &entities[0];
    (entity.order_key.clone(), entity.marks, entity.late)
}

#[tokio::test]
async fn the_higher_key_stands_marks_join_and_what_is_final_stays() {
    let bench = bench().await;
    let mut block = Block::new("client-1", 1);
    let mut sent = operation(1, "a", "0202", "sent");
    sent.marks.cancel_requested = true;
    block.send(&bench, &[entity(1, sent)]).await;
    let mut older = operation(1, "a", "0101", "pending");
    older.marks.asked = Generation(9);
    older.marks.unfenced = true;
    // Older and newer versions in one batch, the final one before another end.
    block.send(&bench, &[entity(1, older)]).await;
    let marks =
        Marks { cancel_requested: true, unfenced: true, asked: Generation(9), ..Marks::default() };
    assert_eq!(stands(&bench, &block).await, ("0202".to_owned(), marks, false));
    let events = [
        entity(1, operation(1, "a", "0303", "executed")),
        entity(1, operation(1, "a", "0304", "executed")),
    ];
    block.send(&bench, &events).await;
    assert_eq!(stands(&bench, &block).await, ("0303".to_owned(), marks, false));
    assert_eq!(bench.count("select count(*) from entity_conflict").await, 0);
    block.send(&bench, &[entity(1, operation(1, "a", "0305", "rejected"))]).await;
    let marks = Marks { conflict: true, ..marks };
    assert_eq!(stands(&bench, &block).await, ("0303".to_owned(), marks, false));
    let lost = "select count(*) from entity_conflict where why = 'two_ends' and payload like \
        '%rejected%'";
    assert_eq!(bench.count(lost).await, 1);
}

#[tokio::test]
async fn of_equal_keys_the_larger_fingerprint_stands_and_the_loser_is_kept() {
    let bench = bench().await;
    let mut block = Block::new("client-1", 1);
    let versions = ["x", "y"].map(|text| {
        let mut template = operation(1, "t", "01", "pending");
        template.kind = "template".to_owned();
        template.payload = json!(text);
        entity(1, template)
    });
    for order in [[0, 1], [1, 0]] {
        for n in order {
            block.send(&bench, std::slice::from_ref(&versions[n])).await;
        }
        let hash = |text: &str| common::fingerprint::sha256(json!(text).to_string().as_bytes());
        let winner = if hash("x") > hash("y") { "\"x\"" } else { "\"y\"" };
        let found = format!("select count(*) from entity where payload = '{winner}'");
        assert_eq!(bench.count(&found).await, 1);
        let lost = format!("select count(*) from entity_conflict where payload <> '{winner}'");
        assert!(bench.count(&lost).await > 0);
        let wrong = format!("select count(*) from entity_conflict where payload = '{winner}'");
        assert_eq!(bench.count(&wrong).await, 0);
    }
    // Both in one batch.
    let mut other = Block::new("client-2", 1);
    other.send(&bench, &[]).await;
    block.send(&bench, &versions).await;
    assert_eq!(bench.count("select count(*) from entity").await, 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_and_hides_that_a_view_is_complete() {
    let bench = bench().await;
    let mut block = Block::new("client-1", 1);
    let good = serde_json::to_string(&entity(1, operation(1, "a", "01", "pending"))).unwrap();
    let strange = good.replace("\"entity\"", "\"dream\"");
    let batch = block.batch_of(vec![good, strange, "not even JSON".to_owned()]);
    let said = block.send_batch(&bench, &batch).await;
    // What belongs nowhere cannot be judged; what it is about cannot be closed.
    assert_eq!((said.late_slices.len(), said.late_customers.len()), (0, 0));
    assert_eq!(bench.count("select count(*) from event where kind = 'raw'").await, 2);
    assert_eq!(bench.count("select count(*) from raw_event where customer_id = 1").await, 1);
    let loaded = bench.load(&block.load(1, 1)).await;
    assert!(loaded.customers[0].incomplete);
    bench.sql("update raw_event set read_at = now() where customer_id = 1").await;
    let loaded = bench.load(&block.load(1, 1)).await;
    assert!(loaded.customers[0].incomplete, "the other may be about anybody");
    bench.sql("update raw_event set read_at = now()").await;
    let loaded = bench.load(&block.load(1, 1)).await;
    assert!(!loaded.customers[0].incomplete);
}

#[tokio::test]
async fn two_streams_may_make_one_entity_at_once() {
    let bench = bench().await;
    let mut blocks = [Block::new("client-1", 1), Block::new("client-2", 1)];
    let [first, second] = &mut blocks;
    let events: Vec<_> =
        (1..200).map(|customer| entity(1, operation(customer, "a", "01", "pending"))).collect();
    let (a, b) = tokio::join!(first.send(&bench, &events), second.send(&bench, &events));
    assert_eq!((a.batch, b.batch), (1, 1));
    assert_eq!(bench.count("select count(*) from entity").await, 199);
    assert_eq!(bench.count("select count(*) from event").await, 398);
    // Whoever was second found it.
    let written = "select count(*) from entity where late";
    assert_eq!(bench.count(written).await, 199);
}

#[tokio::test]
async fn a_heartbeat_is_noted_and_never_late() {
    let bench = bench().await;
    let mut backup = Block::new("backup-2", 1);
    let mut beat = event(1, 0, EventBody::Heartbeat);
    beat.home = super::bench::name("backup-2");
    let said = backup.send(&bench, &[beat]).await;
    assert_eq!(said.late_slices, []);
    let noted = "select count(*) from stream where heartbeat_at is not null";
    assert_eq!(bench.count(noted).await, 1);
}

#[tokio::test]
async fn customers_are_listed_by_slice() {
    let bench = bench().await;
    let mut block = Block::new("client-1", 1);
    let here: Vec<u64> = (1..2_000).filter(|id| super::bench::slice(*id).number() == 5).collect();
    let events: Vec<_> = here
        .iter()
        .map(|id| {
            let state = if id % 2 == 0 { "pending" } else { "executed" };
            entity(1, operation(*id, "a", "01", state))
        })
        .collect();
    block.send(&bench, &events).await;
    let mut found = Vec::new();
    loop {
        let after = found.last().copied().unwrap_or(0);
        let query = json!({
            "home": "client-1", "slice": 5, "after": after, "limit": 7, "open_only": false,
        });
        let page: common::wire::archive::Page =
            bench.post("backup-2", "/v1/slices/customers", &query).await.unwrap();
        if page.customers.is_empty() {
            break;
        }
        found.extend(page.customers.iter().map(|CustomerId(id)| *id));
    }
    assert_eq!(found, here);
    let query =
        json!({ "home": "client-1", "slice": 5, "after": 0, "limit": 1000, "open_only": true });
    let page: common::wire::archive::Page =
        bench.post("backup-2", "/v1/slices/customers", &query).await.unwrap();
    let even: Vec<u64> = here.iter().copied().filter(|id| id % 2 == 0).collect();
    assert_eq!(page.customers.iter().map(|id| id.0).collect::<Vec<_>>(), even);
    for limit in [0, 1_001] {
        let query = json!({ "home": "client-1", "slice": 5, "after": 0, "limit": limit });
        let said: Said = bench.post("backup-2", "/v1/slices/customers", &query).await;
        assert_eq!(code(said), "invalid-request");
    }
}
