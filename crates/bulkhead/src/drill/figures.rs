//! The figures of a drill: what is printed, kept in `.bulkhead/drills` and compared with the drill
//! before.

use std::collections::BTreeMap;
use std::path::Path;

use common::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::{Outcome, Report, Verdict};
use crate::failure::{Failure, Result};
use crate::load::figures::{Percentiles, Summary};
use crate::load::watch::Together;

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    /// `forced`, `planned` …
    pub(crate) kind: String,
    /// When it was done.
    pub(crate) began_at: Began,
    /// To what.
    pub(crate) target: String,
    /// Stopped instead of killed.
    pub(crate) paused: bool,
    /// Customers to whose block it was done.
    pub(crate) affected: Together,
    /// All others.
    pub(crate) others: Together,
    /// From the event to the first of them served again, in milliseconds.
    pub(crate) first_served_ms: Option<f64>,
    /// From the event until 99 of 100 of them were.
    pub(crate) most_served_ms: Option<f64>,
    /// How far back what is missing in the second compartment reaches: of what customers had been
    /// told before the event, as the archive and the gateway had it right after.
    pub(crate) recovery_point_ms: f64,
    /// Orders that were called accepted or done and are nowhere.
    pub(crate) lost: u64,
    /// Effects beyond the one that each order may have.
    pub(crate) duplicated: u64,
    /// How old the oldest change was that the archive had not acknowledged yet.
    pub(crate) archive_lag: Percentiles,
    /// From the order of a move until every slice was with its target.
    pub(crate) drained_ms: Option<f64>,
    /// From the order to return until every slice was at home again and loaded.
    pub(crate) poured_back_ms: Option<f64>,
    /// From the first step of the prepared action until everybody concerned was served.
    pub(crate) action_ms: Option<f64>,
    /// What the load saw.
    pub(crate) load: Summary,
    /// `ok`, `violated` or `incomplete`.
    pub(crate) check: String,
    /// Invariants that do not hold, or could not be read.
    pub(crate) not_proved: Vec<String>,
    /// The drill before: what was measured then.
    #[serde(skip_deserializing, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) before: BTreeMap<&'static str, f64>,
}

/// A time that a default can be made for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Began(pub(crate) Timestamp);

impl Default for Began {
    fn default() -> Self {
        Self(Timestamp::from_unix_ms(0))
    }
}

impl Began {
    pub(crate) fn unix_ms(self) -> i64 {
        self.0.unix_ms()
    }
}

/// The last drill of this kind; none if there was none, or none that can be read.
pub(super) fn last(folder: &Path, kind: &str) -> Result<Option<Record>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::file(folder, &error)),
    };
    let begins = format!("{kind}-");
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&begins)))
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).ok()?;
        serde_json::from_str(&text).ok()
    };
    Ok(files.iter().rev().find_map(read))
}

impl Record {
    /// What the check has found goes into the record.
    pub(super) fn judge(&mut self, report: &Report) {
        let word = match report.outcome {
            Outcome::Ok => "ok",
            Outcome::Violated => "violated",
            Outcome::Incomplete => "incomplete",
        };
        word.clone_into(&mut self.check);
        for finding in &report.invariants {
            let count = match &finding.verdict {
                Verdict::Violated { violations } => violations.len() as u64,
                Verdict::Unknown { .. } => 0,
                Verdict::Holds | Verdict::Scenarios { .. } => continue,
            };
            self.not_proved.push(finding.invariant.to_owned());
            match finding.invariant {
                "I3" => self.lost = count,
                "I1" | "I16" => self.duplicated = self.duplicated.max(count),
                _ => {}
            }
        }
    }

    /// Remembers what the drill before has measured.
    pub(super) fn compare(&mut self, before: Option<Record>) {
        if let Some(before) = before {
            self.before = before.numbers();
        }
    }

