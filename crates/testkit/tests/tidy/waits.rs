//! Tests wait for a condition with a deadline. One that sleeps is slow where it works and fails
//! where the machine is slower than its author's.
//!
//! On tokio's paused clock sleeping costs nothing and guesses nothing, so it is allowed there.

use crate::source::{Kind, has_word, lines_of, paused_lines, test_lines};
use crate::tree::{File, Finding};

pub(crate) fn check(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let sleeps: Vec<usize> = lines_of(&file.text, Kind::Code)
        .into_iter()
        .filter(|(_, code)| has_word(code, "sleep") && code.contains("sleep("))
        .map(|(line, _)| line)
        .collect();
    if sleeps.is_empty() {
        return Vec::new();
    }
    let tests = test_lines(&file.text);
    let paused = paused_lines(&file.text);
    let in_test = |line: &usize| {
        let is_test = !file.is_product() || tests.iter().any(|lines| lines.contains(line));
        is_test && !paused.iter().any(|lines| lines.contains(line))
    };
    let advice = "a test sleeps: wait for the condition it hopes for, with testkit and a deadline";
    sleeps.into_iter().filter(in_test).map(|line| file.finding(line, advice)).collect()
}

#[test]
fn a_sleeping_test_is_found() {
    let code = "async fn f() {\n    tokio::time::sleep(a).await;\n}\n";
    let found = |path: &str, code: &str| check(&File::sample(path, code)).len();
    assert_eq!(found("crates/x/tests/it/main.rs", code), 1);
    assert_eq!(found("crates/x/src/a.rs", code), 0);
    let beside = format!("#[cfg(test)]\nmod tests {{\n{code}}}\n");
    assert_eq!(found("crates/x/src/a.rs", &beside), 1);
    let paused = format!("#[tokio::test(start_paused = true)]\n{code}");
    assert_eq!(found("crates/x/tests/it/main.rs", &paused), 0);
    let no_call = "fn sleeper() {} // sleep(1)";
    assert_eq!(found("crates/x/tests/it/main.rs", no_call), 0);
}
