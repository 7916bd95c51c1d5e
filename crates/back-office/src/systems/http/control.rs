//! The control API under `/control/v1`, for the launcher alone.

use axum::Json;
use axum::extract::State;
use common::problem::Code;
use common::wire::systems::{Incoming, Message, SystemMode, SystemStatus};
use common::{Money, Phone};
use platform::http::{Answer, ApiJson, ApiPath, ApiQuery, Caller};
use serde::{Deserialize, Serialize};

use super::CONTROLLERS;
use crate::systems::running::Systems;
use crate::systems::{System, app};

/// Which messages (query string).
#[derive(Deserialize)]
pub(super) struct Which {
    /// To this phone; to all if absent.
    phone: Option<Phone>,
    /// At most this many, 1–1000.
    #[serde(default = "some")]
    limit: u32,
}

fn some() -> u32 {
    50
}

/// A code that somebody types at a machine.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typed {
    code: String,
}

/// What came out.
#[derive(Serialize)]
pub(super) struct PaidOut {
    amount: Money,
}

pub(super) async fn list(
    State(systems): State<Systems>,
    caller: Caller,
) -> Answer<Json<Vec<SystemStatus>>> {
    caller.must_be_one_of(CONTROLLERS)?;
    let all = systems.running.iter();
    Ok(Json(all.map(|system| app::switches::status(system)).collect()))
}

pub(super) async fn status(
    State(systems): State<Systems>,
    caller: Caller,
    ApiPath(name): ApiPath<String>,
) -> Answer<Json<SystemStatus>> {
    caller.must_be_one_of(CONTROLLERS)?;
    let found = System::parse(&name).and_then(|system| systems.find(system));
    let system = found.ok_or(Code::SystemUnknown)?;
    Ok(Json(app::switches::status(system)))
}

pub(super) async fn set_mode(
    State(systems): State<Systems>,
    caller: Caller,
    ApiPath(name): ApiPath<String>,
    ApiJson(mode): ApiJson<SystemMode>,
) -> Answer<Json<SystemStatus>> {
    caller.must_be_one_of(CONTROLLERS)?;
    let found = System::parse(&name).and_then(|system| systems.find(system));
    let system = found.ok_or(Code::SystemUnknown)?;
    Ok(Json(app::switches::set_mode(system, mode).await?))
}

pub(super) async fn messages(
    State(systems): State<Systems>,
    caller: Caller,
    ApiQuery(which): ApiQuery<Which>,
) -> Answer<Json<Vec<Message>>> {
    caller.must_be_one_of(CONTROLLERS)?;
    let system = systems.find(System::Messages).ok_or(Code::SystemUnknown)?;
    let limit = which.limit.clamp(1, 1_000);
    let found = app::messages::newest(system, which.phone.as_ref(), limit).await?;
    Ok(Json(found))
}

pub(super) async fn incoming(
    State(systems): State<Systems>,
    caller: Caller,
) -> Answer<Json<Incoming>> {
    caller.must_be_one_of(CONTROLLERS)?;
    Ok(Json(systems.incoming.get()))
}

pub(super) async fn set_incoming(
    State(systems): State<Systems>,
    caller: Caller,
    ApiJson(incoming): ApiJson<Incoming>,
) -> Answer<Json<Incoming>> {
    caller.must_be_one_of(CONTROLLERS)?;
    Ok(Json(app::switches::set_incoming(&systems, incoming).await?))
}

/// Stands in for a cash machine.
pub(super) async fn redeem(
    State(systems): State<Systems>,
    caller: Caller,
    ApiJson(typed): ApiJson<Typed>,
) -> Answer<Json<PaidOut>> {
    caller.must_be_one_of(CONTROLLERS)?;
    let system = systems.find(System::Cash).ok_or(Code::SystemUnknown)?;
    let amount = app::cash::redeem(system, &typed.code).await?;
    Ok(Json(PaidOut { amount }))
}
