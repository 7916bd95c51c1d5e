//! Who calls whom: a process's addresses of others, and the services it answers.

use std::collections::BTreeMap;

use common::wire::watch::WatchDatabase;
use platform::identity::token_hash;
use serde::Serialize;

use super::Sources;
use crate::secrets::LAUNCHER;
use crate::topology::ports::Listener;
use crate::topology::{Block, Process, Role};

/// The system through which blocks send codes and notices to customers.
const MESSAGES: &str = "messages";

/// `[identity]`.
#[derive(Debug, Serialize)]
pub(super) struct Identity<'a> {
    token: &'a str,
    callers: BTreeMap<&'a str, String>,
}

/// `[peers.<name>]`: the addresses of a service, those in the caller's data centre first.
#[derive(Debug, Serialize)]
pub(super) struct Urls {
    urls: Vec<String>,
}

/// `[probe]`: whom a vantage point looks at.
#[derive(Debug, Serialize)]
pub(super) struct Probe<'a> {
    blocks: BTreeMap<&'a str, Watched>,
}

#[derive(Debug, Serialize)]
struct Watched {
    urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

impl<'a> Sources<'a> {
    pub(super) fn identity(&self, service: &str, role: Role) -> Identity<'a> {
        let services = &self.secrets.services;
        let callers = services
            .iter()
            .filter(|(caller, _)| caller.as_str() != service)
            .filter(|(caller, _)| may_call(self.caller_role(caller), role))
            .map(|(caller, token)| (caller.as_str(), token_hash(token)))
            .collect();
        Identity { token: services.get(service).map_or("", String::as_str), callers }
    }

    /// The role behind a service name; none for the launcher.
    fn caller_role(&self, caller: &str) -> Option<Role> {
        if caller == LAUNCHER {
            return None;
        }
        self.topology
            .processes()
            .find(|(block, process)| process.service(block) == caller)
            .map(|(block, process)| process.role(block))
    }

    pub(super) fn peers(&self, block: &Block, process: &Process) -> BTreeMap<&'a str, Urls> {
        let role = process.role(block);
        let from = process.data_center(block);
        let mut peers = BTreeMap::new();
        let systems = self.ports.systems().filter(|(system, _)| match role {
            Role::Gateway => true,
            _ => role.serves_channels() && *system == MESSAGES,
        });
        for (system, port) in systems {
            let home = self.topology.block(&self.topology.systems.block);
            let to = home.map_or("", |block| block.data_center.as_str());
            let url = format!("http://{}", self.reach(from, to, port));
            peers.insert(system, Urls { urls: vec![url] });
        }
        for (other, candidate) in self.topology.processes() {
            let called = candidate.role(other);
            // Of a block, the process with the internal listener.
            let listens = self.ports.listeners(other, candidate);
            let internal = listens.iter().find(|(listener, _)| *listener == Listener::Internal);
            let own = candidate.service(other) == process.service(block);
            let Some((_, port)) = internal.filter(|_| !own && calls(role, called)) else {
                continue;
            };
            let to = candidate.data_center(other);
            let url = format!("http://{}", self.reach(from, to, *port));
            let urls =
                peers.entry(candidate.service(other)).or_insert_with(|| Urls { urls: Vec::new() });
            let at = if to == from { 0 } else { urls.urls.len() };
            urls.urls.insert(at, url);
        }
        peers
    }

    /// Who takes over from which home, for those who move slices.
    pub(super) fn backups(&self, role: Role) -> BTreeMap<&'a str, &'a str> {
        if !role.routes() && role != Role::Archive {
            return BTreeMap::new();
        }
        let backups = self.topology.backups.iter();
        backups.map(|(home, backup)| (home.as_str(), backup.as_str())).collect()
    }

    /// The front office's services that lie in one data centre with all of their processes.
    pub(super) fn data_centers(&self) -> BTreeMap<&'a str, &'a str> {
        let mut found: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for (block, process) in self.topology.processes() {
            let role = process.role(block);
            if !role.routes() && !role.serves_channels() {
                continue;
            }
            let here = process.data_center(block);
            let known = found.entry(process.service(block)).or_insert(Some(here));
            *known = known.filter(|known| *known == here);
        }
        found.into_iter().filter_map(|(service, at)| Some((service, at?))).collect()
    }

    /// The vantage points are the routers and the archive: they look at every block that serves
    /// customers or visitors.
    pub(super) fn probe(&self, block: &Block, process: &Process) -> Option<Probe<'a>> {
        let role = process.role(block);
        if !role.routes() && role != Role::Archive {
            return None;
        }
        let from = process.data_center(block);
        let watched = |other: &'a Block| {
            let at = |listener| {
                let port = self.ports.of(other, other.role, listener);
                format!("http://{}", self.reach(from, &other.data_center, port))
            };
            let database = || self.primary_of(from, other);
            let watched = Watched {
                urls: vec![at(Listener::Web), at(Listener::Mobile)],
                database: other.database.then(database),
            };
            (other.name.as_str(), watched)
        };
        let serving = self.topology.blocks.iter().filter(|block| block.role.serves_channels());
        Some(Probe { blocks: serving.map(watched).collect() })
    }

    /// Where a block's database is looked at from a data centre; nothing of what serves nobody.
    pub fn database_of(&self, from: &str, block: &Block) -> Option<WatchDatabase> {
        let at = self.primary_of(from, block);
        let block = block.role.serves_channels().then(|| block.name.parse().ok())??;
        Some(WatchDatabase { block, at: at.parse().ok()? })
    }

    fn primary_of(&self, from: &str, block: &Block) -> String {
        let primary = self.servers.of(block).primary;
        self.reach(from, primary.data_center(block), primary.port(&self.ports, block))
    }

    /// The address of a port in data centre `to`, seen from data centre `from`.
    pub(super) fn reach(&self, from: &str, to: &str, port: u16) -> String {
        format!("127.0.0.1:{}", self.ports.via(from, to, port))
    }
}

/// May a service of role `from` (none: the launcher) call one of role `to`?
fn may_call(from: Option<Role>, to: Role) -> bool {
    from.is_none_or(|from| match to {
        Role::Gateway => true,
        // The message channel is a system that blocks use directly.
        Role::Systems => from == Role::Gateway || from.serves_channels(),
        _ => calls(from, to),
    })
}

/// Does a service of role `from` call one of role `to`?
fn calls(from: Role, to: Role) -> bool {
    match to {
        Role::Gateway => from != Role::Gateway,
        Role::Archive => from.routes() || from.owns_slices(),
        // They tell each other of changed rows and of what they see.
        Role::Router | Role::RouterBackup => from.routes() || from == Role::Archive,
        // Blocks hand customers over to each other.
        _ if to.owns_slices() => from.routes() || from == Role::Archive || from.owns_slices(),
        Role::Guest => from.routes(),
        _ => false,
    }
}
