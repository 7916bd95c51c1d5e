//! The only place where services read the time (A9).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use common::Timestamp;

/// A clock to be handed around. Tests set theirs by hand.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// `None`: the machine's clock.
    by_hand: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `start` until it is moved.
    pub fn by_hand(start: Timestamp) -> Self {
        Self { by_hand: Some(Arc::new(AtomicI64::new(start.unix_ms()))) }
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        match &self.by_hand {
            Some(ms) => Timestamp::from_unix_ms(ms.load(Ordering::SeqCst)),
            None => system_now(),
        }
    }

    /// Moves a clock that is set by hand; the machine's clock stays as it is.
    pub fn advance_ms(&self, ms: i64) {
        if let Some(at) = &self.by_hand {
            at.fetch_add(ms, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
fn system_now() -> Timestamp {
    Timestamp::from(time::OffsetDateTime::now_utc())
}
