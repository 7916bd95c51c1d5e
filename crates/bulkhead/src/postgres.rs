//! Private PostgreSQL clusters: one a block, made by copying a template that `initdb` made once.
//!
//! The machine's own PostgreSQL is never touched: other data, other port, no unix socket. Every
//! step leaves either nothing or the finished thing (made beside, then renamed), so a start that
//! was interrupted anywhere is simply repeated.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::sys::signal::Signal;
use tokio::process::Command;
use tokio::time::{Duration, Instant, sleep};

use crate::failure::{Failure, Result};
use crate::place::{Place, make_directory};
use crate::procs::{Identity, program_name};
use crate::render::servers::{REPLICATION_CONF, following, passwords, standby_conf};
use crate::tools::{RunAs, Tools};

/// Where data goes when the database's user cannot enter the checkout. Emptied by nobody at boot.
const ELSEWHERE: &str = "/var/tmp";
/// How long an orphaned server may take for its fast shutdown.
const ORPHAN_WITHIN: Duration = Duration::from_secs(20);

/// Our part of a cluster's configuration, in its directory.
pub const CONF: &str = "bulkhead.conf";

/// The clusters of one checkout.
#[derive(Debug)]
pub struct Clusters<'a> {
    place: &'a Place,
    tools: &'a Tools,
    directory: PathBuf,
}

impl<'a> Clusters<'a> {
    /// Finds or makes the directory of all clusters.
    pub fn prepare(place: &'a Place, tools: &'a Tools) -> Result<Self> {
        let directory = data_directory(place, tools.run_as.as_ref())?;
        Ok(Self { place, tools, directory })
    }

    /// The directory of all clusters.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes the template, if there is none of this version yet.
    pub async fn make_template(&self, superuser_password: &str) -> Result<()> {
        let template = self.template();
        if template.join("PG_VERSION").is_file() {
            return Ok(());
        }
        let fresh = fresh_of(&template)?;
        let password_file = self.directory.join("password.fresh");
        self.write_owned(&password_file, superuser_password)?;
        let arguments = [
            "-D",
            &fresh.display().to_string(),
            "--username=postgres",
            "--auth=scram-sha-256",
            &format!("--pwfile={}", password_file.display()),
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ]
        .map(str::to_owned);
        let initdb = self.tools.postgres.join("initdb");
        let outcome = self.run(&initdb, &arguments).await;
        remove(&password_file)?;
        outcome?;
        self.include_ours(&fresh)?;
        rename(&fresh, &template)
    }

    /// Makes a block's cluster as a copy of the template, if there is none yet.
    /// Tells whether it was new.
    pub async fn make(&self, block: &str, conf: &str) -> Result<bool> {
        let cluster = self.directory.join(block);
        let is_new = !cluster.join("PG_VERSION").is_file();
        if is_new {
            let fresh = fresh_of(&cluster)?;
            let template = self.template().display().to_string();
            let arguments = ["-a".to_owned(), template, fresh.display().to_string()];
            self.run(Path::new("/bin/cp"), &arguments).await?;
            rename(&fresh, &cluster)?;
        }
        self.check_version(&cluster)?;
        self.write_owned(&cluster.join(CONF), conf)?;
        Ok(is_new)
    }

    /// Is there a cluster in this directory?
    pub fn exists(&self, directory: &str) -> bool {
        self.directory.join(directory).join("PG_VERSION").is_file()
    }

    /// Writes our part of a cluster's configuration that changes while it runs.
    pub fn configure(&self, directory: &str, replication: &str) -> Result<()> {
        let file = self.directory.join(directory).join(REPLICATION_CONF);
        self.write_owned(&file, replication)
    }

    /// Copies the server on `primary` into `directory`, to follow it from then on. `via` is the
    /// port under which the copy reaches it.
    pub async fn copy(&self, copy: &Copy<'_>) -> Result<()> {
        let target = self.directory.join(copy.directory);
        let fresh = fresh_of(&target)?;
        let file = self.directory.join("replication.passwords");
        self.write_owned(&file, &passwords(copy.password))?;
        let arguments = [
            "-D",
            &fresh.display().to_string(),
            "-d",
            &following(copy.primary, &file),
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-sync",
        ]
        .map(str::to_owned);
        self.run(&self.tools.postgres.join("pg_basebackup"), &arguments).await?;
        self.write_owned(&fresh.join(CONF), copy.conf)?;
        self.write_owned(&fresh.join(REPLICATION_CONF), &standby_conf(copy.via, &file))?;
        self.write_owned(&fresh.join("standby.signal"), "")?;
        for old in [target.clone(), barred(&target)] {
            if old.exists() {
                fs::remove_dir_all(&old).map_err(|error| Failure::file(&old, &error))?;
            }
        }
        rename(&fresh, &target)
    }

