//! What anybody may ask the router.

mod cors;
mod pages;
mod problems;
mod route;

use std::net::SocketAddr;

use axum::http::{Method, Request};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router, extract::State};
use common::wire::router::Bootstrap;
use platform::http::openapi::document_route;
use platform::http::{Answering, Incoming, Route, Sent, Surroundings, health_routes, with_layers};

use self::cors::Origins;
use super::{AppState, openapi};
use crate::app;

/// As in the table below, which tests read.
const ROUTE: &str = "/v1/route";

/// The public listener: `POST /v1/route`, which everybody asks for, goes straight to its handler;
/// axum would look for it, copy the route and box two futures, a tenth of all that it costs.
pub struct Public {
    state: AppState,
    surroundings: Surroundings,
    routes: Router,
    origins: Origins,
}

impl Public {
    /// Over the state of a router.
    pub fn new(state: &AppState) -> Self {
        let surroundings = Surroundings::new(&state.0.config.http);
        let origins = Origins::new(&state.0.config.pages.origins);
        Self { state: state.clone(), surroundings, routes: routes(state), origins }
    }
}

impl Answering for Public {
    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Sent> {
        let Some(origin) = self.origins.of(request.headers()) else {
            return self.answer_anybody(request, peer).await;
        };
        let mut response = if cors::is_preflight(&request) {
            cors::preflight()
        } else {
            self.answer_anybody(request, peer).await
        };
        cors::allow(&mut response, origin);
        response
    }
}

impl Public {
    async fn answer_anybody(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Sent> {
        if request.method() != Method::POST || request.uri().path() != ROUTE {
            // In a box, so that there is less to move about where it is not taken.
            return Box::pin(self.routes.answer(request, peer)).await;
        }
        let AppState(shared) = &self.state;
        let entered = self.surroundings.enter(Route::Known(ROUTE), &request);
        let most = self.surroundings.body_max_bytes();
        entered.answer(route::straight(shared, peer.ip(), request, most)).await
    }
}

/// All public routes.
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
