//! Who may call what: every route, each way of having no right to it.

use client_block::app::sessions::Channel;
use common::ticket::Holder;

use crate::bank::{Bank, Process};
use crate::client::{Client, Reply};
use crate::routes::{Door, Route, Who, opened, routes};

async fn call(client: &Client, route: &Route) -> Reply {
    let request = client.request(route.method.clone(), &route.sample());
    match &route.body {
        Some(body) => request.json(body).send().await,
        None => request.send().await,
    }
}

fn address(process: &Process, channel: Channel) -> std::net::SocketAddr {
    match channel {
        Channel::Web => process.web,
        Channel::Mobile => process.mobile,
    }
}

#[tokio::test]
async fn every_route_is_in_the_table() {
    let bank = Bank::empty().await;
    let mut listed: Vec<String> =
        routes(&bank).iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    listed.sort();
    assert_eq!(listed, opened(), "crates/client-block/tests/it/routes.rs says who may call it");
}

#[tokio::test]
async fn customers_routes_need_a_live_session() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let ended = bank.anna(&process).await;
    ended.get("/v1/sessions").await.ok();
    ended.delete("/v1/sessions/current").await;
    let page_of_nobody = Client::page(process.web);
    let other_site = bank.browser(&process, crate::bank::ANNA).await.without("origin");
    let before = bank.rows().await;
    for route in routes(&bank).iter().filter(|route| route.who == Who::Customer) {
        let what = format!("{} {}", route.method, route.path);
        assert_eq!(route.door, Door::Customers, "{what}");
        for (client, code) in [
            (process.phone(), "unauthenticated"),
            (process.bearer("made up"), "unauthenticated"),
            (ended.clone(), "session-expired"),
            (page_of_nobody.clone(), "unauthenticated"),
        ] {
            let reply = call(&client, route).await;
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (401, code), "{what}");
            assert_eq!(reply.header("bulkhead-next"), "reauthenticate", "{what}");
        }
        if !route.method.is_safe() {
            let reply = call(&other_site, route).await;
            assert_eq!(
                (reply.status.as_u16(), reply.code().as_str()),
                (403, "origin-refused"),
                "{what}"
            );
        }
    }
    assert_eq!(bank.rows().await, before);
}

#[tokio::test]
async fn open_routes_are_open_and_change_nothing_for_other_sites() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let guest = bank.process_with(|config| "guest".clone_into(&mut config.service.role)).await;
    for route in routes(&bank) {
        let doors = match route.door {
            Door::Customers => vec![&process],
            Door::Visitors => vec![&guest],
            Door::Both => vec![&process, &guest],
            Door::Internal => continue,
        };
        for door in doors {
            for channel in [Channel::Web, Channel::Mobile] {
                let what = format!("{} {} {channel:?}", route.method, route.path);
                let stranger = Client::stranger(address(door, channel));
                let reply = call(&stranger, &route).await;
                let refused = [401, 403].contains(&reply.status.as_u16());
                match route.who {
                    Who::Anybody => assert!(!refused, "{what}: {}", reply.text),
                    Who::OwnPage if channel == Channel::Web => {
                        assert_eq!(reply.code(), "origin-refused", "{what}");
                    }
                    Who::OwnPage => {
                        let let_in = reply.status != 403 && reply.code() != "unauthenticated";
                        assert!(let_in, "{what}: {}", reply.text);
                    }
                    Who::Customer | Who::Services(_) => {}
                }
            }
        }
    }
}

#[tokio::test]
async fn internal_routes_need_the_right_service() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let before = bank.rows().await;
    let stranger = Client::stranger(process.internal);
    let named = |name: &str, token: &str| {
        stranger.clone().with("bulkhead-service", name).with("bulkhead-token", token)
    };
    for route in routes(&bank).iter().filter(|route| route.door == Door::Internal) {
        let what = format!("{} {}", route.method, route.path);
        let Who::Services(allowed) = route.who else { panic!("{what} is open to anybody") };
        for client in [
            stranger.clone(),
            stranger.clone().with("bulkhead-service", "router"),
            stranger.clone().with("bulkhead-token", "router-token"),
            named("router", "launcher-token"),
            named("router", ""),
            named("nobody", "router-token"),
        ] {
            let reply = call(&client, route).await;
            let found = (reply.status.as_u16(), reply.code());
            assert_eq!(found, (401, "service-unknown".to_owned()), "{what}");
        }
        for service in ["router", "launcher", "gateway"] {
            let expected = allowed.contains(&service);
            if expected {
                continue;
            }
            let reply = call(&process.service(service), route).await;
            let found = (reply.status.as_u16(), reply.code());
            assert_eq!(found, (403, "service-not-allowed".to_owned()), "{what} {service}");
        }
    }
    assert_eq!(bank.rows().await, before);
    process.service("launcher").get("/internal/v1/placements").await.ok();
    process.service("router").get("/internal/v1/placements").await.ok();
}

#[tokio::test]
async fn listeners_do_not_serve_each_others_routes() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let router = process.service("router");
    for path in ["/v1/accounts", "/v1/sessions", "/v1/reference/rates"] {
        assert_eq!(router.get(path).await.code(), "not-found", "{path}");
    }
    for address in [process.web, process.mobile] {
        let reply = router.at(address).get("/internal/v1/placements").await;
        assert_eq!(reply.code(), "not-found");
    }
    let ticket = bank.ticket(Holder::Customer(crate::bank::ANNA));
    let body = serde_json::json!({ "ticket": ticket, "password": crate::bank::PASSWORD });
    assert_eq!(router.post("/v1/sessions", &body).await.code(), "not-found");
}
