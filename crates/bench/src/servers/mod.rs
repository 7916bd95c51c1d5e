//! The servers of a measurement: the product's, what they need, and the yardsticks. Each ends when
//! it is dropped.

pub(crate) mod archive;
pub(crate) mod block;
pub(crate) mod nginx;
pub(crate) mod pgbench;
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod router;
pub(crate) mod worker;
pub(crate) mod wrk;

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::failure::{Failure, Result};
use crate::machine::{Child, Directory, Programs};

/// What every server is started with.
#[derive(Debug)]
pub(crate) struct Ground {
    /// Where programs are.
    pub(crate) programs: Programs,
    /// Where data goes.
    pub(crate) directory: Directory,
}

const POLL: Duration = Duration::from_millis(50);

/// Waits until the server answers `GET path` with 200.
async fn until_ready(child: &mut Child, port: u16, path: &str, within: Duration) -> Result<()> {
    let deadline = Instant::now() + within;
    while !answers(port, path).await {
        child.must_run()?;
        if Instant::now() > deadline {
            return Err(Failure::say(format!("port {port} does not become ready")));
        }
        sleep(POLL).await;
    }
    Ok(())
}

async fn answers(port: u16, path: &str) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut head = [0_u8; 12];
        stream.read_exact(&mut head).await?;
        Ok::<_, std::io::Error>(head == *b"HTTP/1.1 200")
    };
    ask.await.unwrap_or(false)
}
