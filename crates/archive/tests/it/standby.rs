//! The archive and its standby: nothing is acknowledged that only one has, unless two persons say
//! so.

use archive::store::MIGRATIONS;
use common::wire::archive::{SetStandby, Standby, actions};
use testkit::Postgres;

use super::bench::{Bench, Block, Said, bench, code, entity, operation, over};
use super::moves::approval;

fn wish(alone: bool, approval: Option<uuid::Uuid>) -> SetStandby {
    SetStandby {
        alone,
        reason: "the other data centre is gone".to_owned(),
        decided_by: "anna".to_owned(),
        approval,
    }
}

async fn put(bench: &Bench, wish: &SetStandby) -> Said {
    bench.post("router", "/v1/standby", wish).await
}

#[tokio::test]
async fn without_its_standby_nothing_is_acknowledged_until_two_persons_say_so() {
    // Of its own: this changes the whole server.
    let postgres = Postgres::start().await;
    let db = postgres.database(&MIGRATIONS).await;
    // The test cluster commits without waiting for anything; a database can say otherwise.
    let name = db.url.rsplit_once('/').unwrap().1;
    let on = format!("alter database {name} set synchronous_commit = on");
    db.client().await.batch_execute(&on).await.unwrap();
    let bench = over(db, |config| config.archive.synchronous_standby = true).await;
    bench.seed(&["client-1"]).await;
    let shown: Standby = bench.get("router", "/v1/standby").await.unwrap();
    assert!(shown.configured && shown.alone, "it waits for nobody");
    assert!(bench.register().await.alone);

    bench.sql("alter system set synchronous_standby_names = 'nobody'").await;
    bench.sql("select pg_reload_conf()").await;
    let waits = || async { !bench.get::<Standby>("router", "/v1/standby").await.unwrap().alone };
    testkit::eventually("it waits", waits).await;
    let mut block = Block::new("client-1", 1);
    let batch = block.batch(&[entity(1, operation(1, "a", "01", "pending"))]);
    let peer = bench.peer("client-1", "client-1");
    let request = platform::rpc::Request::post("/v1/batches", &batch);
    let within = std::time::Duration::from_millis(500);
    let said = peer.call::<serde_json::Value, _>(request, within).await;
    assert!(said.is_err(), "{said:?}");

    assert_eq!(code(put(&bench, &wish(true, None)).await), "approval-needed");
    let other = approval(&bench, "something else", true).await;
    assert_eq!(code(put(&bench, &wish(true, Some(other))).await), "approval-invalid");
    let silent = SetStandby { reason: String::new(), ..wish(true, None) };
    assert_eq!(code(put(&bench, &silent).await), "invalid-request");
    let good = approval(&bench, actions::STAND_ALONE, true).await;
    put(&bench, &wish(true, Some(good))).await.unwrap();
    testkit::eventually("it shows", || async { bench.register().await.alone }).await;
    block.send_batch(&bench, &batch).await;
    assert_eq!(bench.count("select count(*) from entity").await, 1);
}

#[tokio::test]
async fn an_archive_without_a_standby_is_not_alone() {
    let bench = bench().await;
    let shown: Standby = bench.get("router", "/v1/standby").await.unwrap();
    assert!(!shown.configured && !shown.alone);
}
