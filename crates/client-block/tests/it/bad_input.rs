//! Bad input of every kind, at every route: a problem document with a stable code, never an error
//! of ours, and nothing changed.

use reqwest::Method;
use serde_json::json;

use crate::bank::{Bank, Process};
use crate::client::{Client, Reply};
use crate::routes::{Door, Route, routes};

/// The block and a guest block over the same database, and who may call each door.
struct Doors {
    client: Process,
    guest: Process,
    anna: Client,
}

impl Doors {
    async fn open(bank: &Bank) -> Self {
        let client = bank.process().await;
        let guest = bank.process_with(|config| "guest".clone_into(&mut config.service.role));
        let anna = bank.anna(&client).await;
        Self { guest: guest.await, client, anna }
    }

    fn caller(&self, route: &Route) -> Client {
        match route.door {
            Door::Customers | Door::Both => self.anna.clone(),
            Door::Visitors => self.guest.phone(),
            Door::Internal => self.client.service("router"),
        }
    }
}

/// A refusal of the client's making.
fn refused(reply: &Reply, status: u16, code: &str, what: &str) {
    assert_eq!(reply.status.as_u16(), status, "{what}: {}", reply.text);
    assert_eq!(reply.code(), code, "{what}");
}

#[tokio::test]
async fn bodies_that_are_no_json_or_not_whole() {
    let bank = Bank::new().await;
    let doors = Doors::open(&bank).await;
    let before = bank.rows().await;
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "{",
        "}",
        "nonsense",
        "null",
        "1",
        "\"text\"",
        "[]",
        "[1]",
        "{}",
        "{\"a\":1}",
        "{\"a\":",
        "{}{}",
        "{\"intent\":1}trailing",
        "{'single': 'quotes'}",
        "NaN",
        "{\"intent\":1e999}",
        "\u{feff}{}",
        &deep,
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .chain([vec![0xff, 0xfe, 0x00], vec![0; 100], b"{\"code\":\"\xff\"}".to_vec()])
    .collect();
    for route in routes(&bank).iter().filter(|route| route.body.is_some()) {
        let caller = doors.caller(route);
        for body in &bodies {
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            let what = format!("{} {} {shown:?}", route.method, route.path);
            let request = caller.request(route.method.clone(), &route.sample());
            let reply = request
                .header("idempotency-key", "0123456789abcdef")
                .body("application/json", body.clone())
                .send()
                .await;
            refused(&reply, 400, "invalid-json", &what);
        }
        // One field too many is not overlooked.
        let mut more = route.body.clone().unwrap();
        more["surprise"] = json!(true);
        let request = caller.request(route.method.clone(), &route.sample());
        let reply = request.json(&more).send().await;
        refused(&reply, 400, "invalid-json", &format!("{} {} surprise", route.method, route.path));
    }
    assert_eq!(bank.rows().await, before);
}

#[tokio::test]
async fn bodies_that_are_not_declared_as_json() {
    let bank = Bank::new().await;
    let doors = Doors::open(&bank).await;
    let before = bank.rows().await;
    for route in routes(&bank).iter().filter(|route| route.body.is_some()) {
        let caller = doors.caller(route);
        let body = route.body.clone().unwrap().to_string();
        for media in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "application/json-patch+json",
            "text/json",
            "",
            "nonsense",
        ] {
            let what = format!("{} {} {media:?}", route.method, route.path);
            let request = caller.request(route.method.clone(), &route.sample());
            let reply = request.body(media, body.clone()).send().await;
            refused(&reply, 415, "unsupported-media-type", &what);
        }
    }
    assert_eq!(bank.rows().await, before);
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let bank = Bank::new().await;
    let doors = Doors::open(&bank).await;
    let before = bank.rows().await;
    let large = vec![b' '; 10 * 1024 * 1024];
    for route in routes(&bank) {
        let what = format!("{} {}", route.method, route.path);
        let request = doors.caller(&route).request(route.method.clone(), &route.sample());
        let reply = request.body("application/json", large.clone()).send().await;
        refused(&reply, 413, "body-too-large", &what);
    }
    let nowhere = doors.anna.request(Method::POST, "/v1/nowhere");
    let reply = nowhere.body("application/json", large).send().await;
    assert!(reply.status.is_client_error());
    // The largest body that is accepted is read to its end.
    let mut fits = json!({ "code": "1" }).to_string();
    fits.push_str(&" ".repeat(65_536 - fits.len()));
    let path = "/v1/sessions/challenges/00000000-0000-4000-8000-000000000000";
    let post = |body: String| doors.anna.request(Method::POST, path).body("application/json", body);
    refused(&post(fits.clone()).send().await, 422, "code-expired", "65,536 bytes");
    refused(&post(format!("{fits} ")).send().await, 413, "body-too-large", "65,537 bytes");
    assert_eq!(bank.rows().await, before);
}