    /// Takes a cluster's data away from its server, which then cannot start on it.
    pub fn bar(&self, directory: &str) -> Result<()> {
        let cluster = self.directory.join(directory);
        let aside = barred(&cluster);
        if !cluster.exists() {
            return Ok(());
        }
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(|error| Failure::file(&aside, &error))?;
        }
        rename(&cluster, &aside)
    }

    /// Writes everything that was just made to the disk.
    pub async fn sync(&self) -> Result<()> {
        let directory = self.directory.display().to_string();
        self.run(Path::new("/bin/sync"), &["-f".to_owned(), directory]).await
    }

    /// Takes away what a server that was killed left behind, and ends one that outlived its
    /// supervisor. Only a server that really runs on this cluster is touched.
    pub async fn clear_remains(&self, block: &str) -> Result<()> {
        let cluster = self.directory.join(block);
        let pid_file = cluster.join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&pid_file) else {
            return Ok(());
        };
        let pid: Option<i32> = text.lines().next().and_then(|line| line.trim().parse().ok());
        let Some(server) = pid.filter(|pid| runs_on(*pid, &cluster)).and_then(Identity::of) else {
            return remove(&pid_file);
        };
        server.signal_tree(Signal::SIGCONT);
        server.signal(Signal::SIGINT);
        if !gone_within(server, ORPHAN_WITHIN).await {
            server.signal_tree(Signal::SIGKILL);
            gone_within(server, ORPHAN_WITHIN).await;
            return remove(&pid_file);
        }
        Ok(())
    }

    fn template(&self) -> PathBuf {
        let major = self.tools.postgres_version.split('.').next().unwrap_or("15");
        self.directory.join(format!("template-{major}"))
    }

    /// What `initdb` found out about this machine stays (such as how memory can be shared); ours
    /// comes after it.
    fn include_ours(&self, cluster: &Path) -> Result<()> {
        let file = cluster.join("postgresql.conf");
        let theirs = fs::read_to_string(&file).map_err(|error| Failure::file(&file, &error))?;
        self.write_owned(&file, &format!("{theirs}\ninclude '{CONF}'\n"))
    }

    fn check_version(&self, cluster: &Path) -> Result<()> {
        let file = cluster.join("PG_VERSION");
        let theirs = fs::read_to_string(&file).map_err(|error| Failure::file(&file, &error))?;
        let ours = self.tools.postgres_version.split('.').next().unwrap_or_default();
        if theirs.trim() == ours {
            return Ok(());
        }
        let sentence = format!(
            "The bank's data was made by PostgreSQL {}, this machine now has {ours}.",
            theirs.trim(),
        );
        Err(Failure::new("UP-POSTGRES-CHANGED", sentence)
            .mend("make reset && make up    # deletes the bank's data"))
    }

    /// Runs a program as the user of the databases.
    async fn run(&self, program: &Path, arguments: &[String]) -> Result<()> {
        let mut command = self.tools.wrapped(None, self.tools.run_as.as_ref());
        command.push(program.display().to_string());
        command.extend_from_slice(arguments);
        let output = Command::new(&command[0])
            .args(&command[1..])
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| Failure::file(program, &error))?;
        if output.status.success() {
            return Ok(());
        }
        let log = self.place.log("initdb");
        let mut text = output.stdout;
        text.extend_from_slice(&output.stderr);
        fs::write(&log, &text).map_err(|error| Failure::file(&log, &error))?;
        let name = program.file_name().unwrap_or_default().display().to_string();
        Err(Failure::new("UP-INITDB", format!("{name} could not make a database.")).log(log))
    }

    fn write_owned(&self, path: &Path, text: &str) -> Result<()> {
        let write = || {
            let fresh = path.with_extension("fresh");
            fs::write(&fresh, text)?;
            fs::set_permissions(&fresh, fs::Permissions::from_mode(0o600))?;
            if let Some(user) = &self.tools.run_as {
                chown(&fresh, Some(user.uid), Some(user.gid))?;
            }
            fs::rename(&fresh, path)
        };
        write().map_err(|error| Failure::file(path, &error))
    }
}

/// A standby to be made.
#[derive(Clone, Copy, Debug)]
pub struct Copy<'a> {
    /// Where it is to lie.
    pub directory: &'a str,
    /// The port of the server that is copied.
    pub primary: u16,
    /// The port under which the standby is to follow it.
    pub via: u16,
    /// The password for both.
    pub password: &'a str,
    /// Our part of its configuration.
    pub conf: &'a str,
}

