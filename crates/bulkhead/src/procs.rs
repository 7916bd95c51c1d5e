//! Processes of this machine, as `/proc` shows them: who a pid really is, its descendants, its
//! memory, and who holds a port.
//!
//! A pid alone proves nothing: after a reboot it belongs to somebody else. A process is known by
//! pid *and* start time, and is only ever signalled after both were compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// The subcommand of a supervisor.
pub const SUPERVISE: &str = "supervise";

/// One run of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its pid while it lives.
    pub pid: i32,
    /// When it started, in clock ticks since boot.
    pub started_ticks: u64,
}

#[derive(Clone, Copy, Debug)]
struct Stat {
    state: char,
    parent: i32,
    started_ticks: u64,
}

impl Identity {
    /// The process that has `pid` now.
    pub fn of(pid: i32) -> Option<Self> {
        Some(Self { pid, started_ticks: stat(pid)?.started_ticks })
    }

    /// Does it still run? A dead one that nobody has waited for does not.
    pub fn is_alive(self) -> bool {
        stat(self.pid)
            .is_some_and(|stat| stat.started_ticks == self.started_ticks && stat.state != 'Z')
    }

    /// Sends a signal, if it is still the same process. Tells whether it was.
    pub fn signal(self, signal: Signal) -> bool {
        self.is_alive() && kill(Pid::from_raw(self.pid), signal).is_ok()
    }

    /// Sends a signal to it and then to all its descendants, so that none starts another.
    pub fn signal_tree(self, signal: Signal) -> bool {
        let sent = self.signal(signal);
        if sent || signal == Signal::SIGKILL {
            for descendant in self.descendants() {
                descendant.signal(signal);
            }
        }
        sent
    }

    /// Every process below it.
    pub fn descendants(self) -> Vec<Self> {
        let all: BTreeMap<i32, Stat> =
            pids().into_iter().filter_map(|pid| Some((pid, stat(pid)?))).collect();
        let mut family = BTreeSet::from([self.pid]);
        loop {
            let before = family.len();
            family.extend(
                all.iter()
                    .filter(|(_, stat)| family.contains(&stat.parent))
                    .map(|(pid, _)| *pid)
                    .collect::<Vec<_>>(),
            );
            if family.len() == before {
                break;
            }
        }
        family.remove(&self.pid);
        family
            .into_iter()
            .filter_map(|pid| {
                all.get(&pid).map(|stat| Self { pid, started_ticks: stat.started_ticks })
            })
            .collect()
    }

    /// Is it stopped by a signal?
    pub fn is_paused(self) -> bool {
        stat(self.pid).is_some_and(|stat| {
            stat.started_ticks == self.started_ticks && matches!(stat.state, 'T' | 't')
        })
    }

    /// Resident memory of it and its descendants, in kilobytes, shared pages counted once.
    pub fn memory_kb(self) -> u64 {
        let family = self.descendants();
        std::iter::once(self).chain(family).filter_map(|process| memory_kb(process.pid)).sum()
    }
}

/// Every process whose directory is `directory` or below and whose program is called one of
/// `names`: what is left of a bank whose supervisor was killed.
pub fn leftovers(directories: &[PathBuf], names: &BTreeSet<String>) -> Vec<Identity> {
    pids()
        .into_iter()
        .filter(|pid| {
            let cwd = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
            let name = program_name(*pid).unwrap_or_default();
            names.contains(&name) && directories.iter().any(|directory| cwd.starts_with(directory))
        })
        .filter_map(Identity::of)
        .collect()
}

/// Supervisors that work in `directory` or below, although their address may be lost.
pub fn supervisors(directory: &Path) -> Vec<Identity> {
    pids()
        .into_iter()
        .filter(|pid| {
            let cwd = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
            let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let mut words = command.split(|byte| *byte == 0);
            let program = words.next().unwrap_or_default();
            cwd.starts_with(directory)
                && program.ends_with(b"bulkhead")
                && words.next() == Some(SUPERVISE.as_bytes())
        })
        .filter_map(Identity::of)
        .collect()
}

/// The file name of the program that a process runs, also when the file was replaced since.
pub fn program_name(pid: i32) -> Option<String> {
    let path = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let name = path.file_name()?.to_string_lossy().into_owned();
    Some(name.strip_suffix(" (deleted)").unwrap_or(&name).to_owned())
}

/// Who listens on a loopback port, if this user may know.
pub fn listener_of(port: u16) -> Option<i32> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
        let text = fs::read_to_string(table).ok()?;
        text.lines().skip(1).find_map(|line| listening_inode(line, port))
    })?;
    let wanted = PathBuf::from(format!("socket:[{inode}]"));
    pids().into_iter().find(|pid| {
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else {
            return false;
        };
        files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|link| link == wanted))
    })
}

/// The inode of a socket that listens on `port`, from a line of `/proc/net/tcp`.
fn listening_inode(line: &str, port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let fields: Vec<&str> = line.split_whitespace().collect();
    let local = fields.get(1)?.rsplit_once(':')?.1;
    let same = u16::from_str_radix(local, 16).is_ok_and(|found| found == port);
    if !same || fields.get(3) != Some(&LISTEN) {
        return None;
    }
    fields.get(9).map(|inode| (*inode).to_owned())
}

fn pids() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Fields 3, 4 and 22 of `/proc/<pid>/stat`. The name in field 2 may contain anything, so the
/// count begins behind its last parenthesis.
fn parse_stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        started_ticks: fields.get(19)?.parse().ok()?,
    })
}

/// Proportional memory where the kernel tells it, else resident.
fn memory_kb(pid: i32) -> Option<u64> {
    let field = |path: String, name: &str| -> Option<u64> {
        let text = fs::read_to_string(Path::new(&path)).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    field(format!("/proc/{pid}/smaps_rollup"), "Pss:")
        .or_else(|| field(format!("/proc/{pid}/status"), "VmRSS:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let text = "12 (a) b (c) T 7 12 12 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 98765 0";
        let stat = parse_stat(text).unwrap();
        assert_eq!((stat.state, stat.parent, stat.started_ticks), ('T', 7, 98765));
    }

    #[test]
    fn another_process_with_the_same_pid_is_not_the_one_we_knew() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let me = Identity::of(pid).unwrap();
        assert!(me.is_alive());
        let earlier = Identity { started_ticks: me.started_ticks - 1, ..me };
        assert!(!earlier.is_alive());
        assert!(!earlier.signal(Signal::SIGKILL));
    }

    #[test]
    fn the_holder_of_a_port_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(listener_of(port), i32::try_from(std::process::id()).ok());
        drop(listener);
        assert_eq!(listener_of(port), None);
    }
}
