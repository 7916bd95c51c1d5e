//! What other services and routers ask: the copy of the register, and what is seen of the blocks.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Json, Router};
use common::wire::router::{Placements, PlacementsAdopted};
use platform::http::openapi::document_route;
use platform::http::{Answer, ApiJson, Caller, Problem, health_routes, with_layers};
use platform::probe::sights_route;

use super::{AppState, openapi};
use crate::app;

/// The access table of this listener: service names.
const ALLOWED: &[&str] = &["archive", "launcher", "router", "router-backup"];

/// Who conducts moves, which proved who it is.
#[derive(Debug)]
pub(super) struct Colleague;

impl FromRequestParts<AppState> for Colleague {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.must_be_one_of(ALLOWED)?;
        Ok(Self)
    }
}

/// The listener for other services.
pub fn routes(state: &AppState) -> Router {
    let routes = Router::new()
        .route("/internal/v1/placements", get(read).put(take))
        .merge(sights_route())
        .merge(health_routes(state.0.ready.clone()))
        .merge(document_route(&openapi::of_internal()))
        .with_state(state.clone());
    let mut bounds = state.0.config.http.clone();
    bounds.body_max_bytes = state.0.config.ops.body_max_bytes;
    with_layers(routes, &bounds)
}

async fn read(_: Colleague, State(AppState(shared)): State<AppState>) -> Json<Placements> {
    Json(Placements { rows: shared.register.rows() })
}

async fn take(
    _: Colleague,
    State(AppState(shared)): State<AppState>,
    ApiJson(pushed): ApiJson<Placements>,
) -> Answer<Json<PlacementsAdopted>> {
    let adopted = app::register::learn(&shared, None, &pushed.rows)?;
    Ok(Json(PlacementsAdopted { adopted, known: pushed.rows.len() - adopted }))
}
