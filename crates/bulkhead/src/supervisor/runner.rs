//! One process under supervision: a task that owns it, waits for its end and obeys orders.
//!
//! Orders are handled one after another, so an end is never mistaken for a death while a stop is
//! under way. A fault's victim stays as the fault left it until somebody heals or starts it.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use super::restart::Deaths;
use super::{Report, State, log_file};
use crate::faults::Verb;
use crate::link::cut_file;
use crate::plan::{Kind, Unit};
use crate::procs::Identity;
use crate::topology::Role;

/// How long an orderly end may take before it is forced.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// What a runner can be told.
pub(super) enum Order {
    /// Run this; restart it if it runs with another configuration or program.
    Start(Box<Unit>),
    /// Do this to it.
    Fault(Verb),
    /// Undo whatever was done to it.
    Heal,
    /// End it in an orderly way.
    Stop,
}

/// An order with the promise to say when it was carried out.
pub(super) type Envelope = (Order, oneshot::Sender<Result<(), String>>);

/// Reports of all processes, read by the control API.
pub(super) type Board = Arc<Mutex<Vec<Report>>>;

/// One process and its supervision.
pub(super) struct Runner {
    unit: Unit,
    child: Option<Running>,
    state: State,
    deaths: Deaths,
    death_count: u32,
    last_end: Option<String>,
    restart_at: Option<Instant>,
    board: Board,
}

struct Running {
    child: Child,
    identity: Option<Identity>,
    since: Instant,
    fingerprint: String,
}

impl Runner {
    pub(super) fn new(unit: Unit, board: Board) -> Self {
        Self {
            unit,
            child: None,
            state: State::Down,
            deaths: Deaths::default(),
            death_count: 0,
            last_end: None,
            restart_at: None,
            board,
        }
    }

    /// Lives until nobody can send orders any more.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Envelope>) {
        self.publish();
        loop {
            tokio::select! {
                end = wait(&mut self.child) => self.died(&end),
                () = wake(self.restart_at) => {
                    // A failure is in the log and in the report; the next attempt is due by then.
                    if self.spawn().is_err() {
                        self.plan_restart(Duration::ZERO);
                    }
                }
                order = orders.recv() => match order {
                    None => break,
                    Some((order, done)) => {
                        let outcome = self.obey(order).await;
                        // Whoever asked may have gone; the order was carried out all the same.
                        drop(done.send(outcome));
                    }
                },
            }
            self.publish();
        }
    }

    async fn obey(&mut self, order: Order) -> Result<(), String> {
        match order {
            Order::Start(unit) => self.start(*unit).await,
            Order::Fault(verb) => self.fault(verb).await,
            Order::Heal => self.heal(),
            Order::Stop => {
                self.stop(State::Down).await;
                Ok(())
            }
        }
    }

    async fn start(&mut self, unit: Unit) -> Result<(), String> {
        let fingerprint = fingerprint(&unit);
        let as_planned = self.unit == unit
            && self.child.as_ref().is_some_and(|running| running.fingerprint == fingerprint);
        if !as_planned {
            self.stop(State::Down).await;
        }
        self.unit = unit;
        self.heal()
    }

    fn heal(&mut self) -> Result<(), String> {
        self.deaths.forget();
        self.mend_link();
        if self.unit.kind == Kind::Database && !self.unit.config.exists() {
            // Barred, or not made yet: whoever makes it a standby starts it.
            return Ok(());
        }
        match &self.child {
            Some(running) => {
                if let (State::Paused, Some(identity)) = (self.state, running.identity) {
                    identity.signal_tree(Signal::SIGCONT);
                    log_file::remark(&self.unit.log, "goes on after a pause");
                }
                self.state = State::Running;
                Ok(())
            }
            None => self.spawn(),
        }
    }

    /// A link that carries again does so whether its process runs or is still to be started.
    fn mend_link(&self) {
        if self.unit.role != Role::Link {
            return;
        }
        if let Err(error) = std::fs::remove_file(cut_file(&self.unit.config))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            log_file::remark(&self.unit.log, &format!("cannot be mended: {error}"));
        }
    }

    async fn fault(&mut self, verb: Verb) -> Result<(), String> {
        log_file::remark(&self.unit.log, &format!("fault: {verb}"));
        match verb {
            Verb::Kill => {
                if let Some(running) = self.child.take() {
                    end(running, Signal::SIGKILL).await;
                }
                self.state = State::Killed;
            }
            Verb::Pause => {
                if let Some(identity) = self.child.as_ref().and_then(|running| running.identity) {
                    identity.signal_tree(Signal::SIGSTOP);
                    self.state = State::Paused;
                }
            }
            Verb::Cut => {
                let file = cut_file(&self.unit.config);
                std::fs::write(&file, "")
                    .map_err(|error| format!("{}: {error}", file.display()))?;
                self.state = State::Cut;
                return Ok(());
            }
            Verb::Stop | Verb::Slow | Verb::Fail => self.stop(State::after(verb)).await,
        }
        self.restart_at = None;
        Ok(())
    }

    async fn stop(&mut self, then: State) {
        self.restart_at = None;
        if let Some(running) = self.child.take() {
            let signal = match self.unit.kind {
                // Fast shutdown: PostgreSQL's SIGTERM waits for every client to leave.
                Kind::Database => Signal::SIGINT,
                Kind::Redis | Kind::Service => Signal::SIGTERM,
            };
            let how = end(running, signal).await;
            log_file::remark(&self.unit.log, &format!("ended as asked: {how}"));
            self.last_end = Some(how);
        }
        self.state = then;
        self.publish();
    }

    fn spawn(&mut self) -> Result<(), String> {
        self.restart_at = None;
        let began = start_process(&self.unit);
        match began {
            Ok(child) => {
                let identity =
                    child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Identity::of);
                self.child = Some(Running {
                    child,
                    identity,
                    since: Instant::now(),
                    fingerprint: fingerprint(&self.unit),
                });
                let cut = self.unit.role == Role::Link && cut_file(&self.unit.config).exists();
                self.state = if cut { State::Cut } else { State::Running };
                Ok(())
            }
            Err(error) => {
                let sentence = format!("{} cannot be started: {error}", self.unit.name);
                log_file::remark(&self.unit.log, &sentence);
                self.last_end = Some(error.to_string());
                Err(sentence)
            }
        }
    }

    fn died(&mut self, how: &str) {
        let lived = self.child.take().map_or(Duration::ZERO, |running| running.since.elapsed());
        self.death_count = self.death_count.saturating_add(1);
        self.last_end = Some(how.to_owned());
        self.plan_restart(lived);
    }

    fn plan_restart(&mut self, lived: Duration) {
        let pause = self.deaths.after(lived);
        let how = self.last_end.as_deref().unwrap_or("ended");
        let text = format!("{how} by itself; started again in {:.1} s", pause.as_secs_f32());
        log_file::remark(&self.unit.log, &text);
        self.state = State::Restarting;
        self.restart_at = Some(Instant::now() + pause);
    }

    fn publish(&self) {
        let report = Report {
            name: self.unit.name.clone(),
            state: self.state,
            identity: self.child.as_ref().and_then(|running| running.identity),
            deaths: self.death_count,
            last_end: self.last_end.clone(),
        };
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        match board.iter_mut().find(|other| other.name == report.name) {
            Some(place) => *place = report,
            None => board.push(report),
        }
    }
}

