//! The bound on the time for headers, without work for the clock at every request.
//!
//! hyper sets a timer when it begins to wait for a request and throws it away when the request is
//! there: with tokio's timer two changes of the wheel for each. Here a connection has one timer. It
//! is moved only when it rings too early, which is at most once in the time for headers, and the
//! bound stays exact: later bounds come later.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

type Bell = Arc<Mutex<Pin<Box<tokio::time::Sleep>>>>;

/// The timer of one connection, for bounds that never come before an earlier one.
#[derive(Debug)]
pub(super) struct ConnectionTimer {
    bell: Bell,
}

impl ConnectionTimer {
    /// That rings first when `within` has passed.
    pub(super) fn new(within: Duration) -> Self {
        Self { bell: Arc::new(Mutex::new(Box::pin(tokio::time::sleep(within)))) }
    }
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Bound { bell: self.bell.clone(), deadline: deadline.into() })
    }
}

#[derive(Debug)]
struct Bound {
    bell: Bell,
    deadline: tokio::time::Instant,
}

impl Future for Bound {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut bell = self.bell.lock().unwrap_or_else(PoisonError::into_inner);
        while bell.as_mut().poll(context).is_ready() {
            if bell.deadline() >= self.deadline {
                return Poll::Ready(());
            }
            bell.as_mut().reset(self.deadline);
        }
        Poll::Pending
    }
}

impl Sleep for Bound {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_bound_is_kept_to_the_moment() {
        let second = Duration::from_secs(1);
        let timer = ConnectionTimer::new(second);
        let began = tokio::time::Instant::now();
        for (waits, ends) in [(second, 1), (second * 5, 6), (second, 7)] {
            let deadline = tokio::time::Instant::now() + waits;
            timer.sleep_until(deadline.into()).await;
            assert_eq!(began.elapsed(), second * ends);
        }
    }
}
