//! `GET /v1/codes/{operation_id}` and `POST /v1/codes/{operation_id}/close`.

use axum::Json;
use axum::extract::State;
use common::OperationId;
use common::wire::gateway::CashCodeShown;
use platform::http::{Answer, ApiPath, ApiQuery, Caller};

use super::{About, At, ORDERERS};
use crate::foreign::CodeEnd;
use crate::systems::app;

pub(super) async fn show(
    State(At(system)): State<At>,
    caller: Caller,
    ApiPath(operation): ApiPath<OperationId>,
    ApiQuery(about): ApiQuery<About>,
) -> Answer<Json<CashCodeShown>> {
    caller.must_be_one_of(ORDERERS)?;
    let shown = app::cash::show(&system, about.customer_id, operation).await?;
    Ok(Json(shown))
}

pub(super) async fn close(
    State(At(system)): State<At>,
    caller: Caller,
    ApiPath(operation): ApiPath<OperationId>,
) -> Answer<Json<CodeEnd>> {
    caller.must_be_one_of(ORDERERS)?;
    Ok(Json(app::cash::close(&system, operation).await?))
}
