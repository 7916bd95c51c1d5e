//! A new life of the archive's database: whom it hears, and what it makes of the register
//! (protocol §4).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use archive::config::Config;
use axum::routing::get;
use axum::{Json, Router};
use common::placement::{Placement, PlacementState};
use common::wire::archive::{
    Automation, ExcuseWitness, MoveState, MoveView, Register, Witness, Witnessed, actions,
};
use common::{Generation, Incarnation, Revision};
use serde_json::json;
use uuid::Uuid;

use super::bench::{Bench, Block, Said, bench, code, entity, name, operation, slice};
use super::moves::approval;

/// A gateway that says where its highest fence is.
async fn gateway(fence: Arc<AtomicI64>) -> String {
    let answer = move || {
        let fence = fence.clone();
        async move { Json(json!({ "highest": fence.load(Ordering::SeqCst) })) }
    };
    let routes = Router::new().route("/v1/fences", get(answer));
    let bound = platform::http::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = bound.address;
    let config = Config::load(None).unwrap();
    platform::http::serve(&platform::Tasks::new(), bound, routes, &config.http);
    format!("http://{address}")
}

/// The archive was promoted: its database begins a new life.
async fn promoted(bench: &Bench, witnesses: &[&str], gateway: Option<String>) -> Bench {
    bench.stop().await;
    bench.sql("update life set incarnation = '00000000' || substr(incarnation, 9)").await;
    let witnesses: Vec<String> = witnesses.iter().map(|&name| name.to_owned()).collect();
    let change = |config: &mut Config| {
        config.archive.witnesses = Some(witnesses.clone());
        config.archive.recovery_ms = 20;
        if let Some(url) = &gateway {
            let peer = platform::config::Peer::at(url.clone());
            config.peers.insert("gateway".to_owned(), peer);
        }
    };
    super::bench::over(bench.db.clone(), change).await
}

async fn witness(
    bench: &Bench,
    service: &str,
    life: Incarnation,
    resent: bool,
    rows: &[Placement],
) -> Witnessed {
    let witness = Witness { life, resent, rows: rows.to_vec() };
    bench.post(service, "/v1/witness", &witness).await.unwrap()
}

async fn recovered(bench: &Bench) -> Register {
    let done = || async { !bench.register().await.recovering };
    testkit::eventually("it has recovered", done).await;
    bench.register().await
}

#[tokio::test]
async fn every_row_is_set_far_above_what_was_issued() {
    let bench = bench().await;
    let mut block = Block::new("client-1", 1);
    block.send(&bench, &[entity(1, operation(1, "early", "01", "pending"))]).await;
    let own = bench.row("client-1", slice(1)).await;
    let fence = Arc::new(AtomicI64::new(3));
    let url = gateway(fence).await;
    let new = promoted(&bench, &["client-1", "router", "gateway"], Some(url)).await;
    let life = new.register().await.life;
    // A move that the archive has forgotten: the router knows of it.
    let forgotten = Placement {
        owner: name("backup-2"),
        owner_incarnation: Some(Block::new("backup-2", 4).stream.incarnation),
        state: PlacementState::Moved,
        generation: Generation(7),
        owner_since: Generation(7),
        revision: Revision(9),
        ..own
    };
    let said = witness(&new, "router", life, false, std::slice::from_ref(&forgotten)).await;
    assert!(said.recovering && said.missing.contains(&"client-1".to_owned()));
    // What was written before it knew of this life comes first: a copy alone is not enough.
    let said = witness(&new, "client-1", life, false, &[]).await;
    assert!(said.missing.contains(&"client-1".to_owned()));
    let late = entity(1, operation(1, "meanwhile", "01", "pending"));
    assert!(block.send(&new, &[late]).await.unjudged);
    witness(&new, "client-1", life, true, &[]).await;
    let register = recovered(&new).await;
    assert_eq!(register.rows.len(), 128);
    let row = new.row("client-1", slice(1)).await;
    assert_eq!((row.owner.as_str(), row.state), ("backup-2", PlacementState::Moved));
    assert_eq!((row.generation, row.revision), (Generation(1_007), Revision(1_009)));
    let other = new.row("client-2", slice(1)).await;
    assert_eq!((other.generation, other.revision), (Generation(1_003), Revision(1_001)));
    // What came meanwhile is judged against the rows as they are now, and everybody counts as
    // loaded.
    assert_eq!(new.count("select count(*) from unjudged_batch").await, 0);
    assert_eq!(new.count("select count(*) from batch where unjudged").await, 0);
    let judged = "select count(*) from event where late = 'slice' and asked = 7";
    assert_eq!(new.count(judged).await, 1);
    let met = "select count(*) from block_life where block = 'backup-2'";
    assert_eq!(new.count(met).await, 1);
    let shown: Automation = new.get("router", "/v1/automation").await.unwrap();
    assert!(shown.last_move_at.is_some());
    assert_eq!(witness(&new, "router", life, false, &[]).await.missing, Vec::<String>::new());
}

