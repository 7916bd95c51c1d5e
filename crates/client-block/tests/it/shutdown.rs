//! The end of a process: what is under way is finished, nothing new begins, readiness says so.

use std::time::Duration;

use testkit::eventually;
use tokio::net::TcpStream;

use crate::bank::Bank;
use crate::operations::{id_of, new_key, own};
use crate::stand_in::Act;

#[tokio::test]
async fn a_request_under_way_is_finished_and_nothing_new_begins() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.gateway.execute_ms = 8_000).await;
    client_block::serve::start(&process.block, &process.ready);
    let anna = bank.anna(&process).await;
    let intent = anna.review(&own("10.00")).await;
    let key = new_key();
    bank.gateway.next("execute", Act::Hang);
    let order = anna.order(&key, &intent);
    let stopping = async {
        eventually("the order is with the back office", || async {
            !bank.gateway.calls("execute").is_empty()
        })
        .await;
        assert_eq!(process.phone().get("/readyz").await.status, 200);
        let stop = process.tasks.stop(Duration::from_secs(15));
        let then = async {
            for address in [process.web, process.mobile, process.internal] {
                eventually("new connections are refused", || async {
                    TcpStream::connect(address).await.is_err()
                })
                .await;
            }
            eventually("it is not ready", || async { !process.ready.is_set() }).await;
            bank.gateway.release(1);
        };
        let (ended, ()) = tokio::join!(stop, then);
        assert!(ended, "all tasks ended in time");
    };
    let (reply, ()) = tokio::join!(order, stopping);
    assert_eq!(reply.ok()["state"], "executed");
    assert_eq!(bank.gateway.effects(id_of(crate::bank::ANNA, &key)), 1);
    let rest = "select count(*) from operation_token";
    assert_eq!(bank.number(rest).await, 0, "and it was written down");
}

#[tokio::test]
async fn what_hangs_longer_than_the_drain_is_cut_and_goes_on_elsewhere() {
    let bank = Bank::new().await;
    let process = bank
        .process_with(|config| {
            config.gateway.execute_ms = 60_000;
            config.http.drain_ms = 100;
        })
        .await;
    let other = bank.process().await;
    let (anna, there) = (bank.anna(&process).await, bank.anna(&other).await);
    let intent = anna.review(&own("10.00")).await;
    let key = new_key();
    bank.gateway.next("execute", Act::WorkThenHang);
    let order = anna.order(&key, &intent);
    let stopping = async {
        eventually("the order is with the back office", || async {
            !bank.gateway.calls("execute").is_empty()
        })
        .await;
        process.tasks.stop(Duration::from_secs(2)).await;
    };
    tokio::select! {
        biased;
        () = stopping => {}
        reply = order => panic!("answered after all: {reply:?}"),
    }
    other.start_worker();
    let id = id_of(crate::bank::ANNA, &key);
    bank.clock.advance_ms(31_000);
    crate::operations::becomes(&bank, &there, id, "executed").await;
    assert_eq!(bank.gateway.effects(id), 1);
}

#[tokio::test]
async fn readiness_follows_the_database_and_the_schema() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.register.reload_ms = 20).await;
    process.ready.set(false);
    assert_eq!(process.phone().get("/readyz").await.code(), "not-ready");
    client_block::serve::start(&process.block, &process.ready);
    let ready = async || process.phone().get("/readyz").await.status == 200;
    eventually("it is ready", async || ready().await).await;
    bank.sql("alter table _sqlx_migrations rename to elsewhere").await;
    eventually("it is not ready without its schema", async || !ready().await).await;
    assert_eq!(process.phone().get("/livez").await.status, 200, "but alive");
    bank.sql("alter table elsewhere rename to _sqlx_migrations").await;
    eventually("it is ready again", async || ready().await).await;
    let metrics = process.phone().get("/metrics").await;
    assert_eq!(metrics.status, 200);
    process.stop().await;
}
