//! Handlers that change something.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use common::CustomerId;
use common::gateway::{
    Answer as Said, Answered, Execute, Fence, FenceAnswer, Journal, JournalAnswer, Void,
};
use common::wire::gateway::PutCustomer;
use platform::http::{Answer, ApiJson, ApiPath};

use super::access::{Blocks, Directory, Only, Systems};
use crate::foreign::{Booking, BookingAnswer};
use crate::gateway::app::{self, Gateway};

type Shared = State<Arc<Gateway>>;

pub(super) async fn execute(
    _: Only<Blocks>,
    State(gateway): Shared,
    ApiJson(request): ApiJson<Execute>,
) -> Answer<Json<Answered>> {
    let answer = app::execute::execute(&gateway, request).await?;
    Ok(answered(&gateway, answer))
}

pub(super) async fn void(
    _: Only<Blocks>,
    State(gateway): Shared,
    ApiJson(request): ApiJson<Void>,
) -> Answer<Json<Answered>> {
    let answer = app::void::void(&gateway, &request).await?;
    Ok(answered(&gateway, answer))
}

pub(super) async fn fence(
    _: Only<Blocks>,
    State(gateway): Shared,
    ApiJson(request): ApiJson<Fence>,
) -> Answer<Json<FenceAnswer>> {
    Ok(Json(app::fence::fence(&gateway, &request).await?))
}

pub(super) async fn journal(
    _: Only<Blocks>,
    State(gateway): Shared,
    ApiJson(request): ApiJson<Journal>,
) -> Answer<Json<JournalAnswer>> {
    Ok(Json(app::fence::journal(&gateway, &request).await?))
}

pub(super) async fn book(
    _: Only<Systems>,
    State(gateway): Shared,
    ApiJson(booking): ApiJson<Booking>,
) -> Answer<Json<BookingAnswer>> {
    Ok(Json(app::bookings::book(&gateway, &booking).await?))
}

pub(super) async fn put_customer(
    _: Only<Directory>,
    State(gateway): Shared,
    ApiPath(customer): ApiPath<CustomerId>,
    ApiJson(put): ApiJson<PutCustomer>,
) -> Answer<StatusCode> {
    app::customers::put(&gateway, customer, &put).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// With the gateway's clock, from which blocks offer `valid_until`.
fn answered(gateway: &Gateway, answer: Said) -> Json<Answered> {
    Json(Answered { answer, gateway_time: gateway.clock.now() })
}
