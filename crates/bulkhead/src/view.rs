//! The bank as it is now: the plan, what the supervisor knows, and what every process says itself.

use std::time::Duration;

use common::leading::RouterRow;
use common::wire::ops::RouterView;
use common::wire::systems::SystemStatus;
use futures_util::future::join_all;
use serde::Serialize;

use crate::failure::Result;
use crate::place::Place;
use crate::plan::{Kind, Plan, Unit};
use crate::probe::is_ready;
use crate::procs::Identity;
use crate::screen::Tint;
use crate::services::Services;
use crate::supervisor::client::Supervisor;
use crate::supervisor::{Report, State};
use crate::topology::{Channel, Role};

/// Systems that do not tell their state within this time have none.
const SYSTEMS_WITHIN: Duration = Duration::from_millis(700);

/// What a process is doing, seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Runs and says that it is ready.
    Ready,
    /// Runs and does not say so.
    NotReady,
    /// Died by itself and is being started again.
    Restarting,
    /// Held by a fault.
    Paused,
    /// A link that a fault cut.
    Cut,
    /// Killed by a fault.
    Killed,
    /// Stopped by a fault.
    Stopped,
    /// Not started.
    Down,
}

impl Condition {
    /// Word, shape and tint: the same everywhere.
    pub fn shown(self) -> (&'static str, &'static str, Tint) {
        match self {
            Self::Ready => ("●", "ready", Tint::Good),
            Self::NotReady => ("◐", "not ready", Tint::Middling),
            Self::Restarting => ("◐", "restarting", Tint::Middling),
            Self::Paused => ("‖", "paused", Tint::Bad),
            Self::Cut => ("✂", "cut", Tint::Bad),
            Self::Killed => ("✕", "killed", Tint::Bad),
            Self::Stopped => ("✕", "stopped", Tint::Bad),
            Self::Down => ("✕", "down", Tint::Bad),
        }
    }

    fn of(state: State, answers: bool) -> Self {
        match (state, answers) {
            (State::Running, true) => Self::Ready,
            (State::Running, false) => Self::NotReady,
            (State::Restarting, _) => Self::Restarting,
            (State::Paused, _) => Self::Paused,
            (State::Cut, _) => Self::Cut,
            (State::Killed, _) => Self::Killed,
            (State::Stopped, _) => Self::Stopped,
            (State::Down, _) => Self::Down,
        }
    }
}

/// One process with everything a person or a script may want to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Process {
    /// Its name.
    pub name: String,
    /// Database, Redis or service.
    pub kind: Kind,
    /// The block it belongs to.
    pub block: String,
    /// Its role there.
    pub role: Role,
    /// The channels it serves.
    pub channels: Vec<Channel>,
    /// Its failure domain.
    pub data_center: String,
    /// Where it listens first.
    pub address: String,
    /// While it runs.
    pub pid: Option<i32>,
    /// What it is doing.
    pub state: Condition,
    /// How often it died by itself.
    pub deaths: u32,
    /// How it ended last.
    pub last_end: Option<String>,
    /// Memory of it and its children.
    pub memory_kb: u64,
    /// Its output.
    pub log: String,
}

/// The whole bank.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bank {
    /// `ready` when every process is, `down` when the supervisor is not there, else `degraded`.
    pub state: &'static str,
    /// The supervisor's process.
    pub supervisor_pid: Option<i32>,
    /// In the order of the plan.
    pub processes: Vec<Process>,
    /// The router that leads, as a router has heard from the archive, or as the databases lie.
    pub leading_router: Option<String>,
    /// Under which generation of the router's row it leads.
    pub router_generation: Option<u64>,
    /// The simulated back-office systems; empty while their control does not answer.
    pub systems: Vec<SystemStatus>,
}

/// Looks at everything.
pub async fn look(place: &Place) -> Result<Bank> {
    let plan = Plan::read(place)?;
    let Some(supervisor) = Supervisor::find(place)? else {
        let processes = plan.units.iter().map(|unit| process(unit, None, false)).collect();
        return Ok(Bank {
            state: "down",
            supervisor_pid: None,
            processes,
            leading_router: plan.leading_router,
            router_generation: None,
            systems: Vec::new(),
        });
    };
    let reports = supervisor.reports().await?;
    let answers = join_all(plan.units.iter().map(is_ready)).await;
    let processes: Vec<Process> = plan
        .units
        .iter()
        .zip(answers)
        .map(|(unit, answers)| {
            let report = reports.iter().find(|report| report.name == unit.name);
            process(unit, report, answers)
        })
        .collect();
    let ready = processes.iter().all(|process| process.state == Condition::Ready);
    let row = router_row(place, &plan).await;
    Ok(Bank {
        leading_router: match &row {
            Some(row) => Some(row.leader.to_string()),
            None => plan.leading_router.clone(),
        },
        router_generation: row.map(|row| row.generation.0),
        state: if ready { "ready" } else { "degraded" },
        supervisor_pid: Some(supervisor.address().identity.pid),
        processes,
        systems: systems(place, &plan).await,
    })
}

/// Whoever asks after the bank wants an answer also while the systems are silent.
async fn systems(place: &Place, plan: &Plan) -> Vec<SystemStatus> {
    let (Some(control), Ok(services)) = (&plan.systems_control, Services::of(place)) else {
        return Vec::new();
    };
    let answer = services.get(control, "/control/v1/systems", &(), SYSTEMS_WITHIN).await;
    answer.unwrap_or_default()
}

/// Who leads, as the newest that a router has heard.
async fn router_row(place: &Place, plan: &Plan) -> Option<RouterRow> {
    let services = Services::of(place).ok()?;
    let services = &services;
    let ask = |url: &String| {
        let url = url.clone();
        async move {
            let view: RouterView =
                services.get(&url, "/ops/v1/router", &(), SYSTEMS_WITHIN).await.ok()?;
            view.row
        }
    };
    let rows = join_all(plan.operations_at.iter().map(ask)).await;
    rows.into_iter().flatten().max_by_key(|row| row.generation)
}

fn process(unit: &Unit, report: Option<&Report>, answers: bool) -> Process {
    let identity = report.and_then(|report| report.identity);
    let state = report.map_or(State::Down, |report| report.state);
    Process {
        name: unit.name.clone(),
        kind: unit.kind,
        block: unit.block.clone(),
        role: unit.role,
        channels: unit.channels.clone(),
        data_center: unit.data_center.clone(),
        address: unit.address.clone(),
        pid: identity.map(|identity| identity.pid),
        state: Condition::of(state, answers),
        deaths: report.map_or(0, |report| report.deaths),
        last_end: report.and_then(|report| report.last_end.clone()),
        memory_kb: identity.map_or(0, Identity::memory_kb),
        log: unit.log.display().to_string(),
    }
}
