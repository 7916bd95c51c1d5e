//! What the schema refuses, and that hot statements use an index.

use std::time::Duration;

use common::CustomerId;
use router_block::store::{changes, customers, settling};
use sqlx::Connection as _;

use crate::bank::Bank;

const BAD_CUSTOMERS: &[(&str, &str)] = &[
    ("2, 'anna', '+79000000002', 'A', 'c', 'staff', 'active'", "customer_login_unique"),
    ("2, 'b', '+79000000001', 'A', 'c', 'staff', 'active'", "customer_phone_unique"),
    ("2, 'B', '+79000000002', 'A', 'c', 'staff', 'active'", "customer_login_lower"),
    ("2, 'b', '+79000000002', 'A', 'c', 'king', 'active'", "customer_cohort_known"),
    ("2, 'b', '+79000000002', 'A', 'c', 'staff', 'gone'", "customer_state_known"),
    ("0, 'b', '+79000000002', 'A', 'c', 'staff', 'active'", "customer_id_range"),
    ("4294967296, 'b', '+79000000002', 'A', 'c', 'staff', 'active'", "customer_id_range"),
    ("1, 'b', '+79000000002', 'A', 'c', 'staff', 'active'", "customer_pkey"),
];

#[tokio::test]
async fn constraints_hold() {
    let bank = Bank::new().await;
    let client = bank.db.client().await;
    let columns = "(customer_id, login, phone, name, home, cohort, state)";
    let insert = |values: &str| format!("insert into customer {columns} values ({values})");
    client
        .batch_execute(&insert("1, 'anna', '+79000000001', 'A', 'client-1', 'staff', 'active'"))
        .await
        .unwrap();
    for (values, constraint) in BAD_CUSTOMERS {
        let error = client.batch_execute(&insert(values)).await.unwrap_err();
        let found = error.as_db_error().unwrap().constraint();
        assert_eq!(found, Some(*constraint), "{values}");
    }
    for (values, constraint) in [
        ("'c', 64, 1, 'c', 1, 'active', 0, 1, '', ''", "placement_slice_check"),
        ("'c', 1, 1, 'c', 1, 'gone', 0, 1, '', ''", "placement_state_known"),
    ] {
        let insert = format!(
            "insert into placement (home, slice, generation, owner, owner_since, state,
                 sessions_from_generation, revision, reason, decided_by) values ({values})"
        );
        let error = client.batch_execute(&insert).await.unwrap_err();
        assert_eq!(error.as_db_error().unwrap().constraint(), Some(constraint), "{values}");
    }
    let second = client.batch_execute("insert into feed_state values (true, 1)").await;
    assert_eq!(second.unwrap_err().as_db_error().unwrap().constraint(), Some("feed_state_pkey"));
}

/// The statements as the router makes them, by PostgreSQL's own count of scans.
#[tokio::test]
async fn hot_statements_read_no_whole_table() {
    let bank = Bank::new().await;
    let client = bank.db.client().await;
    client
        .batch_execute(
            "insert into customer (login, phone, name, home, cohort, state, settled_revision)
             select 'c' || n, '+79' || lpad(n::text, 9, '0'), 'N', 'client-1', 'regular',
                    'active', 1
               from generate_series(1, 20000) n;
             insert into customer_change (customer_id, login, phone, home, cohort)
             select customer_id, login, phone, home, cohort from customer;
             analyze customer; analyze customer_change;",
        )
        .await
        .unwrap();
    let scans = async || {
        let sum = "select sum(seq_scan)::bigint from pg_stat_user_tables
                    where relname in ('customer', 'customer_change')";
        client.query_one(sum, &[]).await.unwrap().get::<_, i64>(0)
    };
    let before = scans().await;
    let mut db = sqlx::PgConnection::connect(&bank.db.url).await.unwrap();
    let phone = "+79000000005".parse().unwrap();
    let id = CustomerId(77);
    let soon = Duration::from_secs(1);
    customers::by_id(&mut db, id).await.unwrap().unwrap();
    let found = customers::by_login_or_phone(&mut db, "c9", &phone).await.unwrap();
    assert_eq!(found.len(), 2);
    let new = "+78000000000".parse().unwrap();
    customers::set_keys(&mut db, id, "new", &new, Duration::ZERO).await.unwrap();
    assert_eq!(settling::due(&mut db, 100).await.unwrap(), [id]);
    settling::postpone(&mut db, id, soon, soon).await.unwrap();
    settling::settled(&mut db, id, 2).await.unwrap();
    assert!(!customers::join(&mut db, id).await.unwrap());
    assert!(!customers::activate(&mut db, id, soon).await.unwrap());
    customers::release(&mut db, id).await.unwrap();
    assert_eq!(changes::last(&mut db).await.unwrap(), 20_000);
    let last = changes::after(&mut db, 19_900, 500).await.unwrap().unwrap();
    assert_eq!(last.len(), 100);
    assert_eq!(changes::prune(&mut db, 0, 10).await.unwrap(), 10);
    sqlx::query("select pg_stat_force_next_flush()").execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    assert_eq!(scans().await, before, "a statement read a whole table");
    // This can be seen at all:
    client.batch_execute("select count(name) from customer").await.unwrap();
    client.batch_execute("select pg_stat_force_next_flush()").await.unwrap();
    assert!(scans().await > before);
}
