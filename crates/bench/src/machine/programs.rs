//! The programs that are run: ours, from the same directory as this one, and those of others.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::unistd::{User, geteuid};
use tokio::process::Command;

use super::child::Run;
use crate::failure::{Attempting as _, Failure, Result};

/// Where programs are.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// The directory of our programs.
    ours: PathBuf,
    /// The directory of PostgreSQL's.
    postgres: PathBuf,
    /// User and group under which databases run, when we are root: PostgreSQL refuses to be root.
    pub(crate) database_user: Option<(u32, u32)>,
}

impl Programs {
    /// Looks for all of them.
    pub(crate) fn find() -> Result<Self> {
        let me = std::env::current_exe().attempting("looking for our programs")?;
        let ours = me.parent().unwrap_or(Path::new(".")).to_owned();
        let database_user = if geteuid().is_root() { Some(unprivileged()?) } else { None };
        Ok(Self { ours, postgres: find_postgres()?, database_user })
    }

    /// A program of ours.
    pub(crate) fn ours(&self, name: &str) -> String {
        self.ours.join(name).display().to_string()
    }

    /// A program of PostgreSQL's.
    pub(crate) fn postgres(&self, name: &str) -> String {
        self.postgres.join(name).display().to_string()
    }

    /// The command line that runs it on its core, as its user, dying with us.
    pub(crate) fn wrapped(&self, run: &Run<'_>) -> Vec<String> {
        let mut line = vec!["setpriv".to_owned(), "--pdeathsig".to_owned()];
        line.push(run.ends_by.as_str().trim_start_matches("SIG").to_owned());
        if let Some((user, group)) = self.database_user.filter(|_| run.as_database) {
            line.push(format!("--reuid={user}"));
            line.push(format!("--regid={group}"));
            line.push("--clear-groups".to_owned());
        }
        if let Some(core) = run.core {
            line.extend(["taskset", "-c"].map(str::to_owned));
            line.push(core.to_string());
        }
        line.extend(run.command.iter().cloned());
        line
    }
}

/// Runs a command to its end and gives what it says; it ends with us.
pub(crate) async fn output(line: &[String], directory: &Path) -> Result<String> {
    let attempt = format!("running {}", line[0]);
    let child = Command::new(&line[0])
        .args(&line[1..])
        .current_dir(directory)
        .env("BULKHEAD_LOG", "warn")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = child.await.attempting(attempt)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::say(format!("{} failed ({}): {text}{error}", line[0], output.status)))
}

fn find_postgres() -> Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |bin: &PathBuf| {
        let version = bin.parent().and_then(|version| version.file_name()?.to_str());
        version.and_then(|version| version.parse::<u32>().ok()).unwrap_or(0)
    };
    let newest = versions
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("postgres").is_file() && bin.join("initdb").is_file())
        .max_by_key(number);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let elsewhere = || std::env::split_paths(&path).find(|bin| bin.join("initdb").is_file());
    newest.or_else(elsewhere).ok_or_else(|| Failure::say("PostgreSQL is not installed"))
}

fn unprivileged() -> Result<(u32, u32)> {
    ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| User::from_name(name).ok().flatten())
        .map(|user| (user.uid.as_raw(), user.gid.as_raw()))
        .ok_or_else(|| Failure::say("there is no user postgres or nobody to run databases as"))
}
