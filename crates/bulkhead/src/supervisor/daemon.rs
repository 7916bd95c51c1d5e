//! The supervisor's process: from its first breath to its last.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::setsid;
use platform::Tasks;
use platform::identity::{AccessTable, token_hash};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::api::Address;
use super::bank::Bank;
use super::http;
use crate::failure::{Failure, Result};
use crate::place::{Place, write_private};
use crate::procs::Identity;
use crate::secrets::LAUNCHER;

/// Runs until it is told to stop everything. Only for a runtime with a single thread.
pub async fn run(place: Place) -> Result<()> {
    platform::telemetry::init_logs();
    // Leaves the terminal, so that closing it or Ctrl-C in it does not end the bank. Fails only
    // for the leader of a process group, which has left already.
    if let Err(error) = setsid() {
        tracing::debug!(%error, "leads its process group already");
    }
    let token = platform::random::token();
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| broken(&error))?;
    let address = Address {
        identity: own_identity()?,
        listen: http::address(&listener).map_err(|error| broken(&error))?.to_string(),
        token: token.clone(),
        program: own_program(),
    };
    let text = serde_json::to_string_pretty(&address).map_err(|error| broken(&error))?;
    write_private(&place.supervisor(), &text)?;

    let tasks = Tasks::new();
    let bank = Bank::new(place.clone(), tasks.clone());
    let over = CancellationToken::new();
    tasks.spawn("signals", stop_on_signal(bank.clone(), over.clone())?);
    http::serve(listener, bank, access(&token)?, over).await.map_err(|error| broken(&error))?;

    // Runners and timers hold nothing any more; the kernel would end them as well.
    tasks.stop_signal().cancel();
    forget(&place.supervisor())
}

/// The program's file as it is now; changes with every build.
pub fn program_stamp(program: &Path) -> String {
    std::fs::metadata(program).map_or_else(
        |_gone| String::new(),
        |file| format!("{} {} {}", program.display(), file.ino(), file.mtime_nsec()),
    )
}

fn own_program() -> String {
    std::env::current_exe().map_or_else(|_gone| String::new(), |path| program_stamp(&path))
}

fn own_identity() -> Result<Identity> {
    i32::try_from(std::process::id())
        .ok()
        .and_then(Identity::of)
        .ok_or_else(|| Failure::new("SUPERVISOR", "/proc is not there; the bank needs Linux."))
}

fn access(token: &str) -> Result<AccessTable> {
    let identity = platform::config::Identity {
        token: String::new(),
        callers: [(LAUNCHER.to_owned(), token_hash(token))].into(),
    };
    AccessTable::new(&identity).map_err(|error| broken(&error))
}

/// An order from outside (`kill <supervisor>`, a shutdown of the machine) is a clean stop.
fn stop_on_signal(
    bank: Bank,
    over: CancellationToken,
) -> Result<impl Future<Output = ()> + Send + 'static> {
    let listen = |kind| signal(kind).map_err(|error| broken(&error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                // A closed terminal is none of our business.
                _ = hang_up.recv() => {}
                () = over.cancelled() => return,
            }
        }
        if let Err(refusal) = bank.stop().await {
            tracing::error!(sentence = refusal.sentence, "not everything could be stopped");
        }
        over.cancel();
    })
}

fn forget(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::file(path, &error))
        }
        _ => Ok(()),
    }
}

fn broken(error: &dyn std::error::Error) -> Failure {
    Failure::new("SUPERVISOR", format!("The supervisor cannot run: {error}."))
}
