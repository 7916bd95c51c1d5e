//! Leaving a service alone that cannot be reached.
//!
//! It begins with a call that could not be sent. For `rest_ms` no call is tried: each fails at
//! once, which costs its caller nothing and the service no flood of connections when it comes
//! back. Then one call at a time is let through; it ends the rest by getting through, however it is
//! answered, and prolongs it by not getting through.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Until when a service is left alone.
#[derive(Debug)]
pub(super) struct Rest {
    length_ms: u64,
    began: Instant,
    /// In milliseconds since `began`; 0 while the service is called as usual.
    until_ms: AtomicU64,
}

impl Rest {
    /// Rests of this length; of length 0 there are none.
    pub(super) fn new(length: Duration) -> Self {
        let length_ms = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        Self { length_ms, began: Instant::now(), until_ms: AtomicU64::new(0) }
    }

    /// Is the service left alone now?
    pub(super) fn lasts(&self) -> bool {
        let until = self.until_ms.load(Ordering::Relaxed);
        until > 0 && self.now_ms() < until
    }

    /// May a call be tried? When a rest is over, who moves its end tries, and nobody else.
    pub(super) fn lets_through(&self) -> bool {
        let until = self.until_ms.load(Ordering::Relaxed);
        if until == 0 {
            return true;
        }
        let now = self.now_ms();
        let next = now.saturating_add(self.length_ms);
        now >= until
            && self
                .until_ms
                .compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Notes whether a call got through. Says whether that begins a rest.
    pub(super) fn note(&self, got_through: bool) -> bool {
        if got_through {
            if self.until_ms.load(Ordering::Relaxed) != 0 {
                self.until_ms.store(0, Ordering::Relaxed);
            }
            return false;
        }
        if self.length_ms == 0 {
            return false;
        }
        let until = self.now_ms().saturating_add(self.length_ms);
        self.until_ms.swap(until, Ordering::Relaxed) == 0
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_millis(200);

    #[tokio::test(start_paused = true)]
    async fn one_call_at_a_time_looks_whether_it_is_back() {
        let rest = Rest::new(LENGTH);
        assert!(rest.lets_through() && !rest.lasts());
        assert!(rest.note(false), "a rest begins");
        assert!(!rest.note(false), "the same one goes on");
        assert!(rest.lasts() && !rest.lets_through());
        tokio::time::advance(LENGTH).await;
        assert!(rest.lets_through(), "one looks");
        assert!(!rest.lets_through(), "nobody else does");
        rest.note(false);
        assert!(rest.lasts());
        tokio::time::advance(LENGTH).await;
        assert!(rest.lets_through());
        rest.note(true);
        assert!(!rest.lasts() && rest.lets_through() && rest.lets_through());
    }

    #[tokio::test(start_paused = true)]
    async fn who_looks_and_is_never_heard_of_again_does_not_prolong_it_for_ever() {
        let rest = Rest::new(LENGTH);
        rest.note(false);
        tokio::time::advance(LENGTH).await;
        assert!(rest.lets_through());
        tokio::time::advance(LENGTH).await;
        assert!(rest.lets_through());
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_length_there_is_no_rest() {
        let rest = Rest::new(Duration::ZERO);
        assert!(!rest.note(false));
        assert!(!rest.lasts() && rest.lets_through());
    }
}
