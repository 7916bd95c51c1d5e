//! Moves, approvals, the switch of automation, and administrators' sessions.

use axum::Json;
use axum::extract::State;
use common::wire::archive::{Approval, Automation};
use common::wire::ops::{
    AbortMove, Approvals, AskLeave, AutomationView, DryRun, LogIn, LoggedIn, MoveBegun, Moves,
    OrderMove, SwitchAutomation,
};
use platform::http::{Answer, ApiJson, ApiPath};
use uuid::Uuid;

use super::AppState;
use super::operator::{Administrator, Looker};
use crate::app::moves::{dry_run, order};
use crate::app::{administrators, approvals, failover};

/// Nobody is authorized before this.
pub(super) async fn log_in(
    State(AppState(shared)): State<AppState>,
    ApiJson(wish): ApiJson<LogIn>,
) -> Answer<Json<LoggedIn>> {
    Ok(Json(administrators::log_in(&shared, &wish).await?))
}

pub(super) async fn list(
    _: Looker,
    State(AppState(shared)): State<AppState>,
) -> Answer<Json<Moves>> {
    Ok(Json(Moves { moves: approvals::moves(&shared).await? }))
}

pub(super) async fn begin(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiJson(wish): ApiJson<OrderMove>,
) -> Answer<Json<MoveBegun>> {
    Ok(Json(order::order(&shared, administrator.who(), &wish).await?))
}

pub(super) async fn try_out(
    _: Looker,
    State(AppState(shared)): State<AppState>,
    ApiJson(wish): ApiJson<OrderMove>,
) -> Answer<Json<DryRun>> {
    Ok(Json(dry_run::dry_run(&shared, &wish).await?))
}

pub(super) async fn abort(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiPath(id): ApiPath<Uuid>,
    ApiJson(wish): ApiJson<AbortMove>,
) -> Answer<Json<MoveBegun>> {
    Ok(Json(order::abort(&shared, administrator.who(), id, &wish).await?))
}

pub(super) async fn list_approvals(
    _: Looker,
    State(AppState(shared)): State<AppState>,
) -> Answer<Json<Approvals>> {
    Ok(Json(Approvals { approvals: approvals::approvals(&shared).await? }))
}

pub(super) async fn ask_leave(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiJson(wish): ApiJson<AskLeave>,
) -> Answer<Json<Approval>> {
    Ok(Json(approvals::ask_leave(&shared, administrator.name, &wish).await?))
}

pub(super) async fn approve(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiPath(id): ApiPath<Uuid>,
) -> Answer<Json<Approval>> {
    Ok(Json(approvals::approve(&shared, administrator.name, id).await?))
}

pub(super) async fn automation(
    _: Looker,
    State(AppState(shared)): State<AppState>,
) -> Json<AutomationView> {
    Json(failover::view(&shared))
}

pub(super) async fn switch(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiJson(wish): ApiJson<SwitchAutomation>,
) -> Answer<Json<Automation>> {
    Ok(Json(approvals::switch(&shared, administrator.name, &wish).await?))
}
