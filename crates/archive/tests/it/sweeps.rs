//! The same trouble at every operation that can be refused for it: each gets its code there too.

use archive::config::Config;
use serde_json::Value;
use testkit::openapi::{Sample, samples};

use super::bench::{Bench, bench, bench_with};

/// Samples of the operations that can be refused with `code`.
fn refused_with(code: &str) -> Vec<Sample> {
    let all = samples("archive").into_iter();
    let found: Vec<_> = all.filter(|sample| sample.codes.contains(code)).collect();
    assert!(!found.is_empty(), "{code}");
    found
}

/// Who may ask for an operation.
fn caller(sample: &Sample) -> &'static str {
    match (sample.tag.as_str(), sample.operation.as_str()) {
        (_, "seedRegister" | "watchDatabase") => "launcher",
        (_, "promoteRouter") => "router",
        ("moves" | "approvals" | "automation" | "standby" | "recovery" | "sights", _) => "router",
        _ => "client-1",
    }
}

#[expect(clippy::disallowed_methods, reason = "it says what no service of ours would say")]
async fn code_of(bench: &Bench, sample: &Sample, more: (&str, &str)) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}{}", bench.started.internal.unwrap(), sample.target);
    let json = ("content-type", "application/json");
    let headers = if more.0 == json.0 { vec![more] } else { vec![json, more] };
    let mut request = client
        .request(sample.method.parse().unwrap(), url)
        .header("bulkhead-service", caller(sample))
        .header("bulkhead-token", caller(sample));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.body(sample.body.clone().unwrap_or_default()).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    answer["code"].as_str().unwrap_or(&text).to_owned()
}

const NOTHING_MORE: (&str, &str) = ("x-nothing", "more");

async fn all_refused(bench: &Bench, code: &str, more: (&str, &str), but: &[&str]) {
    for sample in refused_with(code) {
        if !but.contains(&sample.operation.as_str()) {
            assert_eq!(code_of(bench, &sample, more).await, code, "{}", sample.operation);
        }
    }
}

#[tokio::test]
async fn requests_that_are_late_or_too_large_or_no_json() {
    let bench = bench_with(|config| config.http.body_max_bytes = 65_536).await;
    all_refused(&bench, "deadline-exceeded", ("bulkhead-deadline-ms", "0"), &[]).await;
    let media = ("content-type", "text/plain");
    all_refused(&bench, "unsupported-media-type", media, &[]).await;
    for mut sample in refused_with("body-too-large") {
        sample.body = Some(" ".repeat(70_000));
        let code = code_of(&bench, &sample, NOTHING_MORE).await;
        assert_eq!(code, "body-too-large", "{}", sample.operation);
    }
    for mut sample in refused_with("invalid-json") {
        sample.body = Some("{\"surprise\":true}".to_owned());
        let code = code_of(&bench, &sample, NOTHING_MORE).await;
        assert_eq!(code, "invalid-json", "{}", sample.operation);
    }
}

#[tokio::test]
async fn an_archive_that_is_full_or_without_its_database() {
    let narrow = |config: &mut Config| {
        config.archive.batches_in_flight_max = 0;
        config.archive.questions_in_flight_max = 0;
    };
    let full = bench_with(narrow).await;
    all_refused(&full, "busy", NOTHING_MORE, &[]).await;

    let bench = bench_with(|config| config.database.acquire_timeout_ms = 500).await;
    bench.db.cut_off().await;
    // A batch whose hash is wrong is refused before the database is asked.
    all_refused(&bench, "not-ready", NOTHING_MORE, &["readyz", "batch"]).await;
    testkit::eventually("it is not ready", || async { !bench.started.ready.is_set() }).await;
    let ready = samples("archive").into_iter().find(|sample| sample.operation == "readyz").unwrap();
    assert_eq!(code_of(&bench, &ready, NOTHING_MORE).await, "not-ready");
}

#[tokio::test]
async fn the_archive_says_what_it_serves() {
    let bench = bench().await;
    let samples = samples("archive");
    let openapi = samples.iter().find(|sample| sample.operation == "openapi").unwrap();
    let served: Value =
        serde_json::from_str(&code_of(&bench, openapi, NOTHING_MORE).await).unwrap();
    let committed = std::fs::read_to_string(testkit::openapi::committed("archive")).unwrap();
    assert_eq!(served, serde_json::from_str::<Value>(&committed).unwrap());
    for (operation, expected) in [("livez", ""), ("readyz", "")] {
        let sample = samples.iter().find(|sample| sample.operation == operation).unwrap();
        assert_eq!(code_of(&bench, sample, NOTHING_MORE).await, expected, "{operation}");
    }
    let metrics = samples.iter().find(|sample| sample.operation == "metrics").unwrap();
    code_of(&bench, metrics, NOTHING_MORE).await;
}

#[tokio::test]
async fn what_nobody_foresaw_is_answered_with_a_code() {
    let bench = bench().await;
    bench.sql("alter table automation rename to something_else").await;
    let samples = samples("archive");
    let automation = samples.iter().find(|sample| sample.operation == "automation").unwrap();
    assert_eq!(code_of(&bench, automation, NOTHING_MORE).await, "internal-error");
}
