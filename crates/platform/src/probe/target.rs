//! One thing that is looked at: how it is asked, and what the last answers say.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use common::wire::watch::Seen;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::Probe;
use crate::config::ConfigError;

/// How something is asked for a sign of life.
pub(super) enum Line {
    /// `GET /livez`, over a connection that is kept.
    Http {
        /// `host:port`.
        authority: String,
    },
    /// PostgreSQL's SSLRequest, which is answered with one byte.
    Postgres {
        /// Where it listens.
        at: SocketAddr,
    },
}

/// What one look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It answered.
    Answer,
    /// It refused the connection, or closed it without an answer.
    Refused,
    /// It did not answer.
    Nothing,
}

/// An answer with a longer head than this is none of ours.
const HEAD_MAX: usize = 4_096;
/// Length 8, then the number that stands for "do you speak TLS?".
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

impl Line {
    pub(super) fn http(url: &str) -> Result<Self, ConfigError> {
        let authority = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let authority = authority.filter(|rest| !rest.is_empty() && !rest.contains('/'));
        let authority = authority.map(str::to_owned).ok_or_else(|| {
            let wanted = "must be http://host:port";
            ConfigError::Inconsistent(format!("probe.blocks: {url} {wanted}"))
        })?;
        Ok(Self::Http { authority })
    }

    pub(super) fn postgres(at: SocketAddr) -> Self {
        Self::Postgres { at }
    }

    /// Asks once. `kept` is a connection of before, which saves both sides a new one; where it has
    /// ended, a new one is tried at once, so that a listener that is gone is met.
    pub(super) async fn ask(&self, kept: &mut Option<TcpStream>, bounds: &Probe) -> Found {
        let connect = Duration::from_millis(bounds.connect_timeout_ms);
        let answer = Duration::from_millis(bounds.answer_timeout_ms);
        match self {
            Self::Http { authority } => {
                if let Some(stream) = kept.take() {
                    match timeout(answer, livez(stream, authority)).await {
                        Ok(Ok(stream)) => return answered(kept, stream),
                        Ok(Err(_ended)) => {}
                        Err(_elapsed) => return Found::Nothing,
                    }
                }
                let stream = match timeout(connect, TcpStream::connect(authority.as_str())).await {
                    Ok(Ok(stream)) => stream,
                    Ok(Err(error)) => return not_connected(&error),
                    Err(_elapsed) => return Found::Nothing,
                };
                match timeout(answer, livez(stream, authority)).await {
                    Ok(Ok(stream)) => answered(kept, stream),
                    Ok(Err(error)) => broken_off(&error),
                    Err(_elapsed) => Found::Nothing,
                }
            }
            Self::Postgres { at } => {
                let stream = match timeout(connect, TcpStream::connect(at)).await {
                    Ok(Ok(stream)) => stream,
                    Ok(Err(error)) => return not_connected(&error),
                    Err(_elapsed) => return Found::Nothing,
                };
                match timeout(answer, ssl_request(stream)).await {
                    Ok(Ok(())) => Found::Answer,
                    Ok(Err(error)) => broken_off(&error),
                    Err(_elapsed) => Found::Nothing,
                }
            }
        }
    }
}

fn answered(kept: &mut Option<TcpStream>, stream: Option<TcpStream>) -> Found {
    *kept = stream;
    Found::Answer
}

/// A new connection that is closed before a word was said is refused all the same: that is how a
/// refusal arrives through a relay, such as the links between data centres are.
fn broken_off(error: &Error) -> Found {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => Found::Refused,
        _ => Found::Nothing,
    }
}

fn not_connected(error: &Error) -> Found {
    if error.kind() == ErrorKind::ConnectionRefused { Found::Refused } else { Found::Nothing }
}

/// Asks over `stream`, and gives it back if it can be used again.
async fn livez(mut stream: TcpStream, authority: &str) -> Result<Option<TcpStream>, Error> {
    let request = format!("GET /livez HTTP/1.1\r\nhost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::with_capacity(512);
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_MAX {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    if !head.starts_with(b"HTTP/1.") {
        return Err(ErrorKind::InvalidData.into());
    }
    let empty = head.to_ascii_lowercase().windows(19).any(|part| part == b"\ncontent-length: 0\r");
    Ok((empty && head.ends_with(b"\r\n\r\n")).then_some(stream))
}

async fn ssl_request(mut stream: TcpStream) -> Result<(), Error> {
    stream.write_all(&SSL_REQUEST).await?;
    // 'S', 'N', or the 'E' of an error message: it lives.
    stream.read_u8().await.map(drop)
}

/// What the looks so far say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    /// When the last question that was answered was put; at first, when looking began.
    answered_at: Instant,
    /// When the first of the refusals was met that nothing but refusals have followed.
    refused_since: Option<Instant>,
}

impl Memory {
    pub(super) fn since(start: Instant) -> Self {
        Self { answered_at: start, refused_since: None }
    }

    pub(super) fn note(&mut self, found: Found, asked_at: Instant) {
        match found {
            Found::Answer => *self = Self::since(asked_at),
            Found::Refused => self.refused_since = self.refused_since.or(Some(asked_at)),
            // Neither life nor a refusal.
            Found::Nothing => self.refused_since = None,
        }
    }

    pub(super) fn seen(&self, now: Instant, silent_after: Duration) -> Seen {
        let for_ms = |since| {
            let passed: Duration = now.saturating_duration_since(since);
            i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
        };
        match self.refused_since {
            Some(since) => Seen::Refused { for_ms: for_ms(since) },
            None if now.saturating_duration_since(self.answered_at) < silent_after => Seen::Well,
            None => Seen::Silent { for_ms: for_ms(self.answered_at) },
        }
    }
}
