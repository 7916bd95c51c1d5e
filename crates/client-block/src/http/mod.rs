//! Routes: the table of contents of the block. Handlers extract, call one use case, wrap.

mod accounts;
mod auth;
mod cookies;
mod customers;
mod guest;
pub mod openapi;
mod operations;
mod reference;
mod sessions;
mod streams;
mod templates;

use axum::Router;
use axum::extract::FromRef;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::routing::{delete, get, post, put};
use platform::http::openapi::document_route;
use platform::http::{Ready, health_routes, with_layers};
use platform::identity::AccessTable;
use tower_http::cors::CorsLayer;

use self::openapi::{Part, part as part_of};
use crate::app::sessions::Channel;
use crate::block::Block;

/// What handlers of a channel get.
#[derive(Clone)]
pub struct Shop {
    /// The block.
    pub block: Block,
    /// The channel on which the request came.
    pub channel: Channel,
}

/// The header by which the bank's own pages are told from forms on other sites.
pub const CLIENT_HEADER: HeaderName = HeaderName::from_static("bulkhead-client");
/// The header with the client's key of an order.
pub const KEY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that a stored answer was given.
pub const REPLAYED_HEADER: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A channel's listener: customers', or visitors' in role guest.
pub fn channel_routes(block: &Block, channel: Channel, ready: Ready) -> Router {
    let (routes, part) = if block.is_guest() {
        (visitors(), Part::Visitors)
    } else {
        (customers_routes(), Part::Customers)
    };
    let shop = Shop { block: block.clone(), channel };
    let routes = routes.merge(health_routes(ready)).merge(document_route(&part_of(part)));
    let routes = routes.with_state(shop);
    let routes = with_layers(routes, &block.config.http);
    match channel {
        Channel::Web => routes.layer(cors(block)),
        Channel::Mobile => routes,
    }
}

/// The listener for other services.
pub fn internal_routes(block: &Block, ready: Ready) -> Router {
    let routes = Router::new()
        .route("/internal/v1/customers/{id}", put(customers::put))
        .route("/internal/v1/placements", get(customers::placements).put(customers::adopt))
        .route("/internal/v1/hand-overs", post(streams::hand_over))
        .route("/internal/v1/seals", post(streams::seal))
        .route("/internal/v1/report", get(streams::report))
        .merge(health_routes(ready))
        .merge(document_route(&part_of(Part::Internal)))
        .with_state(Internal { block: block.clone() });
    with_layers(routes, &block.config.http)
}

/// A listener with health only.
pub fn health_only(block: &Block, ready: Ready) -> Router {
    with_layers(health_routes(ready), &block.config.http)
}

/// What handlers of the internal listener get.
#[derive(Clone)]
pub struct Internal {
    /// The block.
    pub block: Block,
}

impl FromRef<Internal> for AccessTable {
    fn from_ref(internal: &Internal) -> Self {
        internal.block.access.clone()
    }
}

fn customers_routes() -> Router<Shop> {
    Router::new()
        // Sessions
        .route("/v1/sessions", post(sessions::open).get(sessions::list).delete(sessions::end_all))
        .route("/v1/sessions/resumption", post(sessions::resume))
        .route("/v1/sessions/challenges/{id}", post(sessions::answer_code))
        .route("/v1/sessions/current", delete(sessions::end_current))
        .route("/v1/sessions/{id}", delete(sessions::end))
        .route("/v1/password", put(sessions::change_password))
        // Products
        .route("/v1/overview", get(accounts::overview))
        .route("/v1/products/{list}", get(accounts::products))
        .route("/v1/accounts", get(accounts::accounts))
        .route("/v1/accounts/{account}/transactions", get(accounts::transactions))
        .route("/v1/cards", get(accounts::cards))
        .route("/v1/loans", get(accounts::loans))
        .route("/v1/deposits", get(accounts::deposits))
        // Operations
        .route("/v1/operations/review", post(operations::review))
        .route("/v1/operations", post(operations::order).get(operations::page))
        .route("/v1/operations/cancellation", post(operations::withdraw))
        .route("/v1/operations/{id}", get(operations::one))
        .route("/v1/operations/{id}/confirmation", post(operations::confirm))
        .route("/v1/operations/{id}/code", post(operations::resend))
        .route("/v1/operations/{id}/cancellation", post(operations::cancel))
        .route("/v1/operations/{id}/answer", post(operations::answer))
        .route("/v1/operations/{id}/cash-code", get(operations::cash_code))
        .route("/v1/notice", get(operations::notice))
        // Templates
        .route("/v1/templates", get(templates::list).post(templates::create))
        .route("/v1/templates/{id}", delete(templates::remove))
        .merge(reference_routes())
}

fn visitors() -> Router<Shop> {
    Router::new()
        .route("/v1/calculators/loan", get(guest::loan))
        .route("/v1/calculators/deposit", get(guest::deposit))
        .route("/v1/applications", post(guest::apply))
        .route("/v1/applications/{reference}", get(guest::application))
        .merge(reference_routes())
}

fn reference_routes() -> Router<Shop> {
    Router::new()
        .route("/v1/reference/rates", get(reference::rates))
        .route("/v1/reference/branches", get(reference::branches))
        .route("/v1/reference/products", get(reference::products))
        .route("/v1/reference/billers", get(reference::billers))
        .route("/v1/reference/fees", get(reference::fees))
}

/// Browsers: only the bank's own pages, by exact origin, with cookies.
fn cors(block: &Block) -> CorsLayer {
    let web = &block.config.web;
    let origins =
        web.allowed_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            CLIENT_HEADER,
            KEY_HEADER,
            HeaderName::from_static("traceparent"),
        ])
        .expose_headers([
            header::ETAG,
            header::RETRY_AFTER,
            HeaderName::from_static("bulkhead-next"),
            REPLAYED_HEADER,
        ])
        .max_age(std::time::Duration::from_secs(web.preflight_max_age_s))
}