fn barred(cluster: &Path) -> PathBuf {
    cluster.with_extension("barred")
}

/// An empty place beside `target` to make it in.
fn fresh_of(target: &Path) -> Result<PathBuf> {
    let fresh = target.with_extension("fresh");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(|error| Failure::file(&fresh, &error))?;
    }
    Ok(fresh)
}

/// Where the databases lie when `.bulkhead` cannot be entered by their user.
pub fn elsewhere(place: &Place) -> PathBuf {
    let checkout = place.root().as_os_str().as_encoded_bytes();
    let digest = hex::encode(common::fingerprint::sha256(checkout));
    Path::new(ELSEWHERE).join(format!("bulkhead-{}", &digest[..16]))
}

/// Makes the directory of all clusters, reachable for their user.
fn data_directory(place: &Place, run_as: Option<&RunAs>) -> Result<PathBuf> {
    let link = place.file("data");
    let Some(user) = run_as else {
        make_directory(&link, 0o700)?;
        return Ok(link);
    };
    let elsewhere = elsewhere(place);
    let in_use = link.is_symlink();
    if elsewhere.symlink_metadata().is_ok() {
        refuse_foreign(&elsewhere, user)?;
        if !in_use {
            // Nothing leads to it any more: its state directory was deleted by hand.
            fs::remove_dir_all(&elsewhere).map_err(|error| Failure::file(&elsewhere, &error))?;
        }
    }
    let reachable = !in_use && can_enter(&place.state(), user);
    let directory = if reachable { link.clone() } else { elsewhere };
    make_directory(&directory, 0o711)?;
    chown(&directory, Some(user.uid), Some(user.gid))
        .map_err(|error| Failure::file(&directory, &error))?;
    if directory != link {
        link_to(&link, &directory)?;
    }
    Ok(directory)
}

fn link_to(link: &Path, directory: &Path) -> Result<()> {
    if fs::read_link(link).is_ok_and(|target| target == directory) {
        return Ok(());
    }
    if link.is_dir() && !link.is_symlink() {
        let sentence = format!(
            "The databases in {} cannot be reached by their user any more.",
            link.display()
        );
        return Err(Failure::new("UP-DATA-CLOSED", sentence)
            .mend("chmod o+x on every directory above the checkout"));
    }
    if link.is_symlink() {
        remove(link)?;
    }
    symlink(directory, link).map_err(|error| Failure::file(link, &error))
}

/// A directory under `/var/tmp` that somebody else made is not ours to use.
fn refuse_foreign(directory: &Path, user: &RunAs) -> Result<()> {
    match fs::symlink_metadata(directory) {
        Ok(found) if !found.is_dir() || ![0, user.uid].contains(&found.uid()) => {
            let sentence = format!("{} is there and is not ours.", directory.display());
            let mend = format!("rm -r '{}'", directory.display());
            Err(Failure::new("UP-DATA-FOREIGN", sentence).mend(mend))
        }
        _ => Ok(()),
    }
}

/// Can the user go through every directory down to `path`?
fn can_enter(path: &Path, user: &RunAs) -> bool {
    path.ancestors().all(|directory| {
        fs::metadata(directory).is_ok_and(|found| {
            may_pass(found.mode(), found.uid() == user.uid, found.gid() == user.gid)
        })
    })
}

fn may_pass(mode: u32, is_owner: bool, is_group: bool) -> bool {
    let bit = match (is_owner, is_group) {
        (true, _) => 0o100,
        (false, true) => 0o010,
        (false, false) => 0o001,
    };
    mode & bit != 0
}

/// Is it a PostgreSQL server on this very cluster?
fn runs_on(pid: i32, cluster: &Path) -> bool {
    let directory = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
    let same = cluster.canonicalize().is_ok_and(|cluster| cluster == directory);
    same && program_name(pid).as_deref() == Some("postgres")
}

/// Waits for the end of a process that is not our child.
pub async fn gone_within(process: Identity, within: Duration) -> bool {
    let deadline = Instant::now() + within;
    while process.is_alive() {
        if Instant::now() >= deadline {
            return false;
        }
        sleep(Duration::from_millis(20)).await;
    }
    true
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| Failure::file(to, &error))
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::file(path, &error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_passed_by_the_bit_that_applies() {
        assert!(may_pass(0o711, false, false));
        assert!(!may_pass(0o700, false, false));
        assert!(may_pass(0o700, true, false));
        assert!(may_pass(0o710, false, true));
        // The owner's own bit counts, even where others have more.
        assert!(!may_pass(0o077, true, false));
    }
}
