//! Waiting for a condition with a deadline, instead of sleeping and hoping.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until `condition` holds; panics with `what` after twenty seconds.
pub async fn eventually<F, W>(what: &str, condition: F)
where
    F: FnMut() -> W,
    W: Future<Output = bool>,
{
    eventually_within(PATIENCE, what, condition).await;
}

/// Waits until `condition` holds; panics with `what` when `patience` is over.
pub async fn eventually_within<F, W>(patience: Duration, what: &str, mut condition: F)
where
    F: FnMut() -> W,
    W: Future<Output = bool>,
{
    let deadline = Instant::now() + patience;
    while !condition().await {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_for_the_condition() {
        let mut rounds = 0;
        eventually("five rounds", || {
            rounds += 1;
            std::future::ready(rounds == 5)
        })
        .await;
        assert_eq!(rounds, 5);
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "waited in vain: never")]
    async fn gives_up_with_a_name() {
        eventually("never", || std::future::ready(false)).await;
    }
}
