//! The plan: every process that the supervisor is to run, ready to be started. `up` makes it from
//! the topology; the supervisor and `status` read it.
//!
//! It holds no secret: commands name configuration files, which only their owner can read.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};
use crate::place::{Place, write_private};
use crate::postgres::CONF;
use crate::servers::Servers;
use crate::tools::Tools;
use crate::topology::links::Link;
use crate::topology::ports::{Listener, Ports};
use crate::topology::{Block, Channel, Role, Topology};

/// What kind of process it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A PostgreSQL server.
    Database,
    /// A Redis server.
    Redis,
    /// One of our programs.
    Service,
}

/// One process of the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Unique; also the name of its log.
    pub name: String,
    /// The block it belongs to.
    pub block: String,
    /// The role in its block.
    pub role: Role,
    /// What it is.
    pub kind: Kind,
    /// The failure domain; of a link, both, which makes it part of none.
    pub data_center: String,
    /// The two data centres that a link connects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<[String; 2]>,
    /// The channels it serves.
    pub channels: Vec<Channel>,
    /// Its first listener, `127.0.0.1:<port>`.
    pub address: String,
    /// The command to run, complete.
    pub command: Vec<String>,
    /// The directory in which it runs. Left-over processes are recognised by it.
    pub directory: PathBuf,
    /// The file whose content, together with the program's, decides whether a running process is
    /// of the current plan.
    pub config: PathBuf,
    /// The program's file.
    pub program: PathBuf,
    /// Where its output goes.
    pub log: PathBuf,
}

impl Unit {
    /// The port of its first listener.
    pub fn port(&self) -> Option<u16> {
        self.address.rsplit_once(':')?.1.parse().ok()
    }
}

/// Everything that is to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The links, then in the order of the topology: a block's database, its standby, its Redis,
    /// its processes.
    pub units: Vec<Unit>,
    /// Back-office systems, as targets of faults.
    pub systems: Vec<String>,
    /// The systems' control listener, if there is one.
    pub systems_control: Option<String>,
    /// The operations API of the router that leads, if there is a router.
    pub operations: Option<String>,
    /// The operations API of each router, the router backup's last.
    #[serde(default)]
    pub operations_at: Vec<String>,
    /// The router's process beside the database that takes writes.
    #[serde(default)]
    pub leading_router: Option<String>,
}

impl Plan {
    /// The plan that the last `up` wrote.
    pub fn read(place: &Place) -> Result<Self> {
        let path = place.plan();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Failure::new("NOT-STARTED", "The bank has not been started here yet.")
                    .mend("make up")
            } else {
                Failure::file(&path, &error)
            }
        })?;
        serde_json::from_str(&text).map_err(|error| {
            Failure::new("UP-FILE", format!("{} is damaged: {error}.", path.display()))
                .mend("make up")
        })
    }

    /// Keeps the plan for the supervisor and later commands.
    pub fn write(&self, place: &Place) -> Result<()> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::new("UP-FILE", format!("The plan: {error}.")))?;
        write_private(&place.plan(), &text)
    }

    /// The links that lead to a data centre.
    pub fn links_of(&self, data_center: &str) -> Vec<&Unit> {
        let leads = |between: &[String; 2]| between.iter().any(|one| one == data_center);
        self.units.iter().filter(|unit| unit.between.as_ref().is_some_and(leads)).collect()
    }

    /// The process called `name`.
    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.name == name)
    }
}

/// A router's process.
struct Leads {
    name: String,
    role: Role,
}

/// What a plan is made from.
#[derive(Debug)]
pub struct Planner<'a> {
    /// What runs.
    pub topology: &'a Topology,
    /// On which ports.
    pub ports: Ports<'a>,
    /// Where files lie.
    pub place: &'a Place,
    /// The programs of others.
    pub tools: &'a Tools,
    /// Which database servers take writes.
    pub servers: &'a Servers,
    /// Where the databases lie.
    pub data: PathBuf,
}

