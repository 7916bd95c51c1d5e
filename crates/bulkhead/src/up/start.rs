//! Steps of `up` around processes: what must be there first, the supervisor, waiting.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use futures_util::future::join_all;
use nix::sys::statvfs::statvfs;
use tokio::time::{Duration, Instant, sleep};

use super::Ground;
use crate::failure::{Failure, Result};
use crate::place::{Place, write_private};
use crate::plan::{Kind, Plan, Planner, Unit};
use crate::postgres::gone_within;
use crate::probe::is_ready;
use crate::procs::{Identity, SUPERVISE};
use crate::programs::output_of;
use crate::render::link_config;
use crate::secrets::Secrets;
use crate::services::read_secrets;
use crate::supervisor::State;
use crate::supervisor::client::{LOOK_EVERY, Supervisor};
use crate::topology::{Role, Topology};

/// Less free space than this and the start is refused: a bank needs about half of it.
const DISK_LEAST_BYTES: u64 = 1024 * 1024 * 1024;
/// How long the supervisor may take to listen.
const SUPERVISOR_WITHIN: Duration = Duration::from_secs(10);
/// How long everything may take to be ready.
const READY_WITHIN: Duration = Duration::from_mins(3);
/// Somebody who dies this often while we wait will not live.
const DEATHS_TOO_MANY: u32 = 4;
/// How long an orderly end of everything may take.
const END_WITHIN: Duration = Duration::from_mins(1);

/// Only one command changes what runs at a time.
pub(crate) fn lock(place: &Place) -> Result<File> {
    let path = place.file("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| Failure::file(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::new("UP-BUSY", "Another up, down or reset is at work in this checkout.")
                .mend("wait for it, or stop it with Ctrl-C where it runs"))
        }
        Err(TryLockError::Error(error)) => Err(Failure::file(&path, &error)),
    }
}

/// The topology of this checkout.
pub(crate) fn read_topology(place: &Place) -> Result<Topology> {
    let path = place.topology();
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    Topology::parse(&text).map_err(|error| {
        Failure::new("UP-TOPOLOGY", format!("deploy/topology.toml cannot be used: {error}."))
            .mend("correct deploy/topology.toml, then: make up")
    })
}

/// Are the programs that the topology names built?
pub(crate) fn check_programs(place: &Place, topology: &Topology) -> Result<()> {
    for programs in topology.roles.values() {
        let commands =
            [Some(&programs.serve), programs.migrate.as_ref(), programs.customers.as_ref()];
        for program in commands.into_iter().flatten().filter_map(|command| command.first()) {
            let path = place.bin().join(program);
            if !path.is_file() {
                let sentence = format!("The program {program} is not built.");
                return Err(Failure::new("UP-NOT-BUILT", sentence)
                    .mend("cargo build --workspace --bins && ./bulkhead up"));
            }
        }
    }
    Ok(())
}

/// Is there room for databases?
pub(crate) fn check_disk(place: &Place) -> Result<()> {
    let Ok(disk) = statvfs(&place.state()) else {
        return Ok(());
    };
    let free = disk.blocks_available() * disk.fragment_size();
    if free < DISK_LEAST_BYTES {
        let sentence = format!(
            "The disk that holds {} has {} MB free; a bank needs {}.",
            place.state().display(),
            free >> 20,
            DISK_LEAST_BYTES >> 20,
        );
        return Err(Failure::new("UP-DISK-FULL", sentence)
            .mend("df -h .    # free some space, then: make up"));
    }
    Ok(())
}

/// Makes the secrets that are missing.
pub(super) async fn complete_secrets(place: &Place, topology: &Topology) -> Result<Secrets> {
    let mut secrets = read_secrets(place)?.unwrap_or_default();
    let before = secrets.clone();
    secrets.complete(topology, platform::random::token);
    let mut programs = topology.roles.values();
    let command = programs.find_map(|programs| programs.staff_key.as_ref());
    if let (None, Some(command)) = (&secrets.staff, command) {
        let text = output_of(place, command, &[], &[]).await?;
        let key = serde_json::from_str(&text).map_err(|error| {
            Failure::new("UP-STAFF-KEY", format!("{} printed no keys: {error}.", command.join(" ")))
        })?;
        secrets.staff = Some(key);
    }
    if secrets != before {
        let text = toml::to_string(&secrets)
            .map_err(|error| Failure::new("UP-FILE", format!("secrets.toml: {error}.")))?;
        write_private(&place.file("secrets.toml"), &text)?;
    }
    Ok(secrets)
}

/// Writes every process's configuration.
pub(super) fn render(ground: &Ground, planner: &Planner<'_>) -> Result<()> {
    for (block, process) in ground.topology.processes() {
        let text = ground
            .sources()
            .config(block, process)
            .map_err(|error| Failure::new("UP-FILE", format!("{}: {error}.", process.name)))?;
        write_private(&planner.config(&process.name), &text)?;
    }
    for link in ground.ports().links() {
        let text = link_config(&link)
            .map_err(|error| Failure::new("UP-FILE", format!("{}: {error}.", link.name())))?;
        write_private(&planner.config(&link.name()), &text)?;
    }
    Ok(())
}