#[tokio::test]
async fn a_row_that_was_lost_comes_back_from_a_copy() {
    let bench = bench().await;
    let row = bench.row("client-2", slice(1)).await;
    bench.sql("delete from placement where home = 'client-2'").await;
    let new = promoted(&bench, &["router"], None).await;
    let life = new.register().await.life;
    witness(&new, "router", life, false, std::slice::from_ref(&row)).await;
    let register = recovered(&new).await;
    assert_eq!(register.rows.len(), 65);
    assert_eq!(new.row("client-2", row.slice).await.generation, Generation(1_001));
}

#[tokio::test]
async fn a_drain_under_way_is_given_up() {
    let bench = bench().await;
    let backup = Block::new("backup-2", 1);
    let drain = super::moves::drain(&backup, super::moves::slices(&[5], 1));
    super::moves::take(&bench, &drain).await;
    let new = promoted(&bench, &[], None).await;
    recovered(&new).await;
    let views: Vec<MoveView> = new.get("router", "/v1/moves").await.unwrap();
    assert_eq!(views[0].state, MoveState::Aborted);
}

#[tokio::test]
async fn two_persons_excuse_a_witness() {
    let bench = bench().await;
    let new = promoted(&bench, &["client-1", "gateway"], None).await;
    let missing: Witnessed = new.get("launcher", "/v1/witness").await.unwrap();
    assert_eq!(missing.missing, ["client-1", "gateway"]);
    let wish = |service: &str, approval| ExcuseWitness {
        service: service.to_owned(),
        reason: "it burned".to_owned(),
        decided_by: "anna".to_owned(),
        approval,
    };
    let excuse = async |wish: &ExcuseWitness| -> Said {
        new.post("router", "/v1/witness/excuse", wish).await
    };
    assert_eq!(code(excuse(&wish("client-1", None)).await), "approval-needed");
    assert_eq!(code(excuse(&wish("client-1", Some(Uuid::nil()))).await), "approval-invalid");
    assert_eq!(code(excuse(&wish("pilot", None)).await), "invalid-request");
    let one = approval(&new, &actions::excuse("client-1"), true).await;
    assert_eq!(code(excuse(&wish("gateway", Some(one))).await), "approval-invalid");
    excuse(&wish("client-1", Some(one))).await.unwrap();
    assert!(new.register().await.recovering);
    let other = approval(&new, &actions::excuse("gateway"), true).await;
    excuse(&wish("gateway", Some(other))).await.unwrap();
    recovered(&new).await;
    assert_eq!(new.count("select count(*) from audit where action = 'excuse'").await, 2);
}

#[tokio::test]
async fn what_was_meant_for_another_life_counts_for_nothing() {
    let bench = bench().await;
    let old = bench.register().await.life;
    let new = promoted(&bench, &["router"], None).await;
    let said = witness(&new, "router", old, false, &[]).await;
    assert_eq!(said.missing, ["router"]);
    assert_eq!(new.count("select count(*) from witness").await, 0);
    // No step, no loosening, no load, nothing followed.
    let block = Block::new("client-1", 1);
    assert_eq!(new.load(&block.load(1, 1)).await.customers, []);
    let drain = super::moves::drain(&block, super::moves::slices(&[5], 1));
    let stepped = super::moves::take(&new, &drain).await;
    let refused = stepped.outcomes[0].refused;
    assert_eq!(refused, Some(common::placement::moves::Refused::Recovering));
}
