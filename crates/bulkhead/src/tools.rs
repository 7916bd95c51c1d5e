//! The programs of others that the bank runs on: PostgreSQL, Redis, `setpriv`; and as whom the
//! databases run.
//!
//! The machine's own servers are never used, only their programs. PostgreSQL refuses to run as
//! root, so under root its processes run as an unprivileged user of the machine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{User, geteuid};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};

/// The oldest PostgreSQL whose behaviour the bank relies on.
const OLDEST_POSTGRES: u32 = 15;
/// Users to run databases as, under root, in order of preference.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];
const INSTALL: &str = "make up    # installs them on Debian and Ubuntu, as root";

/// The user under which PostgreSQL runs when the launcher is root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunAs {
    /// The user's name, for messages.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// What was found on this machine.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The directory with `postgres` and `initdb`.
    pub postgres: PathBuf,
    /// Its version, as it says itself.
    pub postgres_version: String,
    /// The program.
    pub redis: PathBuf,
    /// Its version.
    pub redis_version: String,
    /// `setpriv`, which lets children die with the supervisor. Without it, `down` still finds them.
    pub setpriv: Option<PathBuf>,
    /// As whom PostgreSQL runs; none: as the user who runs the launcher.
    pub run_as: Option<RunAs>,
}

impl Tools {
    /// Looks for everything; says what is missing.
    pub fn find() -> Result<Self> {
        let Some((postgres, postgres_version)) = find_postgres() else {
            return Err(Failure::new(
                "UP-NO-POSTGRES",
                format!("PostgreSQL {OLDEST_POSTGRES} or newer is not installed."),
            )
            .mend(INSTALL));
        };
        let redis = find_program("redis-server").ok_or_else(|| {
            Failure::new("UP-NO-REDIS", "redis-server is not installed.").mend(INSTALL)
        })?;
        let redis_version = version_word(&output_of(&redis, "--version"), "v=");
        let run_as = if geteuid().is_root() { Some(unprivileged_user()?) } else { None };
        let setpriv = find_program("setpriv");
        if run_as.is_some() && setpriv.is_none() {
            return Err(Failure::new("UP-NO-SETPRIV", "setpriv (util-linux) is not installed.")
                .mend("apt-get install util-linux"));
        }
        Ok(Self { postgres, postgres_version, redis, redis_version, setpriv, run_as })
    }

    /// The command that runs `program` as the databases' user, dying with its parent by `signal`.
    pub fn wrapped(&self, signal: Option<&str>, run_as: Option<&RunAs>) -> Vec<String> {
        let Some(setpriv) = &self.setpriv else {
            return Vec::new();
        };
        let mut command = vec![setpriv.display().to_string()];
        if let Some(signal) = signal {
            command.extend(["--pdeathsig".to_owned(), signal.to_owned()]);
        }
        if let Some(user) = run_as {
            command.extend([
                format!("--reuid={}", user.uid),
                format!("--regid={}", user.gid),
                "--clear-groups".to_owned(),
            ]);
        }
        if command.len() == 1 {
            return Vec::new();
        }
        command.push("--".to_owned());
        command
    }
}

/// Finds a program on the search path.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(usual).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// The newest PostgreSQL that is new enough: versioned directories first, then the search path.
fn find_postgres() -> Option<(PathBuf, String)> {
    let mut found: Vec<(u32, PathBuf, String)> =
        versioned_directories().into_iter().filter_map(|directory| examine(&directory)).collect();
    found.sort_by_key(|(major, _, _)| *major);
    let newest = found.pop().or_else(|| examine(find_program("postgres")?.parent()?));
    newest.map(|(_, directory, version)| (directory, version))
}

fn versioned_directories() -> Vec<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let red_hat = std::fs::read_dir("/usr")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("pgsql-"));
    debian.chain(red_hat).map(|entry| entry.path().join("bin")).collect()
}

fn examine(directory: &Path) -> Option<(u32, PathBuf, String)> {
    let complete = ["postgres", "initdb"].iter().all(|name| directory.join(name).is_file());
    if !complete {
        return None;
    }
    let version = version_word(&output_of(&directory.join("postgres"), "--version"), "");
    let major = version.split('.').next()?.parse().ok()?;
    (major >= OLDEST_POSTGRES).then(|| (major, directory.to_owned(), version))
}

fn output_of(program: &Path, argument: &str) -> String {
    Command::new(program)
        .arg(argument)
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

/// The first word that is a version once `prefix` is taken off.
fn version_word(text: &str, prefix: &str) -> String {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix(prefix))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or("?")
        .to_owned()
}

fn unprivileged_user() -> Result<RunAs> {
    UNPRIVILEGED
        .iter()
        .find_map(|name| {
            let user = User::from_name(name).ok().flatten()?;
            let (uid, gid) = (user.uid.as_raw(), user.gid.as_raw());
            Some(RunAs { name: user.name, uid, gid })
        })
        .ok_or_else(|| {
            Failure::new(
                "UP-NO-USER",
                "PostgreSQL does not run as root, and there is no user postgres or nobody.",
            )
            .mend("useradd --system postgres")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        let postgres = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
        assert_eq!(version_word(postgres, ""), "15.18");
        let redis = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
        assert_eq!(version_word(redis, "v="), "7.0.15");
        assert_eq!(version_word("", ""), "?");
    }
}
