//! The smallest HTTP client: one request on one connection to this machine.
//!
//! For what is no call between services: asking a process whether it is ready, talking to the
//! supervisor, and looking at the bank as a browser does, with exactly the headers that are given.
//! Calls to services with an identity go through `platform::rpc`. HTTP/1.0, so that an answer ends
//! with its connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The largest answer that is read.
const ANSWER_MAX_BYTES: u64 = 8 * 1024 * 1024;

/// A request to a process on this machine.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// `127.0.0.1:<port>`.
    pub address: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Further headers; `host` defaults to the address.
    pub headers: Vec<(&'a str, String)>,
    /// A JSON body.
    pub body: Option<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl<'a> Request<'a> {
    /// A request without body.
    pub fn get(address: &'a str, path: &'a str) -> Self {
        Self { method: "GET", address, path, headers: Vec::new(), body: None }
    }

    /// A request with a JSON body.
    pub fn post(address: &'a str, path: &'a str, body: String) -> Self {
        Self { method: "POST", address, path, headers: Vec::new(), body: Some(body) }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends it and reads the whole answer.
    pub async fn send(&self, within: Duration) -> io::Result<Answer> {
        timeout(within, self.exchange()).await.map_err(|_elapsed| io::ErrorKind::TimedOut)?
    }

    async fn exchange(&self) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(self.text().as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.take(ANSWER_MAX_BYTES).read_to_end(&mut bytes).await?;
        parse(&String::from_utf8_lossy(&bytes))
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is not HTTP"))
    }

    fn text(&self) -> String {
        let mut text = format!("{} {} HTTP/1.0\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            text.push_str(&format_header("host", self.address));
        }
        for (name, value) in &self.headers {
            text.push_str(&format_header(name, value));
        }
        let body = self.body.as_deref().unwrap_or_default();
        if self.body.is_some() {
            text.push_str(&format_header("content-type", "application/json"));
            text.push_str(&format_header("content-length", &body.len().to_string()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        text
    }
}

impl Answer {
    /// The first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(candidate, _)| candidate == name)?;
        Some(&found.1)
    }
}

fn format_header(name: &str, value: &str) -> String {
    format!("{name}: {value}\r\n")
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Answer { status, headers, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_and_an_answer_read() {
        let text = Request::post("127.0.0.1:1", "/v1/route", "{}".into())
            .header("origin", "http://bank.localhost:7000")
            .text();
        assert_eq!(
            text,
            "POST /v1/route HTTP/1.0\r\nhost: 127.0.0.1:1\r\n\
             origin: http://bank.localhost:7000\r\n\
             content-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        );
        let answer = parse("HTTP/1.1 409 Conflict\r\nRetry-After: 1\r\n\r\n{\"a\":1}").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (409, "{\"a\":1}"));
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(parse("SSH-2.0-OpenSSH\r\n"), None);
    }
}
