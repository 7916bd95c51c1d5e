//! What is measured of one customer while something is done to the bank: when he first tried after
//! it, when he was first served again, and what he saw meanwhile. Counts only.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::customer::GaveUp;
use super::figures::Percentiles;
use super::next::Because;

/// One customer's measurements.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// When his last attempt began.
    last_began: Option<Instant>,
    /// A call of his is under way.
    busy: bool,
    /// Since when his present call is in trouble.
    troubled_since: Option<Instant>,
    mark: Option<Mark>,
    /// His session was said to be in two compartments.
    pub(super) durable: bool,
}

/// Since something was done.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// When.
    pub(crate) at: Instant,
    /// Was he a customer of what it was done to? An answer from there is not useful.
    pub(crate) away_from: Option<String>,
    /// His first attempt since, or the event itself where he was waiting for an answer.
    pub(crate) tried: Option<Instant>,
    /// His first useful answer since.
    pub(crate) served: Option<Instant>,
    /// The longest time between the first trouble of a call and its useful answer.
    pub(crate) longest_pause: Duration,
    /// Errors that he saw.
    pub(crate) errors: u32,
    /// How often he was shown that there is no connection.
    pub(crate) suspended: u32,
    /// How often he had to log in again.
    pub(crate) logins: u32,
    /// His session had been said to be in two compartments.
    pub(crate) durable: bool,
}

impl Watch {
    /// Of one whose session was, or was not, said to be in two compartments.
    pub(super) fn of(durable: bool) -> Self {
        Self { durable, ..Self::default() }
    }

    /// Something is done to the bank now.
    pub(crate) fn mark(&mut self, at: Instant, away_from: Option<String>) {
        self.mark = Some(Mark {
            at,
            away_from,
            tried: self.busy.then_some(at),
            served: None,
            longest_pause: Duration::ZERO,
            errors: 0,
            suspended: 0,
            logins: 0,
            durable: self.durable,
        });
    }

    /// What was seen since.
    pub(crate) fn seen(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// He does not want to wait any longer, and tries now.
    pub(super) fn insists(&mut self, now: Instant) {
        self.last_began = Some(now);
    }

    /// Has he tried nothing for so long?
    pub(crate) fn is_due(&self, now: Instant, every: Duration) -> bool {
        self.last_began.is_none_or(|began| now.saturating_duration_since(began) >= every)
    }

    pub(super) fn began(&mut self, now: Instant) {
        self.last_began = Some(now);
        self.busy = true;
        self.troubled_since = None;
        if let Some(mark) = &mut self.mark {
            mark.tried = mark.tried.or(Some(now));
        }
    }

    pub(super) fn trouble(&mut self, now: Instant) {
        self.troubled_since = self.troubled_since.or(Some(now));
    }

    pub(super) fn suspended(&mut self) {
        if let Some(mark) = &mut self.mark {
            mark.suspended += 1;
        }
    }

    pub(super) fn useful(&mut self, now: Instant, block: &str) {
        self.busy = false;
        let troubled = self.troubled_since.take();
        let Some(mark) = &mut self.mark else { return };
        if let Some(since) = troubled {
            mark.longest_pause = mark.longest_pause.max(now - since.max(mark.at));
        }
        if mark.away_from.as_deref() != Some(block) {
            mark.served = mark.served.or(Some(now));
        }
    }

    pub(super) fn gave_up(&mut self, gave_up: &GaveUp) {
        self.busy = false;
        self.troubled_since = None;
        let Some(mark) = &mut self.mark else { return };
        match gave_up.because {
            Because::Reauthenticate => mark.logins += 1,
            _ => mark.errors += 1,
        }
    }
}

impl Mark {
    /// From the event, or his first attempt after it, to his first useful answer.
    pub(crate) fn recovery(&self) -> Option<Duration> {
        Some(self.served?.saturating_duration_since(self.tried?))
    }
}

/// All customers together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Together {
    /// Customers who were looked at.
    pub(crate) customers: u64,
    /// Those who got a useful answer.
    pub(crate) served: u64,
    /// From the event, or a customer's first attempt after it, to his first useful answer.
    pub(crate) recovery: Percentiles,
    /// A customer's longest time between the first trouble of a call and its useful answer.
    pub(crate) pauses: Percentiles,
    /// Errors that they saw.
    pub(crate) errors: u64,
    /// How often they were shown that there is no connection.
    pub(crate) waited_for_connection: u64,
    /// How many had to log in again.
    pub(crate) sessions_dropped: u64,
    /// How many of those had a session that was called durable: none may.
    #[serde(default)]
    pub(crate) durable_dropped: u64,
}

impl Together {
    /// Of these customers.
    pub(crate) fn of<'a>(marks: impl IntoIterator<Item = &'a Mark>) -> Self {
        let marks: Vec<&Mark> = marks.into_iter().collect();
        let sum = |count: fn(&Mark) -> u32| marks.iter().map(|mark| u64::from(count(mark))).sum();
        let times = marks.iter().filter_map(|mark| mark.recovery());
        Self {
            customers: marks.len() as u64,
            served: marks.iter().filter(|mark| mark.served.is_some()).count() as u64,
            recovery: Percentiles::of(times),
            pauses: Percentiles::of(marks.iter().map(|mark| mark.longest_pause)),
            errors: sum(|mark| mark.errors),
            waited_for_connection: sum(|mark| mark.suspended),
            sessions_dropped: marks.iter().filter(|mark| mark.logins > 0).count() as u64,
            durable_dropped: marks.iter().filter(|mark| mark.logins > 0 && mark.durable).count()
                as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_runs_from_the_event_or_the_first_attempt_after_it() {
        let start = Instant::now();
        let after = |ms: u64| start + Duration::from_millis(ms);
        let gone = Some("client-1".to_owned());

        // He waits for an answer when the block dies; another block answers him.
        let mut waiting = Watch::default();
        waiting.began(start);
        waiting.mark(after(100), gone.clone());
        waiting.trouble(after(150));
        waiting.useful(after(1_100), "backup-2");
        let seen = waiting.seen().unwrap();
        assert_eq!(seen.recovery(), Some(Duration::from_secs(1)));
        assert_eq!(seen.longest_pause, Duration::from_millis(950));
        let all = Together::of([seen]);
        assert_eq!((all.customers, all.served, all.recovery.p99_ms), (1, 1, 1_000.0));

        // He does nothing just then, and what the dead block still says does not count.
        let mut idle = Watch::default();
        idle.mark(after(100), gone);
        idle.began(after(600));
        idle.useful(after(610), "client-1");
        assert_eq!(idle.seen().unwrap().recovery(), None);
        idle.began(after(900));
        idle.useful(after(1_000), "backup-2");
        assert_eq!(idle.seen().unwrap().recovery(), Some(Duration::from_millis(400)));
        assert!(idle.is_due(after(3_000), Duration::from_secs(2)));
        assert!(!idle.is_due(after(2_000), Duration::from_secs(2)));
    }
}
