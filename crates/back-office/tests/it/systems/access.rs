//! Who may call what (A10), and that no system can read what is another's.

use back_office::systems::System;
use common::problem::Code;
use platform::rpc::{CallError, Peer, Request};
use serde_json::{Value, json};

use super::database::account_of;
use super::simulation::{Simulation, WITHIN};

const ID: &str = "6813ac70-bfc7-8d58-811e-be926b17a433";

/// Every route of the systems that is not about health: who serves it, method, path, who may.
fn system_routes() -> Vec<(System, &'static str, String)> {
    let post = |system, path: String| (system, "POST", path);
    let get = |system, path: &str| (system, "GET", path.to_owned());
    let mut routes = vec![
        get(System::Cash, &format!("/v1/codes/{ID}?customer_id=1")),
        post(System::Cash, format!("/v1/codes/{ID}/close")),
        post(System::Risk, "/v1/decisions".to_owned()),
    ];
    let taking = [System::Cards, System::Deposits, System::Billers, System::Topup, System::Cash];
    for system in taking {
        routes.push(post(system, "/v1/orders".to_owned()));
        routes.push(post(system, format!("/v1/orders/{ID}/check")));
    }
    let listing = System::ALL.into_iter().filter(|system| {
        !matches!(
            system,
            System::Billers | System::Topup | System::Cash | System::Risk | System::Messages
        )
    });
    routes.extend(listing.map(|system| get(system, "/v1/customers/1/items")));
    routes
}

const CONTROL_ROUTES: [(&str, &str); 7] = [
    ("GET", "/control/v1/systems"),
    ("GET", "/control/v1/systems/cards"),
    ("PUT", "/control/v1/systems/cards"),
    ("GET", "/control/v1/messages"),
    ("GET", "/control/v1/incoming"),
    ("PUT", "/control/v1/incoming"),
    ("POST", "/control/v1/cash-codes/redeem"),
];

async fn call(peer: &Peer, method: &str, path: &str) -> CallError {
    let path = path.to_owned();
    let answer = match method {
        "GET" => peer.call::<Value, _>(Request::get(path), WITHIN).await,
        "PUT" => peer.call(Request::put(path, &json!({})), WITHIN).await,
        _ => peer.call(Request::post(path, &json!({})), WITHIN).await,
    };
    answer.expect_err("an empty order is not taken")
}

#[tokio::test]
async fn every_route_asks_who_is_calling() {
    let simulation = Simulation::start().await;
    let refused = |error: CallError, code, path: &str| {
        assert!(error.is_refusal(code), "{path}: {error}");
    };
    for (system, method, path) in system_routes() {
        let stranger = call(&simulation.system_as("stranger", system), method, &path).await;
        refused(stranger, Code::ServiceUnknown, &path);
        let block = call(&simulation.system_as("client-1", system), method, &path).await;
        let code = if method == "POST" && !path.ends_with("close") {
            // The body is read first; an empty one is nobody's order.
            Code::InvalidJson
        } else {
            Code::ServiceNotAllowed
        };
        refused(block, code, &path);
    }
    for (method, path) in CONTROL_ROUTES {
        let stranger = call(&simulation.control_as("stranger"), method, path).await;
        refused(stranger, Code::ServiceUnknown, path);
        if method == "GET" {
            let gateway = call(&simulation.control_as("gateway"), method, path).await;
            refused(gateway, Code::ServiceNotAllowed, path);
        }
    }
    let stranger = simulation.system_as("stranger", System::Messages);
    refused(call(&stranger, "POST", "/v1/messages").await, Code::ServiceUnknown, "messages");
}

#[tokio::test]
async fn no_system_can_read_what_is_anothers() {
    let simulation = Simulation::start().await;
    for system in System::ALL {
        let url = &simulation.config.systems[system.name()].database_url;
        let (client, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let other = if system == System::Cards { System::Loans } else { System::Cards };
        let statements = [
            "select 1 from public.account".to_owned(),
            "create table public.mine ()".to_owned(),
            format!("select 1 from {}.setting", account_of(other)),
            format!("create table {}.mine ()", account_of(other)),
            format!("create schema mine_{}", account_of(system)),
        ];
        let work = async {
            client.batch_execute("select 1 from setting").await.unwrap();
            for statement in &statements {
                let error = client.batch_execute(statement).await.unwrap_err();
                let state = error.code().unwrap();
                let denied = &tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE;
                assert_eq!(state, denied, "{system}: {statement}");
            }
        };
        tokio::select! {
            () = work => {}
            ended = connection => panic!("{system}: {ended:?}"),
        }
    }
}
