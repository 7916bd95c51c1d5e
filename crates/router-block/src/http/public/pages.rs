//! The customers' page. `/assets/…` have hashed names and never change; every other address that
//! is not the router's own shows the shell, which finds its way by itself.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use common::problem::Code;
use platform::http::{Answer, ApiPath, Problem};

use super::super::AppState;
use crate::pages::File;

/// First parts of paths that are the router's own, those of its other listener included: what is
/// unknown there is not a page.
const OWN: [&str; 8] =
    ["v1", "ops", "internal", "problems", "livez", "readyz", "metrics", "openapi.json"];
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What is unknown where the router has its interfaces, whatever the method.
pub(super) fn not_pages() -> Router<AppState> {
    let nothing = || async { Problem::from(Code::NotFound) };
    Router::new()
        .route("/v1/{*rest}", any(nothing))
        .route("/ops/{*rest}", any(nothing))
        .route("/internal/{*rest}", any(nothing))
}

pub(super) async fn home(state: State<AppState>, headers: HeaderMap) -> Answer<Response> {
    page(state, headers, ApiPath(String::new())).await
}

pub(super) async fn page(
    State(AppState(shared)): State<AppState>,
    headers: HeaderMap,
    ApiPath(path): ApiPath<String>,
) -> Answer<Response> {
    let first = path.split('/').next().unwrap_or("");
    if OWN.contains(&first) {
        return Err(Code::NotFound.into());
    }
    let pages = &shared.pages;
    let policy = &shared.config.pages.content_security_policy;
    match pages.file(&path) {
        Some(file) if first == "assets" => Ok(sent(file, FOR_EVER, &headers, policy)),
        Some(file) => Ok(sent(file, "no-cache", &headers, policy)),
        None if first == "assets" => Err(Code::NotFound.into()),
        None => {
            let shell = pages.shell().ok_or(Code::NotFound)?;
            Ok(sent(shell, "no-cache", &headers, policy))
        }
    }
}

fn sent(file: &File, caching: &'static str, asked: &HeaderMap, policy: &str) -> Response {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known == Some(file.etag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.body.clone().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    );
    for (name, value) in
        [(header::ETAG, file.etag.as_str()), (header::CONTENT_SECURITY_POLICY, policy)]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}