    /// What is worth comparing.
    fn numbers(&self) -> BTreeMap<&'static str, f64> {
        let all = [
            ("recovery p50 ms", Some(self.affected.recovery.p50_ms)),
            ("recovery p99 ms", Some(self.affected.recovery.p99_ms)),
            ("pause p99 ms", Some(self.affected.pauses.p99_ms)),
            ("kill → first ms", self.first_served_ms),
            ("kill → 99 % ms", self.most_served_ms),
            ("archive lag p99 ms", Some(self.archive_lag.p99_ms)),
            ("drained ms", self.drained_ms),
            ("poured back ms", self.poured_back_ms),
            ("prepared action ms", self.action_ms),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// For a person.
    pub(crate) fn text(&self) -> String {
        let Together { customers, served, recovery, pauses, errors, sessions_dropped, .. } =
            &self.affected;
        let paused = if self.paused { ", paused" } else { "" };
        let mut lines = vec![format!("drill {} of {}{paused}", self.kind, self.target)];
        lines.push(format!(
            "{served} of {customers} customers concerned were served again; recovery p50 {} ms, \
             p95 {} ms, p99 {} ms, longest {} ms",
            recovery.p50_ms, recovery.p95_ms, recovery.p99_ms, recovery.max_ms,
        ));
        let ms = |value: Option<f64>| value.map_or("–".to_owned(), |ms| format!("{ms} ms"));
        lines.push(format!(
            "the event → the first of them {}, 99 % of them {}",
            ms(self.first_served_ms),
            ms(self.most_served_ms),
        ));
        lines.push(format!(
            "their longest pauses: p50 {} ms, p95 {} ms, p99 {} ms",
            pauses.p50_ms, pauses.p95_ms, pauses.p99_ms
        ));
        let kept = customers - sessions_dropped;
        lines.push(format!(
            "sessions kept {kept}, dropped {sessions_dropped}; errors seen {errors}"
        ));
        let others = &self.others;
        lines.push(format!(
            "{} others: errors seen {}, sessions dropped {}, longest pauses p99 {} ms",
            others.customers, others.errors, others.sessions_dropped, others.pauses.p99_ms,
        ));
        lines.push(format!(
            "recovery point {} ms, lost {}, duplicated {}",
            self.recovery_point_ms, self.lost, self.duplicated
        ));
        let lag = &self.archive_lag;
        lines.push(format!("archive lag p50 {} ms, p99 {} ms", lag.p50_ms, lag.p99_ms));
        lines.push(format!(
            "time to drain {}, to pour back {}, from the prepared action until all were served {}",
            ms(self.drained_ms),
            ms(self.poured_back_ms),
            ms(self.action_ms),
        ));
        lines.push(format!("check: {} {}", self.check, self.not_proved.join(" ")));
        lines.push(self.load.text());
        let now = self.numbers();
        for (name, before) in &self.before {
            if let Some(value) = now.get(name) {
                lines.push(format!("{name}: {value}, the last time {before}"));
            }
        }
        lines.join("\n  ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_compared_with_the_last_one_of_its_kind() {
        let folder = std::env::temp_dir().join(format!("drills-{}", std::process::id()));
        assert_eq!(last(&folder, "forced").unwrap(), None);
        std::fs::create_dir_all(&folder).unwrap();
        let record = |at, drained_ms| Record {
            kind: "forced".to_owned(),
            began_at: Began(Timestamp::from_unix_ms(at)),
            drained_ms,
            ..Record::default()
        };
        for (at, drained) in [(1_000, None), (2_000, Some(7.0))] {
            super::super::keep(&folder, &record(at, drained)).unwrap();
        }
        std::fs::write(folder.join("planned-9.json"), "{}").unwrap();
        let found = last(&folder, "forced").unwrap().unwrap();
        assert_eq!(found.drained_ms, Some(7.0));
        let mut now = record(3_000, Some(8.0));
        now.compare(Some(found));
        assert_eq!(now.before.get("drained ms"), Some(&7.0));
        assert!(now.text().contains("drained ms: 8, the last time 7"), "{}", now.text());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
