//! One listener of a link and the connections that came in by it.

use std::io;
use std::net::SocketAddr;

use platform::Tasks;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, sleep, timeout};

use super::Route;

/// How long the other side may take to accept.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// How often a port behind which nobody listened is looked at again.
const AGAIN_AFTER: Duration = Duration::from_millis(100);
/// What is carried at once.
const PIECE_BYTES: usize = 16 * 1024;

/// Opens a listener.
pub(super) async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Carries the connections of one route, for ever.
pub(super) async fn carry(
    route: Route,
    first: TcpListener,
    mut open: watch::Receiver<bool>,
    tasks: Tasks,
) {
    let mut listener = Some(first);
    loop {
        // Whoever sends on this channel lives as long as the process.
        drop(open.wait_for(|open| *open).await);
        let accepting = match listener.take() {
            Some(first) => first,
            None => bound(&route).await,
        };
        let (absent, mut absence) = mpsc::channel(1);
        tokio::select! {
            () = accept(&route, &accepting, &open, &tasks, &absent) => {}
            _cut = wait_cut(open.clone()) => {}
            _absent = absence.recv() => {
                drop(accepting);
                until_somebody_listens(&route, open.clone()).await;
            }
        }
    }
}

async fn bound(route: &Route) -> TcpListener {
    loop {
        match listen(route.listen).await {
            Ok(bound) => return bound,
            Err(error) => tracing::warn!(purpose = route.purpose, %error, "cannot listen"),
        }
        sleep(AGAIN_AFTER).await;
    }
}

async fn wait_cut(mut open: watch::Receiver<bool>) {
    drop(open.wait_for(|open| !open).await);
}

async fn accept(
    route: &Route,
    listener: &TcpListener,
    open: &watch::Receiver<bool>,
    tasks: &Tasks,
    absent: &mpsc::Sender<()>,
) {
    loop {
        let Ok((near, _)) = listener.accept().await else {
            // Out of files, for a moment.
            sleep(AGAIN_AFTER).await;
            continue;
        };
        let (target, open, absent) = (route.target, open.clone(), absent.clone());
        tasks.spawn("a connection", async move {
            match timeout(CONNECT_WITHIN, TcpStream::connect(target)).await {
                Ok(Ok(far)) => both_ways(near, far, open).await,
                // Told once is enough.
                Ok(Err(_refused)) => drop(absent.try_send(())),
                Err(_silent) => {}
            }
        });
    }
}

async fn until_somebody_listens(route: &Route, open: watch::Receiver<bool>) {
    while *open.borrow() {
        sleep(AGAIN_AFTER).await;
        if let Ok(Ok(_somebody)) = timeout(CONNECT_WITHIN, TcpStream::connect(route.target)).await {
            return;
        }
    }
}

/// Until both sides have said their last, or one is gone.
async fn both_ways(near: TcpStream, far: TcpStream, open: watch::Receiver<bool>) {
    // Without it the kernel keeps small messages back; failing means it does.
    drop((near.set_nodelay(true), far.set_nodelay(true)));
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let there = one_way(from_near, to_far, open.clone());
    let back = one_way(from_far, to_near, open);
    // An error is one side's end; dropping both streams tells the other.
    drop(tokio::try_join!(there, back));
}

/// While the link is cut nothing passes, an end neither.
async fn one_way(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut open: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = from.read(&mut piece).await;
        if open.wait_for(|open| *open).await.is_err() {
            return Ok(());
        }
        match length? {
            0 => return to.shutdown().await,
            length => to.write_all(piece.get(..length).unwrap_or_default()).await?,
        }
    }
}
