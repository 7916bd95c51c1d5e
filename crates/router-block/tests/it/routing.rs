use common::ids::{CustomerId, Generation, Revision};
use common::placement::{Placement, PlacementState};
use common::ticket::{Holder, ROUTING_SECONDS, TicketKey};
use common::{Incarnation, SliceId, Timestamp};
use platform::Clock;
use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::eventually;

use crate::bank::{Bank, HOMES, Reply, Router, name, rows, secret};

#[tokio::test]
async fn a_customer_is_found_by_what_he_types_and_by_his_old_ticket() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let id = router.create("anna.petrova", "+79000000001").await;
    let holder = Holder::Customer(CustomerId(id));
    for typed in ["anna.petrova", " Anna.Petrova ", "+79000000001", "+7 (900) 000-00-01"] {
        let answer = router.login(typed).await;
        let ticket = bank.open(&answer);
        assert_eq!(ticket.holder, holder, "{typed}");
        assert_eq!(ticket.stamp.slice, SliceId::of(CustomerId(id)));
        assert_eq!(ticket.stamp.home, answer.block.id);
        assert_eq!(ticket.issued_at, bank.clock.now());
        assert!(answer.block.urls.web.contains(answer.block.id.as_str()));
    }
    let old = router.login("anna.petrova").await;
    bank.clock.advance_ms(ROUTING_SECONDS * 1_000);
    let anew = router.route(&json!({ "ticket": old.ticket })).await.routed();
    let ticket = bank.open(&anew);
    assert_eq!((ticket.holder, anew.block), (holder, old.block.clone()));
    bank.clock.advance_ms(1_000);
    let late = router.route(&json!({ "ticket": old.ticket })).await;
    assert_eq!((late.status, late.code()), (StatusCode::UNAUTHORIZED, "ticket-expired".into()));
}

#[tokio::test]
async fn a_stranger_gets_what_a_customer_gets() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    router.create("anna.petrova", "+79000000001").await;
    let real = router.route(&json!({ "login": "anna.petrova" })).await;
    let mut homes = std::collections::BTreeSet::new();
    for n in 0..60 {
        let login = format!("nobody.{n}");
        let decoy = router.route(&json!({ "login": login })).await;
        let answer = decoy.routed();
        homes.insert(answer.block.id.clone());
        let headers = |reply: &Reply| -> Vec<String> {
            reply.headers.keys().map(ToString::to_string).collect()
        };
        assert_eq!(headers(&decoy), headers(&real));
        if answer.block.id == real.routed().block.id {
            assert_eq!(decoy.text.len(), real.text.len());
        }
        let ticket = bank.open(&answer);
        assert!(matches!(ticket.holder, Holder::Decoy(_)));
        assert_eq!((ticket.stamp.generation, ticket.stamp.revision), (Generation(1), Revision(1)));
        let again = router.login(&login).await;
        assert_eq!(again.block, answer.block);
        assert_ne!(again.ticket, answer.ticket);
        assert_eq!(bank.open(&again).holder, ticket.holder);
        // He stays the stranger he was when he comes back.
        let returned = router.route(&json!({ "ticket": answer.ticket })).await.routed();
        assert_eq!(returned.block, answer.block);
        assert_eq!(bank.open(&returned).stamp, ticket.stamp);
        assert_eq!(bank.open(&returned).holder, ticket.holder);
    }
    assert_eq!(homes.len(), HOMES.len(), "decoys fall on all homes: {homes:?}");
    let other = bank.router().await;
    for n in 0..20 {
        let login = format!("nobody.{n}");
        let (here, there) = (router.login(&login).await, other.login(&login).await);
        assert_eq!(here.block, there.block, "every router sends {login} to the same block");
    }
}

