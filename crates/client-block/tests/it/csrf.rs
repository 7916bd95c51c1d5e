//! The web channel serves the bank's own pages only: origins, the client header, preflights.

use common::ticket::Holder;
use reqwest::Method;
use serde_json::json;

use crate::bank::{ANNA, Bank, ORIGIN, PASSWORD};
use crate::client::{Client, Reply};

const EVIL: &str = "http://bank.localhost:7000.evil.example";

/// Who sends a request, as a browser would mark it.
fn from(client: Client, origin: Option<&str>, header: bool) -> Client {
    let client = match origin {
        Some(origin) => client.with("origin", origin),
        None => client,
    };
    if header { client.with("bulkhead-client", "web") } else { client }
}

#[tokio::test]
async fn only_own_pages_change_anything_or_read_with_a_foreign_origin() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let ticket = || bank.ticket(Holder::Customer(ANNA));
    let page = bank.browser(&process, ANNA).await;
    page.get("/v1/sessions").await.ok();
    let cookie = page.header("cookie");
    let bare = Client::stranger(process.web).with("cookie", &cookie);
    let upper = ORIGIN.to_uppercase();
    let slash = format!("{ORIGIN}/");
    let changes = [
        (Some(ORIGIN), true, true),
        (Some(ORIGIN), false, false),
        (None, true, false),
        (None, false, false),
        (Some("null"), true, false),
        (Some(EVIL), true, false),
        (Some("https://bank.localhost:7000"), true, false),
        (Some("http://bank.localhost"), true, false),
        (Some(upper.as_str()), true, false),
        (Some(slash.as_str()), true, false),
    ];
    for (origin, header, allowed) in changes {
        let client = from(bare.clone(), origin, header);
        let login = json!({ "ticket": ticket(), "password": PASSWORD });
        let challenge = "/v1/sessions/challenges/00000000-0000-4000-8000-000000000000";
        let replies = [
            ("login", client.post("/v1/sessions", &login).await),
            ("code", client.post(challenge, &json!({ "code": "1" })).await),
            ("review", client.post("/v1/operations/review", &json!({})).await),
            ("order", client.order("0123456789abcdef", &json!({})).await),
            ("template", client.post("/v1/templates", &json!({})).await),
            ("password", client.put("/v1/password", &json!({})).await),
            ("end", client.delete("/v1/sessions/00000000-0000-4000-8000-000000000000").await),
        ];
        for (what, reply) in replies {
            let refused = reply.status == 403 && reply.code() == "origin-refused";
            assert_eq!(refused, !allowed, "{what} {origin:?} {header}: {}", reply.text);
        }
    }
    let reads = [(None, true), (Some(ORIGIN), true), (Some(EVIL), false), (Some("null"), false)];
    for (origin, allowed) in reads {
        let reply = from(bare.clone(), origin, false).get("/v1/sessions").await;
        assert_eq!(reply.status == 200, allowed, "{origin:?}: {}", reply.text);
    }
    page.get("/v1/sessions").await.ok();
    let failures = "select count(*) from login_guard where failures > 0";
    assert_eq!(bank.number(failures).await, 0, "a refused page is no attempt");
}

#[tokio::test]
async fn preflights_are_answered_for_own_pages() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let ask = async |address, origin: &str, path: &str| -> Reply {
        Client::stranger(address)
            .request(Method::OPTIONS, path)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "bulkhead-client,idempotency-key")
            .send()
            .await
    };
    let reply = ask(process.web, ORIGIN, "/v1/operations").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), ORIGIN);
    assert_eq!(reply.header("access-control-allow-credentials"), "true");
    assert_eq!(reply.header("access-control-max-age"), "7200");
    assert_eq!(reply.header("access-control-allow-methods"), "GET,POST,PUT,DELETE");
    let headers = reply.header("access-control-allow-headers").to_owned();
    for header in
        ["content-type", "if-none-match", "bulkhead-client", "idempotency-key", "traceparent"]
    {
        assert!(headers.split(',').any(|allowed| allowed == header), "{header} in {headers}");
    }
    assert!(reply.header("vary").to_lowercase().contains("origin"));
    for origin in [EVIL, "null", ""] {
        let reply = ask(process.web, origin, "/v1/operations").await;
        assert_eq!(reply.header("access-control-allow-origin"), "", "{origin:?}");
    }
    let mobile = ask(process.mobile, ORIGIN, "/v1/operations").await;
    assert_eq!(mobile.header("access-control-allow-origin"), "");

    // A page can read why it was refused, wherever the refusal is made.
    let page = Client::page(process.web);
    let refusals = [
        page.get("/v1/accounts").await,
        page.get("/v1/nowhere").await,
        page.delete("/v1/operations").await,
        page.request(Method::POST, "/v1/sessions").body("text/plain", "x").send().await,
    ];
    for (reply, status) in refusals.iter().zip([401, 404, 405, 415]) {
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("access-control-allow-origin"), ORIGIN);
        let exposed = reply.header("access-control-expose-headers");
        for header in ["etag", "retry-after", "bulkhead-next", "idempotency-replayed"] {
            assert!(exposed.split(',').any(|shown| shown == header), "{header} in {exposed}");
        }
    }
}
