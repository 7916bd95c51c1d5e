//! The bank looks at itself the way a browser would, before it says that it is ready: under the
//! public names, with the origin of the customers' app.
//!
//! The names are only sent along, never resolved: services and this check know 127.0.0.1.

use std::time::Duration;

use common::wire::router::{RouteAnswer, RouteRequest};

use super::Ground;
use crate::demo::customers;
use crate::failure::{Failure, Result};
use crate::loopback::{Answer, Request};
use crate::plan::Plan;
use crate::topology::Role;

/// What a person would call slow.
const WITHIN: Duration = Duration::from_secs(5);

/// Routes a demo customer of every home, then asks his block whether it would serve this origin.
pub(super) async fn run(ground: &Ground, plan: &Plan) -> Result<String> {
    let Some(origin) = ground.sources().bank_origin() else {
        return Ok(String::new());
    };
    let Some(router) = plan
        .units
        .iter()
        .find(|unit| unit.role == Role::Router && unit.kind == crate::plan::Kind::Service)
    else {
        return Ok(String::new());
    };
    for home in ground.topology.homes() {
        let Some(customer) = customers(&ground.topology, 200).find(|one| one.home == home.name)
        else {
            continue;
        };
        let answer = route(&router.address, &origin, customer.login).await?;
        if answer.block.id.as_str() != home.name {
            let sentence = format!(
                "A customer of {} was sent to {}.",
                home.name,
                answer.block.id.as_str(),
            );
            return Err(Failure::new("UP-SELF-CHECK", sentence).log(&router.log));
        }
        look_at_block(&answer.block.urls.web, &origin).await?;
    }
    Ok(String::new())
}

async fn route(address: &str, origin: &str, login: String) -> Result<RouteAnswer> {
    let question = serde_json::to_string(&RouteRequest::Login(login))
        .map_err(|error| Failure::new("UP-SELF-CHECK", format!("{error}.")))?;
    let host = origin.trim_start_matches("http://").to_owned();
    let request = Request::post(address, "/v1/route", question)
        .header("host", host)
        .header("origin", origin);
    let answer = send(&request, "the router").await?;
    serde_json::from_str(&answer.body).map_err(|_unexpected| {
        let sentence = format!("The router answered {}: {}", answer.status, answer.body);
        Failure::new("UP-SELF-CHECK", sentence)
    })
}

async fn look_at_block(web: &str, origin: &str) -> Result<()> {
    let host = web.trim_start_matches("http://");
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    let address = format!("127.0.0.1:{port}");
    let request = Request::get(&address, "/readyz")
        .header("host", host)
        .header("origin", origin);
    let answer = send(&request, web).await?;
    if answer.status == 200 {
        return Ok(());
    }
    let sentence = format!("{web} answered {} to a browser.", answer.status);
    Err(Failure::new("UP-SELF-CHECK", sentence))
}

async fn send(request: &Request<'_>, whom: &str) -> Result<Answer> {
    request.send(WITHIN).await.map_err(|error| {
        Failure::new(
            "UP-SELF-CHECK",
            format!("{whom} does not answer a browser: {error}."),
        )
    })
}
