//! The accept loop: bounded connections, a bound on the time for headers, a graceful end.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::timer::ConnectionTimer;
use super::{ClientAddr, Sent};
use crate::config::Http;
use crate::tasks::Tasks;

/// A listener that is open and not yet served.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    /// Where it listens; tests ask for port 0.
    pub address: SocketAddr,
}

/// Opens a listener.
pub async fn bind(address: SocketAddr) -> io::Result<Bound> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok(Bound { listener, address })
}

/// Answers the requests of a listener.
pub trait Answering: Send + Sync + 'static {
    /// The answer to a request that came from `peer`.
    fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> impl Future<Output = Response<Sent>> + Send;
}

impl Answering for Router {
    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Sent> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ClientAddr(peer));
        let answer = self.clone().oneshot(request).await;
        answer.unwrap_or_else(|never| match never {}).map(Sent::Streamed)
    }
}

/// Serves `routes` on `bound` as a task of `tasks`, until they are told to stop; then no new
/// connection is taken and requests in flight have `drain_ms` to finish.
pub fn serve(tasks: &Tasks, bound: Bound, routes: impl Answering, config: &Http) {
    let stop = tasks.stop_signal();
    let config = config.clone();
    let connections = tasks.clone();
    let routes = Arc::new(routes);
    tasks.spawn("accept", async move {
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(config.connections_max));
        while let Some((stream, peer, place)) = next(&bound.listener, &places, &stop).await {
            let header_timeout = Duration::from_millis(config.header_timeout_ms);
            let routes = routes.clone();
            let watcher = graceful.watcher();
            connections.spawn("connection", async move {
                let connection = connection(stream, peer, routes, header_timeout);
                if let Err(error) = watcher.watch(connection).await {
                    tracing::trace!(%error, "connection ended");
                }
                drop(place);
            });
        }
        drop(bound.listener);
        let drain = Duration::from_millis(config.drain_ms);
        if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
            tracing::warn!(drain_ms = config.drain_ms, "requests were cut off at shutdown");
        }
    });
}

type Place = tokio::sync::OwnedSemaphorePermit;

async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, Place)> {
    loop {
        let place = stop.run_until_cancelled(places.clone().acquire_owned()).await?.ok()?;
        match stop.run_until_cancelled(listener.accept()).await? {
            Ok((stream, peer)) => return Some((stream, peer, place)),
            Err(error) => {
                // Out of file descriptors, most likely: let connections end before the next try.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Arc<impl Answering>,
    header_timeout: Duration,
) -> hyper::server::conn::http1::Connection<
    TokioIo<TcpStream>,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = Response<Sent>,
        Error = Infallible,
        Future: Send,
    >,
> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::trace!(%error, "TCP_NODELAY was not set");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let routes = routes.clone();
        async move { Ok(routes.answer(request, peer).await) }
    });
    hyper::server::conn::http1::Builder::new()
        .timer(ConnectionTimer::new(header_timeout))
        .header_read_timeout(header_timeout)
        // Answers are small: to copy one behind its head costs less than to send two pieces.
        .writev(false)
        .serve_connection(TokioIo::new(stream), service)
}
