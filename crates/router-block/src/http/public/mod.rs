//! What anybody may ask the router.

mod pages;
mod problems;
mod route;

use axum::routing::{get, post};
use axum::{Json, Router, extract::State};
use common::wire::router::Bootstrap;
use platform::http::openapi::document_route;
use platform::http::{health_routes, with_layers};

use super::{AppState, openapi};
use crate::app;

/// The public listener.
pub fn routes(state: &AppState) -> Router {
    let routes = Router::new()
        .route("/v1/route", post(route::route))
        .route("/v1/bootstrap", get(bootstrap))
        .route("/problems", get(problems::index))
        .route("/problems/{code}", get(problems::page))
        .route("/", get(pages::home))
        .route("/{*path}", get(pages::page))
        .merge(pages::not_pages())
        .merge(health_routes(state.0.ready.clone()))
        .merge(document_route(&openapi::of_public()))
        .with_state(state.clone());
    with_layers(routes, &state.0.config.http)
}

async fn bootstrap(State(AppState(shared)): State<AppState>) -> Json<Bootstrap> {
    Json(app::bootstrap::bootstrap(&shared))
}
