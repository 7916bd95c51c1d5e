//! Servers for these tests: ours on a port of loopback, and one that loses what it is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use common::problem::ProblemDocument;
use platform::Tasks;
use platform::config::{Database, Http, Redis, Rpc};
use platform::http::{bind, serve, with_layers};
use platform::rpc::{Caller, Peer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The defaults of the sections that all services share.
#[derive(Clone, serde::Deserialize)]
pub(crate) struct Defaults {
    pub(crate) http: Http,
    pub(crate) rpc: Rpc,
    pub(crate) database: Database,
    pub(crate) redis: Redis,
}

pub(crate) fn defaults() -> Defaults {
    platform::config::load("", None).unwrap()
}

/// A server of ours.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) tasks: Tasks,
}

impl Server {
    pub(crate) async fn start(routes: Router) -> Self {
        Self::bounded(routes, |_| {}).await
    }

    pub(crate) async fn bounded(routes: Router, change: impl FnOnce(&mut Http)) -> Self {
        let mut config = defaults().http;
        change(&mut config);
        let tasks = Tasks::new();
        let bound = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = bound.address;
        serve(&tasks, bound, with_layers(routes, &config), &config);
        Self { address, tasks }
    }

    pub(crate) fn peer(&self) -> Peer {
        peer(self.address, |_| {})
    }

    /// Sends bytes on a connection of its own and gives everything that comes back until the other
    /// side closes, or until it has been quiet for `patience`.
    pub(crate) async fn talk(&self, request: &[u8], patience: Duration) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        read_all(&mut stream, patience).await
    }
}

pub(crate) async fn read_all(stream: &mut TcpStream, patience: Duration) -> String {
    let mut all = Vec::new();
    let mut piece = [0_u8; 4_096];
    while let Ok(Ok(length)) = tokio::time::timeout(patience, stream.read(&mut piece)).await {
        if length == 0 {
            break;
        }
        all.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Reads until `end` has come, on a connection that stays open.
pub(crate) async fn read_until(stream: &mut TcpStream, end: &str) {
    let mut all = String::new();
    let mut piece = [0_u8; 4_096];
    let reading = async {
        while !all.ends_with(end) {
            let length = stream.read(&mut piece).await.unwrap();
            assert!(length > 0, "closed after {all:?}");
            all.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.unwrap();
}

pub(crate) fn peer(address: SocketAddr, change: impl FnOnce(&mut Rpc)) -> Peer {
    peer_as("router", "router-token", address, change)
}

pub(crate) fn peer_as(
    service: &str,
    token: &str,
    address: SocketAddr,
    change: impl FnOnce(&mut Rpc),
) -> Peer {
    let mut rpc = defaults().rpc;
    change(&mut rpc);
    let caller = Caller { service: service.to_owned(), token: token.to_owned() };
    Peer::new("the server", &format!("http://{address}"), caller, &rpc).unwrap()
}

/// The status and the problem document of an answer as it came over the wire.
pub(crate) fn problem_of(answer: &str) -> (u16, ProblemDocument) {
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let problem = serde_json::from_str(body);
    (status.unwrap_or(0), problem.unwrap_or_else(|error| panic!("{error}: {answer:?}")))
}

/// Takes connections, reads a request from each, and closes the first `losses` without a word;
/// to the others it says `answer` (a whole HTTP answer).
pub(crate) struct Lossy {
    pub(crate) address: SocketAddr,
    seen: Arc<AtomicUsize>,
    _tasks: Tasks,
}

impl Lossy {
    pub(crate) async fn start(losses: usize, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(AtomicUsize::new(0));
        let (counted, tasks) = (seen.clone(), Tasks::new());
        tasks.spawn("lossy", async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0_u8; 4_096];
                let read = stream.read(&mut request).await;
                if read.is_ok_and(|length| length > 0) {
                    let before = counted.fetch_add(1, Ordering::SeqCst);
                    if before >= losses {
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                }
            }
        });
        Self { address, seen, _tasks: tasks }
    }

    /// Requests that were read.
    pub(crate) fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}
