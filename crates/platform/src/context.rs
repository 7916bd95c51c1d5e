//! What travels with a request through a process and on to the services it calls: the trace (W3C
//! trace context) and the deadline.

use std::future::Future;
use std::time::Duration;

use rand::RngExt as _;
use tokio::time::Instant;

/// 32 hexadecimal digits, the same in every service that works on a request. No secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId([u8; 32]);

impl TraceId {
    /// A new one.
    pub(crate) fn random() -> Self {
        let mut digits = [0; 32];
        // 16 bytes are 32 digits: it cannot fail.
        hex::encode_to_slice(rand::rng().random::<[u8; 16]>(), &mut digits).unwrap_or_default();
        Self(digits)
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever put in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The context of the request being served, or of a task's round.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// What ties together all that is done for the request.
    pub trace_id: TraceId,
    /// When the answer is no longer wanted.
    pub deadline: Instant,
}

tokio::task_local! {
    static CURRENT: Context;
}

impl Context {
    /// A new context, of which the answer is wanted within `within`.
    pub fn fresh(within: Duration) -> Self {
        Self { trace_id: TraceId::random(), deadline: deadline_in(within) }
    }

    /// The context of the running task, if it serves a request.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// The trace of the running task, if it serves a request.
    pub fn trace_id() -> Option<String> {
        CURRENT.try_with(|context| context.trace_id.as_str().to_owned()).ok()
    }

    /// Runs `work` in this context.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// A `traceparent` header for a call made on behalf of this request.
    pub fn traceparent(&self) -> String {
        let span = hex::encode(rand::rng().random::<[u8; 8]>());
        format!("00-{}-{span}-01", self.trace_id.as_str())
    }
}

/// The trace id of a `traceparent` header, if it is one.
pub fn trace_id_of(traceparent: &str) -> Option<TraceId> {
    let mut parts = traceparent.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let digits: [u8; 32] = trace.as_bytes().try_into().ok()?;
    let hex = digits.iter().all(u8::is_ascii_hexdigit);
    (version.len() == 2 && hex && digits.iter().any(|b| *b != b'0')).then_some(TraceId(digits))
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
        let read = trace_id_of(&format!("00-{trace}-00f067aa0ba902b7-01"));
        assert_eq!(read.as_ref().map(TraceId::as_str), Some(trace));
        let zero = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        for bad in ["", "00", "00-xyz-1-01", zero.as_str()] {
            assert_eq!(trace_id_of(bad), None, "{bad}");
        }
    }
}
