//! The proof over the real databases: I1–I8, I10, I12–I14, I16 and I17, read from every block, the
//! archive, the gateway, the routers and the customers' own record of what they were promised.
//!
//! It only reads. What it cannot reach makes the result *incomplete*, never *ok*: nothing is proved
//! of a database that was not read. I9, I11 and I15 are about answers and not about rows; the tests
//! that stand for them are named.

mod evidence;
mod scenarios;
mod store;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde::Serialize;

pub(crate) use self::evidence::{Database, Evidence, Holds};
use crate::failure::Result;
use crate::load::promises;
use crate::place::Place;

/// Something that may not be is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Violation {
    /// Whom it concerns; absent where nobody can say.
    pub(crate) customer_id: Option<i64>,
    /// What was found.
    pub(crate) what: String,
}

impl Violation {
    fn new(customer_id: Option<i64>, what: impl Into<String>) -> Self {
        Self { customer_id, what: what.into() }
    }
}

/// What is known of one invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It holds over everything that was read.
    Holds,
    /// It does not.
    Violated {
        /// Every violation found.
        violations: Vec<Violation>,
    },
    /// It could not be looked at.
    Unknown {
        /// Why.
        because: String,
    },
    /// It is not about rows: these tests stand for it.
    Scenarios {
        /// Their names.
        tests: Vec<&'static str>,
    },
}

/// One invariant and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Its number.
    pub(crate) invariant: &'static str,
    /// What it says, in a few words.
    pub(crate) says: &'static str,
    #[serde(flatten)]
    pub(crate) verdict: Verdict,
}

/// The result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Everything was read and everything holds.
    Ok,
    /// Something was found.
    Violated,
    /// Nothing was found, but not everything was read.
    Incomplete,
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    pub(crate) outcome: Outcome,
    /// Databases that were read.
    pub(crate) read: Vec<String>,
    /// Databases that were not, and why.
    pub(crate) unreachable: Vec<String>,
    /// Lines of the record of promises; none: there is no record.
    pub(crate) promises: Option<usize>,
    pub(crate) invariants: Vec<Finding>,
}

/// Reads everything of this checkout's bank. `promises`: the customers' record, if there is one.
pub(crate) async fn run(place: &Place, promises: Option<&Path>) -> Result<Report> {
    let lines = promises.map(promises::read).transpose()?;
    let evidence = Evidence::gather(place, lines).await?;
    Ok(over(&evidence).await)
}

/// Looks at every invariant. One after the other: the bank runs beside it.
pub(crate) async fn over(evidence: &Evidence) -> Report {
    let mut invariants = vec![
        read("I1", "an operation has at most one effect", store::i01::check(evidence).await),
        read("I2", "an id means one intent everywhere", store::i02::check(evidence).await),
        read("I3", "accepted is what two compartments hold", store::i03::check(evidence).await),
        read("I4", "a generation has one owner", store::i04::check(evidence).await),
        read("I5", "behind a fence nothing takes effect", store::i05::check(evidence).await),
        read("I6", "no committed event is dropped", store::i06::check(evidence).await),
        read("I7", "no outbox row goes too early", store::i07::check(evidence).await),
        read("I8", "the gateway attests every end", store::i08::check(evidence).await),
        read("I10", "nothing begins after its time", store::i10::check(evidence).await),
        read("I12", "no notice ends too early", store::i12::check(evidence).await),
        read("I13", "no stream has a gap or a fork", store::i13::check(evidence).await),
        read("I14", "automation moves one thing at a time", store::i14::check(evidence).await),
        read("I16", "money is conserved", store::i16::check(evidence).await),
        read("I17", "a complete view lacks nothing", store::i17::check(evidence).await),
    ];
    invariants.extend(scenarios::ALL.iter().map(|one| Finding {
        invariant: one.invariant,
        says: one.says,
        verdict: Verdict::Scenarios { tests: one.tests.iter().map(|test| test.name).collect() },
    }));
    let violated = |one: &Finding| matches!(one.verdict, Verdict::Violated { .. });
    let unknown = |one: &Finding| matches!(one.verdict, Verdict::Unknown { .. });
    let outcome = if invariants.iter().any(violated) {
        Outcome::Violated
    } else if invariants.iter().any(unknown) || !evidence.unreachable.is_empty() {
        Outcome::Incomplete
    } else {
        Outcome::Ok
    };
    Report {
        outcome,
        read: evidence.databases.iter().map(|one| one.name.clone()).collect(),
        unreachable: evidence.unreachable.clone(),
        promises: evidence.promises.as_ref().map(Vec::len),
        invariants,
    }
}

fn read(
    invariant: &'static str,
    says: &'static str,
    found: std::result::Result<Vec<Violation>, store::Unread>,
) -> Finding {
    let verdict = match found {
        Ok(violations) if violations.is_empty() => Verdict::Holds,
        Ok(violations) => Verdict::Violated { violations },
        Err(unread) => Verdict::Unknown { because: unread.to_string() },
    };
    Finding { invariant, says, verdict }
}

impl Report {
    /// For a person.
    pub(crate) fn text(&self) -> String {
        let mut lines = Vec::new();
        for Finding { invariant, says, verdict } in &self.invariants {
            let word = match verdict {
                Verdict::Holds => "holds".to_owned(),
                Verdict::Violated { violations } => format!("VIOLATED {} ×", violations.len()),
                Verdict::Unknown { because } => format!("not read: {because}"),
                Verdict::Scenarios { tests } => format!("by tests: {}", tests.join(", ")),
            };
            lines.push(format!("{invariant:<4} {says:<42} {word}"));
            if let Verdict::Violated { violations } = verdict {
                lines.extend(violations.iter().take(SHOWN).map(Violation::line));
            }
        }
        lines.extend(self.unreachable.iter().map(|why| format!("unreachable: {why}")));
        match self.promises {
            Some(count) => lines.push(format!("{count} lines of promises were compared.")),
            None => lines.push("There is no record of promises to compare.".to_owned()),
        }
        lines.push(match self.outcome {
            Outcome::Ok => format!("ok: {} databases were read.", self.read.len()),
            Outcome::Violated => "VIOLATED: see above.".to_owned(),
            Outcome::Incomplete => "incomplete: not everything could be read.".to_owned(),
        });
        lines.join("\n")
    }
}

/// Violations of one invariant that are shown to a person; JSON has all.
const SHOWN: usize = 10;

impl Violation {
    fn line(&self) -> String {
        let who =
            self.customer_id.map_or("nobody by name".to_owned(), |id| format!("customer {id}"));
        format!("       {who}: {}", self.what)
    }
}
