//! What runs, as `deploy/topology.toml` says it: parsed, checked, and nothing more.
//!
//! It is the only list of blocks, processes and back-office systems: no name of one stands in code.
//! Ports are computed from positions (`ports`), never written down per process. Nothing here does
//! I/O.

pub mod ports;

use std::collections::{BTreeMap, BTreeSet};

use common::ids::BlockName;
use serde::{Deserialize, Serialize};

/// The parts of a process or block that have a meaning of their own to the launcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Tells clients their block.
    Router,
    /// Serves customers.
    Client,
    /// Serves staff and loyal customers; gets every version first.
    Pilot,
    /// Serves visitors without login.
    Guest,
    /// The back office: its processes have the two roles below.
    Core,
    /// The contract in front of the back-office systems.
    Gateway,
    /// The simulated systems of record.
    Systems,
}

impl Role {
    /// The word in configuration and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::Client => "client",
            Self::Pilot => "pilot",
            Self::Guest => "guest",
            Self::Core => "core",
            Self::Gateway => "gateway",
            Self::Systems => "systems",
        }
    }

    /// Is a block of this role the home of customers?
    pub fn is_home(self) -> bool {
        matches!(self, Self::Client | Self::Pilot)
    }

    /// Does a block of this role serve the web and mobile channels of the customer application?
    pub fn serves_channels(self) -> bool {
        matches!(self, Self::Client | Self::Pilot | Self::Guest)
    }
}

/// A way to reach a block, or its background work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Browsers.
    Web,
    /// The mobile app.
    Mobile,
    /// No customers: relays, catch-up, the block's internal and administration listeners.
    Worker,
}

impl Channel {
    /// The word in configuration and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Mobile => "mobile",
            Self::Worker => "worker",
        }
    }
}

/// What a process of a role runs: program and arguments; `--config <file>` is appended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programs {
    /// The process itself.
    pub serve: Vec<String>,
    /// Brings the block's database to the program's schema. Run before anything serves.
    pub migrate: Option<Vec<String>>,
    /// Loads the demo customers, once; `--customers <file>` is appended too.
    pub customers: Option<Vec<String>>,
    /// Prints a new pair of keys for the staff who read visitors' applications.
    pub staff_key: Option<Vec<String>>,
    /// Prints visitors' applications, with the staff's private key in the environment.
    pub applications: Option<Vec<String>>,
}

/// One process of a block.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Unique in the topology; the name of its log.
    pub name: String,
    /// Differs from the block's role only in the back office.
    pub role: Option<Role>,
    /// What it serves; empty for the router and the back office.
    #[serde(default)]
    pub channels: Vec<Channel>,
}

/// One block with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Unique; also the service identity of its processes (the back office's have their own).
    pub name: String,
    /// What the block is for.
    pub role: Role,
    /// The failure domain of all its processes.
    pub data_center: String,
    /// Has it a PostgreSQL of its own?
    #[serde(default = "yes")]
    pub database: bool,
    /// Has it a Redis of its own?
    #[serde(default = "yes")]
    pub redis: bool,
    /// PostgreSQL's `max_connections`.
    #[serde(default = "hundred_connections")]
    pub max_connections: u16,
    /// Its processes.
    pub processes: Vec<Process>,
}

/// The simulated systems of record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Systems {
    /// The block whose process with role `systems` runs them.
    pub block: String,
    /// Their names, in the order of their ports.
    pub names: Vec<String>,
}

/// The whole of `topology.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// Where the ports begin, unless they are taken.
    pub base_port: u16,
    /// What processes run, by role.
    pub roles: BTreeMap<Role, Programs>,
    /// The blocks, in the order of their ports.
    pub blocks: Vec<Block>,
    /// The back-office systems, if there are any.
    #[serde(default)]
    pub systems: Systems,
}

/// Why a topology cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopologyError {
    /// Not TOML, or not of this shape.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It contradicts itself.
    #[error("{0}")]
    Invalid(String),
}