#[tokio::test]
async fn a_slice_that_moved_is_served_by_its_owner() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let id = router.create("anna.petrova", "+79000000001").await;
    let home = router.login("anna.petrova").await;
    let old = bank.open(&home);
    let slice = SliceId::of(CustomerId(id));
    let moved = Placement {
        owner: name("pilot"),
        state: PlacementState::Moved,
        generation: Generation(2),
        revision: Revision(2),
        ..Placement::first(home.block.id.clone(), slice, "test")
    };
    let push = |row: &Placement| json!({ "rows": [row] });
    router.ops(Method::PUT, "/ops/v1/placements", &push(&moved)).await;
    for request in [json!({ "login": "anna.petrova" }), json!({ "ticket": home.ticket })] {
        let answer = router.route(&request).await.routed();
        assert_eq!(answer.block.id, name("pilot"));
        let stamp = bank.open(&answer).stamp;
        assert_eq!((stamp.home, stamp.revision), (home.block.id.clone(), Revision(2)));
        assert_eq!(bank.open(&answer).holder, old.holder);
    }
    let draining = Placement {
        state: PlacementState::Draining,
        target: Some(home.block.id.clone()),
        target_generation: Some(Generation(3)),
        revision: Revision(3),
        ..moved
    };
    router.ops(Method::PUT, "/ops/v1/placements", &push(&draining)).await;
    assert_eq!(router.login("anna.petrova").await.block, home.block);
    let shown = router.route(&json!({ "ticket": home.ticket })).await.routed();
    assert_eq!(shown.block.id, name("pilot"));
    let returning = Placement {
        state: PlacementState::Returning,
        owner: home.block.id.clone(),
        target: None,
        target_generation: None,
        generation: Generation(3),
        revision: Revision(4),
        ..draining
    };
    router.ops(Method::PUT, "/ops/v1/placements", &push(&returning)).await;
    assert_eq!(router.login("anna.petrova").await.block, home.block);
    let life = Incarnation { timeline: 1, system: 7, nonce: 2 };
    let named = Placement {
        owner_incarnation: Some(life),
        target_incarnation: Some(life),
        revision: Revision(5),
        ..returning
    };
    router.ops(Method::PUT, "/ops/v1/placements", &push(&named)).await;
    let kept = router.ops(Method::GET, "/ops/v1/placements", &json!(null)).await;
    assert!(kept.json()["rows"].as_array().unwrap().contains(&json!(named)));
}

#[tokio::test]
async fn tickets_that_are_none_are_refused() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    router.create("anna.petrova", "+79000000001").await;
    let good = router.login("anna.petrova").await;
    let ticket = good.ticket.clone().unwrap();
    let other = HOMES.iter().find(|home| **home != good.block.id.as_str()).unwrap();
    let relabelled = ticket.replace(good.block.id.as_str(), other);
    let forged = TicketKey::new(name("client-1"), &secret("a thief's"));
    let forged = forged.seal(&bank.open(&good), [1; 12]);
    let cut = ticket[..ticket.len() - 1].to_owned();
    let long = format!("{ticket}{}", "A".repeat(2_000));
    for bad in [
        "",
        "v1",
        "v1.guest-1.AAAA",
        "v1.nobody.AAAA",
        "наш билет",
        &relabelled,
        &forged,
        &cut,
        &long,
    ] {
        let reply = router.route(&json!({ "ticket": bad })).await;
        assert_eq!(reply.code(), "ticket-invalid", "{bad}");
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.headers["bulkhead-next"], "route");
    }
    // A clock that is slow by a little does not matter; a ticket from the future does.
    let early = Clock::by_hand(Timestamp::from_unix_ms(bank.clock.now().unix_ms() - 60_000));
    let slow = Router::start(bank.config(), &early).await;
    let reply = slow.route(&json!({ "ticket": ticket })).await;
    assert_eq!(reply.code(), "ticket-expired");
}

