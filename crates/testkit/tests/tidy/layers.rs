//! A2: only `http/` knows axum and status codes, only `store/` contains SQL, only `app/` and
//! `worker/` open transactions.
//!
//! The rule holds for the product code of every crate that is not exempt below; a new crate is
//! held to it from its first file. SQL is recognised by its first words, a transaction by the
//! methods that open one. Tests inside a product file are left alone.

use crate::source::{Kind, Piece, has_word, lines_of, pieces, test_lines};
use crate::tree::{File, Finding};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    Http,
    Store,
    Transaction,
}

/// Where the rule does not hold, and why.
struct Exemption {
    prefix: &'static str,
    layers: &'static [Layer],
    reason: &'static str,
}

const EXEMPT: &[Exemption] = &[
    Exemption {
        prefix: "crates/platform/",
        layers: &[Layer::Http, Layer::Store, Layer::Transaction],
        reason: "the I/O that services share: it wraps axum and the drivers so that they need not",
    },
    Exemption {
        prefix: "crates/testkit/",
        layers: &[Layer::Http, Layer::Store, Layer::Transaction],
        reason: "a dev-dependency: it makes databases for tests and stands in for services",
    },
];

const HTTP_WORDS: &[&str] =
    &["axum", "tower_http", "StatusCode", "HeaderMap", "HeaderValue", "IntoResponse"];
const OPENING: &[&str] =
    &[".transaction(", ".begin(", ".begin_with(", ".build_transaction(", "start_transaction("];

pub(crate) fn check(file: &File) -> Vec<Finding> {
    if !file.is_rust() || !file.is_product() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if applies(file, Layer::Http) && !file.is_in_module("http") {
        findings.extend(http(file));
    }
    if applies(file, Layer::Store) && !file.is_in_module("store") {
        findings.extend(sql(file));
    }
    let opens = file.is_in_module("app") || file.is_in_module("worker");
    if applies(file, Layer::Transaction) && !opens {
        findings.extend(transactions(file));
    }
    if !findings.is_empty() {
        let tests = test_lines(&file.text);
        findings.retain(|finding| !tests.iter().any(|lines| lines.contains(&finding.line)));
    }
    findings
}

/// An exemption for what is no longer there hides the next breach.
pub(crate) fn stale_exemptions(tree: &[File]) -> Vec<Finding> {
    let here = File::sample(file!(), "");
    let stale = |exempt: &&Exemption| !tree.iter().any(|f| f.path.starts_with(exempt.prefix));
    EXEMPT
        .iter()
        .filter(stale)
        .map(|exempt| {
            let Exemption { prefix, reason, .. } = exempt;
            here.finding(1, format!("{prefix} is gone, remove its exemption ({reason})"))
        })
        .collect()
}

fn applies(file: &File, layer: Layer) -> bool {
    let exempts = |e: &Exemption| file.path.starts_with(e.prefix) && e.layers.contains(&layer);
    !EXEMPT.iter().any(exempts)
}

fn http(file: &File) -> Vec<Finding> {
    let advice = |word| format!("A2: `{word}` outside http/: return a type of ours, convert there");
    let words = |(line, code): (usize, String)| {
        let found = HTTP_WORDS.iter().find(|word| has_word(&code, word))?;
        Some(file.finding(line, advice(found)))
    };
    lines_of(&file.text, Kind::Code).into_iter().filter_map(words).collect()
}

fn transactions(file: &File) -> Vec<Finding> {
    let opening = |(line, code): (usize, String)| {
        let found = OPENING.iter().find(|call| code.contains(*call))?;
        let advice = format!(
            "A2: `{}…)` outside app/ and worker/: take the open transaction as an argument",
            found.trim_start_matches('.')
        );
        Some(file.finding(line, advice))
    };
    lines_of(&file.text, Kind::Code).into_iter().filter_map(opening).collect()
}

fn sql(file: &File) -> Vec<Finding> {
    pieces(&file.text)
        .iter()
        .filter(|piece| piece.kind == Kind::Text && is_sql(piece.content()))
        .map(|piece: &Piece<'_>| {
            let first: String = piece.content().trim().chars().take(24).collect();
            let advice = format!("A2: SQL outside store/ (\"{first}…\"): move the statement there");
            file.finding(piece.line, advice)
        })
        .collect()
}

