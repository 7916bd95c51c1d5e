//! What runs, as `deploy/topology.toml` says it: parsed, checked, and nothing more.
//!
//! It is the only list of blocks, processes and back-office systems: no name of one stands in code.
//! Ports are computed from positions (`ports`), never written down per process. Nothing here does
//! I/O.

mod check;
pub mod links;
pub mod ports;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The parts of a process or block that have a meaning of their own to the launcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Tells clients their block.
    Router,
    /// A process that routes over a standby of the router's database.
    RouterBackup,
    /// Serves customers.
    Client,
    /// Serves staff and loyal customers; gets every version first.
    Pilot,
    /// Serves visitors without login.
    Guest,
    /// Serves the customers of a home that cannot.
    Backup,
    /// Keeps the second copy of what blocks have done, and the register.
    Archive,
    /// The back office: its processes have the two roles below.
    Core,
    /// The contract in front of the back-office systems.
    Gateway,
    /// The simulated systems of record.
    Systems,
    /// A connection between two data centres; the launcher's own program.
    Link,
}

impl Role {
    /// The word in configuration and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::RouterBackup => "router-backup",
            Self::Client => "client",
            Self::Pilot => "pilot",
            Self::Guest => "guest",
            Self::Backup => "backup",
            Self::Archive => "archive",
            Self::Core => "core",
            Self::Gateway => "gateway",
            Self::Systems => "systems",
            Self::Link => "link",
        }
    }

    /// Is a block of this role the home of customers?
    pub fn is_home(self) -> bool {
        matches!(self, Self::Client | Self::Pilot)
    }

    /// May a block of this role own customers' slices?
    pub fn owns_slices(self) -> bool {
        self.is_home() || self == Self::Backup
    }

    /// Does a block of this role serve the web and mobile channels of the customer application?
    pub fn serves_channels(self) -> bool {
        self.owns_slices() || self == Self::Guest
    }

    /// Does a process of this role tell clients their block?
    pub fn routes(self) -> bool {
        matches!(self, Self::Router | Self::RouterBackup)
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
    /// Takes the administrators over; `--file <file>` is appended too.
    pub admins: Option<Vec<String>>,
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
    /// Differs from the block's role in the back office and for the router backup.
    pub role: Option<Role>,
    /// Differs from the block's where a block has a process in each.
    pub data_center: Option<String>,
    /// Its ports lie ten behind those of the block's first process of this kind.
    #[serde(default)]
    pub second: bool,
    /// What it serves; empty for the router and the back office.
    #[serde(default)]
    pub channels: Vec<Channel>,
}

/// A streaming standby of a block's database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standby {
    /// Its failure domain.
    pub data_center: String,
    /// Does a commit wait for it?
    #[serde(default)]
    pub synchronous: bool,
}

/// One block with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Unique; also the service identity of its processes (the back office's have their own).
    pub name: String,
    /// What the block is for.
    pub role: Role,
    /// The failure domain of everything that does not say otherwise.
    pub data_center: String,
    /// Has it a PostgreSQL of its own?
    #[serde(default = "yes")]
    pub database: bool,
    /// The standby of its PostgreSQL.
    pub standby: Option<Standby>,
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
    /// Home → the block that takes over from it.
    #[serde(default)]
    pub backups: BTreeMap<String, String>,
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
}

impl Process {
    /// The role of this process in `block`.
    pub fn role(&self, block: &Block) -> Role {
        self.role.unwrap_or(block.role)
    }

    /// The failure domain of this process of `block`.
    pub fn data_center<'a>(&'a self, block: &'a Block) -> &'a str {
        self.data_center.as_deref().unwrap_or(&block.data_center)
    }

    /// The name under which it calls others: the block's, or where that has several the role's.
    pub fn service<'a>(&self, block: &'a Block) -> &'a str {
        match self.role(block) {
            role @ (Role::Gateway | Role::Systems | Role::RouterBackup) => role.as_str(),
            _ => &block.name,
        }
    }

    /// Does it serve this channel?
    pub fn serves(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
        let near = spoiled("client-1 = \"backup-2\"", "client-1 = \"backup-1\"");
        assert_eq!(
            near,
            "backup-1 lies in the data centre of client-1, for which it is to stand in"
        );
        let stranger = spoiled("client-1 = \"backup-2\"", "client-1 = \"client-2\"");
        assert_eq!(stranger, "[backups]: client-2 is no backup block");
        let homeless = spoiled("client-1 = \"backup-2\"", "guest-1 = \"backup-2\"");
        assert_eq!(homeless, "[backups]: guest-1 is no home of customers");
        let beside =
            spoiled("standby = { data_center = \"dc-b\" }", "standby = { data_center = \"dc-a\" }");
        assert_eq!(beside, "the standby of router lies in the data centre of its database");
        let unknown = spoiled("base_port = 7000", "base_port = 7000\nbase_prot = 1");
        assert!(unknown.contains("base_prot"), "{unknown}");
    }

    #[test]
    fn processes_apart_from_their_block_have_an_identity_of_their_own() {
        let topology = Topology::parse(REAL).unwrap();
        let services: BTreeSet<_> =
            topology.processes().map(|(block, process)| process.service(block)).collect();
        assert!(services.contains("gateway") && services.contains("systems"));
        assert!(services.contains("router") && services.contains("router-backup"));
        assert!(services.contains("archive") && !services.contains("archive-b"));
        assert!(!services.contains("core"));
    }
}
