//! What is printed of runs: for people, and as the tables of `docs/understand/simulation.md`.

use crate::campaign::{Hunt, Total};
use crate::expected::EXPECTED;

/// The counts as a table; what was expected and never happened stands first.
pub fn coverage_table(total: &Total) -> String {
    let mut names: Vec<&str> = EXPECTED.to_vec();
    names.extend(total.coverage.counts.keys().filter(|name| !EXPECTED.contains(name)));
    names.sort_unstable();
    let row = |name: &str| {
        let count = total.coverage.counts.get(name).copied().unwrap_or(0);
        format!("| {name} | {} |\n", grouped(count))
    };
    let rows: String = names.into_iter().map(row).collect();
    format!("| happened | times |\n|---|---|\n{rows}")
}

/// What was expected and never happened.
pub fn never(total: &Total) -> Vec<&'static str> {
    let missing = |name: &&&str| !total.coverage.counts.contains_key(**name);
    EXPECTED.iter().filter(missing).copied().collect()
}

/// The figures of many runs in a few lines.
pub fn summary(total: &Total) -> String {
    format!(
        "{} seeds, {} events ({} lost and {} duplicated messages), {} hours simulated, {} events \
         a second on one core, {} violations\n",
        grouped(total.seeds),
        grouped(total.coverage.events),
        grouped(total.coverage.lost),
        grouped(total.coverage.duplicated),
        grouped(total.simulated_ms / 3_600_000),
        grouped(total.events_per_second() as u64),
        total.violations.len()
    )
}

/// One row a mutant.
pub fn mutant_row(hunt: &Hunt) -> String {
    let median = hunt.median().map_or("not noticed".to_owned(), grouped);
    let mut by: Vec<&str> = hunt.found.iter().map(|(_, _, invariant)| *invariant).collect();
    by.sort_unstable();
    by.dedup();
    let seed = hunt.found.first().map_or(String::from("–"), |(seed, _, _)| seed.to_string());
    format!("| `{}` | {median} | {} | {seed} |", hunt.guard, by.join(", "))
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
