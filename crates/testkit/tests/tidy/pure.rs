//! A5 and A9 in `common`: money is counted in integers, and the decisions read no clock, draw no
//! ids and no random numbers.
//!
//! That nobody adds roubles to euros is a matter of types: money has no operator.

use crate::source::{Kind, has_word, lines_of, test_lines};
use crate::tree::{File, Finding};

const FLOATS: &[&str] = &["f32", "f64"];
const WORLD: &[&str] = &[
    "now_utc",
    "now_local",
    "SystemTime",
    "Instant",
    "new_v4",
    "now_v7",
    "SystemRandom",
    "rand",
    "async",
];
const OPERATORS: &[&str] = &["Add", "AddAssign", "Sub", "SubAssign", "Mul", "Div", "Neg", "Sum"];

pub(crate) fn check(file: &File) -> Vec<Finding> {
    if file.crate_name() != Some("common") || !file.is_product() || !file.is_rust() {
        return Vec::new();
    }
    let tests = test_lines(&file.text);
    lines_of(&file.text, Kind::Code)
        .into_iter()
        .filter(|(line, _)| !tests.iter().any(|lines| lines.contains(line)))
        .filter_map(|(line, code)| Some(file.finding(line, advice(&code)?)))
        .collect()
}

fn advice(code: &str) -> Option<String> {
    if let Some(word) = FLOATS.iter().find(|word| has_word(code, word)) {
        return Some(format!("A5: `{word}` in common: count in integers of a named unit"));
    }
    if let Some(word) = WORLD.iter().find(|word| has_word(code, word)) {
        return Some(format!("A9: `{word}` in common: take it as an argument from the shell"));
    }
    let operator = OPERATORS.iter().find(|name| has_word(code, name))?;
    (has_word(code, "impl") && code.contains(" for Money"))
        .then(|| format!("A5: `{operator}` for money: a checked method that names the failure"))
}

#[cfg(test)]
fn found(text: &str) -> usize {
    check(&File::sample("crates/common/src/money.rs", text)).len()
}

#[test]
fn floats_are_found() {
    assert_eq!(found("fn f(rate: f64) {}"), 1);
    assert_eq!(found("let a = 1.5 as f32;"), 1);
    assert_eq!(found("// no f64 here\nfn f(a: i64) {}"), 0);
    let elsewhere = File::sample("crates/platform/src/metrics.rs", "fn f(a: f64) {}");
    assert!(check(&elsewhere).is_empty());
}

#[test]
fn clocks_and_dice_are_found() {
    assert_eq!(found("let t = OffsetDateTime::now_utc();"), 1);
    assert_eq!(found("let id = Uuid::new_v4();"), 1);
    assert_eq!(found("async fn f() {}"), 1);
    assert_eq!(found("fn f(now: OffsetDateTime, id: Uuid) {}"), 0);
    assert_eq!(found("#[cfg(test)]\nmod tests {\n    fn f(a: f64) {}\n}\n"), 0);
}

#[test]
fn operators_on_money_are_found() {
    assert_eq!(found("impl std::ops::Add for Money {"), 1);
    assert_eq!(found("impl Sum<Money> for Money {"), 1);
    assert_eq!(found("impl fmt::Display for Money {"), 0);
    assert_eq!(found("impl Add for Generation {"), 0);
}
