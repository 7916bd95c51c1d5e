//! `POST /v1/route`.

use std::net::IpAddr;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Request};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use common::wire::router::RouteQuery;
use platform::http::{Answer, ApiJson, ClientAddr, Incoming, Sent};

use super::AppState;
use crate::app::route::{self, Routed};
use crate::shared::Shared;

pub(super) async fn route(
    State(AppState(shared)): State<AppState>,
    ClientAddr(client): ClientAddr,
    ApiJson(query): ApiJson<RouteQuery>,
) -> Answer<Response> {
    routed(&shared, &query, client.ip()).await.map(|answer| answer.map(Body::from))
}

/// The same without axum's way to a handler; a body has at most `most` bytes.
pub(super) async fn straight(
    shared: &Shared,
    client: IpAddr,
    mut request: Request<Incoming>,
    most: usize,
) -> Response<Sent> {
    let answer = match ApiJson::read(&mut request, most).await {
        Ok(ApiJson(query)) => routed(shared, &query, client).await,
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(answer) => answer.map(Sent::Whole),
        Err(problem) => problem.into_response().map(Sent::Streamed),
    }
}

async fn routed(shared: &Shared, query: &RouteQuery, client: IpAddr) -> Answer<Response<Bytes>> {
    if let Some(failed) = &query.failed {
        route::failed(shared, failed).await;
    }
    let routed = route::route(shared, &query.who, client, shared.now())?;
    let mut response = Response::new(body(&routed));
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
