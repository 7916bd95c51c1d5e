//! The internal API: what other blocks and routers ask of a block that gives up customers.

use axum::Json;
use axum::extract::State;
use common::BlockName;
use common::problem::Code;
use common::wire::block::{AskHandOver, BlockReport, HandOverAnswer, SealAnswer, SealOrder};
use platform::http::{Answer, ApiJson, Caller};

use super::Internal;
use crate::app::{report, routers, seals};

/// The routers, and who starts and drills the bank.
const MOVERS: [&str; 3] = ["router", "router-backup", LAUNCHER];
const LAUNCHER: &str = "launcher";

pub(super) async fn hand_over(
    State(internal): State<Internal>,
    caller: Caller,
    ApiJson(ask): ApiJson<AskHandOver>,
) -> Answer<Json<HandOverAnswer>> {
    let to: BlockName = caller.service().parse().map_err(|_| Code::ServiceNotAllowed)?;
    Ok(Json(seals::hand_over(&internal.block, &to, &ask).await?))
}

pub(super) async fn seal(
    State(internal): State<Internal>,
    caller: Caller,
    ApiJson(order): ApiJson<SealOrder>,
) -> Answer<Json<SealAnswer>> {
    caller.must_be_one_of(&MOVERS)?;
    if caller.service() != LAUNCHER {
        let connection = internal.block.db.connection().await?;
        routers::must_be_obeyed(&connection, caller.router_generation()).await?;
    }
    Ok(Json(seals::seal(&internal.block, &order).await?))
}

pub(super) async fn report(
    State(internal): State<Internal>,
    caller: Caller,
) -> Answer<Json<BlockReport>> {
    caller.must_be_one_of(&MOVERS)?;
    Ok(Json(report::report(&internal.block).await?))
}
