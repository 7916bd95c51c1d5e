//! Making rows on one processor while the database takes the ones before on another.

use platform::Failure;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Pieces made ahead of the database.
const AHEAD: usize = 2;

/// Pieces that are made one after the other, at most two ahead of whoever takes them.
pub(super) struct Feed<T> {
    pieces: mpsc::Receiver<T>,
    maker: JoinHandle<()>,
}

impl<T: Send + 'static> Feed<T> {
    /// Makes a piece of each part, on a thread for blocking work. Ends early when nobody takes
    /// them any more.
    pub(super) fn of<P: Send + 'static>(
        parts: Vec<P>,
        piece: impl Fn(P) -> T + Send + 'static,
    ) -> Self {
        let (sender, pieces) = mpsc::channel(AHEAD);
        let maker = tokio::task::spawn_blocking(move || {
            for part in parts {
                if sender.blocking_send(piece(part)).is_err() {
                    return;
                }
            }
        });
        Self { pieces, maker }
    }

    /// The next piece; `None` after the last. Fails when making one panicked, so that a part of
    /// the data is never taken for all of it.
    pub(super) async fn next(&mut self) -> Result<Option<T>, Failure> {
        if let Some(piece) = self.pieces.recv().await {
            return Ok(Some(piece));
        }
        let ended = (&mut self.maker).await;
        ended.map_err(|error| Failure::Broken(format!("demo data was not made: {error}")))?;
        Ok(None)
    }
}
