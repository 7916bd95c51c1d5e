//! The register.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use common::leading::RouterRow;
use common::wire::archive::{
    ExcuseWitness, PromoteRouter, Register, RegisterQuery, Witness, Witnessed,
};
use common::wire::router::{Placements, PlacementsAdopted};
use platform::http::{Answer, ApiJson};

use super::access::{Launcher, Only, Operators, Readers, Witnesses};
use crate::app;
use crate::archive::Archive;

type Shared = State<Arc<Archive>>;

pub(super) async fn read(
    caller: Only<Readers>,
    State(archive): Shared,
    ApiJson(query): ApiJson<RegisterQuery>,
) -> Answer<Json<Register>> {
    if let Some(stream) = &query.stream {
        caller.speaks_for(&stream.block)?;
    }
    Ok(Json(app::register::read(&archive, &query).await?))
}

pub(super) async fn seed(
    _: Only<Launcher>,
    State(archive): Shared,
    ApiJson(first): ApiJson<Placements>,
) -> Answer<Json<PlacementsAdopted>> {
    Ok(Json(app::register::seed(&archive, &first).await?))
}

pub(super) async fn router(_: Only<Readers>, State(archive): Shared) -> Answer<Json<RouterRow>> {
    Ok(Json(app::routers::read(&archive).await?))
}

pub(super) async fn promote_router(
    _: Only<Operators>,
    State(archive): Shared,
    ApiJson(wish): ApiJson<PromoteRouter>,
) -> Answer<Json<RouterRow>> {
    Ok(Json(app::routers::promote(&archive, &wish).await?))
}

pub(super) async fn witness(
    caller: Only<Witnesses>,
    State(archive): Shared,
    ApiJson(given): ApiJson<Witness>,
) -> Answer<Json<Witnessed>> {
    Ok(Json(app::recovery::hear(&archive, caller.service(), &given).await?))
}

pub(super) async fn witnesses(
    _: Only<Operators>,
    State(archive): Shared,
) -> Answer<Json<Witnessed>> {
    Ok(Json(app::recovery::read(&archive).await?))
}

pub(super) async fn excuse(
    _: Only<Operators>,
    State(archive): Shared,
    ApiJson(wish): ApiJson<ExcuseWitness>,
) -> Answer<Json<Witnessed>> {
    Ok(Json(app::recovery::excuse(&archive, &wish).await?))
}