fn yes() -> bool {
    true
}

fn hundred_connections() -> u16 {
    100
}

impl Topology {
    /// Reads and checks the text of a topology file.
    pub fn parse(text: &str) -> Result<Self, TopologyError> {
        let topology: Self =
            toml::from_str(text).map_err(|error| TopologyError::Unreadable(error.to_string()))?;
        topology.check()?;
        Ok(topology)
    }

    /// The block called `name`.
    pub fn block(&self, name: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.name == name)
    }

    /// The first block of a role.
    pub fn block_of(&self, role: Role) -> Option<&Block> {
        self.blocks.iter().find(|block| block.role == role)
    }

    /// The blocks that are homes of customers.
    pub fn homes(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| block.role.is_home())
    }

    /// Every block with each of its processes.
    pub fn processes(&self) -> impl Iterator<Item = (&Block, &Process)> {
        self.blocks
            .iter()
            .flat_map(|block| block.processes.iter().map(move |process| (block, process)))
    }

    /// For every block the first process whose role has such a command, with the command.
    pub fn first_with(
        &self,
        command: impl Fn(&Programs) -> Option<Vec<String>>,
    ) -> impl Iterator<Item = (&Block, &Process, Vec<String>)> {
        self.blocks.iter().filter_map(move |block| {
            block.processes.iter().find_map(|process| {
                let programs = self.roles.get(&process.role(block))?;
                Some((block, process, command(programs)?))
            })
        })
    }

    fn check(&self) -> Result<(), TopologyError> {
        self.check_names()?;
        self.check_processes()?;
        self.check_systems()
    }

    fn check_names(&self) -> Result<(), TopologyError> {
        let mut blocks = BTreeSet::new();
        for block in &self.blocks {
            check_name(&block.name)?;
            if let Err(error) = BlockName::try_from(block.name.clone()) {
                return invalid(error.to_string());
            }
            if !blocks.insert(block.name.as_str()) {
                return invalid(format!("two blocks are called {}", block.name));
            }
            check_name(&block.data_center)?;
        }
        let mut systems = BTreeSet::new();
        for system in &self.systems.names {
            check_name(system)?;
            if !systems.insert(system.as_str()) || blocks.contains(system.as_str()) {
                return invalid(format!("the name {system} is used twice"));
            }
        }
        let mut processes = BTreeSet::new();
        for (block, process) in self.processes() {
            check_name(&process.name)?;
            if ["-database", "-redis"].iter().any(|end| process.name.ends_with(end)) {
                return invalid(format!("the name {} is kept for servers", process.name));
            }
            let taken_by_other =
                blocks.contains(process.name.as_str()) && process.name != block.name;
            if taken_by_other
                || systems.contains(process.name.as_str())
                || !processes.insert(process.name.as_str())
            {
                return invalid(format!("the name {} is used twice", process.name));
            }
        }
        Ok(())
    }

    fn check_processes(&self) -> Result<(), TopologyError> {
        for block in &self.blocks {
            if block.processes.is_empty() {
                return invalid(format!("block {} has no process", block.name));
            }
            let mut channels = BTreeSet::new();
            for process in &block.processes {
                let role = process.role(block);
                if self.roles.get(&role).is_none_or(|programs| programs.serve.is_empty()) {
                    return invalid(format!(
                        "process {} has role {}, for which [roles] names no program",
                        process.name,
                        role.as_str(),
                    ));
                }
                if role.serves_channels() == process.channels.is_empty() {
                    return invalid(format!(
                        "process {}: channels belong to client, pilot and guest processes, \
                         which need at least one",
                        process.name,
                    ));
                }
                for channel in &process.channels {
                    if !channels.insert(*channel) {
                        return invalid(format!(
                            "block {} serves channel {} twice",
                            block.name,
                            channel.as_str(),
                        ));
                    }
                }
            }
            if block.role.is_home() && !channels.contains(&Channel::Worker) {
                return invalid(format!("block {} has no worker", block.name));
            }
        }
        Ok(())
    }

    fn check_systems(&self) -> Result<(), TopologyError> {
        if self.systems.names.is_empty() {
            return Ok(());
        }
        let runs_them = self.block(&self.systems.block).is_some_and(|block| {
            block.processes.iter().any(|process| process.role(block) == Role::Systems)
        });
        if runs_them {
            Ok(())
        } else {
            invalid(format!(
                "block {:?} is to run the systems but has no process with that role",
                self.systems.block,
            ))
        }
    }
}

