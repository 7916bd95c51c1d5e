//! The router's copy of the register.

use axum::Json;
use axum::extract::State;
use common::wire::router::{Placements, PlacementsAdopted};
use platform::http::{Answer, ApiJson};

use super::AppState;
use super::launcher::Launcher;
use super::operator::Looker;
use crate::app;

pub(super) async fn read(_: Looker, State(AppState(shared)): State<AppState>) -> Json<Placements> {
    Json(Placements { rows: shared.register.rows() })
}

pub(super) async fn take(
    _: Launcher,
    State(AppState(shared)): State<AppState>,
    ApiJson(pushed): ApiJson<Placements>,
) -> Answer<Json<PlacementsAdopted>> {
    Ok(Json(app::placements::take(&shared, &pushed.rows).await?))
}
