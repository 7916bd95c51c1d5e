//! A connection that speaks as much HTTP/1.1 as the load needs: one request after the other, kept
//! open, answers with a length. Small, so that little of the machine goes into asking.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::failure::{Attempting as _, Failure, Result};

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What was read and not yet taken.
    input: Vec<u8>,
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
}

const READ_AT_ONCE: usize = 4_096;
const LONGEST_ANSWER: usize = 1 << 20;

impl Connection {
    /// Connects to a port of loopback.
    pub(crate) async fn open(port: u16) -> Result<Self> {
        let attempt = format!("connecting to port {port}");
        let stream = TcpStream::connect(("127.0.0.1", port)).await.attempting(attempt)?;
        stream.set_nodelay(true).attempting("setting TCP_NODELAY")?;
        Ok(Self { stream, input: Vec::with_capacity(READ_AT_ONCE) })
    }

    /// Sends a whole request and reads its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await.attempting("sending a request")?;
        loop {
            if let Some((answer, length)) = parse(&self.input)? {
                self.input.drain(..length);
                return Ok(answer);
            }
            if self.input.len() > LONGEST_ANSWER {
                return Err(Failure::say("an answer is too long"));
            }
            let read = self.stream.read_buf(&mut self.input).await.attempting("reading")?;
            if read == 0 {
                return Err(Failure::say("the server closed a connection"));
            }
        }
    }
}

/// A `POST` with a JSON body and these further header lines (each with its line end).
pub(crate) fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The answer at the beginning of `input` and its length, if it is there as a whole.
fn parse(input: &[u8]) -> Result<Option<(Answer, usize)>> {
    let Some(end) = input.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&input[..end]).attempting("reading the head of an answer")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or_else(|| Failure::say("an answer without a status"))?;
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        let named = name.eq_ignore_ascii_case("content-length");
        named.then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    let length = length.ok_or_else(|| Failure::say("an answer without a length"))?;
    let body = end + 4..end + 4 + length;
    let Some(content) = input.get(body.clone()) else { return Ok(None) };
    Ok(Some((Answer { status, body: content.to_vec() }, body.end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_when_it_is_there_as_a_whole() {
        let text = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nx: y\r\n\r\n{}HTTP/1.1";
        for partly in [5, 30, text.len() - 9] {
            assert_eq!(parse(&text[..partly]).unwrap(), None, "{partly}");
        }
        let (answer, length) = parse(text).unwrap().unwrap();
        assert_eq!(answer, Answer { status: 201, body: b"{}".to_vec() });
        assert_eq!(length, text.len() - 8);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        assert!(parse(b"HTTP/1.1\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
