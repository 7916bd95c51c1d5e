//! The gateway's routes: its table of contents.
//!
//! | group | who | what |
//! |---|---|---|
//! | orders | blocks | EXECUTE, VOID, FENCE, JOURNAL |
//! | questions | blocks | products, history, payees, risk, the code for cash |
//! | reference | every known service | rates, branches, products, billers, fees |
//! | directory | routers, launcher | a customer's phone and name |
//! | fences | archive, routers, launcher | the highest fence of all |
//! | served | routers, archive, launcher | when a block was last served for a waiting customer |
//! | bookings | systems | money that moves without an operation |

mod access;
mod bounded;
pub mod openapi;
mod orders;
mod questions;
mod served;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use common::problem::Code;
use platform::config::{ConfigError, Identity};
use platform::http::openapi::document_route;
use platform::identity::AccessTable;

use self::bounded::{Bound, bounded};
use self::served::{Noted, noted};
use super::app::Gateway;

/// What handlers have at hand.
#[derive(Clone)]
struct State {
    gateway: Arc<Gateway>,
    access: AccessTable,
    noted: Noted,
}

impl FromRef<State> for AccessTable {
    fn from_ref(state: &State) -> Self {
        state.access.clone()
    }
}

impl FromRef<State> for Noted {
    fn from_ref(state: &State) -> Self {
        state.noted.clone()
    }
}

impl FromRef<State> for Arc<Gateway> {
    fn from_ref(state: &State) -> Self {
        state.gateway.clone()
    }
}

/// All routes of the internal listener. Work under way is bounded per group: what is above is
/// refused at once, because a queue here would only hide the strain from those who cause it.
pub(super) fn routes(gateway: Arc<Gateway>, identity: &Identity) -> Result<Router, ConfigError> {
    let bounds = &gateway.bounds;
    let retry_after_ms = bounds.retry_after_ms;
    // 429: the workers of all blocks slow down (protocol §5).
    let orders = Bound::new(bounds.orders_in_flight_max, Code::TooManyRequests, retry_after_ms);
    let questions = Bound::new(bounds.questions_in_flight_max, Code::Busy, retry_after_ms);
    let access = AccessTable::new(identity)?;
    let order_routes = Router::new()
        .route("/v1/execute", post(orders::execute))
        .route("/v1/void", post(orders::void))
        .route("/v1/fence", post(orders::fence))
        .route("/v1/journal", post(orders::journal))
        .route("/v1/bookings", post(orders::book))
        .layer(from_fn_with_state(orders, bounded));
    let question_routes = Router::new()
        .route("/v1/products/{list}", get(questions::products))
        .route("/v1/accounts/{account}/transactions", get(questions::transactions))
        .route("/v1/operations/{operation}/cash-code", get(questions::cash_code))
        .route("/v1/payees/resolve", post(questions::resolve_payee))
        .route("/v1/risk/decisions", post(questions::risk))
        .route("/v1/reference/{topic}", get(questions::reference))
        .route("/v1/customers/{customer}", put(orders::put_customer))
        .route("/v1/fences", get(questions::fences))
        .layer(from_fn_with_state(questions, bounded));
    let blocks = Noted::default();
    let routes = order_routes
        .merge(question_routes)
        .layer(from_fn_with_state(blocks.clone(), noted))
        .route("/v1/served", get(served::served))
        .merge(document_route(&openapi::document()));
    Ok(routes.with_state(State { gateway, access, noted: blocks }))
}
