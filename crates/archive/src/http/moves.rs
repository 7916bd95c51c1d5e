//! Moves, approvals and automation: what people decide, through whoever routes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use common::problem::Code;
use common::wire::archive::{
    Approval, Approve, AskApproval, Automation, MoveView, PutAutomation, SetStandby, Standby,
    StepRequest, Stepped, Who,
};
use platform::http::{Answer, ApiJson, ApiPath};
use uuid::Uuid;

use super::access::{Movers, Only, Operators, is_block};
use crate::app;
use crate::archive::Archive;

type Shared = State<Arc<Archive>>;

pub(super) async fn step(
    caller: Only<Movers>,
    State(archive): Shared,
    ApiJson(request): ApiJson<StepRequest>,
) -> Answer<Json<Stepped>> {
    // A block decides for itself and nobody else; nobody else decides as a block.
    if is_block(caller.service()) != (request.decided_by == Who::Block) {
        return Err(Code::ServiceNotAllowed.into());
    }
    Ok(Json(app::moves::step(&archive, caller.asker(), &request).await?))
}

pub(super) async fn moves(
    _: Only<Operators>,
    State(archive): Shared,
) -> Answer<Json<Vec<MoveView>>> {
    Ok(Json(app::moves::list(&archive).await?))
}

pub(super) async fn ask(
    _: Only<Operators>,
    State(archive): Shared,
    ApiJson(asked): ApiJson<AskApproval>,
) -> Answer<Json<Approval>> {
    Ok(Json(app::approvals::ask(&archive, &asked).await?))
}

pub(super) async fn approvals(
    _: Only<Operators>,
    State(archive): Shared,
) -> Answer<Json<Vec<Approval>>> {
    Ok(Json(app::approvals::list(&archive).await?))
}

pub(super) async fn approve(
    _: Only<Operators>,
    State(archive): Shared,
    ApiPath(id): ApiPath<Uuid>,
    ApiJson(given): ApiJson<Approve>,
) -> Answer<Json<Approval>> {
    Ok(Json(app::approvals::approve(&archive, id, &given).await?))
}

pub(super) async fn automation(
    _: Only<Operators>,
    State(archive): Shared,
) -> Answer<Json<Automation>> {
    Ok(Json(app::automation::read(&archive).await?))
}

pub(super) async fn put_automation(
    caller: Only<Operators>,
    State(archive): Shared,
    ApiJson(wish): ApiJson<PutAutomation>,
) -> Answer<Json<Automation>> {
    Ok(Json(app::automation::put(&archive, caller.asker(), &wish).await?))
}

pub(super) async fn standby(_: Only<Operators>, State(archive): Shared) -> Answer<Json<Standby>> {
    Ok(Json(app::standby::read(&archive).await?))
}

pub(super) async fn set_standby(
    _: Only<Operators>,
    State(archive): Shared,
    ApiJson(wish): ApiJson<SetStandby>,
) -> Answer<Json<Standby>> {
    Ok(Json(app::standby::set(&archive, &wish).await?))
}
