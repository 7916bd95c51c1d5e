//! Redis as a look-aside: it may hang, die and come back, and costs next to nothing meanwhile.

use std::time::Duration;

use common::Timestamp;
use platform::Clock;
use platform::cache::Cache;
use testkit::{Redis, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::server::defaults;

const TTL: Duration = Duration::from_mins(1);

fn cache(url: &str) -> (Cache, Clock) {
    let mut config = defaults().redis;
    url.clone_into(&mut config.url);
    let clock = Clock::by_hand(Timestamp::from_unix_ms(1_800_000_000_000));
    (Cache::new(&config, clock.clone()).unwrap(), clock)
}

async fn pause(redis: &Redis, ms: u64) {
    let mut stream = TcpStream::connect(redis.url.trim_start_matches("redis://")).await.unwrap();
    stream.write_all(format!("CLIENT PAUSE {ms} ALL\r\n").as_bytes()).await.unwrap();
    let mut answer = [0_u8; 5];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"+OK\r\n");
}

#[tokio::test]
async fn it_keeps_counts_and_forgets() {
    let redis = testkit::redis().await;
    let (cache, _) = cache(&redis);
    assert_eq!(cache.get("platform:a").await, None);
    cache.put("platform:a", b"one", TTL).await;
    assert_eq!(cache.get("platform:a").await.as_deref(), Some(&b"one"[..]));
    cache.forget("platform:a").await;
    assert_eq!(cache.get("platform:a").await, None);
    for n in 1..=3 {
        assert_eq!(cache.count("platform:n", TTL).await, Some(n));
    }
    cache.put("platform:short", b"x", Duration::from_millis(1)).await;
    eventually("it has expired", async || cache.get("platform:short").await.is_none()).await;
}

#[tokio::test]
async fn a_hanging_redis_costs_one_time_out_and_then_rests() {
    let redis = Redis::start().await;
    let (cache, clock) = cache(&redis.url);
    cache.put("a", b"one", TTL).await;
    pause(&redis, 1_500).await;
    let began = Instant::now();
    assert_eq!(cache.get("a").await, None);
    let first = began.elapsed();
    assert!(first >= Duration::from_millis(45), "{first:?}");
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(cache.get("a").await, None);
        cache.put("b", b"x", TTL).await;
        cache.forget("c").await;
        assert_eq!(cache.count("d", TTL).await, None);
    }
    let rest = began.elapsed();
    assert!(rest < Duration::from_millis(200), "{rest:?}");
    eventually("it answers again after its rest", async || {
        clock.advance_ms(1_000);
        cache.get("a").await.as_deref() == Some(b"one")
    })
    .await;
}

#[tokio::test]
async fn a_dead_or_absent_redis_is_an_empty_one() {
    let redis = Redis::start().await;
    let (cache, clock) = cache(&redis.url);
    cache.put("a", b"one", TTL).await;
    assert!(cache.get("a").await.is_some());
    drop(redis);
    for _ in 0..3 {
        let began = Instant::now();
        assert_eq!(cache.get("a").await, None);
        assert!(began.elapsed() < Duration::from_secs(1));
        clock.advance_ms(1_000);
    }
    let (none, _) = self::cache("");
    none.put("a", b"one", TTL).await;
    assert_eq!((none.get("a").await, none.count("a", TTL).await), (None, None));
}
