//! Nothing is left open: no placeholder that stops the program, no note to oneself, no test that
//! does not run, no printing for debugging, no lint silenced without a reason.

use crate::source::{Kind, has_word, lines_of};
use crate::tree::{File, Finding};

/// Written in two halves, so that this file does not find itself.
const MARKS: &[&str] = &[concat!("FIX", "ME"), concat!("XX", "X"), concat!("TO", "DO")];

const CODE: &[(&str, &str)] = &[
    ("todo!", "finish it or leave it out"),
    ("unimplemented!", "finish it or leave it out"),
    ("dbg!", "remove it, or log it with a name"),
    ("#[ignore", "make the test run, or remove it"),
    ("#[allow(", "use #[expect(…, reason = \"…\")], which says so when it is no longer needed"),
    ("#![allow(", "use #![expect(…, reason = \"…\")], which says so when it is no longer needed"),
];

pub(crate) fn check(file: &File) -> Vec<Finding> {
    if file.is_rust() {
        let mut findings = in_code(file);
        findings.extend(in_comments(file));
        return findings;
    }
    let is_text = ["sql", "toml", "sh", "md", "ts", "tsx"].iter().any(|e| file.has_extension(e));
    let lines = file.text.lines().enumerate().filter(|_| is_text);
    lines.filter_map(|(at, line)| mark(file, at + 1, line)).collect()
}

fn in_code(file: &File) -> Vec<Finding> {
    let open = |(line, code): (usize, String)| {
        let (word, advice) = CODE.iter().find(|(word, _)| code.contains(word))?;
        Some(file.finding(line, format!("`{word}`: {advice}")))
    };
    lines_of(&file.text, Kind::Code).into_iter().filter_map(open).collect()
}

fn in_comments(file: &File) -> Vec<Finding> {
    let comments = lines_of(&file.text, Kind::Comment);
    comments.into_iter().filter_map(|(line, text)| mark(file, line, &text)).collect()
}

fn mark(file: &File, line: usize, text: &str) -> Option<Finding> {
    let word = MARKS.iter().find(|word| has_word(text, word))?;
    Some(file.finding(line, format!("{word}: do it now, or open an issue and say nothing here")))
}

#[cfg(test)]
fn found(text: &str) -> usize {
    check(&File::sample("crates/x/src/a.rs", text)).len()
}

#[test]
fn open_code_is_found() {
    let open = [
        "fn f() { todo!() }",
        "fn f() { unimplemented!(\"later\") }",
        "dbg!(a);",
        "#[ignore]\nfn f() {}",
        "#[ignore = \"slow\"]\nfn f() {}",
        "#[allow(dead_code)]\nfn f() {}",
        "#![allow(dead_code)]",
    ];
    for code in open {
        assert_eq!(found(code), 1, "{code}");
    }
    for code in ["\"todo!\"; // todo!", "#[expect(dead_code, reason = \"b\")]", "fn ignore() {}"] {
        assert_eq!(found(code), 0, "{code}");
    }
}

#[test]
fn notes_to_oneself_are_found() {
    for mark in MARKS {
        assert_eq!(found(&format!("fn f() {{}} // {mark} later")), 1, "{mark}");
        assert_eq!(found(&format!("fn f() {{ a(\"{mark}\") }}")), 0, "{mark}");
        let sql = File::sample("crates/x/migrations/1.sql", &format!("-- {mark}"));
        assert_eq!(check(&sql).len(), 1, "{mark}");
    }
}
