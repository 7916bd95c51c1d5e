//! The passwords, tokens and keys of one checkout's bank: made once, kept in
//! `.bulkhead/secrets.toml`, which only its owner can read.
//!
//! A topology that grew gets what is new; what exists never changes, because databases and
//! configuration elsewhere were made with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::topology::Topology;

/// The name under which the launcher calls services.
pub const LAUNCHER: &str = "launcher";

/// Everything secret, by what it is for. All values are lower-case hex.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// Password of the launcher's account in every private PostgreSQL.
    pub database_superuser: String,
    /// Password of a block's account in its database, by block.
    pub databases: BTreeMap<String, String>,
    /// Password of the account under which standbys follow their databases.
    pub replication: String,
    /// Password of a back-office system's account, by system.
    pub systems: BTreeMap<String, String>,
    /// What a service presents when it calls another, by service.
    pub services: BTreeMap<String, String>,
    /// The key between the router and one block that seals tickets, by block.
    pub ticket_keys: BTreeMap<String, String>,
    /// The keys of the staff who read visitors' applications; made by the guest block's program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffKey>,
}

/// A pair of keys: whoever has the public one can seal, only the private one opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffKey {
    /// Stays in the launcher's file.
    pub private: String,
    /// Given to guest blocks.
    pub public: String,
}

impl Secrets {
    /// Adds what `topology` needs and is missing. `random` returns 32 fresh random bytes in hex.
    pub fn complete(&mut self, topology: &Topology, mut random: impl FnMut() -> String) {
        if self.database_superuser.is_empty() {
            self.database_superuser = random();
        }
        if self.replication.is_empty() {
            self.replication = random();
        }
        let mut add = |table: &mut BTreeMap<String, String>, name: &str| {
            if !table.contains_key(name) {
                table.insert(name.to_owned(), random());
            }
        };
        add(&mut self.services, LAUNCHER);
        for (block, process) in topology.processes() {
            add(&mut self.services, process.service(block));
        }
        for block in &topology.blocks {
            add(&mut self.databases, &block.name);
            if block.role.serves_channels() {
                add(&mut self.ticket_keys, &block.name);
            }
        }
        for system in &topology.systems.names {
            add(&mut self.systems, system);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exists_never_changes() {
        let text = include_str!("../../../deploy/topology.toml");
        let topology = Topology::parse(text).unwrap();
        let mut secrets = Secrets::default();
        secrets.complete(&topology, || "old".to_owned());
        secrets.services.remove("guest-2");
        let before = secrets.clone();
        secrets.complete(&topology, || "new".to_owned());
        assert_eq!(secrets.services.remove("guest-2").as_deref(), Some("new"));
        assert_eq!(secrets, before);
    }

    #[test]
    fn everything_that_is_called_has_a_token_and_every_block_with_customers_a_ticket_key() {
        let text = include_str!("../../../deploy/topology.toml");
        let topology = Topology::parse(text).unwrap();
        let mut secrets = Secrets::default();
        secrets.complete(&topology, platform::random::token);
        for name in ["launcher", "router", "client-1", "gateway", "systems"] {
            assert_eq!(secrets.services[name].len(), 64, "{name}");
        }
        assert_ne!(secrets.services["router"], secrets.services["client-1"]);
        assert!(secrets.ticket_keys.contains_key("pilot"));
        assert!(!secrets.ticket_keys.contains_key("router"));
        assert!(secrets.systems.contains_key("credit-history"));
    }
}
