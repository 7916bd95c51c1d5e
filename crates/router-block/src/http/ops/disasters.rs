//! What is prepared for the loss of a data centre, and its steps.

use axum::Json;
use axum::extract::State;
use common::wire::archive::{Approval, Standby, Witnessed};
use common::wire::disaster::{Disaster, Excuse, LeaveForStep, StandAlone};
use platform::http::{Answer, ApiJson, ApiPath};

use super::AppState;
use super::operator::{Administrator, Looker};
use crate::app::disasters;

pub(super) async fn prepared(
    _: Looker,
    State(AppState(shared)): State<AppState>,
    ApiPath(data_center): ApiPath<String>,
) -> Answer<Json<Disaster>> {
    Ok(Json(disasters::prepared(&shared, &data_center)?))
}

pub(super) async fn leave(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiPath(data_center): ApiPath<String>,
    ApiJson(wish): ApiJson<LeaveForStep>,
) -> Answer<Json<Approval>> {
    Ok(Json(disasters::leave(&shared, &administrator.name, &data_center, &wish).await?))
}

pub(super) async fn stand_alone(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiJson(wish): ApiJson<StandAlone>,
) -> Answer<Json<Standby>> {
    Ok(Json(disasters::stand_alone(&shared, administrator.name, &wish).await?))
}

pub(super) async fn witnesses(
    _: Looker,
    State(AppState(shared)): State<AppState>,
) -> Answer<Json<Witnessed>> {
    Ok(Json(disasters::witnesses(&shared).await?))
}

pub(super) async fn excuse(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiJson(wish): ApiJson<Excuse>,
) -> Answer<Json<Witnessed>> {
    Ok(Json(disasters::excuse(&shared, administrator.name, &wish).await?))
}