#[tokio::test]
async fn methods_and_paths_that_are_not_there() {
    let bank = Bank::new().await;
    let doors = Doors::open(&bank).await;
    let before = bank.rows().await;
    let all = routes(&bank);
    for route in &all {
        let caller = doors.caller(route);
        let same = all.iter().filter(|other| {
            other.sample() == route.sample()
                // `current` is also an id of a session, as far as paths go.
                || (route.path == "/v1/sessions/current" && other.path == "/v1/sessions/{id}")
        });
        let known: Vec<&Method> = same.map(|other| &other.method).collect();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            if known.contains(&&method) {
                continue;
            }
            let what = format!("{method} {}", route.path);
            let reply = caller.request(method, &route.sample()).send().await;
            refused(&reply, 405, "method-not-allowed", &what);
            let allow = reply.header("allow");
            for method in &known {
                assert!(allow.contains(method.as_str()), "{what}: Allow: {allow:?}");
            }
        }
    }
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/accounts/",
        "//v1/accounts",
        "/v2/accounts",
        "/V1/accounts",
        "/v1/operations/1/2/3",
        "/.env",
        "/v1/%00",
        "/%ff",
        "/internal/v1/placements",
        "/v1/accounts;a=b",
        "/v1/reference/%72ates",
    ] {
        let reply = doors.anna.get(path).await;
        refused(&reply, 404, "not-found", path);
    }
    assert_eq!(bank.rows().await, before);
}

#[tokio::test]
async fn places_in_paths_that_hold_nonsense() {
    let bank = Bank::new().await;
    let doors = Doors::open(&bank).await;
    let before = bank.rows().await;
    let long = "9".repeat(6_000);
    let nonsense = [
        "x",
        "0",
        "-1",
        "%00",
        "%ff",
        "..%2f..",
        "'%3b--",
        "null",
        "undefined",
        "NaN",
        "00000000-0000-0000-0000-00000000000g",
        "{id}",
        "%F0%9F%92%A9",
        &long,
    ];
    for route in routes(&bank).iter().filter(|route| route.path.contains('{')) {
        for value in nonsense {
            let open = route.path.find('{').unwrap();
            let close = route.path.find('}').unwrap();
            let path = format!("{}{value}{}", &route.path[..open], &route.path[close + 1..]);
            let shown = &path[..path.len().min(80)];
            let request = doors.caller(route).request(route.method.clone(), &path);
            let reply = match &route.body {
                Some(body) => request.json(body).send().await,
                None => request.send().await,
            };
            assert!(reply.status.is_client_error(), "{} {shown}: {}", route.method, reply.text);
            reply.problem();
        }
    }
    assert_eq!(bank.rows().await, before);
}

#[tokio::test]
async fn headers_that_hold_nonsense() {
    let bank = Bank::new().await;
    let doors = Doors::open(&bank).await;
    let rows = [
        ("traceparent", "nonsense"),
        ("traceparent", "00-00000000000000000000000000000000-0000000000000000-00"),
        ("bulkhead-deadline-ms", "nonsense"),
        ("bulkhead-deadline-ms", "-1"),
        ("bulkhead-deadline-ms", "18446744073709551615"),
        ("bulkhead-deadline-ms", "99999999999999999999999"),
        ("if-none-match", "nonsense"),
        ("accept", "image/png"),
        ("accept-encoding", "nonsense"),
        ("cookie", ";;;=;__Secure-bulkhead-session"),
    ];
    for (name, value) in rows {
        let reply = doors.anna.clone().with(name, value).get("/v1/accounts").await;
        assert_eq!(reply.status, 200, "{name}: {value}: {}", reply.text);
    }
    let reply = doors.anna.clone().with("bulkhead-deadline-ms", "0").get("/v1/accounts").await;
    refused(&reply, 504, "deadline-exceeded", "no time at all");
    let many = (0..200).fold(doors.anna.clone(), |client, n| client.with("cookie", &n.to_string()));
    let reply = many.get("/v1/accounts").await;
    assert!(reply.status.is_client_error(), "too many headers: {}", reply.status);
}
