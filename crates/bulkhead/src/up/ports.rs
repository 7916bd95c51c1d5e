//! Where the ports begin: chosen at the first start, kept ever after.
//!
//! Two checkouts side by side take different hundreds. A remembered base that somebody else has
//! taken meanwhile is not changed behind the user's back: addresses may be in his bookmarks.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};
use crate::place::{Place, read_if_there, write_private};
use crate::procs::{listener_of, program_name};
use crate::screen::say;
use crate::topology::Topology;
use crate::topology::ports::{Ports, STEP, Use};

/// Where the base is remembered.
const FILE: &str = "ports.toml";

#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    base_port: u16,
}

/// The base to use. While the bank runs it holds its own ports, so they are not looked at.
pub(super) fn choose(
    place: &Place,
    topology: &Topology,
    wish: Option<u16>,
    running: bool,
) -> Result<u16> {
    let remembered = remembered(place)?;
    if running && let Some(base) = remembered {
        return match wish {
            Some(wish) if wish != base => Err(Failure::new(
                "UP-RUNNING",
                format!("The bank runs on the ports from {base}; stop it to move it."),
            )
            .mend(format!("make down && ./bulkhead up --base-port {wish}"))),
            _ => Ok(base),
        };
    }
    let base = if let Some(base) = wish.or(remembered) {
        free_at(topology, base)?
    } else {
        let usual = topology.base_port;
        let base = first_free(topology)?;
        if base != usual {
            say(format!("  Ports from {usual} are taken; the bank's begin at {base}."));
        }
        base
    };
    let text = toml::to_string(&Remembered { base_port: base })
        .map_err(|error| Failure::new("UP-FILE", format!("ports.toml: {error}.")))?;
    write_private(&place.file(FILE), &text)?;
    Ok(base)
}

/// Would the ports do, if the bank were started now? Returns where they begin.
pub(crate) fn examine(place: &Place, topology: &Topology) -> Result<u16> {
    match remembered(place)? {
        Some(base) => free_at(topology, base),
        None => first_free(topology),
    }
}

pub(super) fn remembered(place: &Place) -> Result<Option<u16>> {
    let text = read_if_there(&place.file(FILE))?;
    let remembered = text.and_then(|text| toml::from_str::<Remembered>(&text).ok());
    Ok(remembered.map(|remembered| remembered.base_port))
}

fn free_at(topology: &Topology, base: u16) -> Result<u16> {
    let ports = Ports::new(topology, base);
    if !ports.fit() {
        return Err(Failure::new(
            "UP-NO-PORTS",
            format!("There are not enough ports from {base}."),
        )
        .mend("./bulkhead up --base-port 7000"));
    }
    match taken(&ports) {
        None => Ok(base),
        Some(taken) => Err(busy(topology, base, &taken)),
    }
}

fn first_free(topology: &Topology) -> Result<u16> {
    let mut base = topology.base_port;
    while Ports::new(topology, base).fit() {
        if taken(&Ports::new(topology, base)).is_none() {
            return Ok(base);
        }
        base = base.saturating_add(STEP);
    }
    Err(Failure::new("UP-NO-PORTS", "No range of free ports was found.")
        .mend("./bulkhead up --base-port <port>"))
}

fn taken(ports: &Ports<'_>) -> Option<Use> {
    ports.all().into_iter().find(|usage| !is_free(usage.port))
}

/// Listening there for a moment is the only honest way to know. Connections of an earlier run that
/// linger do not count, here as for the servers themselves.
fn is_free(port: u16) -> bool {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_listener) => true,
        Err(error) => error.kind() != io::ErrorKind::AddrInUse,
    }
}

fn busy(topology: &Topology, base: u16, taken: &Use) -> Failure {
    let Use { port, purpose } = taken;
    let holder = match listener_of(*port) {
        Some(pid) => {
            let program = program_name(pid).unwrap_or_else(|| "a program".to_owned());
            format!("{program}, process {pid}")
        }
        None => "another program".to_owned(),
    };
    let mend = match first_free(topology) {
        Ok(free) => format!("stop it, or move the bank: ./bulkhead up --base-port {free}"),
        Err(_nowhere) => "stop it, then: make up".to_owned(),
    };
    Failure::new(
        "UP-PORT-BUSY",
        format!(
            "Port {port} (for {purpose}; the bank's ports begin at {base}) is used by {holder}."
        ),
    )
    .mend(mend)
}