/// Waits for the end of a child, for ever when there is none.
async fn wait(running: &mut Option<Running>) -> String {
    match running {
        Some(running) => words(running.child.wait().await),
        None => std::future::pending().await,
    }
}

async fn wake(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Ends a process and everything below it; says how it ended.
async fn end(mut running: Running, signal: Signal) -> String {
    let Some(identity) = running.identity else {
        return words(running.child.wait().await);
    };
    let descendants = identity.descendants();
    if signal == Signal::SIGKILL {
        identity.signal_tree(Signal::SIGKILL);
    } else {
        // A paused process takes no signal but these two.
        identity.signal_tree(Signal::SIGCONT);
        identity.signal(signal);
    }
    let how = match timeout(STOP_WITHIN, running.child.wait()).await {
        Ok(status) => words(status),
        Err(_elapsed) => {
            identity.signal_tree(Signal::SIGKILL);
            format!("forced, {}", words(running.child.wait().await))
        }
    };
    for descendant in descendants {
        descendant.signal(Signal::SIGKILL);
    }
    how
}

fn words(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => status.to_string(),
        Err(error) => format!("could not be waited for: {error}"),
    }
}

fn start_process(unit: &Unit) -> std::io::Result<Child> {
    let (program, arguments) = unit
        .command
        .split_first()
        .ok_or_else(|| std::io::Error::other("the plan has no command for it"))?;
    let log = log_file::open(&unit.log)?;
    Command::new(program)
        .args(arguments)
        .current_dir(&unit.directory)
        // Logs are read by people; a panic's message and place are enough for them.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
}

/// Changes when the configuration's text or the program's file changes.
fn fingerprint(unit: &Unit) -> String {
    use std::os::unix::fs::MetadataExt;
    let config = std::fs::read(&unit.config).unwrap_or_default();
    let config = hex::encode(common::fingerprint::sha256(&config));
    let program = std::fs::metadata(&unit.program).map_or_else(
        |_gone| String::new(),
        |file| format!("{}.{}.{}", file.size(), file.mtime(), file.mtime_nsec()),
    );
    format!("{config}-{program}")
}
