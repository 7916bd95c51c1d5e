//! Templates and reference data.

use common::problem::Code;
use serde_json::{Value, json};
use testkit::eventually;

use crate::bank::Bank;
use crate::operations::{own, rub, to_boris};
use crate::stand_in::Act;

const TOPICS: [&str; 5] = ["rates", "branches", "products", "billers", "fees"];

#[tokio::test]
async fn templates_are_kept_and_removed_for_their_customer() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.operations.templates_max = 3).await;
    let (anna, boris) = (bank.anna(&process).await, bank.boris(&process).await);
    let terms = anna.review(&own("10.00")).await["terms"].clone();
    let template = |name: &str| json!({ "name": name, "terms": terms });
    let made = anna.post("/v1/templates", &template("  rent ")).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let rent = made.json();
    assert_eq!(
        (&rent["name"], &rent["terms"], &rent["version"]),
        (&json!("rent"), &terms, &json!(1))
    );
    for name in ["two", "three"] {
        bank.clock.advance_ms(1_000);
        anna.post("/v1/templates", &template(name)).await.ok();
    }
    let names = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap();
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&anna.get("/v1/templates").await.ok()), ["three", "two", "rent"]);
    assert_eq!(boris.get("/v1/templates").await.ok()["items"], json!([]));
    let reply = anna.post("/v1/templates", &template("four")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (409, "too-many-templates"));

    let path = format!("/v1/templates/{}", rent["template_id"].as_str().unwrap());
    assert_eq!(boris.delete(&path).await.code(), "template-unknown");
    assert_eq!(anna.delete(&path).await.status, 204);
    assert_eq!(anna.delete(&path).await.code(), "template-unknown");
    assert_eq!(names(&anna.get("/v1/templates").await.ok()), ["three", "two"]);
    let tombstone = "select count(*) from template where deleted and terms = '{}'";
    assert_eq!(bank.number(tombstone).await, 1);
    anna.post("/v1/templates", &template("four")).await.ok();
}

#[tokio::test]
async fn templates_have_a_name_and_terms_that_can_be() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let terms = anna.review(&to_boris("10.00")).await["terms"].clone();
    let with = |field: &str, value: Value| {
        let mut terms = terms.clone();
        terms[field] = value;
        json!({ "name": "rent", "terms": terms })
    };
    let payee = |name: &str| json!({ "account": "40817810000000000201", "name": name });
    let rows = [
        (json!({ "name": "", "terms": terms }), "invalid-request", "name"),
        (json!({ "name": "x".repeat(61), "terms": terms }), "invalid-request", "name"),
        (json!({ "name": "a\u{0}b", "terms": terms }), "invalid-request", "name"),
        (with("amount", rub("0")), "invalid-request", "terms.amount"),
        (with("message", json!("a\u{0}b")), "invalid-request", "terms.message"),
        (with("payee", payee("a\u{0}b")), "invalid-request", "terms.payee.name"),
        (with("surprise", json!(1)), "invalid-json", ""),
        (with("kind", json!("bribe")), "invalid-json", ""),
    ];
    for (body, code, field) in rows {
        let reply = anna.post("/v1/templates", &body).await;
        let problem = reply.problem();
        assert_eq!(problem.code, code, "{body}: {}", reply.text);
        let named = problem.errors.first().map_or("", |error| error.field.as_str());
        assert_eq!(named, field, "{body}");
    }
    assert_eq!(bank.number("select count(*) from template").await, 0);
}

#[tokio::test]
async fn reference_data_is_replicated_ahead_and_served_without_the_gateway() {
    let bank = Bank::new().await;
    bank.sql("delete from reference").await;
    let process = bank.process_with(|config| config.reference.poll_ms = 20).await;
    let visitor = process.phone();
    for topic in TOPICS {
        let reply = visitor.get(&format!("/v1/reference/{topic}")).await;
        assert_eq!(reply.code(), "back-office-unavailable", "{topic}: never asked yet");
    }
    process.start_worker();
    eventually("all topics are here", || async {
        bank.number("select count(*) from reference").await == 5
    })
    .await;
    bank.gateway.go_away().await;
    for topic in TOPICS {
        let path = format!("/v1/reference/{topic}");
        let reply = visitor.get(&path).await;
        let kept = reply.ok();
        assert_eq!(kept["version"], 1, "{topic}");
        assert_eq!(kept["checked_at"], json!(bank.clock.now()));
        assert!(!kept["items"].as_array().unwrap().is_empty());
        let etag = reply.header("etag").to_owned();
        assert_eq!(etag, format!("\"{topic}-1\""));
        let known = visitor.clone().with("if-none-match", &etag).get(&path).await;
        assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
        assert_eq!(known.header("etag"), etag);
        let older = visitor.clone().with("if-none-match", "\"rates-0\"").get(&path).await;
        assert_eq!(older.status, 200);
    }
    bank.gateway.come_back().await;
    let rates =
        |version: u64| json!({ "version": version, "as_of": "2027-01-01T00:00:00Z", "items": [] });
    bank.gateway.books().reference.insert("rates", rates(3));
    let stored = "select version from reference where topic = 'rates'";
    eventually("the new rates are here", || async { bank.number(stored).await == 3 }).await;
    bank.gateway.books().reference.insert("rates", rates(2));
    let asked = bank.gateway.calls("reference/rates").len();
    eventually("it was asked again", || async {
        bank.gateway.calls("reference/rates").len() > asked + 1
    })
    .await;
    assert_eq!(bank.number(stored).await, 3, "an older version changes nothing");
    // An answer that fails does not take the data away.
    bank.gateway.always("reference/rates", Act::Refuse(Code::Internal));
    assert_eq!(visitor.get("/v1/reference/rates").await.ok()["version"], 3);
    assert_eq!(visitor.get("/v1/reference/secrets").await.code(), "not-found");
}

#[tokio::test]
async fn what_has_expired_is_forgotten_and_nothing_else() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    // The bank's clock stands in January 2027.
    let rows = "
        insert into used_ticket values ('\\x01', '2026-12-31'), ('\\x02', '2027-12-31');
        insert into login_challenge (challenge_id, customer_id, channel, device_name, code_hash,
            attempts_left, expires_at)
        select gen_random_uuid(), 1, 'web', 'x', 'x', 5, at::timestamptz
        from unnest(array['2026-12-31', '2027-12-31']) at;
        insert into session (session_id, customer_id, token_hash, channel, device_id,
            device_name, opened_at, generation, epoch, seen_at, idle_until, expires_at)
        select gen_random_uuid(), 1, at::bytea, 'web', gen_random_uuid(), 'x', now(), 1, 0, now(),
            now(), at::timestamptz
        from unnest(array['2026-12-01', '2027-01-01']) at;";
    bank.sql(rows).await;
    process.start_worker();
    let old = "
        select (select count(*) from used_ticket where expires_at < '2027-01-01')
            + (select count(*) from login_challenge where expires_at < '2027-01-01')
            + (select count(*) from session where expires_at < '2026-12-15')";
    eventually("what is old is gone", || async { bank.number(old).await == 0 }).await;
    let kept = "
        select (select count(*) from login_challenge) * 100
            + (select count(*) from session) * 10 + (select count(*) from used_ticket)";
    assert_eq!(bank.number(kept).await, 122, "ended a month ago at most, or still good");
    anna.get("/v1/sessions").await.ok();
}