impl Process {
    /// The role of this process in `block`.
    pub fn role(&self, block: &Block) -> Role {
        self.role.unwrap_or(block.role)
    }

    /// The name under which it calls others: the block's, or in the back office the role's.
    pub fn service<'a>(&self, block: &'a Block) -> &'a str {
        match self.role(block) {
            role @ (Role::Gateway | Role::Systems) => role.as_str(),
            _ => &block.name,
        }
    }

    /// Does it serve this channel?
    pub fn serves(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }
}

fn invalid<T>(sentence: String) -> Result<T, TopologyError> {
    Err(TopologyError::Invalid(sentence))
}

/// Names become host names, file names and database roles: lower-case letters, digits, hyphens.
fn check_name(name: &str) -> Result<(), TopologyError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let begins = name.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    if begins && name.len() <= 32 && name.chars().all(plain) && !name.ends_with('-') {
        Ok(())
    } else {
        invalid(format!(
            "the name {name:?} must begin with a letter and have at most 32 of a-z, 0-9 and -",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &str = include_str!("../../../../deploy/topology.toml");

    fn spoiled(from: &str, to: &str) -> String {
        assert!(REAL.contains(from), "{from} is not in the topology any more");
        match Topology::parse(&REAL.replacen(from, to, 1)) {
            Ok(_) => panic!("{to} was accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_real_topology_is_valid() {
        let topology = Topology::parse(REAL).unwrap();
        assert_eq!(topology.homes().count(), 3);
        assert_eq!(topology.block_of(Role::Core).unwrap().name, "core");
        assert_eq!(topology.systems.names.len(), 16);
    }

    #[test]
    fn contradictions_are_refused_with_a_sentence() {
        let twice = spoiled("name = \"client-2\"", "name = \"client-1\"");
        assert_eq!(twice, "two blocks are called client-1");
        let process = spoiled("\"client-2-web\"", "\"client-1-web\"");
        assert_eq!(process, "the name client-1-web is used twice");
        let channel = spoiled("[\"mobile\"]", "[\"web\"]");
        assert_eq!(channel, "block client-1 serves channel web twice");
        let none = spoiled("channels = [\"web\"]", "channels = []");
        assert!(none.contains("need at least one"), "{none}");
        let worker = spoiled("    { name = \"client-1-worker\", channels = [\"worker\"] },\n", "");
        assert_eq!(worker, "block client-1 has no worker");
        let nobody = spoiled("block = \"core\"", "block = \"pilot\"");
        assert!(nobody.contains("no process with that role"), "{nobody}");
        let name = spoiled("\"cards\"", "\"Cards; drop\"");
        assert!(name.contains("must begin with a letter"), "{name}");
        let unknown = spoiled("base_port = 7000", "base_port = 7000\nbase_prot = 1");
        assert!(unknown.contains("base_prot"), "{unknown}");
    }

    #[test]
    fn back_office_processes_have_an_identity_of_their_own() {
        let topology = Topology::parse(REAL).unwrap();
        let services: BTreeSet<_> =
            topology.processes().map(|(block, process)| process.service(block)).collect();
        assert!(services.contains("gateway") && services.contains("systems"));
        assert!(!services.contains("core"));
    }
}
