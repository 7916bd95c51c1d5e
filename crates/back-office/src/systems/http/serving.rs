//! A system's connections, with its faults.
//!
//! Not `platform::http::serve`: a fault must be able to close the connections that are open, to
//! leave a request without an answer, and to break a connection in the middle of one.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use platform::config::Http;
use platform::{Tasks, random};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::systems::faults::{Breakdown, Dice, Treatment, treatment};
use crate::systems::running::Running;

/// How long accepting rests when the machine has no more file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// What serves a system's connections.
#[derive(Clone)]
pub(in crate::systems) struct Front {
    system: Arc<Running>,
    routes: Router,
    places: Arc<Semaphore>,
    header_timeout: Duration,
    tasks: Tasks,
}

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the simulated system broke the connection")]
struct Broken;

impl Front {
    pub(in crate::systems) fn new(system: Arc<Running>, config: &Http, tasks: &Tasks) -> Self {
        Self {
            routes: super::system_routes(system.clone(), config),
            system,
            places: Arc::new(Semaphore::new(config.connections_max)),
            header_timeout: Duration::from_millis(config.header_timeout_ms),
            tasks: tasks.clone(),
        }
    }

    /// Takes connections until it is dropped; they live until they end, `cut` is cancelled or the
    /// process has drained.
    pub(in crate::systems) async fn accept(&self, listener: &TcpListener, cut: &CancellationToken) {
        // The semaphore is never closed.
        while let Ok(place) = self.places.clone().acquire_owned().await {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_REST).await;
                    continue;
                }
            };
            let (front, cut) = (self.clone(), cut.clone());
            self.tasks.spawn("connection", async move {
                front.connection(stream, cut).await;
                drop(place);
            });
        }
    }

    async fn connection(self, stream: TcpStream, cut: CancellationToken) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::trace!(%error, "TCP_NODELAY was not set");
        }
        let stop = self.tasks.stop_signal();
        let header_timeout = self.header_timeout;
        let service = service_fn(move |request: Request<Incoming>| {
            let front = self.clone();
            async move { front.answer(request.map(Body::new)).await }
        });
        let mut connection = pin!(
            hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(header_timeout)
                .serve_connection(TokioIo::new(stream), service)
        );
        tokio::select! {
            _ended = connection.as_mut() => return,
            () = cut.cancelled() => return,
            () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        if let Err(error) = connection.await {
            tracing::trace!(%error, "connection ended");
        }
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response, Broken> {
        let treatment = treatment(self.system.switch.mode(), dice());
        let labels = [("system", self.system.system.name()), ("treatment", treatment.word())];
        metrics::counter!("system_calls_total", &labels).increment(1);
        match treatment {
            Treatment::Answer => Ok(self.route(request).await),
            Treatment::AnswerLate(delay) => {
                let answer = self.route(request).await;
                tokio::time::sleep(delay).await;
                Ok(answer)
            }
            Treatment::Silence => {
                self.silence().await;
                Err(Broken)
            }
            Treatment::FailBefore(breakdown) => breakdown.happen(),
            Treatment::FailAfter(breakdown) => {
                // The effect took place; nobody is told.
                drop(self.route(request).await);
                breakdown.happen()
            }
        }
    }

    async fn route(&self, request: Request<Body>) -> Response {
        match self.routes.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Until the system is switched, or the process stops.
    async fn silence(&self) {
        let mut wanted = self.system.switch.follow();
        let stop = self.tasks.stop_signal();
        tokio::select! {
            _switched = wanted.changed() => {}
            () = stop.cancelled() => {}
        }
    }
}

impl Breakdown {
    fn happen(self) -> Result<Response, Broken> {
        match self {
            Self::Error => Ok((StatusCode::INTERNAL_SERVER_ERROR, "error").into_response()),
            Self::Broken => Err(Broken),
        }
    }
}

fn dice() -> Dice {
    let bytes = random::bytes::<16>();
    Dice(std::array::from_fn(|i| u32::from_be_bytes(std::array::from_fn(|j| bytes[4 * i + j]))))
}