#[tokio::test]
async fn guests_go_in_turn_to_those_that_answer() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let ask = || async { router.route(&json!({ "guest": {} })).await };
    let seen = || async {
        let mut names = std::collections::BTreeSet::new();
        for _ in 0..4 {
            let reply = ask().await;
            if reply.status == StatusCode::OK {
                let answer = reply.routed();
                assert_eq!(answer.ticket, None);
                names.insert(answer.block.id.to_string());
            }
        }
        names.into_iter().collect::<Vec<_>>()
    };
    eventually("both guests are used", || async { seen().await == ["guest-1", "guest-2"] }).await;
    bank.peers["guest-1"].go_away().await;
    eventually("only the other one is used", || async { seen().await == ["guest-2"] }).await;
    bank.peers["guest-2"].go_away().await;
    eventually("nobody is used", || async { seen().await.is_empty() }).await;
    let reply = ask().await;
    assert_eq!((reply.status, reply.code()), (StatusCode::SERVICE_UNAVAILABLE, "not-ready".into()));
    assert!(reply.json()["retry_after_ms"].as_u64().is_some());
    bank.peers["guest-1"].come_back().await;
    eventually("he is used again", || async { seen().await == ["guest-1"] }).await;
    let bootstrap = router.get("/v1/bootstrap").await.json();
    assert_eq!(bootstrap["guest"]["id"], "guest-1");
    assert_eq!(bootstrap["time_zone"], "Europe/Moscow");
}

#[tokio::test]
async fn a_page_of_the_other_router_may_ask() {
    const OTHER: &str = "http://bank.localhost:7010";
    let bank = Bank::new().await;
    let mut config = bank.config();
    config.pages.origins = vec!["http://bank.localhost:7000".to_owned(), OTHER.to_owned()];
    config.pages.demo = true;
    let router = Router::start(config, &bank.clock).await;
    router.ops(Method::PUT, "/ops/v1/placements", &json!({ "rows": rows() })).await;
    let allowed = |reply: &Reply| {
        let header = reply.headers.get("access-control-allow-origin");
        header.map(|origin| origin.to_str().unwrap().to_owned())
    };
    let bootstrap = router.from(OTHER, Method::GET, "/v1/bootstrap", "").await;
    assert_eq!(allowed(&bootstrap).as_deref(), Some(OTHER));
    assert_eq!(bootstrap.json()["routers"], json!(["http://bank.localhost:7000", OTHER]));
    assert_eq!(bootstrap.json()["demo"], true);
    let login = json!({ "login": "anna.petrova" }).to_string();
    let sent_on = router.from(OTHER, Method::POST, "/v1/route", &login).await;
    assert_eq!((sent_on.status, allowed(&sent_on).as_deref()), (StatusCode::OK, Some(OTHER)));
    assert_eq!(sent_on.headers["vary"], "origin");
    assert!(!sent_on.headers.contains_key("access-control-allow-credentials"));
    let preflight = router.from(OTHER, Method::OPTIONS, "/v1/route", "").await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert_eq!(allowed(&preflight).as_deref(), Some(OTHER));
    assert_eq!(preflight.headers["access-control-allow-headers"], "content-type");

    let stranger = "http://elsewhere.example";
    for (method, path, body) in [
        (Method::POST, "/v1/route", login.as_str()),
        (Method::OPTIONS, "/v1/route", ""),
        (Method::GET, "/v1/bootstrap", ""),
    ] {
        assert_eq!(allowed(&router.from(stranger, method, path, body).await), None);
    }
}

#[tokio::test]
async fn nobody_is_routed_before_the_register_is_known() {
    let bank = Bank::new().await;
    let router = Router::start(bank.config(), &bank.clock).await;
    let reply = router.route(&json!({ "login": "anna.petrova" })).await;
    assert_eq!((reply.status, reply.code()), (StatusCode::SERVICE_UNAVAILABLE, "not-ready".into()));
    assert_eq!(reply.headers["retry-after"], "1");
    router.ops(Method::PUT, "/ops/v1/placements", &json!({ "rows": rows() })).await;
    router.login("anna.petrova").await;
}
