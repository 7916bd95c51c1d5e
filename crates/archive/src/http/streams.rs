//! What blocks send and load.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use common::wire::archive::{
    Batch, BatchAnswer, Changes, ChangesQuery, LoadQuery, Loaded, Loosen, Loosened, Page,
    SliceQuery,
};
use platform::http::{Answer, ApiJson};

use super::access::{Blocks, Only};
use crate::app;
use crate::archive::Archive;

type Shared = State<Arc<Archive>>;

pub(super) async fn batch(
    caller: Only<Blocks>,
    State(archive): Shared,
    ApiJson(batch): ApiJson<Batch>,
) -> Answer<Json<BatchAnswer>> {
    caller.speaks_for(&batch.stream.block)?;
    Ok(Json(app::batch::receive(&archive, &batch).await?))
}

pub(super) async fn load(
    caller: Only<Blocks>,
    State(archive): Shared,
    ApiJson(query): ApiJson<LoadQuery>,
) -> Answer<Json<Loaded>> {
    caller.speaks_for(&query.stream.block)?;
    Ok(Json(app::load::load(&archive, &query).await?))
}

pub(super) async fn customers(
    _: Only<Blocks>,
    State(archive): Shared,
    ApiJson(query): ApiJson<SliceQuery>,
) -> Answer<Json<Page>> {
    Ok(Json(app::slices::customers(&archive, &query).await?))
}

pub(super) async fn changes(
    caller: Only<Blocks>,
    State(archive): Shared,
    ApiJson(query): ApiJson<ChangesQuery>,
) -> Answer<Json<Changes>> {
    caller.speaks_for(&query.stream.block)?;
    Ok(Json(app::changes::changes(&archive, &query).await?))
}

pub(super) async fn loosen(
    caller: Only<Blocks>,
    State(archive): Shared,
    ApiJson(wish): ApiJson<Loosen>,
) -> Answer<Json<Loosened>> {
    caller.speaks_for(&wish.stream.block)?;
    Ok(Json(app::loosen::loosen(&archive, &wish).await?))
}
