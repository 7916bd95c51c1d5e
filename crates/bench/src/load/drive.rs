//! Drives a server: a fixed number of open connections, each sends its next request when it has
//! the answer to the last one, until time or count is used up.
//!
//! All of it in one thread, so that the load takes one core at most.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::http::{Connection, post};
use super::{Histogram, Turn};
use crate::failure::{Failure, Result};

/// The load of one turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// The port of loopback that is asked.
    pub(crate) port: u16,
    /// Open connections.
    pub(crate) connections: usize,
    /// No request begins later than this.
    pub(crate) within: Duration,
    /// At most so many requests.
    pub(crate) most: u64,
}

/// A request: where to, further header lines, and its body.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The path.
    pub(crate) path: &'static str,
    /// Header lines, each with its line end.
    pub(crate) headers: String,
    /// JSON.
    pub(crate) body: String,
}

/// Loads the server with the requests that `ask` makes of their numbers. Every answer must have
/// `status`: one that has not ends the measurement.
pub(crate) async fn drive(load: Load, status: u16, ask: impl Fn(u64) -> Ask) -> Result<Turn> {
    let mut open = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        open.push(Connection::open(load.port).await?);
    }
    let times = RefCell::new(Histogram::new());
    let next = Cell::new(0);
    let began = Instant::now();
    let until = began + load.within;
    let (times_of, next_of, ask) = (&times, &next, &ask);
    let one = |mut connection: Connection| async move {
        while next_of.get() < load.most && Instant::now() < until {
            let number = next_of.replace(next_of.get() + 1);
            let Ask { path, headers, body } = ask(number);
            let request = post(path, &headers, &body);
            let sent = Instant::now();
            let answer = connection.ask(&request).await?;
            let us = sent.elapsed().as_micros();
            if answer.status != status {
                let body = String::from_utf8_lossy(&answer.body);
                return Err(Failure::say(format!("answered with {}: {body}", answer.status)));
            }
            times_of.borrow_mut().note(u64::try_from(us).unwrap_or(u64::MAX));
        }
        Ok(())
    };
    try_join_all(open.into_iter().map(one)).await?;
    let seconds = began.elapsed().as_secs_f64();
    let times = times.borrow();
    let (done, percentiles) = (times.total(), times.percentiles());
    Ok(Turn { done, seconds, percentiles, ..Turn::default() })
}
