//! The API for administrators: people with a session. The launcher seeds, creates customers, and
//! may look.

mod customers;
mod disasters;
mod launcher;
mod moves;
mod operator;
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
use operator::Looker;

/// The listener for administrators.
pub fn routes(state: &AppState) -> Router {
    let routes = Router::new()
        .route("/ops/v1/customers", post(customers::create))
        .route("/ops/v1/customers/{id}", get(customers::read))
        .route("/ops/v1/customers/{id}/login", put(customers::change_login))
        .route("/ops/v1/customers/{id}/phone", put(customers::change_phone))
        .route("/ops/v1/placements", get(placements::read).put(placements::take))
        .route("/ops/v1/blocks", get(blocks))
        .route("/ops/v1/login", post(moves::log_in))
        .route("/ops/v1/moves", get(moves::list).post(moves::begin))
        .route("/ops/v1/moves/dry-run", post(moves::try_out))
        .route("/ops/v1/moves/{id}/abort", post(moves::abort))
        .route("/ops/v1/approvals", get(moves::list_approvals).post(moves::ask_leave))
        .route("/ops/v1/approvals/{id}/approve", post(moves::approve))
        .route("/ops/v1/automation", get(moves::automation).put(moves::switch))
        .route("/ops/v1/data-centers/{name}", get(disasters::prepared))
        .route("/ops/v1/data-centers/{name}/leave", post(disasters::leave))
        .route("/ops/v1/standby", post(disasters::stand_alone))
        .route("/ops/v1/witnesses", get(disasters::witnesses))
        .route("/ops/v1/witnesses/excuse", post(disasters::excuse))
        .route("/ops/v1/promotions", post(moves::note_promotion))
        .route("/ops/v1/audit", get(moves::trail))
        .route("/ops/v1/router", get(moves::router))
        .route("/ops/v1/router/promotion", post(moves::promote_router))
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

async fn blocks(_: Looker, State(AppState(shared)): State<AppState>) -> Json<BlockList> {
    Json(BlockList { blocks: app::blocks::blocks(&shared) })
}
