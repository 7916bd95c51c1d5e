//! What blocks send and load.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use common::wire::archive::{Batch, BatchAnswer, LoadQuery, Loaded, Page, SliceQuery};
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
