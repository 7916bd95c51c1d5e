//! The test servers themselves: they come up, serve, and leave nothing behind.
#![cfg(test)]

use sqlx::migrate::Migrator;
use testkit::{Postgres, Redis};

#[tokio::test]
async fn every_test_has_a_database_of_its_own() {
    let migrations = Migrator::with_migrations(Vec::new());
    let postgres = testkit::postgres().await;
    let (one, other) = (postgres.database(&migrations).await, postgres.empty_database().await);
    assert_ne!(one.url, other.url);
    let client = one.client().await;
    client.batch_execute("create table t (n int)").await.unwrap();
    let there = other.client().await;
    assert!(there.batch_execute("select * from t").await.is_err());
}

#[tokio::test]
async fn servers_are_gone_when_they_are_dropped() {
    let postgres = Postgres::start().await;
    let client = postgres.empty_database().await.client().await;
    let row = client.query_one("show data_directory", &[]).await.unwrap();
    let directory: String = row.get(0);
    assert!(std::path::Path::new(&directory).parent().unwrap().exists());
    drop(postgres);
    assert!(!std::path::Path::new(&directory).parent().unwrap().exists());
    assert!(client.simple_query("select 1").await.is_err());

    let redis = Redis::start().await;
    let client = redis::Client::open(redis.url.as_str()).unwrap();
    drop(redis);
    assert!(client.get_multiplexed_async_connection().await.is_err());
}
