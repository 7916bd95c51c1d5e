//! The internal API: what the router and the launcher tell the block.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use common::CustomerId;
use common::wire::block::PutCustomer;
use common::wire::router::{Placements, PlacementsAdopted};
use platform::http::{Answer, ApiJson, ApiPath, Caller};

use super::Internal;
use crate::app::{customers, gate, register};

pub(super) async fn put(
    State(internal): State<Internal>,
    caller: Caller,
    ApiPath(id): ApiPath<CustomerId>,
    ApiJson(body): ApiJson<PutCustomer>,
) -> Answer<StatusCode> {
    caller.must_be_one_of(&["router", "router-backup"])?;
    customers::put(&internal.block, id, body, caller.router_generation()).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn placements(
    State(internal): State<Internal>,
    caller: Caller,
) -> Answer<Json<Placements>> {
    caller.must_be_one_of(&["router", "router-backup", "launcher"])?;
    Ok(Json(Placements { rows: register::rows(&internal.block).await? }))
}

pub(super) async fn adopt(
    State(internal): State<Internal>,
    caller: Caller,
    ApiJson(body): ApiJson<Placements>,
) -> Answer<Json<PlacementsAdopted>> {
    caller.must_be_one_of(&["router", "router-backup", "launcher"])?;
    let adopted = gate::adopt_rows(&internal.block, &body.rows).await?;
    Ok(Json(PlacementsAdopted { adopted, known: body.rows.len() - adopted }))
}
