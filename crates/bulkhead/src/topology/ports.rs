//! Which port belongs to what: a function of the base port and the position in the topology.
//!
//! The table stands at the head of `deploy/topology.toml`. Nothing here looks at the machine.

use super::{Block, Channel, Process, Role, Topology};

/// Ports that one block may use.
const PER_BLOCK: u16 = 20;
/// How far a second process of its kind and a standby lie behind the first.
const SECOND: u16 = 10;
/// By how much the base moves when something on it is taken.
pub const STEP: u16 = 100;

/// What listens on a port, relative to its block's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// Browsers; the router's public side; the gateway's calls.
    Web,
    /// The mobile app.
    Mobile,
    /// The router's operations.
    Ops,
    /// Administration.
    Admin,
    /// Calls between services.
    Internal,
    /// A worker's health.
    Health,
    /// Faults, switches and messages of the simulated systems.
    Control,
    /// PostgreSQL.
    Database,
    /// Redis.
    Redis,
}

impl Listener {
    fn offset(self, role: Role) -> u16 {
        match (self, role) {
            (Self::Internal, Role::Gateway) | (Self::Web, _) => 0,
            (Self::Mobile | Self::Ops, _) => 1,
            (Self::Admin, _) => 2,
            (Self::Internal, _) => 3,
            (Self::Health | Self::Control, _) => 4,
            (Self::Database, _) => 8,
            (Self::Redis, _) => 9,
        }
    }
}

/// The ports of a topology from one base.
#[derive(Clone, Copy, Debug)]
pub struct Ports<'a> {
    topology: &'a Topology,
    base: u16,
}

/// One port and what it is for, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The port.
    pub port: u16,
    /// Such as `client-1-web web`.
    pub purpose: String,
}

impl<'a> Ports<'a> {
    /// The ports of `topology` when they begin at `base`.
    pub fn new(topology: &'a Topology, base: u16) -> Self {
        Self { topology, base }
    }

