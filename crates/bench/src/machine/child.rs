//! A process that ends with us: told so when it is dropped, and by the kernel if we are killed.

use std::fs::File;
use std::path::Path;
use std::process::{Child as Process, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::programs::Programs;
use crate::failure::{Attempting as _, Failure, Result};

/// A running process.
#[derive(Debug)]
pub(crate) struct Child {
    name: String,
    process: Process,
    ends_by: Signal,
}

/// What to run.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    /// For messages, and the name of its log.
    pub(crate) name: &'a str,
    /// Program and arguments.
    pub(crate) command: Vec<String>,
    /// The one core it may use.
    pub(crate) core: Option<usize>,
    /// As the user of the databases?
    pub(crate) as_database: bool,
    /// The signal that ends it in good order.
    pub(crate) ends_by: Signal,
}

impl Child {
    /// Starts it; what it says goes to a file in `logs`.
    pub(crate) fn start(programs: &Programs, logs: &Path, run: &Run<'_>) -> Result<Self> {
        let attempt = format!("starting {}", run.name);
        let log = File::create(logs.join(format!("{}.log", run.name))).attempting(&attempt)?;
        let also = log.try_clone().attempting(&attempt)?;
        let line = programs.wrapped(run);
        let process = Command::new(&line[0])
            .args(&line[1..])
            .current_dir(logs)
            .env("BULKHEAD_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(also)
            .spawn()
            .attempting(attempt)?;
        Ok(Self { name: run.name.to_owned(), process, ends_by: run.ends_by })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Fails if it has ended by itself.
    pub(crate) fn must_run(&mut self) -> Result<()> {
        match self.process.try_wait().attempting(format!("looking at {}", self.name))? {
            None => Ok(()),
            Some(status) => Err(Failure::say(format!("{} ended: {status}", self.name))),
        }
    }

    /// Its resident set, in bytes.
    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.id()))
            .attempting(format!("reading the memory of {}", self.name))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kb = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
        kb.map(|kb| kb * 1_024).ok_or_else(|| Failure::say("no resident set is told"))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait()
            && let Ok(id) = i32::try_from(self.process.id())
        {
            // It may end between these two lines; then there is nothing to be told.
            kill(Pid::from_raw(id), self.ends_by).unwrap_or_default();
        }
        if let Err(error) = self.process.wait() {
            eprintln!("{} cannot be waited for: {error}", self.name);
        }
    }
}
