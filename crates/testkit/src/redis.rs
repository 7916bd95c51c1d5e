//! Redis for tests.

use std::time::Duration;

use tokio::sync::OnceCell;

use crate::server::{Server, free_port};
use crate::wait::eventually_within;

const START: Duration = Duration::from_secs(20);

const RUN: &str = r#"
redis-server --bind 127.0.0.1 --port "$PORT" --dir "$dir" --save "" --appendonly no \
  >"$dir/log" 2>&1 & server=$!
"#;

/// A private Redis. Ends when dropped, and with the process at the latest.
#[derive(Debug)]
pub struct Redis {
    /// `redis://host:port`.
    pub url: String,
    _server: Server,
}

/// The URL of this test binary's Redis, started by the first who asks. Tests share it: use keys of
/// your own, and [`Redis::start`] where a test flushes or stops it.
pub async fn redis() -> String {
    static SHARED: OnceCell<Redis> = OnceCell::const_new();
    SHARED.get_or_init(Redis::start).await.url.clone()
}

impl Redis {
    /// A Redis that nobody else uses.
    pub async fn start() -> Self {
        let port = free_port();
        let server = Server::start(RUN, "KILL", &[("PORT", &port.to_string())]);
        let url = format!("redis://127.0.0.1:{port}");
        eventually_within(START, "Redis answers", || async { answers(&url).await }).await;
        Self { url, _server: server }
    }
}

async fn answers(url: &str) -> bool {
    let Ok(client) = redis::Client::open(url) else {
        return false;
    };
    let Ok(mut connection) = client.get_multiplexed_async_connection().await else {
        return false;
    };
    redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
}