    /// What they are the ports of.
    pub fn topology(&self) -> &'a Topology {
        self.topology
    }

    /// Where they begin.
    pub fn base(&self) -> u16 {
        self.base
    }

    /// Is there room for all of them below the end of the port range?
    pub fn fit(&self) -> bool {
        let blocks = self.topology.blocks.len() + 1;
        let systems = self.topology.systems.names.len();
        let needed = blocks * usize::from(PER_BLOCK) + systems;
        let room = usize::from(u16::MAX - self.base);
        needed < room && needed + self.all().len() < room
    }

    /// The port of a listener of a process of `role` in `block`.
    pub fn of(&self, block: &Block, role: Role, listener: Listener) -> u16 {
        self.first(block) + listener.offset(role)
    }

    /// The port of a listener of this very process.
    pub fn at(&self, block: &Block, process: &Process, listener: Listener) -> u16 {
        let behind = if process.second { SECOND } else { 0 };
        self.of(block, process.role(block), listener) + behind
    }

    /// The port of a block's PostgreSQL.
    pub fn database(&self, block: &Block) -> u16 {
        self.of(block, block.role, Listener::Database)
    }

    /// The port of the standby of a block's PostgreSQL.
    pub fn standby(&self, block: &Block) -> u16 {
        self.database(block) + SECOND
    }

    /// The port of a block's Redis.
    pub fn redis(&self, block: &Block) -> u16 {
        self.of(block, block.role, Listener::Redis)
    }

    /// The ports of the simulated systems, in order.
    pub fn systems(&self) -> impl Iterator<Item = (&'a str, u16)> + use<'a> {
        let blocks = u16::try_from(self.topology.blocks.len()).unwrap_or(u16::MAX);
        let first = self.base.saturating_add(PER_BLOCK.saturating_mul(blocks));
        self.topology.systems.names.iter().map(String::as_str).zip(first..)
    }

    /// The first port of the links: behind the systems, whole twenties further.
    pub(super) fn first_link(&self) -> u16 {
        let systems = self.topology.systems.names.len().div_ceil(usize::from(PER_BLOCK));
        let twenties = u16::try_from(self.topology.blocks.len() + systems).unwrap_or(u16::MAX);
        self.base.saturating_add(PER_BLOCK.saturating_mul(twenties))
    }

    /// The listeners that a process opens.
    pub fn listeners(&self, block: &Block, process: &Process) -> Vec<(Listener, u16)> {
        let role = process.role(block);
        let wanted: Vec<Listener> = match role {
            Role::Router | Role::RouterBackup => {
                vec![Listener::Web, Listener::Ops, Listener::Internal]
            }
            Role::Archive => vec![Listener::Internal],
            Role::Gateway => vec![Listener::Internal, Listener::Admin],
            Role::Systems => vec![Listener::Control],
            Role::Core | Role::Link => Vec::new(),
            Role::Client | Role::Pilot | Role::Guest | Role::Backup => process
                .channels
                .iter()
                .flat_map(|channel| match channel {
                    Channel::Web => vec![Listener::Web],
                    Channel::Mobile => vec![Listener::Mobile],
                    Channel::Worker => vec![Listener::Health, Listener::Admin, Listener::Internal],
                })
                .collect(),
        };
        wanted.into_iter().map(|listener| (listener, self.at(block, process, listener))).collect()
    }

    /// Every port in use, with its purpose.
    pub fn all(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for block in &self.topology.blocks {
            for process in &block.processes {
                for (listener, port) in self.listeners(block, process) {
                    let listener = format!("{listener:?}").to_lowercase();
                    uses.push(Use { port, purpose: format!("{} {listener}", process.name) });
                }
            }
            if block.database {
                let purpose = format!("{} PostgreSQL", block.name);
                uses.push(Use { port: self.database(block), purpose });
            }
            if block.standby.is_some() {
                let purpose = format!("{} standby", block.name);
                uses.push(Use { port: self.standby(block), purpose });
            }
            if block.redis {
                uses.push(Use {
                    port: self.redis(block),
                    purpose: format!("{} Redis", block.name),
                });
            }
        }
        for (system, port) in self.systems() {
            uses.push(Use { port, purpose: format!("back-office system {system}") });
        }
        for link in self.links() {
            uses.push(Use { port: link.health, purpose: format!("{} health", link.name()) });
            uses.extend(link.routes.into_iter().map(|route| Use {
                port: route.listen,
                purpose: format!("the link from {} to {}", route.from, route.purpose),
            }));
        }
        uses
    }

    fn first(&self, block: &Block) -> u16 {
        let position = self.topology.blocks.iter().position(|other| other.name == block.name);
        let position = u16::try_from(position.unwrap_or_default()).unwrap_or(u16::MAX);
        self.base.saturating_add(PER_BLOCK.saturating_mul(position))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn real() -> Topology {
        Topology::parse(include_str!("../../../../deploy/topology.toml")).unwrap()
    }

    fn port(purpose: &str) -> u16 {
        let topology = real();
        let all = Ports::new(&topology, 7000).all();
        all.iter().find(|usage| usage.purpose == purpose).map(|usage| usage.port).unwrap()
    }

    #[test]
    fn ports_are_where_the_table_says() {
        assert_eq!(port("router web"), 7000);
        assert_eq!(port("router ops"), 7001);
        assert_eq!(port("router PostgreSQL"), 7008);
        assert_eq!(port("client-1-web web"), 7020);
        assert_eq!(port("client-2-mobile mobile"), 7041);
        assert_eq!(port("client-1-worker internal"), 7023);
        assert_eq!(port("client-1-worker health"), 7024);
        assert_eq!(port("client-1 Redis"), 7029);
        assert_eq!(port("router internal"), 7003);
        assert_eq!(port("router-backup web"), 7010);
        assert_eq!(port("router-backup ops"), 7011);
        assert_eq!(port("router-backup internal"), 7013);
        assert_eq!(port("router standby"), 7018);
        assert_eq!(port("gateway-a internal"), 7120);
        assert_eq!(port("gateway-b internal"), 7130);
        assert_eq!(port("archive-a internal"), 7143);
        assert_eq!(port("archive-b internal"), 7153);
        assert_eq!(port("archive standby"), 7158);
        assert_eq!(port("backup-2-web web"), 7180);
        assert_eq!(port("systems control"), 7124);
        assert_eq!(port("core PostgreSQL"), 7128);
        assert_eq!(port("back-office system cards"), 7200);
        assert_eq!(port("back-office system messages"), 7215);
    }

    #[test]
    fn no_port_is_given_out_twice_and_the_end_is_checked() {
        let topology = real();
        let all = Ports::new(&topology, 7000).all();
        let ports: BTreeSet<u16> = all.iter().map(|usage| usage.port).collect();
        assert_eq!(ports.len(), all.len());
        assert!(Ports::new(&topology, 7000).fit());
        assert!(!Ports::new(&topology, 65_400).fit());
    }
}
