//! The pool: waits and statements are bounded, and what a failure means is told apart.

use std::sync::Mutex;
use std::time::Duration;

use platform::StoreError;
use platform::config::Database;
use platform::pg::{Db, Sql as _};
use testkit::{TestDb, eventually};
use tokio::time::Instant;

use crate::server::defaults;

async fn config() -> (TestDb, Database) {
    let db = testkit::postgres().await.empty_database().await;
    let config = Database { url: db.url.clone(), ..defaults().database };
    (db, config)
}

#[tokio::test]
async fn a_free_connection_is_waited_for_in_bounds() {
    let config = Database { pool_max: 1, acquire_timeout_ms: 100, ..config().await.1 };
    let db = Db::new(&config, "test").unwrap();
    let held = db.connection().await.unwrap();
    let began = Instant::now();
    let error = db.connection().await.err().unwrap();
    assert!(matches!(error, StoreError::NoConnection(_)) && error.is_away(), "{error:?}");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(90) && took < Duration::from_secs(5), "{took:?}");
    drop(held);
    assert!(db.connection().await.is_ok());
}

#[tokio::test]
async fn statements_and_idle_transactions_are_cut_by_the_server() {
    let (test_db, config) = config().await;
    let config = Database {
        pool_max: 1,
        statement_timeout_ms: 100,
        idle_in_transaction_timeout_ms: 100,
        ..config
    };
    let db = Db::new(&config, "test").unwrap();
    let mut connection = db.connection().await.unwrap();
    let error = connection.row("select 1 from pg_sleep(60)", &[]).await.unwrap_err();
    assert!(matches!(error, StoreError::Statement(_)), "{error:?}");
    assert!(error.is_away(), "the database was too slow; another try may succeed");
    assert!(connection.row("select 1", &[]).await.is_ok(), "the connection lives");

    let tx = connection.transaction().await.unwrap();
    tx.row("select 1", &[]).await.unwrap();
    let watcher = test_db.client().await;
    let idle = "select count(*) from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'";
    eventually("the server has ended it", async || {
        watcher.query_one(idle, &[]).await.unwrap().get::<_, i64>(0) == 0
    })
    .await;
    let error = tx.row("select 1", &[]).await.unwrap_err();
    assert!(error.is_away(), "{error:?}");
    drop(tx);
    drop(connection);
    assert!(db.connection().await.unwrap().row("select 1", &[]).await.is_ok(), "a fresh one");
}

#[tokio::test]
async fn what_a_failure_means_is_told_apart() {
    let (_, config) = config().await;
    let db = Db::new(&config, "test").unwrap();
    let connection = db.connection().await.unwrap();
    connection.batch_execute("create table t (n int constraint t_pkey primary key)").await.unwrap();
    connection.run("insert into t values (1)", &[]).await.unwrap();
    let twice = connection.run("insert into t values (1)", &[]).await.unwrap_err();
    assert_eq!((twice.constraint(), twice.is_away()), (Some("t_pkey"), false));
    let wrong = connection.run("insert into nowhere values (1)", &[]).await.unwrap_err();
    assert_eq!((wrong.constraint(), wrong.is_away()), (None, false));
    let none = connection.row_opt("select n from t where n = 2", &[]).await.unwrap();
    assert!(none.is_none());

    let other = db.connection().await.unwrap();
    let pid: i32 = connection.row("select pg_backend_pid()", &[]).await.unwrap().get(0);
    other.run("select pg_terminate_backend($1)", &[&pid]).await.unwrap();
    let ended = Mutex::new(None);
    eventually("the connection has ended", async || {
        let error = connection.row("select 1", &[]).await.err();
        *ended.lock().unwrap() = error;
        ended.lock().unwrap().is_some()
    })
    .await;
    let ended = ended.into_inner().unwrap().unwrap();
    assert!(ended.is_away(), "{ended:?}");
    drop(connection);
    eventually("a fresh connection takes its place", async || {
        db.connection().await.unwrap().row("select 1", &[]).await.is_ok()
    })
    .await;

    let away = Database { url: "postgres://nobody@127.0.0.1:1/nowhere".to_owned(), ..config };
    let error = Db::new(&away, "test").unwrap().connection().await.err().unwrap();
    assert!(error.is_away(), "{error:?}");
    let broken = Database { url: "nonsense".to_owned(), ..away };
    assert!(Db::new(&broken, "test").is_err());
}

#[tokio::test]
async fn a_server_says_who_it_is() {
    let db = Db::new(&config().await.1, "test").unwrap();
    let connection = db.connection().await.unwrap();
    let (system, timeline) = platform::life::server(&connection).await.unwrap();
    assert_eq!(timeline, 1, "never promoted");
    assert_eq!(platform::life::server(&connection).await.unwrap(), (system, timeline));
}
