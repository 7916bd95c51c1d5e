//! Redis as a look-aside that may vanish at any time: every failure is a miss, and after one it is
//! left alone for a while, so that a dead or hanging Redis costs next to nothing (A7).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::clock::Clock;
use crate::config::{ConfigError, Redis};

/// The block's Redis.
#[derive(Clone)]
pub struct Cache {
    connection: Option<ConnectionManager>,
    clock: Clock,
    rest_ms: i64,
    /// Not asked before this time (Unix milliseconds).
    resting_until: Arc<AtomicI64>,
}

impl Cache {
    /// A cache over the configured Redis; connects when first used. Must be called within a
    /// runtime. An empty address gives a cache that is always empty.
    pub fn new(config: &Redis, clock: Clock) -> Result<Self, ConfigError> {
        let bad = |error| ConfigError::Inconsistent(format!("redis.url: {error}"));
        let connection = if config.url.is_empty() {
            None
        } else {
            let client = redis::Client::open(config.url.as_str()).map_err(bad)?;
            let manager = ConnectionManagerConfig::new()
                .set_response_timeout(Some(Duration::from_millis(config.response_timeout_ms)))
                .set_connection_timeout(Some(Duration::from_millis(config.connect_timeout_ms)))
                .set_number_of_retries(1)
                .set_min_delay(Duration::from_millis(10));
            Some(ConnectionManager::new_lazy_with_config(client, manager).map_err(bad)?)
        };
        Ok(Self {
            connection,
            clock,
            rest_ms: i64::try_from(config.rest_ms).unwrap_or(i64::MAX),
            resting_until: Arc::new(AtomicI64::new(0)),
        })
    }

    /// What is stored under `key`, if Redis has it and answers.
    pub async fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.run::<Option<Vec<u8>>>(redis::cmd("GET").arg(key)).await.flatten()
    }

    /// Stores `value` for `ttl`. May silently not happen.
    pub async fn put(&self, key: &str, value: &[u8], ttl: Duration) {
        let ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        self.run::<()>(redis::cmd("SET").arg(key).arg(value).arg("PX").arg(ms)).await;
    }

    /// Forgets `key`. May silently not happen: values must live short enough to bear that.
    pub async fn forget(&self, key: &str) {
        self.run::<i64>(redis::cmd("DEL").arg(key)).await;
    }

    /// Counts one more under `key` within a window of `ttl`; `None` if Redis does not answer.
    pub async fn count(&self, key: &str, ttl: Duration) -> Option<u64> {
        let ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut pipe = redis::pipe();
        pipe.atomic().cmd("SET").arg(key).arg(0).arg("PX").arg(ms).arg("NX").ignore();
        pipe.cmd("INCR").arg(key);
        let mut connection = self.awake()?;
        let result: redis::RedisResult<(u64,)> = pipe.query_async(&mut connection).await;
        self.settle(result).map(|(count,)| count)
    }

    async fn run<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Option<T> {
        let mut connection = self.awake()?;
        let result = command.query_async(&mut connection).await;
        self.settle(result)
    }

    fn awake(&self) -> Option<ConnectionManager> {
        let resting = self.clock.now().unix_ms() < self.resting_until.load(Ordering::Relaxed);
        if resting { None } else { self.connection.clone() }
    }

    fn settle<T>(&self, result: redis::RedisResult<T>) -> Option<T> {
        result
            .inspect_err(|error| {
                let until = self.clock.now().unix_ms().saturating_add(self.rest_ms);
                self.resting_until.store(until, Ordering::Relaxed);
                metrics::counter!("redis_failures_total").increment(1);
                tracing::debug!(%error, "redis did not answer; going on without it");
            })
            .ok()
    }
}
