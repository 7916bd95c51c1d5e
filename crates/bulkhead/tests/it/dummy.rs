//! Stands in for the bank's programs: this test binary, started again with the name of one of
//! the tests below and a configuration. Without one (as in an ordinary run) they do nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// The command of a stand-in, as a topology has it. What follows `--` are filters to the test
/// harness, so the launcher may append its arguments.
pub(crate) fn command(name: &str) -> String {
    let program = std::env::current_exe().unwrap();
    format!("['{}', 'dummy::{name}', '--exact', '--nocapture', '--']", program.display())
}

/// Listens where the configuration says and agrees to everything.
#[test]
fn serve() {
    let Some(config) = config() else { return };
    let listeners: Vec<TcpListener> = config["listen"]
        .as_table()
        .unwrap()
        .values()
        .map(|address| TcpListener::bind(address.as_str().unwrap()).unwrap())
        .collect();
    std::thread::scope(|scope| {
        for listener in &listeners {
            scope.spawn(|| {
                for stream in listener.incoming() {
                    agree(stream.unwrap());
                }
            });
        }
    });
}

/// Ends well.
#[test]
fn succeed() {}

/// Ends badly, with a reason in its log.
#[test]
fn die() {
    assert!(config().is_none(), "this one never lives");
}

fn config() -> Option<toml::Table> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--config");
    let path = arguments.nth(1)?;
    Some(std::fs::read_to_string(path).unwrap().parse().unwrap())
}

fn agree(mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        // Whoever only looks whether somebody listens says nothing.
        if lines.read_line(&mut line).unwrap_or_default() == 0 {
            return;
        }
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    lines.read_exact(&mut vec![0; length]).unwrap();
    let body = r#"{"adopted":0,"known":0}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len(),
    );
    drop(stream.write_all(answer.as_bytes()));
}