/// By the words a statement begins with. A sentence that begins with "Update" or "with" is none.
fn is_sql(text: &str) -> bool {
    let lower = text.replace("\\n", " ").replace('\\', " ").to_ascii_lowercase();
    let mut words = lower.split_whitespace();
    let (Some(first), Some(second)) = (words.next(), words.next()) else {
        return false;
    };
    let later = |wanted: &str| lower.split_whitespace().skip(2).any(|word| word == wanted);
    let is_object = matches!(
        second,
        "table" | "index" | "unique" | "schema" | "type" | "role" | "user" | "database"
    );
    match first {
        "select" => later("from") || second.contains('(') || second.parse::<u8>().is_ok(),
        "insert" => second == "into",
        "delete" => second == "from",
        "update" => later("set"),
        "with" => later("as") && lower.contains('('),
        "copy" => later("from") || later("to") && lower.contains("stdout"),
        "create" | "alter" | "drop" => is_object,
        "truncate" | "lock" => second == "table",
        "set" => matches!(second, "local" | "transaction"),
        _ => false,
    }
}

#[cfg(test)]
fn found(path: &str, text: &str) -> usize {
    check(&File::sample(path, text)).len()
}

#[test]
fn axum_belongs_to_http() {
    for code in ["use axum::Router;", "fn f() -> StatusCode {}", "use tower_http::cors;"] {
        assert_eq!(found("crates/client-block/src/app/pay.rs", code), 1, "{code}");
        assert_eq!(found("crates/client-block/src/http/pay.rs", code), 0, "{code}");
        assert_eq!(found("crates/platform/src/serve.rs", code), 0, "{code}");
        assert_eq!(found("crates/client-block/tests/it/main.rs", code), 0, "{code}");
    }
    assert_eq!(found("crates/client-block/src/app/pay.rs", "// not axum\n\"axum\";"), 0);
}

#[test]
fn sql_belongs_to_the_store() {
    let statements = [
        "select id from operation where id = $1",
        "  SELECT 1",
        "select now()",
        "insert into outbox (id) values ($1)",
        "update operation\\n   set state = $1",
        "delete from ticket",
        "with claimed as (select 1) select 2",
        "copy customer (id) from stdin (format binary)",
        "create table t (a int)",
        "set local lock_timeout = '1s'",
    ];
    for statement in statements {
        let code = format!("fn f() {{ run(\"{statement}\"); }}");
        assert_eq!(found("crates/router-block/src/app/a.rs", &code), 1, "{statement}");
        assert_eq!(found("crates/router-block/src/store/a.rs", &code), 0, "{statement}");
    }
    let in_macro = "fn f() { sql!(r#\"select a\nfrom b\"#); }";
    assert_eq!(found("crates/router-block/src/worker/a.rs", in_macro), 1);
}

#[test]
fn sentences_are_not_sql() {
    let sentences = [
        "select an account",
        "Update the app to go on",
        "with no limit",
        "insert",
        "create a customer",
        "copy of the register",
        "set limits",
        "delete this template?",
    ];
    for sentence in sentences {
        assert!(!is_sql(sentence), "{sentence}");
    }
}

#[test]
fn transactions_belong_to_app_and_worker() {
    let code = "async fn f() { let tx = client.transaction().await?; }";
    assert_eq!(found("crates/back-office/src/store/a.rs", code), 1);
    assert_eq!(found("crates/back-office/src/http/a.rs", code), 1);
    assert_eq!(found("crates/back-office/src/app/a.rs", code), 0);
    assert_eq!(found("crates/back-office/src/worker/a.rs", code), 0);
    assert_eq!(found("crates/back-office/src/store/b.rs", "fn f(t: &Transaction<'_>) {}"), 0);
}

#[test]
fn tests_beside_the_code_are_left_alone() {
    let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n    use axum::Router;\n}\n";
    assert_eq!(found("crates/back-office/src/app/a.rs", code), 0);
}

#[test]
fn an_exemption_for_nothing_is_found() {
    assert_eq!(stale_exemptions(&[]).len(), EXEMPT.len());
    let tree: Vec<_> = EXEMPT.iter().map(|e| File::sample(&format!("{}a", e.prefix), "")).collect();
    assert!(stale_exemptions(&tree).is_empty());
}
