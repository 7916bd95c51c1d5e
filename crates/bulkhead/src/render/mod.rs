//! The configuration file of every process, computed from topology, ports and secrets.
//!
//! Pure: the same three make the same text. The shape is that of each program's commented default
//! configuration; what is not named here keeps its default there.

pub mod servers;

use std::collections::BTreeMap;
use std::path::PathBuf;

use platform::identity::token_hash;
use serde::Serialize;

use crate::secrets::{LAUNCHER, Secrets};
use crate::topology::ports::{Listener, Ports};
use crate::topology::{Block, Process, Role, Topology};

/// Where the customers' app comes from; the only origin that blocks accept.
const BANK: &str = "bank.localhost";
/// The parent of the blocks that hold customers' sessions.
const MY: &str = "my.bank.localhost";
/// The parent of the guest blocks, apart from the sessions' cookies.
const GUEST: &str = "guest.bank.localhost";

/// The system through which blocks send codes and notices to customers.
const MESSAGES: &str = "messages";

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
    identity: Identity<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    peers: BTreeMap<&'a str, Url>,
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
struct Identity<'a> {
    token: &'a str,
    callers: BTreeMap<&'a str, String>,
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
    folder: String,
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
                data_center: &block.data_center,
                channels: process.channels.iter().map(|channel| channel.as_str()).collect(),
            },
            listen: self.listen(block, process),
            http: self.http(),
            database: block.database.then(|| Url { url: self.block_database_url(block) }),
            redis: block
                .redis
                .then(|| Url { url: format!("redis://127.0.0.1:{}", self.ports.redis(block)) }),
            identity: self.identity(process.service(block), role),
            peers: self.peers(role),
            ticket_keys: self.ticket_keys(block),
            web: self.web(block),
            urls: if role == Role::Router { self.public_urls() } else { BTreeMap::new() },
            systems: if role == Role::Systems { self.systems(block) } else { BTreeMap::new() },
            applications: self.applications(role),
            pages: self.pages(role),
        };
        let text = toml::to_string(&config).map_err(|source| RenderError { source })?;
        Ok(format!(
            "# Rendered from deploy/topology.toml by `bulkhead up`; changes are lost.\n{text}"
        ))
    }

    /// The address under which services reach a role's first process, such as the gateway.
    pub fn address_of(&self, role: Role, listener: Listener) -> Option<String> {
        let (block, process) =
            self.topology.processes().find(|(block, process)| process.role(block) == role)?;
        Some(loopback(self.ports.of(block, process.role(block), listener)))
    }

    /// The database URL of a block's own account.
    pub fn block_database_url(&self, block: &Block) -> String {
        let password = self.secrets.databases.get(&block.name).map_or("", String::as_str);
        database_url("bulkhead", password, self.ports.database(block))
    }

    /// What customers' clients are told about each block that serves channels.
    pub fn public_url(&self, block: &Block, listener: Listener) -> String {
        let parent = if block.role == Role::Guest { GUEST } else { MY };
        let port = self.ports.of(block, block.role, listener);
        format!("http://{}.{parent}:{port}", block.name)
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

    fn identity(&self, service: &str, role: Role) -> Identity<'a> {
        let services = &self.secrets.services;
        let may_call = |caller: &str| match role {
            Role::Router => caller == LAUNCHER,
            Role::Gateway => true,
            Role::Systems => self.caller_role(caller).is_none_or(|role| {
                // The message channel is a system that blocks use directly.
                role == Role::Gateway || role.serves_channels()
            }),
            _ => matches!(self.caller_role(caller), None | Some(Role::Router)),
        };
        let callers = services
            .iter()
            .filter(|(caller, _)| caller.as_str() != service && may_call(caller))
            .map(|(caller, token)| (caller.as_str(), token_hash(token)))
            .collect();
        Identity { token: services.get(service).map_or("", String::as_str), callers }
    }

    /// The role behind a service name; none for the launcher.
    fn caller_role(&self, caller: &str) -> Option<Role> {
        self.topology
            .processes()
            .find(|(block, process)| process.service(block) == caller)
            .map(|(block, process)| process.role(block))
    }

    fn peers(&self, role: Role) -> BTreeMap<&'a str, Url> {
        let mut peers = BTreeMap::new();
        if role == Role::Gateway {
            for (system, port) in self.ports.systems() {
                peers.insert(system, Url { url: loopback(port) });
            }
            return peers;
        }
        if let Some(url) = self.address_of(Role::Gateway, Listener::Internal) {
            peers.insert("gateway", Url { url });
        }
        if role.serves_channels()
            && let Some((name, port)) = self.ports.systems().find(|(name, _)| *name == MESSAGES)
        {
            peers.insert(name, Url { url: loopback(port) });
        }
        if role == Role::Router {
            for block in self.topology.blocks.iter().filter(|block| block.role.serves_channels()) {
                let port = self.ports.of(block, block.role, Listener::Internal);
                peers.insert(&block.name, Url { url: loopback(port) });
            }
        }
        peers
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
        Some(Web { allowed_origins: self.bank_origin().into_iter().collect(), cookie_domain })
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

    /// The customers' page may load what the router serves and call the customers' blocks.
    fn pages(&self, role: Role) -> Option<Pages> {
        let page = self.page.as_ref().filter(|_| role == Role::Router)?;
        let folder = page.display().to_string();
        let content_security_policy = format!(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self' http://*.{MY}:*"
        );
        Some(Pages { folder, content_security_policy })
    }

    fn systems(&self, block: &Block) -> BTreeMap<&'a str, System> {
        let database = self.ports.database(block);
        self.ports
            .systems()
            .map(|(system, port)| {
                let password = self.secrets.systems.get(system).map_or("", String::as_str);
                let system_config = System {
                    listen: format!("127.0.0.1:{port}"),
                    database_url: database_url(&system_account(system), password, database),
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

/// The database account of a back-office system.
pub fn system_account(system: &str) -> String {
    format!("sys_{}", system.replace('-', "_"))
}

fn loopback(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn database_url(account: &str, password: &str, port: u16) -> String {
    format!("postgres://{account}:{password}@127.0.0.1:{port}/bulkhead")
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
mod tests {
    use super::*;
    use crate::secrets::StaffKey;

    fn rendered(process: &str) -> toml::Table {
        let topology = Topology::parse(include_str!("../../../../deploy/topology.toml")).unwrap();
        let mut secrets = Secrets::default();
        let mut count = 0;
        secrets.complete(&topology, || {
            count += 1;
            format!("{count:064x}")
        });
        secrets.staff =
            Some(StaffKey { private: "private".to_owned(), public: "public".to_owned() });
        let sources = Sources {
            topology: &topology,
            ports: Ports::new(&topology, 7000),
            secrets: &secrets,
            page: Some(PathBuf::from("page")),
        };
        let (block, process) =
            topology.processes().find(|(_, candidate)| candidate.name == process).unwrap();
        sources.config(block, process).unwrap().parse().unwrap()
    }

    #[test]
    fn a_web_process_gets_its_own_listener_and_nothing_of_others() {
        let config = rendered("client-1-web");
        assert_eq!(config["service"]["channels"], toml::Value::from(vec!["web"]));
        assert_eq!(config["listen"].as_table().unwrap().len(), 1);
        assert_eq!(config["listen"]["web"].as_str(), Some("127.0.0.1:7020"));
        assert!(config["database"]["url"].as_str().unwrap().ends_with("@127.0.0.1:7028/bulkhead"));
        assert_eq!(config["peers"]["gateway"]["url"].as_str(), Some("http://127.0.0.1:7120"));
        assert_eq!(config["ticket_keys"].as_table().unwrap().len(), 1);
        let problems = config["http"]["problem_base"].as_str();
        assert_eq!(problems, Some("http://bank.localhost:7000/problems/"));
        let origins = config["web"]["allowed_origins"].as_array().unwrap();
        assert_eq!(origins[0].as_str(), Some("http://bank.localhost:7000"));
        let callers = config["identity"]["callers"].as_table().unwrap();
        assert_eq!(callers.keys().collect::<Vec<_>>(), ["launcher", "router"]);
    }

    #[test]
    fn only_the_router_knows_every_ticket_key_and_every_address() {
        let config = rendered("router");
        assert_eq!(config["ticket_keys"].as_table().unwrap().len(), 5);
        let urls = config["urls"].as_table().unwrap();
        let guest = urls["guest-1"]["web"].as_str();
        assert_eq!(guest, Some("http://guest-1.guest.bank.localhost:7080"));
        assert_eq!(urls["client-2"]["role"].as_str(), Some("client"));
        assert_eq!(config["pages"]["folder"].as_str(), Some("page"));
        let callers = config["identity"]["callers"].as_table().unwrap();
        assert_eq!(callers.keys().collect::<Vec<_>>(), ["launcher"]);
    }

    #[test]
    fn only_guests_get_the_staffs_key_and_only_the_public_one() {
        let guest = rendered("guest-1");
        assert_eq!(guest["applications"]["staff_key"].as_str(), Some("public"));
        assert!(!guest.to_string().contains("private"));
        assert!(!rendered("pilot").contains_key("applications"));
    }

    #[test]
    fn each_system_has_its_own_listener_and_account_and_the_gateway_their_addresses() {
        let systems = rendered("systems");
        let cards = systems["systems"]["credit-history"].as_table().unwrap();
        assert_eq!(cards["listen"].as_str(), Some("127.0.0.1:7150"));
        let url = cards["database_url"].as_str().unwrap();
        assert!(url.starts_with("postgres://sys_credit_history:"), "{url}");
        assert_eq!(systems["listen"]["admin"].as_str(), Some("127.0.0.1:7124"));
        let gateway = rendered("gateway");
        assert_eq!(gateway["peers"]["cards"]["url"].as_str(), Some("http://127.0.0.1:7140"));
        assert_eq!(gateway["listen"]["internal"].as_str(), Some("127.0.0.1:7120"));
        assert!(!gateway.contains_key("redis"));
    }
}
