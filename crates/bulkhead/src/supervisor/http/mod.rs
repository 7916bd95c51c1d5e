//! The supervisor's control API: loopback only, one token, JSON.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use platform::identity::AccessTable;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::FaultOrder;
use super::api::{HealOrder, Names, Refusal, Reports, TOKEN_HEADER};
use super::bank::Bank;
use crate::secrets::LAUNCHER;

/// The largest order.
const BODY_MAX_BYTES: usize = 64 * 1024;

#[derive(Clone)]
struct Control {
    bank: Bank,
    access: AccessTable,
    /// Cancelled when everything has been stopped on demand.
    over: CancellationToken,
}

/// Serves orders until `over` is cancelled and the last answer is out.
pub(super) async fn serve(
    listener: TcpListener,
    bank: Bank,
    access: AccessTable,
    over: CancellationToken,
) -> std::io::Result<()> {
    let control = Control { bank, access, over: over.clone() };
    let routes = Router::new()
        .route("/v1/reports", get(reports))
        .route("/v1/start", post(start))
        .route("/v1/fault", post(fault))
        .route("/v1/heal", post(heal))
        .route("/v1/shutdown", post(shutdown))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(middleware::from_fn_with_state(control.clone(), authorize))
        .with_state(control);
    axum::serve(listener, routes).with_graceful_shutdown(over.cancelled_owned()).await
}

/// Where a listener ended up.
pub(super) fn address(listener: &TcpListener) -> std::io::Result<SocketAddr> {
    listener.local_addr()
}

async fn authorize(State(control): State<Control>, request: Request, next: Next) -> Response {
    let presented = request.headers().get(TOKEN_HEADER).and_then(|value| value.to_str().ok());
    if presented.is_some_and(|token| control.access.proves(LAUNCHER, token)) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

async fn reports(State(control): State<Control>) -> Json<Reports> {
    Json(Reports { reports: control.bank.reports() })
}

async fn start(State(control): State<Control>, Json(order): Json<Names>) -> Response {
    answer(control.bank.start(&order.names).await)
}

async fn fault(State(control): State<Control>, Json(order): Json<FaultOrder>) -> Response {
    answer(control.bank.fault(order).await)
}

async fn heal(State(control): State<Control>, Json(order): Json<HealOrder>) -> Response {
    answer(control.bank.heal(order.target.as_deref()).await)
}

async fn shutdown(State(control): State<Control>) -> Response {
    let outcome = control.bank.stop().await;
    control.over.cancel();
    answer(outcome)
}

fn answer(outcome: Result<(), Refusal>) -> Response {
    match outcome {
        Ok(()) => Json(serde_json::json!({})).into_response(),
        Err(refusal) => (StatusCode::CONFLICT, Json(refusal)).into_response(),
    }
}

/// How long an order may take before the command gives up: longer than any orderly end.
pub(super) const ORDER_WITHIN: Duration = Duration::from_mins(1);
