//! The register.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use common::wire::archive::{Register, RegisterQuery};
use common::wire::router::{Placements, PlacementsAdopted};
use platform::http::{Answer, ApiJson};

use super::access::{Launcher, Only, Readers};
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
