//! `bulkhead up`: from any half-state to a bank that answers.
//!
//! Every step looks at what is there and does what is missing, so the sequence is the same for the
//! first start, a second one, and one after a crash. What this run started is stopped again when
//! the run fails or is interrupted; what ran before is left alone.

pub(crate) mod admins;
mod banner;
mod customers;
mod databases;
mod done;
mod migrate;
mod placements;
mod ports;
mod remains;
mod self_check;
mod standbys;
mod start;
mod stop;

pub(crate) use done::Done;
pub(crate) use ports::examine as examine_ports;
pub(crate) use standbys::{alone, promote, rejoin, standby_of};
pub(crate) use start::{check_disk, check_programs, read_topology, wait_ready, wait_ready_within};
pub(crate) use stop::stop_everything;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::plan::{Plan, Planner};
use crate::postgres::Clusters;
use crate::procs::Identity;
use crate::render::Sources;
use crate::screen::{Screen, say};
use crate::secrets::Secrets;
use crate::servers::{Servers, Side};
use crate::supervisor::client::Supervisor;
use crate::tools::Tools;
use crate::topology::ports::Ports;
use crate::topology::{Block, Process, Role, Topology};

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    /// When it was asked for.
    pub began: Instant,
    /// How many demo customers; none: as many as there are, or a thousand.
    pub customers: Option<u64>,
    /// Where the ports are to begin; none: where they began last time.
    pub base_port: Option<u16>,
}

/// Everything that the steps need and that does not change between them.
struct Ground {
    place: Place,
    tools: Tools,
    topology: Topology,
    base_port: u16,
    secrets: Secrets,
    /// Which database servers took writes when this was read.
    servers: Servers,
}

impl Ground {
    fn ports(&self) -> Ports<'_> {
        Ports::new(&self.topology, self.base_port)
    }

    fn sources(&self) -> Sources<'_> {
        Sources {
            topology: &self.topology,
            ports: self.ports(),
            secrets: &self.secrets,
            servers: &self.servers,
            page: self.place.page(),
        }
    }

    /// The process by whose configuration a block's database is written to. Each router is told its
    /// own of the two servers; after a promotion the backup's is the one that takes writes.
    fn writer<'a>(&self, block: &'a Block, process: &'a Process) -> Result<&'a Process> {
        let primary = Servers::read(&self.place)?.of(block).primary;
        let backup = || block.processes.iter().find(|one| one.role(block) == Role::RouterBackup);
        match (process.role(block), primary) {
            (Role::Router, Side::Standby) => Ok(backup().unwrap_or(process)),
            _ => Ok(process),
        }
    }

    fn planner(&self, clusters: &Clusters<'_>) -> Planner<'_> {
        Planner {
            topology: &self.topology,
            ports: self.ports(),
            place: &self.place,
            tools: &self.tools,
            servers: &self.servers,
            data: clusters.directory().to_owned(),
        }
    }
}

/// Starts the bank, or what is missing of it.
pub async fn run(place: Place, wishes: Wishes) -> Result<()> {
    let screen = Screen::new();
    place.prepare()?;
    let _lock = start::lock(&place)?;
    let before = identity_of(Supervisor::find(&place)?);
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    let outcome = tokio::select! {
        outcome = bring_up(&place, wishes, screen) => outcome,
        _ = interrupt.recv() => Err(interrupted()),
        _ = terminate.recv() => Err(interrupted()),
        _ = hang_up.recv() => Err(interrupted()),
    };
    if outcome.is_err() {
        undo(&place, before, screen).await?;
    }
    outcome
}

/// Stops what this run started, unless it only added to a bank that ran before.
async fn undo(place: &Place, before: Option<Identity>, screen: Screen) -> Result<()> {
    let supervisor = Supervisor::find(place)?;
    if supervisor.is_some() && identity_of(supervisor.clone()) == before {
        return Ok(());
    }
    if let Some(supervisor) = supervisor {
        say("  stopping what was started …");
        supervisor.shutdown().await?;
        start::wait_until_gone(&supervisor).await;
    }
    // A supervisor that was only just born has not said yet where it is.
    remains::clear(place, read_topology(place).ok().as_ref(), screen).await
}

