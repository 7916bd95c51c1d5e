//! `bulkhead doctor`: looks for what could keep the bank from running, and says how to mend it.

use nix::sys::statvfs::statvfs;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::screen::{Screen, Tint, say};
use crate::supervisor::client::Supervisor;
use crate::tools::Tools;
use crate::up::{check_disk, check_programs, examine_ports, read_topology, remains};
use crate::view::{Condition, look};

/// What an examination found: a remark, or a failure with its remedy.
type Finding = Result<String>;

pub(super) async fn run(place: &Place) -> Result<()> {
    let screen = Screen::new();
    let mut bad = 0_usize;
    let mut tell = |name: &str, finding: Finding| match finding {
        Ok(remark) => {
            let mark = screen.tinted("●", Tint::Good);
            say(format!("{mark} {name:<12} {remark}"));
        }
        Err(failure) => {
            bad += 1;
            let mark = screen.tinted("✕", Tint::Bad);
            say(format!("{mark} {name:<12} {failure}"));
        }
    };
    tell("tools", tools());
    tell("topology", topology(place));
    tell("programs", programs(place));
    tell("disk", disk(place));
    tell("ports", ports(place));
    tell("supervisor", supervisor(place));
    tell("remains", leftovers(place));
    tell("processes", processes(place).await);
    match bad {
        0 => Ok(()),
        1 => Err(Failure::new("DOCTOR", "One thing is not as it should be.")),
        _ => Err(Failure::new("DOCTOR", format!("{bad} things are not as they should be."))),
    }
}

fn tools() -> Finding {
    let tools = Tools::find()?;
    let user = tools.run_as.map_or_else(
        || "as you".to_owned(),
        |user| format!("as the user {}, because you are root", user.name),
    );
    Ok(format!(
        "PostgreSQL {} in {} ({user}), Redis {}",
        tools.postgres_version,
        tools.postgres.display(),
        tools.redis_version,
    ))
}

fn topology(place: &Place) -> Finding {
    let topology = read_topology(place)?;
    Ok(format!("{} blocks, {} processes", topology.blocks.len(), topology.processes().count()))
}

fn programs(place: &Place) -> Finding {
    check_programs(place, &read_topology(place)?)?;
    Ok(format!("built, in {}", place.bin().display()))
}

fn disk(place: &Place) -> Finding {
    check_disk(place)?;
    let free =
        statvfs(place.root()).map_or(0, |disk| disk.blocks_available() * disk.fragment_size());
    Ok(format!("{} GB free", free >> 30))
}

fn ports(place: &Place) -> Finding {
    if Supervisor::find(place)?.is_some() {
        return Ok("in use by the bank".to_owned());
    }
    let base = examine_ports(place, &read_topology(place)?)?;
    Ok(format!("free, from {base}"))
}

fn supervisor(place: &Place) -> Finding {
    Ok(match Supervisor::find(place)? {
        Some(supervisor) => format!("process {}", supervisor.address().identity.pid),
        None => "not running; make up starts it".to_owned(),
    })
}

fn leftovers(place: &Place) -> Finding {
    if Supervisor::find(place)?.is_some() {
        return Ok("none".to_owned());
    }
    match remains(place).len() {
        0 => Ok("none".to_owned()),
        count => {
            let sentence = format!("{count} processes of the bank run without a supervisor.");
            Err(Failure::new("REMAINS", sentence).mend("make up    # or: make down"))
        }
    }
}

async fn processes(place: &Place) -> Finding {
    if Supervisor::find(place)?.is_none() {
        return Ok("none".to_owned());
    }
    let bank = look(place).await?;
    let not_ready: Vec<String> = bank
        .processes
        .iter()
        .filter(|process| process.state != Condition::Ready)
        .map(|process| format!("{} is {}", process.name, process.state.shown().1))
        .collect();
    if not_ready.is_empty() {
        return Ok(format!("all {} ready", bank.processes.len()));
    }
    let sentence = format!("{}.", not_ready.join(", "));
    Err(Failure::new("NOT-READY", sentence).mend("./bulkhead heal --all    # or: make up"))
}
