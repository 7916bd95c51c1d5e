//! `POST /v1/route`.

use std::net::IpAddr;

use axum::extract::{FromRequest as _, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use common::wire::router::RouteRequest;
use platform::http::{Answer, ApiJson, ClientAddr};

use super::AppState;
use crate::app::route::{self, Routed};
use crate::shared::Shared;

pub(super) async fn route(
    State(AppState(shared)): State<AppState>,
    ClientAddr(client): ClientAddr,
    ApiJson(request): ApiJson<RouteRequest>,
) -> Answer<Response> {
    routed(&shared, &request, client.ip())
}

/// The same without axum's way to a handler.
pub(super) async fn straight(shared: &Shared, client: IpAddr, request: Request) -> Response {
    let answer = match ApiJson::from_request(request, &()).await {
        Ok(ApiJson(request)) => routed(shared, &request, client),
        Err(problem) => Err(problem),
    };
    answer.into_response()
}

fn routed(shared: &Shared, request: &RouteRequest, client: IpAddr) -> Answer<Response> {
    let routed = route::route(shared, request, client, shared.now())?;
    let mut response = body(&routed).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A `RouteAnswer`: the block's part was made at the start, and a ticket needs no escaping.
fn body(routed: &Routed<'_>) -> Bytes {
    const TICKET: &[u8] = b",\"ticket\":\"";
    let head = &routed.block.answer_head;
    let ticket = routed.ticket.as_deref().unwrap_or_default();
    let mut out = Vec::with_capacity(head.len() + TICKET.len() + ticket.len() + 2);
    out.extend_from_slice(head);
    if routed.ticket.is_some() {
        out.extend_from_slice(TICKET);
        out.extend_from_slice(ticket.as_bytes());
        out.push(b'"');
    }
    out.push(b'}');
    out.into()
}
