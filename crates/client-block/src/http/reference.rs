//! `/v1/reference/…`: rates, branches, products, billers, fees. The same for everybody; with the
//! time of the last look at the source, and an `ETag`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use common::Timestamp;
use platform::http::Answer;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Shop;
use crate::app::reference::topic;

/// A topic of the reference data.
#[derive(Serialize, ToSchema)]
pub(super) struct View<T> {
    /// Raised by every change.
    version: u64,
    /// When the source changed it last.
    as_of: Timestamp,
    /// When the source was last asked.
    checked_at: Timestamp,
    /// The items.
    items: Vec<T>,
}

pub(super) async fn rates(state: State<Shop>, headers: HeaderMap) -> Answer<Response> {
    answer(state, &headers, "rates").await
}

pub(super) async fn branches(state: State<Shop>, headers: HeaderMap) -> Answer<Response> {
    answer(state, &headers, "branches").await
}

pub(super) async fn products(state: State<Shop>, headers: HeaderMap) -> Answer<Response> {
    answer(state, &headers, "products").await
}

pub(super) async fn billers(state: State<Shop>, headers: HeaderMap) -> Answer<Response> {
    answer(state, &headers, "billers").await
}

pub(super) async fn fees(state: State<Shop>, headers: HeaderMap) -> Answer<Response> {
    answer(state, &headers, "fees").await
}

async fn answer(
    State(shop): State<Shop>,
    headers: &HeaderMap,
    name: &'static str,
) -> Answer<Response> {
    let kept = topic::<Value>(&shop.block, name).await?;
    let etag = format!("\"{name}-{}\"", kept.reference.version);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known == Some(etag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let checked_at = kept.checked_at;
        let reference = kept.reference;
        let view = View {
            version: reference.version,
            as_of: reference.as_of,
            checked_at,
            items: reference.items,
        };
        Json(view).into_response()
    };
    if let Ok(value) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok(response)
}