/// Starts a supervisor, detached from this command.
pub(super) async fn supervisor(place: &Place) -> Result<Supervisor> {
    let log = place.log("supervisor");
    let output = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&log)
        .map_err(|error| Failure::file(&log, &error))?;
    let program = own_program()?;
    let errors = output.try_clone().map_err(|error| Failure::file(&log, &error))?;
    let child = Command::new(&program)
        .arg(SUPERVISE)
        .env("BULKHEAD_ROOT", place.root())
        .env("BULKHEAD_BIN_DIR", place.bin())
        .current_dir(place.file("run"))
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(|error| Failure::file(&program, &error))?;
    let started = i32::try_from(child.id()).ok().and_then(Identity::of);
    let deadline = Instant::now() + SUPERVISOR_WITHIN;
    loop {
        if let Some(supervisor) = Supervisor::find(place)?
            && Some(supervisor.address().identity) == started
        {
            return Ok(supervisor);
        }
        let alive = started.is_some_and(Identity::is_alive);
        if !alive || Instant::now() >= deadline {
            let sentence = "The supervisor did not start.";
            return Err(Failure::new("UP-SUPERVISOR", sentence).mend("make up").log(log));
        }
        sleep(LOOK_EVERY).await;
    }
}

fn own_program() -> Result<PathBuf> {
    std::env::current_exe().map_err(|error| {
        Failure::new("UP-FILE", format!("This program cannot find itself: {error}."))
    })
}

/// Starts the links between the data centres, before anything that calls through them.
pub(super) async fn links(plan: &Plan, supervisor: &Supervisor) -> Result<String> {
    let is_link = |unit: &&Unit| unit.role == Role::Link;
    let links = plan.units.iter().filter(is_link).cloned().collect();
    let links = Plan { units: links, ..Plan::default() };
    supervisor.start(names(&links)).await?;
    wait_ready(&links, supervisor).await
}

/// Starts the back office and the archive: a block that finds nobody at its first question asks
/// again only after a pause.
pub(super) async fn services_behind(plan: &Plan, supervisor: &Supervisor) -> Result<String> {
    let behind = services(plan, true);
    supervisor.start(names(&behind)).await?;
    wait_ready(&behind, supervisor).await?;
    Ok(behind.units.len().to_string())
}

/// Starts all other processes of our own.
pub(super) async fn services_in_front(plan: &Plan, supervisor: &Supervisor) -> Result<String> {
    let front = services(plan, false);
    supervisor.start(names(&front)).await?;
    Ok(front.units.len().to_string())
}

fn services(plan: &Plan, behind: bool) -> Plan {
    let is_behind =
        |unit: &Unit| matches!(unit.role, Role::Gateway | Role::Systems | Role::Archive);
    let services =
        plan.units.iter().filter(|unit| unit.kind == Kind::Service && unit.role != Role::Link);
    let units = services.filter(|unit| is_behind(unit) == behind).cloned().collect();
    Plan { units, ..Plan::default() }
}

fn names(plan: &Plan) -> Vec<String> {
    plan.units.iter().map(|unit| unit.name.clone()).collect()
}

/// Waits until every process says that it is ready.
pub(crate) async fn wait_ready(plan: &Plan, supervisor: &Supervisor) -> Result<String> {
    wait_ready_within(plan, supervisor, READY_WITHIN).await
}

/// The same, with a limit of one's own.
pub(crate) async fn wait_ready_within(
    plan: &Plan,
    supervisor: &Supervisor,
    within: Duration,
) -> Result<String> {
    while_all_live(plan, supervisor, all_ready(plan, within)).await
}

/// Does some work, unless a process dies again and again meanwhile.
pub(super) async fn while_all_live<T>(
    plan: &Plan,
    supervisor: &Supervisor,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        outcome = work => outcome,
        dead = dead_unit(plan, supervisor) => Err(dead?),
    }
}

async fn all_ready(plan: &Plan, within: Duration) -> Result<String> {
    let deadline = Instant::now() + within;
    loop {
        let ready = join_all(plan.units.iter().map(is_ready)).await;
        let missing = plan.units.iter().zip(ready).find(|(_, ready)| !ready).map(|(unit, _)| unit);
        let Some(unit) = missing else {
            return Ok(String::new());
        };
        if Instant::now() >= deadline {
            return Err(not_ready(unit));
        }
        sleep(LOOK_EVERY).await;
    }
}

fn not_ready(unit: &Unit) -> Failure {
    Failure::new("UP-NOT-READY", format!("{} does not become ready.", unit.name))
        .mend(format!("./bulkhead logs {} -n 100    # why; then: make up", unit.name))
        .log(&unit.log)
}

/// Waits for a process to die again and again; never returns while all live.
async fn dead_unit(plan: &Plan, supervisor: &Supervisor) -> Result<Failure> {
    let before = supervisor.reports().await?;
    let deaths_before = |name: &str| {
        before.iter().find(|report| report.name == name).map_or(0, |report| report.deaths)
    };
    loop {
        for report in supervisor.reports().await? {
            let deaths = report.deaths.saturating_sub(deaths_before(&report.name));
            if report.state == State::Restarting && deaths >= DEATHS_TOO_MANY {
                let how = report.last_end.unwrap_or_default();
                let failure = Failure::new(
                    "UP-DIES",
                    format!("{} ends again and again ({how}).", report.name),
                );
                let log = plan.unit(&report.name).map(|unit| unit.log.clone());
                return Ok(match log {
                    Some(log) => failure.mend("make up    # once the log is understood").log(log),
                    None => failure,
                });
            }
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Waits for the end of a supervisor that was told to stop everything.
/// Tells whether it ended.
pub(crate) async fn wait_until_gone(supervisor: &Supervisor) -> bool {
    gone_within(supervisor.address().identity, END_WITHIN).await
}

/// The supervisor that was found, if it answers. One that was just killed may take a moment to die,
/// and must not be given orders.
pub(crate) async fn answering(found: Option<Supervisor>) -> Option<Supervisor> {
    let supervisor = found?;
    let dying = supervisor.reports().await.is_err() && wait_until_gone(&supervisor).await;
    (!dying).then_some(supervisor)
}
