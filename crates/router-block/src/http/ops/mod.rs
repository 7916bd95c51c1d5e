//! The API for administrators. Today only the launcher may use it.

mod customers;
mod launcher;
mod placements;

use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use platform::http::openapi::document_route;
use platform::http::{health_routes, with_layers};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AppState, openapi};
use crate::app::{self, blocks::BlockView};
use launcher::Launcher;

/// The listener for administrators.
pub fn routes(state: &AppState) -> Router {
    let routes = Router::new()
        .route("/ops/v1/customers", post(customers::create))
        .route("/ops/v1/customers/{id}", get(customers::read))
        .route("/ops/v1/customers/{id}/login", put(customers::change_login))
        .route("/ops/v1/customers/{id}/phone", put(customers::change_phone))
        .route("/ops/v1/placements", get(placements::read).put(placements::take))
        .route("/ops/v1/blocks", get(blocks))
        .merge(health_routes(state.0.ready.clone()))
        .merge(document_route(&openapi::of_ops()))
        .with_state(state.clone());
    let mut bounds = state.0.config.http.clone();
    bounds.body_max_bytes = state.0.config.ops.body_max_bytes;
    with_layers(routes, &bounds)
}

/// `GET /ops/v1/blocks`.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct BlockList {
    /// By name.
    blocks: Vec<BlockView>,
}

async fn blocks(_: Launcher, State(AppState(shared)): State<AppState>) -> Json<BlockList> {
    Json(BlockList { blocks: app::blocks::blocks(&shared) })
}
