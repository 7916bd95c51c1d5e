//! What was measured while the load ran, from the customers' side. Counts and times only; nothing
//! here decides.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::watch::Together;

/// Everything that is counted.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    all: Mutex<Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    offered: u64,
    served: u64,
    /// Customers who were all busy when it was their turn.
    busy: u64,
    suspended: u64,
    seen: BTreeMap<String, u64>,
    hidden: BTreeMap<String, u64>,
    latencies_us: BTreeMap<&'static str, Vec<u32>>,
    orders: BTreeMap<&'static str, u64>,
}

/// A summary, as it is printed and kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// How long it ran.
    pub(crate) seconds: f64,
    /// Customers with a session.
    pub(crate) sessions: u64,
    /// Calls that customers wanted to make.
    pub(crate) offered: u64,
    /// Calls that ended with a useful answer.
    pub(crate) served: u64,
    /// Calls that were not made because every customer was still waiting for another.
    pub(crate) no_customer_free: u64,
    /// Errors that a customer saw, by kind.
    pub(crate) errors_seen: BTreeMap<String, u64>,
    /// How often a customer was told that there is no connection and that it is tried again.
    pub(crate) waited_for_connection: u64,
    /// What the client dealt with unseen, by kind.
    pub(crate) dealt_with_unseen: BTreeMap<String, u64>,
    /// What became of orders.
    pub(crate) orders: BTreeMap<String, u64>,
    /// Per kind of call, in milliseconds.
    pub(crate) latencies: BTreeMap<String, Percentiles>,
    /// Customer by customer, since the figures began.
    pub(crate) customers: Together,
}

/// 50th, 95th and 99th percentile and the largest, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Percentiles {
    /// How many there are.
    pub(crate) count: u64,
    /// Half are below.
    pub(crate) p50_ms: f64,
    /// 95 of 100 are below.
    pub(crate) p95_ms: f64,
    /// 99 of 100 are below.
    pub(crate) p99_ms: f64,
    /// The largest.
    pub(crate) max_ms: f64,
}

impl Percentiles {
    /// Of these times.
    pub(crate) fn of(times: impl IntoIterator<Item = Duration>) -> Self {
        let mut ms: Vec<f64> = times.into_iter().map(|time| time.as_secs_f64() * 1e3).collect();
        ms.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            let rank = (ms.len() * percent).div_ceil(100).max(1) - 1;
            ms.get(rank).copied().map_or(0.0, tenths)
        };
        Self {
            count: ms.len() as u64,
            p50_ms: at(50),
            p95_ms: at(95),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "what is counted here stays far below 2⁵³")]
fn number(count: u64) -> f64 {
    count as f64
}

/// As exact as it is worth reading.
pub(crate) fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

impl Figures {
    /// Starts again from nothing: what was before is not part of the measurement.
    pub(crate) fn restart(&self) {
        *self.counts() = Counts::default();
    }

    pub(crate) fn offered(&self) {
        self.counts().offered += 1;
    }

    pub(crate) fn busy(&self) {
        let mut counts = self.counts();
        counts.offered += 1;
        counts.busy += 1;
    }

    /// A call ended with a useful answer.
    pub(crate) fn served(&self, kind: &'static str, began: Instant) {
        let us = u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX);
        let mut counts = self.counts();
        counts.served += 1;
        counts.latencies_us.entry(kind).or_default().push(us);
    }

    /// A customer was told that something does not work.
    pub(crate) fn error_seen(&self, kind: String) {
        *self.counts().seen.entry(kind).or_default() += 1;
    }

    /// A customer was shown that there is no connection.
    pub(crate) fn suspended(&self) {
        self.counts().suspended += 1;
    }

    /// The client dealt with it.
    pub(crate) fn unseen(&self, kind: &str) {
        *self.counts().hidden.entry(kind.to_owned()).or_default() += 1;
    }

    /// An order has come this far.
    pub(crate) fn order(&self, what: &'static str) {
        *self.counts().orders.entry(what).or_default() += 1;
    }

    /// What there is so far.
    pub(crate) fn summary(&self, ran: Duration, customers: Together) -> Summary {
        let counts = self.counts().clone();
        let micros = |us: &u32| Duration::from_micros(u64::from(*us));
        let latencies = counts
            .latencies_us
            .iter()
            .map(|(kind, times)| ((*kind).to_owned(), Percentiles::of(times.iter().map(micros))))
            .collect();
        Summary {
            seconds: tenths(ran.as_secs_f64()),
            sessions: customers.customers,
            offered: counts.offered,
            served: counts.served,
            no_customer_free: counts.busy,
            errors_seen: counts.seen,
            waited_for_connection: counts.suspended,
            dealt_with_unseen: counts.hidden,
            orders: counts.orders.iter().map(|(what, n)| ((*what).to_owned(), *n)).collect(),
            latencies,
            customers,
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Summary {
    /// For a person.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![self.first_line()];
        for (kind, p) in &self.latencies {
            let Percentiles { count, p50_ms, p95_ms, p99_ms, .. } = p;
            lines.push(format!(
                "{kind:<14} {count:>7} × p50 {p50_ms:>7} ms  p95 {p95_ms:>7} ms  p99 {p99_ms:>7} ms"
            ));
        }
        let all = &self.customers;
        lines.push(format!(
            "{} of them were served; longest pause of each: p50 {} ms, p99 {} ms; {} had to log in \
             again",
            all.served, all.pauses.p50_ms, all.pauses.p99_ms, all.sessions_dropped,
        ));
        lines.push(format!("orders: {}", list(&self.orders)));
        lines.push(format!("errors that customers saw: {}", list(&self.errors_seen)));
        if self.waited_for_connection > 0 {
            let times = self.waited_for_connection;
            lines.push(format!("“no connection, trying again”: {times} ×"));
        }
        lines.push(format!("dealt with unseen: {}", list(&self.dealt_with_unseen)));
        lines.join("\n  ")
    }

    fn first_line(&self) -> String {
        let Self { sessions, seconds, offered, served, no_customer_free: busy, .. } = self;
        let rate = |count: u64| tenths(number(count) / seconds.max(0.1));
        let (wanted, got) = (rate(*offered), rate(*served));
        format!(
            "{sessions} customers for {seconds} s: offered {offered} ({wanted}/s), served {served} \
             ({got}/s), {busy} times nobody was free"
        )
    }
}

fn list(all: &BTreeMap<String, u64>) -> String {
    let words: Vec<String> = all.iter().map(|(kind, n)| format!("{n} × {kind}")).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_all_times() {
        let times = (1..=1_000).map(Duration::from_millis);
        let p = Percentiles::of(times);
        assert_eq!((p.p50_ms, p.p95_ms, p.p99_ms, p.max_ms), (500.0, 950.0, 990.0, 1_000.0));
        assert_eq!(Percentiles::of([]), Percentiles::default());
    }
}