impl Planner<'_> {
    /// Every process of the topology.
    pub fn plan(&self) -> Plan {
        let mut units: Vec<Unit> = self.ports.links().iter().map(|link| self.link(link)).collect();
        for block in &self.topology.blocks {
            if block.database {
                units.push(self.database(block));
            }
            if let Some(standby) = &block.standby {
                units.push(self.standby(block, &standby.data_center));
            }
            if block.redis {
                units.push(self.redis(block));
            }
            units.extend(self.services(block));
        }
        let leads = self.leading_router();
        let url_of = |wanted: Role, listener: Listener| {
            self.topology.processes().find_map(|(block, process)| {
                let port = self.ports.at(block, process, listener);
                (process.role(block) == wanted).then(|| format!("http://127.0.0.1:{port}"))
            })
        };
        Plan {
            units,
            systems: self.topology.systems.names.clone(),
            systems_control: url_of(Role::Systems, Listener::Control),
            operations: leads.as_ref().and_then(|router| url_of(router.role, Listener::Ops)),
            operations_at: [Role::Router, Role::RouterBackup]
                .into_iter()
                .filter_map(|role| url_of(role, Listener::Ops))
                .collect(),
            leading_router: leads.map(|router| router.name),
        }
    }

    /// The router that leads has the database that takes writes beside it.
    fn leading_router(&self) -> Option<Leads> {
        let block = self.topology.block_of(Role::Router)?;
        let wanted = self.servers.of(block).router();
        let process = block.processes.iter().find(|process| process.role(block) == wanted)?;
        Some(Leads { name: process.name.clone(), role: wanted })
    }

    /// The configuration file of a process.
    pub fn config(&self, process: &str) -> PathBuf {
        self.place.config().join(format!("{process}.toml"))
    }

    /// The configuration file of a block's Redis.
    pub fn redis_config(&self, block: &Block) -> PathBuf {
        self.place.config().join(format!("{}-redis.conf", block.name))
    }

    /// The program of a command in the topology: a name beside this program, or a path.
    pub fn program(&self, command: &[String]) -> PathBuf {
        self.place.bin().join(command.first().map_or("", String::as_str))
    }

    fn link(&self, link: &Link<'_>) -> Unit {
        let name = link.name();
        let config = self.config(&name);
        let program = self.place.bin().join("bulkhead");
        let mut command = self.tools.wrapped(Some("TERM"), None);
        command.extend([shown(&program), "link".to_owned(), shown(&config)]);
        Unit {
            block: "links".to_owned(),
            data_center: link.between.join(" ─ "),
            between: Some(link.between.map(str::to_owned)),
            address: address(link.health),
            command,
            directory: self.place.state().join("run"),
            config,
            program,
            log: self.place.log(&name),
            name,
            role: Role::Link,
            kind: Kind::Service,
            channels: Vec::new(),
        }
    }

    fn standby(&self, block: &Block, data_center: &str) -> Unit {
        Unit {
            data_center: data_center.to_owned(),
            address: address(self.ports.standby(block)),
            ..self.server(block, &standby_name(&block.name), &standby_name(&block.name))
        }
    }

    fn database(&self, block: &Block) -> Unit {
        Unit {
            address: address(self.ports.database(block)),
            ..self.server(block, &database_name(&block.name), &block.name)
        }
    }

    /// A PostgreSQL server on the cluster in `directory`.
    fn server(&self, block: &Block, name: &str, directory: &str) -> Unit {
        let cluster = self.data.join(directory);
        let program = self.tools.postgres.join("postgres");
        let mut command = self.tools.wrapped(Some("INT"), self.tools.run_as.as_ref());
        command.extend([shown(&program), "-D".to_owned(), shown(&cluster)]);
        Unit {
            kind: Kind::Database,
            command,
            config: cluster.join(CONF),
            directory: cluster,
            program,
            ..self.unit(block, block.role, name)
        }
    }

    fn redis(&self, block: &Block) -> Unit {
        let config = self.redis_config(block);
        let mut command = self.tools.wrapped(Some("TERM"), None);
        command.extend([shown(&self.tools.redis), shown(&config)]);
        Unit {
            kind: Kind::Redis,
            address: address(self.ports.redis(block)),
            command,
            config,
            program: self.tools.redis.clone(),
            ..self.unit(block, block.role, &format!("{}-redis", block.name))
        }
    }

    fn services(&self, block: &Block) -> Vec<Unit> {
        let mut units = Vec::new();
        for process in &block.processes {
            let role = process.role(block);
            let Some(programs) = self.topology.roles.get(&role) else {
                continue;
            };
            let listeners = self.ports.listeners(block, process);
            let config = self.config(&process.name);
            let program = self.program(&programs.serve);
            let mut command = self.tools.wrapped(Some("TERM"), None);
            command.push(shown(&program));
            command.extend(programs.serve.iter().skip(1).cloned());
            command.extend(["--config".to_owned(), shown(&config)]);
            units.push(Unit {
                channels: process.channels.clone(),
                data_center: process.data_center(block).to_owned(),
                address: address(listeners.first().map_or(0, |(_, port)| *port)),
                command,
                config,
                program,
                ..self.unit(block, role, &process.name)
            });
        }
        units
    }

    fn unit(&self, block: &Block, role: Role, name: &str) -> Unit {
        Unit {
            name: name.to_owned(),
            block: block.name.clone(),
            role,
            kind: Kind::Service,
            data_center: block.data_center.clone(),
            between: None,
            channels: Vec::new(),
            address: String::new(),
            command: Vec::new(),
            directory: self.place.state().join("run"),
            config: PathBuf::new(),
            program: PathBuf::new(),
            log: self.place.log(name),
        }
    }
}

/// The name of a block's database server.
pub fn database_name(block: &str) -> String {
    format!("{block}-database")
}

/// The name of the server that is made as the database's standby, and of its cluster's directory.
pub fn standby_name(block: &str) -> String {
    format!("{block}-standby")
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}
