//! A checkout with a small topology: one block with PostgreSQL, Redis and two processes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::dummy;

/// How long a condition may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Stopped and deleted when dropped.
pub(crate) struct Bank {
    outer: PathBuf,
    root: PathBuf,
}

impl Bank {
    /// A checkout in a directory with a space in its name, whose parent nobody else may enter.
    pub(crate) fn new(name: &str, base_port: u16) -> Self {
        let bank = Self::empty(name);
        bank.write_topology(base_port, "serve");
        bank
    }

    /// A checkout with two data centres: in one a block whose database has a standby in the other,
    /// where there is a block too.
    pub(crate) fn of_two_data_centers(name: &str, base_port: u16) -> Self {
        let bank = Self::empty(name);
        let (serve, succeed) = (dummy::command("serve"), dummy::command("succeed"));
        let text = format!(
            "base_port = {base_port}\n\
             [roles.client]\n\
             serve = {serve}\nmigrate = {succeed}\ncustomers = {succeed}\n\
             [[blocks]]\n\
             name = 'client-1'\nrole = 'client'\ndata_center = 'dc-a'\n\
             standby = {{ data_center = 'dc-b', synchronous = true }}\n\
             processes = [{{ name = 'client-1', channels = ['web', 'worker'] }}]\n\
             [[blocks]]\n\
             name = 'client-2'\nrole = 'client'\ndata_center = 'dc-b'\ndatabase = false\n\
             processes = [{{ name = 'client-2', channels = ['web', 'worker'] }}]\n"
        );
        fs::write(bank.root.join("deploy/topology.toml"), text).unwrap();
        bank
    }

    /// A process's configuration as it was rendered.
    pub(crate) fn config(&self, process: &str) -> toml::Table {
        let path = self.state().join(format!("config/{process}.toml"));
        fs::read_to_string(path).unwrap().parse().unwrap()
    }

    /// A checkout with the real topology, on other ports.
    pub(crate) fn whole(name: &str, base_port: u16) -> Self {
        let bank = Self::empty(name);
        let real = include_str!("../../../../deploy/topology.toml");
        let moved = real.replace("base_port = 7000", &format!("base_port = {base_port}"));
        fs::write(bank.root.join("deploy/topology.toml"), moved).unwrap();
        bank
    }

    fn empty(name: &str) -> Self {
        let outer = std::env::temp_dir().join(format!("bulkhead-it-{name}-{}", std::process::id()));
        let root = outer.join("my bank");
        fs::create_dir_all(root.join("deploy")).unwrap();
        fs::set_permissions(&outer, fs::Permissions::from_mode(0o700)).unwrap();
        Self { outer, root }
    }

    pub(crate) fn write_topology(&self, base_port: u16, serve: &str) {
        let (serve, succeed) = (dummy::command(serve), dummy::command("succeed"));
        let text = format!(
            "base_port = {base_port}\n\
             [roles.client]\n\
             serve = {serve}\nmigrate = {succeed}\ncustomers = {succeed}\n\
             [[blocks]]\n\
             name = 'client-1'\nrole = 'client'\ndata_center = 'dc-a'\n\
             processes = [\n\
             {{ name = 'client-1-web', channels = ['web'] }},\n\
             {{ name = 'client-1-worker', channels = ['worker'] }},\n]\n"
        );
        fs::write(self.root.join("deploy/topology.toml"), text).unwrap();
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.root.join(".bulkhead")
    }

    pub(crate) fn outer(&self) -> &Path {
        &self.outer
    }

    /// Runs the command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts the command and leaves it running.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs the command, which must succeed, and returns what it said.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = said(&output);
        assert!(output.status.success(), "{arguments:?} failed:\n{said}");
        said
    }

    /// Runs the command, which must fail with this code.
    pub(crate) fn fail(&self, arguments: &[&str], code: &str) -> String {
        let output = self.run(arguments);
        let said = said(&output);
        assert!(!output.status.success(), "{arguments:?} succeeded:\n{said}");
        assert!(said.contains(&format!("{code}: ")), "{code} is not in:\n{said}");
        said
    }

    /// The processes of `status -o json`, by name.
    pub(crate) fn status(&self) -> Value {
        let text = self.succeed(&["status", "-o", "json"]);
        let bank: Value = serde_json::from_str(&text).unwrap();
        let processes = bank["processes"].as_array().unwrap().iter();
        processes.map(|one| (one["name"].as_str().unwrap().to_owned(), one.clone())).collect()
    }

    pub(crate) fn state_of(&self, process: &str) -> String {
        self.status()[process]["state"].as_str().unwrap().to_owned()
    }

    pub(crate) fn pid_of(&self, process: &str) -> i32 {
        i32::try_from(self.status()[process]["pid"].as_i64().unwrap()).unwrap()
    }

    /// Every pid of the bank, its supervisor's first.
    pub(crate) fn pids(&self) -> Vec<i32> {
        let text = fs::read_to_string(self.state().join("run/supervisor.json")).unwrap();
        let supervisor: Value = serde_json::from_str(&text).unwrap();
        let mut pids = vec![supervisor["identity"]["pid"].clone()];
        pids.extend(self.status().as_object().unwrap().values().map(|one| one["pid"].clone()));
        pids.iter().map(|pid| i32::try_from(pid.as_i64().unwrap()).unwrap()).collect()
    }

    /// Waits until a process is in a state.
    pub(crate) fn wait_for(&self, process: &str, state: &str) {
        eventually(&format!("{process} {state}"), || self.state_of(process) == state);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead"));
        command.args(arguments).env("BULKHEAD_ROOT", &self.root).env_remove("BULKHEAD_BIN_DIR");
        command.current_dir(&self.outer).stdin(Stdio::null());
        command
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        let output = self.run(&["reset"]);
        if !std::thread::panicking() {
            assert!(output.status.success(), "{}", said(&output));
            fs::remove_dir_all(&self.outer).unwrap();
        }
    }
}

/// Waits for a condition.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(testkit::eventually_within(
        PATIENCE,
        what,
        || std::future::ready(condition()),
    ));
}

/// Does a process run (one that was not waited for does not)?
pub(crate) fn lives(pid: i32) -> bool {
    bulkhead::procs::Identity::of(pid).is_some_and(bulkhead::procs::Identity::is_alive)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}
