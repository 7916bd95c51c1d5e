//! What travels with a request through a process and on to the services it calls: the trace (W3C
//! trace context) and the deadline.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::random;

/// The context of the request being served, or of a task's round.
#[derive(Clone, Debug)]
pub struct Context {
    /// 32 hexadecimal digits; the same in every service that works on the request.
    pub trace_id: String,
    /// When the answer is no longer wanted.
    pub deadline: Instant,
}

tokio::task_local! {
    static CURRENT: Context;
}

impl Context {
    /// A new context, of which the answer is wanted within `within`.
    pub fn fresh(within: Duration) -> Self {
        let trace_id = hex::encode(random::bytes::<16>());
        Self { trace_id, deadline: deadline_in(within) }
    }

    /// The context of the running task, if it serves a request.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// The trace of the running task, if it serves a request.
    pub fn trace_id() -> Option<String> {
        CURRENT.try_with(|context| context.trace_id.clone()).ok()
    }

    /// Runs `work` in this context.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// A `traceparent` header for a call made on behalf of this request.
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-01", self.trace_id, hex::encode(random::bytes::<8>()))
    }
}

/// The trace id of a `traceparent` header, if it is one.
pub fn trace_id_of(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let hex = trace.len() == 32 && trace.bytes().all(|b| b.is_ascii_hexdigit());
    (version.len() == 2 && hex && trace.bytes().any(|b| b != b'0')).then_some(trace)
}

/// The moment `within` from now.
pub fn deadline_in(within: Duration) -> Instant {
    Instant::now() + within
}

/// How long is left until `deadline`.
pub fn left_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_proper_traceparents() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id_of(&format!("00-{trace}-00f067aa0ba902b7-01")), Some(trace));
        let zero = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        for bad in ["", "00", "00-xyz-1-01", zero.as_str()] {
            assert_eq!(trace_id_of(bad), None, "{bad}");
        }
    }
}
