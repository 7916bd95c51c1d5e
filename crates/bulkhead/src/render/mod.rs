//! The configuration file of every process, computed from topology, ports and secrets.
//!
//! Pure: the same three make the same text. The shape is that of each program's commented default
//! configuration; what is not named here keeps its default there.

mod peers;
pub mod servers;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Serialize;

use crate::link;
use crate::secrets::Secrets;
use crate::servers::Servers;
use crate::topology::links::Link;
use crate::topology::ports::{Listener, Ports};
use crate::topology::{Block, Process, Role, Topology};

/// Where the customers' app comes from; the only origin that blocks accept.
const BANK: &str = "bank.localhost";
/// The parent of the blocks that hold customers' sessions.
const MY: &str = "my.bank.localhost";
/// The parent of the guest blocks, apart from the sessions' cookies.
const GUEST: &str = "guest.bank.localhost";

/// One process's configuration file.
#[derive(Debug, Serialize)]
struct Config<'a> {
    service: Service<'a>,
    listen: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<Http>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<Url>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redis: Option<Url>,
    identity: peers::Identity<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    peers: BTreeMap<&'a str, peers::Urls>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    backups: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data_centers: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probe: Option<peers::Probe<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ticket_keys: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    web: Option<Web>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    urls: BTreeMap<&'a str, PublicUrls>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    systems: BTreeMap<&'a str, System>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applications: Option<Applications<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<Pages>,
}

#[derive(Debug, Serialize)]
struct Service<'a> {
    name: &'a str,
    process: &'a str,
    role: Role,
    data_center: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    channels: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Url {
    url: String,
}

#[derive(Debug, Serialize)]
struct Http {
    problem_base: String,
}

#[derive(Debug, Serialize)]
struct Web {
    allowed_origins: Vec<String>,
    cookie_domain: &'static str,
}

#[derive(Debug, Serialize)]
struct PublicUrls {
    role: Role,
    web: String,
    mobile: String,
}

#[derive(Debug, Serialize)]
struct Applications<'a> {
    staff_key: &'a str,
}

#[derive(Debug, Serialize)]
struct Pages {
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
    origins: Vec<String>,
    demo: bool,
    content_security_policy: String,
}

#[derive(Debug, Serialize)]
struct System {
    listen: String,
    database_url: String,
}

/// What configuration is made from.
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    /// What runs.
    pub topology: &'a Topology,
    /// On which ports.
    pub ports: Ports<'a>,
    /// With which secrets.
    pub secrets: &'a Secrets,
    /// Which database servers take writes.
    pub servers: &'a Servers,
    /// Where the customers' page lies, if it is built.
    pub page: Option<PathBuf>,
}

impl<'a> Sources<'a> {
    /// The configuration of one process, as TOML.
    pub fn config(&self, block: &'a Block, process: &'a Process) -> Result<String, RenderError> {
        let role = process.role(block);
        let config = Config {
            service: Service {
                name: process.service(block),
                process: &process.name,
                role,
                data_center: process.data_center(block),
                channels: process.channels.iter().map(|channel| channel.as_str()).collect(),
            },
            listen: self.listen(block, process),
            http: self.http(),
            database: self.database(block, process),
            redis: block
                .redis
                .then(|| Url { url: format!("redis://127.0.0.1:{}", self.ports.redis(block)) }),
            identity: self.identity(process.service(block), role),
            peers: self.peers(block, process),
            backups: self.backups(role),
            data_centers: if role.routes() { self.data_centers() } else { BTreeMap::new() },
            probe: self.probe(block, process),
            ticket_keys: self.ticket_keys(block),
            web: self.web(block),
            urls: if role.routes() { self.public_urls() } else { BTreeMap::new() },
            systems: if role == Role::Systems { self.systems(block) } else { BTreeMap::new() },
            applications: self.applications(role),
            pages: self.pages(role),
        };
        let text = toml::to_string(&config).map_err(|source| RenderError { source })?;
        Ok(format!(
            "# Rendered from deploy/topology.toml by `bulkhead up`; changes are lost.\n{text}"
        ))
    }

    /// The address of a role's first process, such as the router.
    pub fn address_of(&self, role: Role, listener: Listener) -> Option<String> {
        let (block, process) =
            self.topology.processes().find(|(block, process)| process.role(block) == role)?;
        Some(loopback(self.ports.at(block, process, listener)))
    }

    /// The database of a block's own account, as this process reaches it. Where there is a standby,
    /// whichever of the two takes writes is meant; the router and its backup each have their own.
    fn database(&self, block: &Block, process: &Process) -> Option<Url> {
        if !block.database {
            return None;
        }
        let from = process.data_center(block);
        let own = self.reach(from, &block.data_center, self.ports.database(block));
        let standby = block
            .standby
            .as_ref()
            .map(|standby| self.reach(from, &standby.data_center, self.ports.standby(block)));
        let (hosts, follows) = match (process.role(block), standby) {
            (Role::RouterBackup, Some(standby)) => (standby, ""),
            (Role::Router, _) | (_, None) => (own, ""),
            (_, Some(standby)) => (format!("{own},{standby}"), "?target_session_attrs=read-write"),
        };
        let password = self.secrets.databases.get(&block.name).map_or("", String::as_str);
        Some(Url { url: format!("{}{follows}", database_url("bulkhead", password, &hosts)) })
    }

