//! What the router tells the block about customers.

use common::ticket::Holder;
use common::{CustomerId, SliceId};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::bank::{BLOCK, Bank, name};

const CLARA: CustomerId = CustomerId(3);

fn profile(revision: u64, phone: &str) -> Value {
    json!({
        "revision": revision, "login": "clara", "phone": phone, "name": "Clara Orlova",
        "password": "a fine password",
    })
}

async fn bank() -> (Bank, crate::bank::Process) {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let row = common::placement::Placement::first(name(BLOCK), SliceId::of(CLARA), "test");
    process.place(&[row]).await.ok();
    (bank, process)
}

#[tokio::test]
async fn a_customer_is_taken_in_once_and_followed_by_revision() {
    let (bank, process) = bank().await;
    let router = process.service("router");
    let path = "/internal/v1/customers/3";
    let phone = || async {
        let client = bank.db.client().await;
        let row = client.query_one("select phone from customer where customer_id = 3", &[]).await;
        row.unwrap().get::<_, String>(0)
    };
    let mut nameless = profile(1, "+79000000003");
    nameless.as_object_mut().unwrap().remove("password");
    let reply = router.put(path, &nameless).await;
    assert_eq!(reply.problem().errors[0].field, "password", "he could never log in");

    assert_eq!(router.put(path, &profile(2, "+79000000003")).await.status, 204);
    let told = "select count(*) from outbox where customer_id = 3";
    assert_eq!(bank.number(told).await, 1, "all of him");
    let body = json!({
        "ticket": bank.ticket(Holder::Customer(CLARA)), "password": "a fine password",
    });
    let reply = process.phone().post("/v1/sessions", &body).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["sent_to"]), (202, &json!("•• 0003")));

    // The same and older revisions change nothing; a newer one does, and no password with it.
    for (revision, number, expected) in [
        (2, "+79000000099", "+79000000003"),
        (1, "+79000000099", "+79000000003"),
        (3, "+79000000033", "+79000000033"),
        (3, "+79000000099", "+79000000033"),
    ] {
        let mut change = profile(revision, number);
        change["password"] = json!("another password");
        assert_eq!(router.put(path, &change).await.status, 204);
        assert_eq!(phone().await, expected, "{revision} {number}");
    }
    assert_eq!(bank.number(told).await, 2);
    let body = json!({
        "ticket": bank.ticket(Holder::Customer(CLARA)), "password": "a fine password",
    });
    assert_eq!(process.phone().post("/v1/sessions", &body).await.status, 202);
}

#[tokio::test]
async fn told_many_times_at_once_it_is_one_customer() {
    let (bank, process) = bank().await;
    let other = bank.process().await;
    let puts = (0..6).map(|n| {
        let process = if n % 2 == 0 { &process } else { &other };
        async move {
            let body = profile(1, "+79000000003");
            process.service("router").put("/internal/v1/customers/3", &body).await.status
        }
    });
    let statuses = join_all(puts).await;
    assert!(statuses.iter().all(|status| *status == 204), "{statuses:?}");
    assert_eq!(bank.number("select count(*) from outbox where customer_id = 3").await, 1);
}

#[tokio::test]
async fn what_cannot_be_a_customer_is_refused() {
    let (bank, process) = bank().await;
    let router = process.service("router");
    for (path, code) in [
        ("/internal/v1/customers/0", "invalid-query"),
        ("/internal/v1/customers/-1", "invalid-query"),
        ("/internal/v1/customers/18446744073709551615", "invalid-query"),
        ("/internal/v1/customers/x", "invalid-query"),
    ] {
        let reply = router.put(path, &profile(1, "+79000000003")).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, code), "{path}");
    }
    let with = |field: &str, value: Value| {
        let mut body = profile(1, "+79000000003");
        body[field] = value;
        body
    };
    let rows = [
        (with("phone", json!("12")), "invalid-json"),
        (with("revision", json!(-1)), "invalid-json"),
        (with("surprise", json!(1)), "invalid-json"),
        (with("name", json!("a\u{0}b")), "invalid-request"),
        (with("name", json!("")), "invalid-request"),
        (with("login", json!("a\u{0}b")), "invalid-request"),
        (with("login", json!("Clara")), "invalid-request"),
        (with("revision", json!(u64::MAX)), "invalid-request"),
    ];
    for (body, code) in rows {
        let reply = router.put("/internal/v1/customers/3", &body).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.text);
    }
    assert_eq!(bank.number("select count(*) from customer where customer_id = 3").await, 0);
}

#[tokio::test]
async fn rows_that_cannot_be_are_refused_whole() {
    let (bank, process) = bank().await;
    let good = json!(crate::bank::first_row(crate::bank::ANNA));
    let with = |field: &str, value: Value| {
        let mut row = good.clone();
        row["revision"] = json!(9);
        row[field] = value;
        row
    };
    let rows = [
        (with("slice", json!(64)), "invalid-json"),
        (with("state", json!("lost")), "invalid-json"),
        (with("owner", json!("NOT A NAME")), "invalid-json"),
        (with("generation", json!(0)), "invalid-request"),
        (with("generation", json!(u64::MAX)), "invalid-json"),
        (with("reason", json!("a\u{0}b")), "invalid-request"),
        (with("decided_by", json!("a\u{0}b")), "invalid-request"),
        (with("owner_incarnation", json!("a\u{0}b")), "invalid-json"),
        (with("target_incarnation", json!("1-2-3")), "invalid-json"),
    ];
    for (row, code) in rows {
        let body = json!({ "rows": [good, row] });
        let reply = process.service("launcher").put("/internal/v1/placements", &body).await;
        assert_eq!(reply.code(), code, "{row}: {}", reply.text);
    }
    assert_eq!(bank.number("select max(revision) from placement").await, 1);
}

#[tokio::test]
async fn a_router_of_an_older_generation_is_refused() {
    let (bank, process) = bank().await;
    let router = process.service("router");
    let path = "/internal/v1/customers/3";
    let seal = json!({ "home": BLOCK, "slices": [[SliceId::of(CLARA), 1]] });
    let header = "bulkhead-router-generation";
    let under = |generation: u64| router.clone().with(header, &generation.to_string());
    assert_eq!(under(2).put(path, &profile(1, "+79000000003")).await.status, 204);
    let seen = "select generation from router_seen";
    assert_eq!(bank.number(seen).await, 2);
    for older in [under(1), router.clone()] {
        let reply = older.put(path, &profile(2, "+79000000033")).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (409, "router-superseded".into()));
        assert!(reply.problem().detail.starts_with("Generation 2 of the router's row stands"));
        let reply = older.post("/internal/v1/seals", &seal).await;
        assert_eq!(reply.code(), "router-superseded");
    }
    assert_eq!(bank.number("select max(revision) from customer where customer_id = 3").await, 1);
    assert_eq!(under(3).post("/internal/v1/seals", &seal).await.status, 200);
    assert_eq!(bank.number(seen).await, 3);
}
