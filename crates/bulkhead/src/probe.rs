//! Is a process ready? Each kind is asked in its own language; silence is an answer too.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::loopback::Request;
use crate::plan::{Kind, Unit};

/// Silence longer than this means no.
const PATIENCE: Duration = Duration::from_millis(700);
/// PostgreSQL's request for TLS, answered with one byte before any login.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Asks a process whether it is ready.
pub async fn is_ready(unit: &Unit) -> bool {
    match unit.kind {
        Kind::Service => Request::get(&unit.address, "/readyz")
            .send(PATIENCE)
            .await
            .is_ok_and(|answer| answer.status == 200),
        Kind::Redis => asks(&unit.address, b"PING\r\n", b"+PONG").await,
        Kind::Database => {
            asks(&unit.address, &SSL_REQUEST, b"N").await
                || asks(&unit.address, &SSL_REQUEST, b"S").await
        }
    }
}

async fn asks(address: &str, question: &[u8], expected: &[u8]) -> bool {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(question).await?;
        let mut answer = vec![0; expected.len()];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer == expected)
    };
    matches!(timeout(PATIENCE, exchange).await, Ok(Ok(true)))
}