fn identity_of(supervisor: Option<Supervisor>) -> Option<Identity> {
    supervisor.map(|supervisor| supervisor.address().identity)
}

async fn bring_up(place: &Place, wishes: Wishes, screen: Screen) -> Result<()> {
    let tools = Tools::find()?;
    let topology = read_topology(place)?;
    check_programs(place, &topology)?;
    check_disk(place)?;
    remains::replace_older_supervisor(place, screen).await?;
    let running = start::answering(Supervisor::find(place)?).await;
    if running.is_none() {
        remains::clear(place, Some(&topology), screen).await?;
    }
    let base_port = ports::choose(place, &topology, wishes.base_port, running.is_some())?;
    let secrets = start::complete_secrets(place, &topology).await?;
    let servers = Servers::read(place)?;
    let ground = Ground { place: place.clone(), tools, topology, base_port, secrets, servers };

    let clusters = Clusters::prepare(&ground.place, &ground.tools)?;
    let planner = ground.planner(&clusters);
    let plan = planner.plan();
    screen.step("databases made", databases::make(&ground, &clusters, running.is_none())).await?;
    start::render(&ground, &planner)?;
    plan.write(place)?;
    let supervisor = match running {
        Some(supervisor) => supervisor,
        None => start::supervisor(place).await?,
    };
    start_servers(&ground, &clusters, &plan, &supervisor, screen).await?;
    run_bank(&ground, &planner, &plan, &supervisor, wishes, screen).await
}

/// Everything that the bank's own programs stand on.
async fn start_servers(
    ground: &Ground,
    clusters: &Clusters<'_>,
    plan: &Plan,
    supervisor: &Supervisor,
    screen: Screen,
) -> Result<()> {
    if plan.units.iter().any(|unit| unit.between.is_some()) {
        screen.step("data centres linked", start::links(plan, supervisor)).await?;
    }
    screen.step("databases and Redis started", databases::start(ground, plan, supervisor)).await?;
    if ground.topology.blocks.iter().any(|block| block.standby.is_some()) {
        let standbys = standbys::follow_all(ground, clusters, plan, supervisor);
        screen.step("standbys follow", standbys).await?;
    }
    Ok(())
}

async fn run_bank(
    ground: &Ground,
    planner: &Planner<'_>,
    plan: &Plan,
    supervisor: &Supervisor,
    wishes: Wishes,
    screen: Screen,
) -> Result<()> {
    screen.step("schemas up to date", migrate::run(ground, planner)).await?;
    if ground.topology.roles.values().any(|programs| programs.admins.is_some()) {
        screen.step("administrators known", admins::give(ground, planner)).await?;
    }
    let mut done = Done::read(&ground.place)?;
    let customers = customers::wanted(done, wishes.customers)?;
    if customers::are_missing(done, customers) {
        done.customers_begun = customers;
        done.write(&ground.place)?;
        let name = format!("{customers} demo customers");
        screen.step(&name, customers::load(ground, planner, customers)).await?;
        done.customers = customers;
        done.write(&ground.place)?;
    }
    let behind = start::services_behind(plan, supervisor);
    screen.step("back office and archive started", behind).await?;
    let placing = start::while_all_live(plan, supervisor, placements::seed(ground));
    screen.step("slices placed", placing).await?;
    screen.step("blocks started", start::services_in_front(plan, supervisor)).await?;
    screen.step("everything ready", wait_ready(plan, supervisor)).await?;
    screen
        .step("checked as a browser would", self_check::run(ground, plan, done.customers))
        .await?;
    banner::show(ground, plan, supervisor, done, wishes.began.elapsed(), screen).await
}

/// Processes of this checkout's bank that run although no supervisor does.
pub(crate) fn remains(place: &Place) -> Vec<Identity> {
    remains::find(place, read_topology(place).ok().as_ref())
}

fn listen(kind: SignalKind) -> Result<tokio::signal::unix::Signal> {
    signal(kind).map_err(|error| Failure::new("UP-SIGNALS", format!("{error}.")))
}

fn interrupted() -> Failure {
    Failure::new("UP-INTERRUPTED", "Interrupted before the bank was ready.").mend("make up")
}
