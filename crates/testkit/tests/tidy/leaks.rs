//! No file names the machine it was written on, nor the registry or mirror that machine uses: both
//! are wrong everywhere else.
//!
//! Addresses on the web are few, so they are listed; everything that looks like a host of its own
//! and is not listed is a finding.

use crate::tree::{File, Finding};

/// Home and working directories. Written in two halves, so that this file does not find itself.
const MACHINE: &[&str] =
    &[concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Public pages that a document or a file format may point to.
const PUBLIC: &[&str] = &[
    "docs.rs",
    "doc.rust-lang.org",
    "github.com",
    "hledger.org",
    "json-schema.org",
    "keepachangelog.com",
    "opensource.org",
    "owasp.org",
    "rustup.rs",
    "spdx.org",
    "www.apache.org",
    "www.iana.org",
    "www.iso20022.org",
    "www.postgresql.org",
    "www.rfc-editor.org",
    "www.w3.org",
];

/// Labels of hosts that hand out packages, wherever they stand.
const REGISTRY: &[&str] =
    &["registry", "mirror", "mirrors", "proxy", "artifactory", "nexus", "index", "static"];

/// Ends of names that never leave the machine, or are kept free for examples.
const HARMLESS: &[&str] = &["localhost", "example", "invalid", "test", "internal"];

pub(crate) fn check(file: &File) -> Vec<Finding> {
    let is_lock = file.path.ends_with("package-lock.json");
    let mut findings = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        if let Some(path) = MACHINE.iter().find(|path| names_path(line, path)) {
            let advice = format!("`{path}…` is a path of one machine: make it relative");
            findings.push(file.finding(at + 1, advice));
        }
        // npm notes where a package's authors take donations, in several forms: such a page is no
        // place to fetch from. Packages come from `resolved`.
        let note = is_lock && !line.contains("\"resolved\"");
        let leaks = |host: &&str| !may_be_named(host) && (!note || names_registry(host));
        for host in hosts(line).filter(leaks) {
            let advice = format!(
                "`{host}` is named: no registry or mirror; add a public page to tidy/leaks.rs"
            );
            findings.push(file.finding(at + 1, advice));
        }
    }
    findings
}

/// The path begins here and goes on: not the tail of a longer path, not the word alone.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + path.len()..].chars().next();
        let goes_on = |c: char| c.is_alphanumeric() || c == '.' || c == '_';
        let inside = |c: char| goes_on(c) || matches!(c, '/' | '}' | ')' | '-');
        !before.is_some_and(inside) && after.is_some_and(goes_on)
    })
}

/// Hosts of the addresses in the line, without user and port.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    let schemes = ["http://", "https://", "sparse+https://"];
    let starts = schemes.into_iter().flat_map(move |scheme| line.match_indices(scheme));
    starts.map(move |(at, scheme)| {
        let rest = &line[at + scheme.len()..];
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let end = rest.find(|c: char| !is_host(c)).unwrap_or(rest.len());
        rest[..end].trim_end_matches('.')
    })
}

fn may_be_named(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    if PUBLIC.contains(&host) || labels.last().is_some_and(|last| HARMLESS.contains(last)) {
        return true;
    }
    if names_registry(host) {
        return false;
    }
    // A single name (`client-1`), an IPv4 address, or the documentation's own domain.
    let is_number = labels.iter().all(|label| label.parse::<u8>().is_ok());
    labels.len() == 1 || is_number || host.ends_with("example.com") || host.ends_with("example.org")
}

fn names_registry(host: &str) -> bool {
    host.split('.').any(|label| REGISTRY.contains(&label))
}

#[cfg(test)]
fn found(text: &str) -> usize {
    check(&File::sample("docs/a.md", text)).len()
}

#[test]
fn paths_of_a_machine_are_found() {
    for path in MACHINE {
        assert_eq!(found(&format!("see {path}main/a")), 1, "{path}");
        assert_eq!(found(&format!("see /v1{path}main/a")), 0, "{path}");
        assert_eq!(found(&format!("`{path}` itself")), 0, "{path}");
    }
    assert_eq!(found("crates/common/src"), 0);
}

#[test]
fn foreign_hosts_are_found() {
    let scheme = "https:/";
    for host in ["registry.npmjs.org/a", "mirror/b", "packages.bank.ru:8080", "crates.io/x"] {
        assert_eq!(found(&format!("get {scheme}/{host}")), 1, "{host}");
    }
    let fine = [
        "127.0.0.1:7000/livez",
        "bank.localhost:7000",
        "client-1.my.bank.localhost",
        "{host}/a",
        "client-1:80",
        "www.rfc-editor.org/rfc/rfc9457",
        "payee.example/a.",
        "[::1]:80",
    ];
    for host in fine {
        assert_eq!(found(&format!("see {scheme}/{host}")), 0, "{host}");
    }
}

#[test]
fn a_lock_may_say_who_asks_for_money_but_not_where_it_was_fetched() {
    let scheme = "https:/";
    let found = |line: &str| check(&File::sample("web/package-lock.json", line)).len();
    assert_eq!(found(&format!("  \"url\": \"{scheme}/opencollective.com/a\"")), 0);
    assert_eq!(found(&format!("    \"{scheme}/opencollective.com/a\"")), 0);
    assert_eq!(found(&format!("  \"url\": \"{scheme}/registry.npmjs.org/a\"")), 1);
    assert_eq!(found(&format!("  \"resolved\": \"{scheme}/npm.bank.ru/a.tgz\"")), 1);
}
