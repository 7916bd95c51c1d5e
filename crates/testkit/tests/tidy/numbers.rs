//! Code and documents quote invariants (`I5`, `A2`), sections of the protocol and decisions by
//! their numbers. What is quoted exists, and every invariant has its definition.
//!
//! The definitions are the bold numbers of the two documents below.

use std::collections::BTreeSet;

use crate::source::{Kind, lines_of};
use crate::tree::{File, Finding};

const PROTOCOL: &str = "docs/understand/protocol.md";
const ARCHITECTURE: &str = "ARCHITECTURE.md";
const RECORDS: &str = "docs/adr/";
/// I1…I17 and A1…A11.
const DEFINED: [(char, u32, &str); 2] = [('I', 17, PROTOCOL), ('A', 11, ARCHITECTURE)];

pub(crate) fn check(tree: &[File]) -> Vec<Finding> {
    let text = |path| tree.iter().find(|file| file.path == path).map_or("", |file| &file.text);
    let mut findings = Vec::new();
    let mut known = BTreeSet::new();
    for (letter, count, path) in DEFINED {
        let defined = definitions(text(path), letter);
        let missing = (1..=count).filter(|number| !defined.contains(number));
        findings.extend(missing.map(|number| {
            File::sample(path, "").finding(1, format!("**{letter}{number}** is not defined"))
        }));
        known.extend(defined.into_iter().map(|number| (letter, number)));
    }
    let sections = sections(text(PROTOCOL));
    let records: Vec<&str> =
        tree.iter().filter_map(|file| file.path.strip_prefix(RECORDS)).collect();
    for file in tree {
        findings.extend(quotes(file, &known, &sections, &records));
    }
    findings
}

fn definitions(text: &str, letter: char) -> BTreeSet<u32> {
    let bold = text.match_indices("**").map(|(at, stars)| &text[at + stars.len()..]);
    bold.filter_map(|rest| {
        let (number, after) = number(rest.strip_prefix(letter)?)?;
        after.starts_with("**").then_some(number)
    })
    .collect()
}

fn sections(protocol: &str) -> BTreeSet<u32> {
    let headings = protocol.lines().filter_map(|line| line.strip_prefix("## "));
    headings.filter_map(|heading| Some(number(heading)?.0)).collect()
}

fn quotes(
    file: &File,
    known: &BTreeSet<(char, u32)>,
    sections: &BTreeSet<u32>,
    records: &[&str],
) -> Vec<Finding> {
    let lines = if file.is_rust() {
        lines_of(&file.text, Kind::Comment)
    } else if ["md", "sql", "toml"].iter().any(|extension| file.has_extension(extension)) {
        file.text.lines().enumerate().map(|(at, line)| (at + 1, line.to_owned())).collect()
    } else {
        Vec::new()
    };
    let mut findings = Vec::new();
    for (line, text) in lines {
        for (letter, number) in quoted(&text).filter(|quote| !known.contains(quote)) {
            let advice = format!("{letter}{number} is quoted but defined nowhere: correct it");
            findings.push(file.finding(line, advice));
        }
        for number in protocol_sections(&text).filter(|number| !sections.contains(number)) {
            findings.push(file.finding(line, format!("{PROTOCOL} has no section {number}")));
        }
        for number in decisions(&text).filter(|number| !has_record(records, number)) {
            findings
                .push(file.finding(line, format!("there is no decision {number} in {RECORDS}")));
        }
    }
    findings
}

/// `I` or `A` with a number, standing alone.
fn quoted(text: &str) -> impl Iterator<Item = (char, u32)> {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(['I', 'A']).filter_map(move |(at, letter)| {
        if text[..at].ends_with(in_name) {
            return None;
        }
        let (number, after) = number(&text[at + letter.len()..])?;
        (!after.starts_with(in_name)).then_some((letter.chars().next()?, number))
    })
}

/// `protocol §5`, `protocol.md §5`.
fn protocol_sections(text: &str) -> impl Iterator<Item = u32> {
    text.match_indices("protocol").filter_map(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches(".md").trim_start_matches(['`', ' ']);
        Some(number(rest.strip_prefix('§')?)?.0)
    })
}

/// `ADR 0003`.
fn decisions(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("ADR ").filter_map(|(at, word)| {
        let digits = text[at + word.len()..].get(..4)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)
    })
}

fn has_record(records: &[&str], number: &str) -> bool {
    records.iter().any(|name| name.starts_with(number))
}

fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
fn sample_tree(code: &str) -> Vec<File> {
    let list = |letter: char, count: u32| -> String {
        let lines: Vec<_> = (1..=count).map(|n| format!("- **{letter}{n}** so.")).collect();
        lines.join("\n")
    };
    vec![
        File::sample(PROTOCOL, &format!("## 5. Operations\n{}", list('I', 17))),
        File::sample(ARCHITECTURE, &list('A', 11)),
        File::sample("docs/adr/0002-tickets.md", ""),
        File::sample("crates/x/src/a.rs", code),
    ]
}

#[test]
fn quotes_of_nothing_are_found() {
    for fine in [
        "// I5, I17 and A11",
        "fn f<I18>() {}",
        "// AI99 I-18 A1b",
        "// protocol §5",
        "// ADR 0002",
    ] {
        assert_eq!(check(&sample_tree(fine)), [], "{fine}");
    }
    for wrong in [
        "// I18",
        "/// (A12)",
        "//! I0",
        "// protocol §6",
        "// (ADR 0009)",
        "// see protocol.md` §12",
    ] {
        assert_eq!(check(&sample_tree(wrong)).len(), 1, "{wrong}");
    }
}

#[test]
fn a_missing_definition_is_found() {
    let mut tree = sample_tree("");
    tree[1].text = tree[1].text.replace("**A11**", "A11");
    let findings = check(&tree);
    assert_eq!(findings.iter().filter(|finding| finding.path == ARCHITECTURE).count(), 2);
}
