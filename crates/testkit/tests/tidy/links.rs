//! Every relative link of a document leads to a file of the repository, and to a heading of it.

use std::collections::HashSet;

use crate::tree::{File, Finding};

pub(crate) fn check(tree: &[File]) -> Vec<Finding> {
    let documents = tree.iter().filter(|file| file.has_extension("md"));
    documents.flat_map(|document| check_document(document, tree)).collect()
}

fn check_document(document: &File, tree: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, text) in prose(&document.text) {
        for target in targets(text).filter(|target| is_relative(target)) {
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = resolve(&document.path, path);
            let found = tree.iter().find(|file| file.path == path);
            let is_folder = || tree.iter().any(|file| file.path.starts_with(&format!("{path}/")));
            if found.is_none() && !is_folder() {
                let advice = format!("`{target}` leads nowhere: there is no {path}");
                findings.push(document.finding(line, advice));
            } else if !anchor.is_empty() && !found.is_some_and(|file| has_anchor(file, anchor)) {
                let advice = format!("`{target}`: {path} has no heading #{anchor}");
                findings.push(document.finding(line, advice));
            }
        }
    }
    findings
}

/// Lines outside fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((at + 1, line))
    })
}

/// What stands in the parentheses of `[…](…)`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](").filter_map(|(at, open)| {
        let rest = &line[at + open.len()..];
        rest.find(')').map(|end| rest[..end].trim())
    })
}

fn is_relative(target: &str) -> bool {
    !target.contains("://") && !target.starts_with("mailto:")
}

fn resolve(document: &str, path: &str) -> String {
    if path.is_empty() {
        return document.to_owned();
    }
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn has_anchor(file: &File, anchor: &str) -> bool {
    let headings = prose(&file.text).filter(|(_, line)| line.starts_with('#'));
    let anchors: HashSet<String> =
        headings.map(|(_, line)| slug(line.trim_start_matches('#'))).collect();
    anchors.contains(anchor)
}

/// As GitHub names headings: lower case, blanks become hyphens, signs go.
fn slug(heading: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    };
    heading.trim().to_lowercase().chars().filter_map(kept).collect()
}

#[test]
fn links_that_lead_nowhere_are_found() {
    let other = File::sample("docs/b/c.md", "# The *gate*, twice\n```\n# not one\n```\n");
    let found = |text: &str| {
        let document = File::sample("docs/a.md", text);
        let tree = [File::sample("docs/b/c.md", &other.text), File::sample("docs/a.md", text)];
        check_document(&document, &tree).len()
    };
    for fine in [
        "[x](b/c.md)",
        "[x](b/)",
        "[x](../docs/b/c.md#the-gate-twice)",
        "# Here\n[x](#here)",
        "[x](https://docs.rs)",
        "```\n[x](nowhere.md)\n```",
    ] {
        assert_eq!(found(fine), 0, "{fine}");
    }
    for broken in ["[x](c.md)", "a\n[x](b/c.md#not-one)", "[y](b/c.md) [x](#here)"] {
        assert_eq!(found(broken), 1, "{broken}");
    }
}