    /// What customers' clients are told about each block that serves channels.
    pub fn public_url(&self, block: &Block, listener: Listener) -> String {
        let parent = if block.role == Role::Guest { GUEST } else { MY };
        let port = self.ports.of(block, block.role, listener);
        format!("http://{}.{parent}:{port}", block.name)
    }

    /// Where the customers' app comes from, the router's backup included.
    fn origins(&self) -> Vec<String> {
        let routers =
            self.topology.processes().filter(|(block, process)| process.role(block).routes());
        routers
            .map(|(block, process)| self.ports.at(block, process, Listener::Web))
            .map(|port| format!("http://{BANK}:{port}"))
            .collect()
    }

    /// Where the customers' app comes from.
    pub fn bank_origin(&self) -> Option<String> {
        let router = self.topology.block_of(Role::Router)?;
        Some(format!("http://{BANK}:{}", self.ports.of(router, Role::Router, Listener::Web)))
    }

    /// Problem documents point to the router's pages, wherever they were written.
    fn http(&self) -> Option<Http> {
        let origin = self.bank_origin()?;
        Some(Http { problem_base: format!("{origin}/problems/") })
    }

    fn listen(&self, block: &Block, process: &Process) -> BTreeMap<&'static str, String> {
        self.ports
            .listeners(block, process)
            .into_iter()
            .map(|(listener, port)| (listen_key(listener), format!("127.0.0.1:{port}")))
            .collect()
    }

    fn ticket_keys(&self, block: &Block) -> BTreeMap<&'a str, &'a str> {
        self.secrets
            .ticket_keys
            .iter()
            .filter(|(name, _)| block.role == Role::Router || **name == block.name)
            .map(|(name, key)| (name.as_str(), key.as_str()))
            .collect()
    }

    fn web(&self, block: &Block) -> Option<Web> {
        if !block.role.serves_channels() && block.role != Role::Router {
            return None;
        }
        let cookie_domain = if block.role == Role::Guest { GUEST } else { MY };
        Some(Web { allowed_origins: self.origins(), cookie_domain })
    }

    fn public_urls(&self) -> BTreeMap<&'a str, PublicUrls> {
        self.topology
            .blocks
            .iter()
            .filter(|block| block.role.serves_channels())
            .map(|block| {
                let urls = PublicUrls {
                    role: block.role,
                    web: self.public_url(block, Listener::Web),
                    mobile: self.public_url(block, Listener::Mobile),
                };
                (block.name.as_str(), urls)
            })
            .collect()
    }

    /// Guests can seal for the staff; they cannot read what they have sealed.
    fn applications(&self, role: Role) -> Option<Applications<'a>> {
        let staff = self.secrets.staff.as_ref().filter(|_| role == Role::Guest)?;
        Some(Applications { staff_key: &staff.public })
    }

    /// The customers' page may load what the router serves, and call the routers and the customers'
    /// blocks.
    fn pages(&self, role: Role) -> Option<Pages> {
        if !role.routes() {
            return None;
        }
        let origins = self.origins();
        let content_security_policy = format!(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self' {} http://*.{MY}:*",
            origins.join(" "),
        );
        let folder = self.page.as_ref().map(|page| page.display().to_string());
        // What the launcher starts is a demonstration.
        Some(Pages { folder, origins, demo: true, content_security_policy })
    }

    fn systems(&self, block: &Block) -> BTreeMap<&'a str, System> {
        let database = format!("127.0.0.1:{}", self.ports.database(block));
        self.ports
            .systems()
            .map(|(system, port)| {
                let password = self.secrets.systems.get(system).map_or("", String::as_str);
                let system_config = System {
                    listen: format!("127.0.0.1:{port}"),
                    database_url: database_url(&system_account(system), password, &database),
                };
                (system, system_config)
            })
            .collect()
    }
}

/// The configuration could not be written as TOML: a defect of this module.
#[derive(Debug, thiserror::Error)]
#[error("a configuration cannot be written as TOML")]
pub struct RenderError {
    #[source]
    source: toml::ser::Error,
}

/// The configuration of a link, as TOML.
pub fn link_config(link: &Link<'_>) -> Result<String, RenderError> {
    let here = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let routes = link.routes.iter().map(|route| link::Route {
        purpose: format!("from {} to {}", route.from, route.purpose),
        listen: here(route.listen),
        target: here(route.target),
    });
    let config = link::Config { health: here(link.health), routes: routes.collect() };
    toml::to_string(&config).map_err(|source| RenderError { source })
}

/// The database account of a back-office system.
pub fn system_account(system: &str) -> String {
    format!("sys_{}", system.replace('-', "_"))
}

fn loopback(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn database_url(account: &str, password: &str, hosts: &str) -> String {
    format!("postgres://{account}:{password}@{hosts}/bulkhead")
}

fn listen_key(listener: Listener) -> &'static str {
    match listener {
        Listener::Web => "web",
        Listener::Mobile => "mobile",
        Listener::Ops => "ops",
        Listener::Admin | Listener::Control => "admin",
        Listener::Internal => "internal",
        Listener::Health => "health",
        Listener::Database => "database",
        Listener::Redis => "redis",
    }
}

#[cfg(test)]
mod tests;
