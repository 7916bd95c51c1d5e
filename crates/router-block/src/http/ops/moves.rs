//! Moves, approvals, the switch of automation, and administrators' sessions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use common::leading::RouterRow;
use common::wire::archive::{Approval, Automation};
use common::wire::ops::{
    AbortMove, Approvals, AskLeave, AuditTrail, AutomationView, DryRun, LeadRouter, LogIn,
    LoggedIn, MoveBegun, Moves, OrderMove, Promotion, RouterView, SwitchAutomation,
};
use platform::http::{Answer, ApiJson, ApiPath};
use uuid::Uuid;

use super::AppState;
use super::operator::{Administrator, Looker};
use crate::app::moves::{dry_run, order};
use crate::app::{administrators, approvals, audit, failover, lead};

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

pub(super) async fn router(
    _: Looker,
    State(AppState(shared)): State<AppState>,
) -> Json<RouterView> {
    Json(lead::view(&shared))
}

pub(super) async fn promote_router(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiJson(wish): ApiJson<LeadRouter>,
) -> Answer<Json<RouterRow>> {
    Ok(Json(lead::promote(&shared, administrator.name, &wish).await?))
}

pub(super) async fn note_promotion(
    administrator: Administrator,
    State(AppState(shared)): State<AppState>,
    ApiJson(wish): ApiJson<Promotion>,
) -> Answer<StatusCode> {
    lead::note_promotion(&shared, &administrator.name, &wish).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn trail(
    _: Looker,
    State(AppState(shared)): State<AppState>,
) -> Answer<Json<AuditTrail>> {
    Ok(Json(audit::trail(&shared).await?))
}
