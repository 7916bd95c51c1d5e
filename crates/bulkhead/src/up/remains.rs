//! What an earlier run left behind: a supervisor of an older build, or processes whose supervisor
//! was killed.

use std::collections::BTreeSet;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::start::wait_until_gone;
use crate::failure::Result;
use crate::place::Place;
use crate::plan::Plan;
use crate::postgres::{elsewhere, gone_within};
use crate::procs::{Identity, leftovers, supervisors};
use crate::screen::Screen;
use crate::supervisor::client::Supervisor;
use crate::supervisor::daemon::program_stamp;
use crate::topology::Topology;

/// How long a left-over process may take to end.
const END_WITHIN: Duration = Duration::from_secs(25);

/// A supervisor of an older build is replaced, with everything it runs.
pub(super) async fn replace_older_supervisor(place: &Place, screen: Screen) -> Result<()> {
    let Some(supervisor) = Supervisor::find(place)? else {
        return Ok(());
    };
    let own =
        std::env::current_exe().map_or_else(|_gone| String::new(), |path| program_stamp(&path));
    if supervisor.address().program == own {
        return Ok(());
    }
    let work = async {
        supervisor.shutdown().await?;
        wait_until_gone(&supervisor).await;
        Ok("its program has changed")
    };
    screen.step("supervisor of the older build stopped", work).await
}

/// Ends processes that outlived their supervisor. Only those of this checkout: they run in its
/// directories and are programs of its plan.
pub(super) async fn clear(
    place: &Place,
    topology: Option<&Topology>,
    screen: Screen,
) -> Result<()> {
    let lost = supervisors(&place.state());
    let count = lost.len() + find(place, topology).len();
    if count == 0 {
        return Ok(());
    }
    let work = async {
        // A supervisor whose address is lost would start again what is ended under it.
        end_all(lost, &[Signal::SIGTERM]).await;
        // PostgreSQL's SIGTERM waits for its clients; SIGINT does not.
        end_all(find(place, topology), &[Signal::SIGTERM, Signal::SIGINT]).await;
        Ok(format!("{count} processes"))
    };
    screen.step("remains of an earlier run ended", work).await
}

async fn end_all(processes: Vec<Identity>, signals: &[Signal]) {
    for process in &processes {
        process.signal_tree(Signal::SIGCONT);
        for signal in signals {
            process.signal(*signal);
        }
    }
    for process in processes {
        if !gone_within(process, END_WITHIN).await {
            process.signal_tree(Signal::SIGKILL);
            gone_within(process, END_WITHIN).await;
        }
    }
}

/// Processes of this checkout's bank that run although no supervisor does.
pub(crate) fn find(place: &Place, topology: Option<&Topology>) -> Vec<Identity> {
    let mut names: BTreeSet<String> =
        ["postgres", "redis-server", "redis-check-rdb"].map(str::to_owned).into();
    let roles = topology.map(|topology| &topology.roles).into_iter().flatten();
    let commands = roles.filter_map(|(_, programs)| programs.serve.first());
    names.extend(commands.filter_map(|program| {
        Some(std::path::Path::new(program).file_name()?.to_string_lossy().into_owned())
    }));
    // The plan of an older build may have had other programs.
    let earlier = Plan::read(place).unwrap_or_default();
    names.extend(
        earlier
            .units
            .iter()
            .filter_map(|unit| Some(unit.program.file_name()?.to_string_lossy().into_owned())),
    );
    leftovers(&[place.state(), elsewhere(place)], &names)
}
