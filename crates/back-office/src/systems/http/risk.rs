//! `POST /v1/decisions`.

use axum::Json;
use axum::extract::State;
use common::wire::gateway::{RiskAnswer, RiskQuestion};
use platform::http::{Answer, ApiJson, Caller};

use super::{At, ORDERERS};
use crate::systems::app;

pub(super) async fn decide(
    State(At(system)): State<At>,
    caller: Caller,
    ApiJson(question): ApiJson<RiskQuestion>,
) -> Answer<Json<RiskAnswer>> {
    caller.must_be_one_of(ORDERERS)?;
    Ok(Json(app::risk::decide(&system, &question).await?))
}
