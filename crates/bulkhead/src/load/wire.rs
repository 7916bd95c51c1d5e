//! Connections to the bank as customers' devices have them: HTTP/1.1, kept open, shared by all
//! simulated customers, never more than a bound. Small, so that little of the machine goes into
//! asking. It knows nothing of what is asked.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Connections in use at once. Whoever finds none free waits: a device has its own line, but this
/// machine's descriptors are counted.
const CONNECTIONS_MAX: usize = 700;
/// Idle connections that are kept for each port.
const IDLE_MAX: usize = 64;
const READ_AT_ONCE: usize = 8_192;
const LONGEST_ANSWER: usize = 4 << 20;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    /// Of 127.0.0.1.
    pub(crate) port: u16,
    /// `Host`: public names are never resolved, everything is on this machine.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<String>,
    /// Comes from this address of the loopback network, on a connection of its own: logins are
    /// counted by address, and every customer has his.
    pub(crate) from: Option<Ipv4Addr>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lost {
    /// Nobody listens.
    Refused,
    /// The connection ended before the answer did.
    Broken,
    /// Time ran out.
    Silent,
    /// This is not HTTP as a block speaks it.
    Garbled,
}

impl Lost {
    /// The word in reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "connection refused",
            Self::Broken => "connection broken",
            Self::Silent => "no answer in time",
            Self::Garbled => "not an answer",
        }
    }
}

/// The connections.
#[derive(Debug)]
pub(crate) struct Wire {
    idle: Mutex<HashMap<u16, Vec<Line>>>,
    places: Semaphore,
}

#[derive(Debug)]
struct Line {
    stream: TcpStream,
    input: Vec<u8>,
}

impl Wire {
    pub(crate) fn new() -> Self {
        Self { idle: Mutex::default(), places: Semaphore::new(CONNECTIONS_MAX) }
    }

    /// Asks once.
    pub(crate) async fn ask(&self, ask: &Ask, within: Duration) -> Result<Reply, Lost> {
        let Ok(_place) = self.places.acquire().await else {
            return Err(Lost::Broken);
        };
        timeout(within, self.exchange(ask)).await.unwrap_or(Err(Lost::Silent))
    }

    async fn exchange(&self, ask: &Ask) -> Result<Reply, Lost> {
        let known = if ask.from.is_some() { None } else { self.take_idle(ask.port) };
        let mut line = match known {
            Some(line) => line,
            None => Line::open(ask.port, ask.from).await?,
        };
        let reply = line.exchange(ask).await?;
        let closes = reply.header("connection").is_some_and(|word| word == "close");
        if ask.from.is_none() && !closes {
            self.keep(ask.port, line);
        }
        Ok(reply)
    }

    /// A kept connection that the other side has not closed meanwhile.
    fn take_idle(&self, port: u16) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = idle.get_mut(&port)?;
        while let Some(line) = lines.pop() {
            if line.is_quiet() {
                return Some(line);
            }
        }
        None
    }

    fn keep(&self, port: u16, line: Line) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = idle.entry(port).or_default();
        if lines.len() < IDLE_MAX {
            lines.push(line);
        }
    }
}

impl Line {
    async fn open(port: u16, from: Option<Ipv4Addr>) -> Result<Self, Lost> {
        let connect = async {
            let socket = TcpSocket::new_v4()?;
            if let Some(from) = from {
                socket.bind(SocketAddr::from((from, 0)))?;
            }
            let stream = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
            stream.set_nodelay(true)?;
            Ok::<_, std::io::Error>(stream)
        };
        let stream = connect.await.map_err(|error| match error.kind() {
            std::io::ErrorKind::ConnectionRefused => Lost::Refused,
            _ => Lost::Broken,
        })?;
        Ok(Self { stream, input: Vec::with_capacity(READ_AT_ONCE) })
    }

    fn is_quiet(&self) -> bool {
        let mut byte = [0];
        let seen = self.stream.try_read(&mut byte);
        seen.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    async fn exchange(&mut self, ask: &Ask) -> Result<Reply, Lost> {
        let text = ask.text();
        self.stream.write_all(text.as_bytes()).await.map_err(|_broken| Lost::Broken)?;
        loop {
            if let Some((reply, length)) = parse(&self.input)? {
                self.input.drain(..length);
                return Ok(reply);
            }
            if self.input.len() > LONGEST_ANSWER {
                return Err(Lost::Garbled);
            }
            let read = self.stream.read_buf(&mut self.input).await;
            if read.map_err(|_broken| Lost::Broken)? == 0 {
                return Err(Lost::Broken);
            }
        }
    }
}

impl Ask {
    fn text(&self) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\nhost: {}\r\n", self.method, self.path, self.host);
        for (name, value) in &self.headers {
            text.push_str(&header(name, value));
        }
        if let Some(body) = &self.body {
            text.push_str(&header("content-type", "application/json"));
            text.push_str(&header("content-length", &body.len().to_string()));
        } else if self.method != "GET" {
            text.push_str(&header("content-length", "0"));
        }
        text.push_str("\r\n");
        text.push_str(self.body.as_deref().unwrap_or_default());
        text
    }
}

fn header(name: &str, value: &str) -> String {
    format!("{name}: {value}\r\n")
}

impl Reply {
    /// The first header of this name (in lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(candidate, _)| candidate == name)?;
        Some(&found.1)
    }
}

/// The answer at the beginning of `input` and its length, if it is there as a whole.
fn parse(input: &[u8]) -> Result<Option<(Reply, usize)>, Lost> {
    let Some(end) = input.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&input[..end]).map_err(|_garbled| Lost::Garbled)?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status: u16 = status.ok_or(Lost::Garbled)?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = match length {
        Some((_, value)) => value.parse::<usize>().map_err(|_garbled| Lost::Garbled)?,
        None if matches!(status, 204 | 304) => 0,
        None => return Err(Lost::Garbled),
    };
    let body = end + 4..end + 4 + length;
    let Some(content) = input.get(body.clone()) else { return Ok(None) };
    let body_text = String::from_utf8_lossy(content).into_owned();
    Ok(Some((Reply { status, headers, body: body_text }, body.end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_when_it_is_there_as_a_whole() {
        let text = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX: y\r\n\r\n{}HTTP/1.1";
        for partly in [5, 30, text.len() - 9] {
            assert_eq!(parse(&text[..partly]).unwrap(), None, "{partly}");
        }
        let (reply, length) = parse(text).unwrap().unwrap();
        assert_eq!((reply.status, reply.body.as_str(), reply.header("x")), (201, "{}", Some("y")));
        assert_eq!(length, text.len() - 8);
        let (empty, _) = parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!(empty.body, "");
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        assert_eq!(parse(b"HTTP/1.1\r\n\r\n"), Err(Lost::Garbled));
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n\r\n"), Err(Lost::Garbled));
    }

    #[test]
    fn a_request_without_a_body_says_so_unless_it_only_reads() {
        let ask = Ask { method: "POST", path: "/v1/x".into(), host: "h".into(), ..Ask::default() };
        assert_eq!(ask.text(), "POST /v1/x HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n");
        let ask = Ask { method: "GET", ..ask };
        assert_eq!(ask.text(), "GET /v1/x HTTP/1.1\r\nhost: h\r\n\r\n");
    }
}
