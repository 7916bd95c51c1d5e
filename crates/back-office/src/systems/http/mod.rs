//! The routes of the systems and of their control.

mod cash;
mod control;
mod items;
mod messages;
mod orders;
mod risk;
pub(super) mod serving;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post, put};
use common::CustomerId;
use platform::config::Http;
use platform::http::{Ready, health_routes, with_layers};
use platform::identity::AccessTable;
use serde::Deserialize;

use super::catalogue::Shape;
use super::running::{Running, Systems};

/// The services that may place orders and ask about customers.
const ORDERERS: &[&str] = &["gateway"];
/// The services that may switch faults and read messages.
const CONTROLLERS: &[&str] = &["launcher"];

/// What the handlers of one system share.
#[derive(Clone)]
struct At(Arc<Running>);

impl FromRef<At> for AccessTable {
    fn from_ref(At(system): &At) -> Self {
        system.access.clone()
    }
}

impl FromRef<Systems> for AccessTable {
    fn from_ref(systems: &Systems) -> Self {
        systems.access.clone()
    }
}

/// Whom a question is about (query string).
#[derive(Deserialize)]
struct About {
    customer_id: CustomerId,
}

/// Everything that one system serves on its listener.
pub(super) fn system_routes(system: Arc<Running>, config: &Http) -> Router {
    let orders = Router::new()
        .route("/v1/orders", post(orders::place))
        .route("/v1/orders/{operation_id}/check", post(orders::check));
    let items = Router::new().route("/v1/customers/{customer_id}/items", get(items::list));
    let codes = Router::new()
        .route("/v1/codes/{operation_id}", get(cash::show))
        .route("/v1/codes/{operation_id}/close", post(cash::close));
    let routes = match system.system.shape() {
        Shape::List => items,
        Shape::Cards | Shape::Deposits => orders.merge(items),
        Shape::Payments => orders,
        Shape::Cash => orders.merge(codes),
        Shape::Risk => Router::new().route("/v1/decisions", post(risk::decide)),
        Shape::Messages => Router::new().route("/v1/messages", post(messages::send)),
    };
    let ready = Ready::new();
    ready.set(true);
    let routes = routes.with_state(At(system)).merge(health_routes(ready));
    with_layers(routes, config)
}

/// The control API: faults, messages, incoming events, a machine that pays out cash.
pub(super) fn control_routes(systems: Systems, ready: Ready, config: &Http) -> Router {
    let routes = Router::new()
        .route("/control/v1/systems", get(control::list))
        .route("/control/v1/systems/{system}", get(control::status))
        .route("/control/v1/systems/{system}", put(control::set_mode))
        .route("/control/v1/messages", get(control::messages))
        .route("/control/v1/incoming", get(control::incoming))
        .route("/control/v1/incoming", put(control::set_incoming))
        .route("/control/v1/cash-codes/redeem", post(control::redeem))
        .with_state(systems)
        .merge(health_routes(ready));
    with_layers(routes, config)
}
