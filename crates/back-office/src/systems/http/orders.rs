//! `POST /v1/orders` and `POST /v1/orders/{operation_id}/check`.

use axum::Json;
use axum::extract::State;
use common::OperationId;
use platform::http::{Answer, ApiJson, ApiPath, Caller};

use super::{At, ORDERERS};
use crate::foreign::{CheckAnswer, CheckOrder, OrderAnswer, PlaceOrder};
use crate::systems::app;

pub(super) async fn place(
    State(At(system)): State<At>,
    caller: Caller,
    ApiJson(order): ApiJson<PlaceOrder>,
) -> Answer<Json<OrderAnswer>> {
    caller.must_be_one_of(ORDERERS)?;
    Ok(Json(app::orders::place(&system, &order).await?))
}

/// The id in the path is not looked at: a check leaves no trace.
pub(super) async fn check(
    State(At(system)): State<At>,
    caller: Caller,
    ApiPath(_operation): ApiPath<OperationId>,
    ApiJson(question): ApiJson<CheckOrder>,
) -> Answer<Json<CheckAnswer>> {
    caller.must_be_one_of(ORDERERS)?;
    Ok(Json(app::orders::check(&system, &question).await?))
}
