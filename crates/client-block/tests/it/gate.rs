//! The gate of a slice, proved with PostgreSQL's own list of locks: a row is adopted when nobody is
//! inside, and nobody who waited outside writes under what was before.

use client_block::store::placement;
use common::placement::{Placement, PlacementState};
use common::{Generation, Revision};
use testkit::eventually;

use crate::bank::{ANNA, Bank, first_row, name};
use crate::operations::{cancel, new_key, own, taken, to_boris};

/// Transactions of this database that wait for a gate in this mode.
async fn waiting(bank: &Bank, mode: &str) -> i64 {
    let sql = format!(
        "select count(*) from pg_locks l join pg_database d on d.oid = l.database
         where d.datname = current_database() and l.locktype = 'advisory' and not l.granted
             and l.mode = '{mode}'"
    );
    bank.number(&sql).await
}

fn moved() -> Placement {
    Placement {
        owner: name("backup"),
        state: PlacementState::Moved,
        generation: Generation(2),
        owner_since: Generation(2),
        revision: Revision(2),
        ..first_row(ANNA)
    }
}

#[tokio::test]
async fn a_transaction_inside_the_gate_delays_adoption() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &to_boris("10.00")).await;
    // Somebody holds the operation's row: the cancellation falls asleep inside the gate.
    let holder = bank.db.client().await;
    holder.batch_execute("begin; select 1 from operation for update").await.unwrap();
    let sleeper = cancel(&anna, sent.id);
    let row = [moved()];
    let adoption = process.place(&row);
    let generations = "select max(generation) from placement";
    let observed = async {
        eventually("the adoption waits at the gate", || async {
            waiting(&bank, "ExclusiveLock").await == 1
        })
        .await;
        assert_eq!(bank.number(generations).await, 1, "not while somebody is inside");
        holder.batch_execute("commit").await.unwrap();
    };
    let begun = async {
        let asleep = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'
                and query like '%from operation%'";
        eventually("the cancellation sleeps", || async { bank.number(asleep).await == 1 }).await;
        tokio::join!(adoption, observed)
    };
    let (cancelled, (adopted, ())) = tokio::join!(sleeper, begun);
    assert_eq!(adopted.ok()["adopted"], 1);
    assert_eq!(bank.number(generations).await, 2);
    // What was inside has been written under the old generation; what came after was refused.
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    let wish = "select count(*) from operation where cancel_requested and generation = 1";
    assert_eq!(bank.number(wish).await, 1);
    assert_eq!(anna.get("/v1/operations").await.code(), "placement-moved");
    let after = "select count(*) from outbox where kind = 'operation' and generation > 1";
    assert_eq!(bank.number(after).await, 0);
}

#[tokio::test]
async fn whoever_waited_outside_sees_the_new_row() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let intent = anna.review(&own("10.00")).await;
    let mut connection = process.block.db.connection().await.unwrap();
    let tx = connection.transaction().await.unwrap();
    placement::shut_gates(&tx, &[(&moved().home, moved().slice)]).await.unwrap();
    let key = new_key();
    let order = anna.order(&key, &intent);
    let change = async {
        eventually("the order waits at the gate", || async {
            waiting(&bank, "ShareLock").await == 1
        })
        .await;
        assert_eq!(placement::put(&tx, &[&moved()]).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
    };
    let (reply, ()) = tokio::join!(order, change);
    // The copy in memory had admitted it; the row behind the gate did not.
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (421, "placement-moved"));
    assert_eq!(bank.number("select count(*) from operation").await, 0);
    assert_eq!(bank.gateway.calls("execute").len(), 0);
}

#[tokio::test]
async fn a_change_of_reason_does_not_shut_the_gate() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let mut connection = process.block.db.connection().await.unwrap();
    let tx = connection.transaction().await.unwrap();
    let scope = client_block::block::Scope::new(ANNA, name("client-1"));
    placement::enter_gate(&tx, &scope).await.unwrap();
    let explained = Placement {
        revision: Revision(2),
        reason: "said in other words".to_owned(),
        ..first_row(ANNA)
    };
    assert_eq!(process.place(&[explained]).await.ok()["adopted"], 1, "with somebody inside");
    tx.commit().await.unwrap();
}
