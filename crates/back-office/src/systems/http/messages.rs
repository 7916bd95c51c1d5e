//! `POST /v1/messages`.

use axum::extract::State;
use axum::http::StatusCode;
use common::problem::{Code, Refusal};
use common::wire::systems::SendMessage;
use platform::http::{Answer, ApiJson, Caller};

use super::At;
use crate::systems::app;

/// The longest text, in characters.
const TEXT_MAX: usize = 1_000;

/// Any service that is known here may send: blocks do, and new blocks are added while we run.
pub(super) async fn send(
    State(At(system)): State<At>,
    caller: Caller,
    ApiJson(message): ApiJson<SendMessage>,
) -> Answer<StatusCode> {
    if message.text.chars().count() > TEXT_MAX || message.text.contains('\0') {
        let must = format!("at most {TEXT_MAX} characters, none of them NUL");
        return Err(Refusal::new(Code::InvalidRequest).field("text", must).into());
    }
    app::messages::send(&system, &message, caller.service()).await?;
    Ok(StatusCode::NO_CONTENT)
}
