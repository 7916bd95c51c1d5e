//! A server that ends with the test process.
//!
//! A shell starts it and reads from a pipe that only this process can write to. When the process
//! ends, by returning, panicking or being killed, the kernel closes the pipe; the shell then ends
//! the server and removes its directory. So nothing has to be cleaned up by code that may not run.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its standard input is the pipe.
    shell: Child,
}

/// `$run` becomes `exec`-able text with `$dir` (a fresh directory) in scope; it must start the
/// server in the background and set `server` to its process.
const LIFE: &str = r#"
set -u
dir=$(mktemp -d /tmp/bulkhead-test-XXXXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
eval "$RUN" || { cat "$dir/log" >&2; exit 1; }
echo started
cat >/dev/null
kill -"$SIGNAL" "$server"
wait "$server"
"#;

impl Server {
    /// Starts what `run` says (shell text, see [`LIFE`]) as a user who may run PostgreSQL, and ends
    /// it with `signal`.
    pub(crate) fn start(run: &str, signal: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("sh");
        if is_root() {
            // PostgreSQL refuses to run as root.
            command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
        }
        let shell = command
            .args(["-c", LIFE])
            .env("RUN", run)
            .env("SIGNAL", signal)
            .envs(variables.iter().copied())
            .current_dir("/tmp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Of its own group, so that an interrupt at the terminal does not end it too early.
            .process_group(0)
            .spawn();
        let mut shell = shell.unwrap_or_else(|error| panic!("a shell cannot be started: {error}"));
        let mut first = String::new();
        if let Some(stdout) = shell.stdout.take() {
            let read = BufReader::new(stdout).read_line(&mut first);
            assert!(
                read.is_ok() && first == "started\n",
                "the server did not start; its own words stand above"
            );
        }
        Self { shell }
    }
}

impl Drop for Server {
    /// Ends the server and waits until it is gone.
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        if let Err(error) = self.shell.wait() {
            eprintln!("a server's shell cannot be waited for: {error}");
        }
    }
}

/// A port of loopback that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_or_else(
            |error| panic!("no port of loopback is free: {error}"),
            |address| address.port(),
        )
}

/// Whose process is this?
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
