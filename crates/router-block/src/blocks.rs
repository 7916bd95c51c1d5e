//! The blocks of the bank as this router knows them from its configuration: what clients are told
//! of each, its key for tickets, its internal API.

use std::collections::BTreeMap;
use std::collections::btree_map::Values;

use bytes::Bytes;
use common::BlockName;
use common::ticket::TicketKey;
use common::wire::router::{BlockAddress, ChannelUrls};
use platform::config::ConfigError;
use platform::random;
use platform::rpc::{Caller, Peer};

use crate::config::{Config, PublicUrls};
use crate::sealer::Sealer;

/// What a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Home of customers.
    Client,
    /// Home of staff and of customers who like new versions.
    Pilot,
    /// Anonymous visitors.
    Guest,
    /// Takes customers over.
    Backup,
}

impl Role {
    /// May customers be assigned to it?
    pub fn is_home(self) -> bool {
        matches!(self, Self::Client | Self::Pilot)
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "client" => Some(Self::Client),
            "pilot" => Some(Self::Pilot),
            "guest" => Some(Self::Guest),
            "backup" => Some(Self::Backup),
            _ => None,
        }
    }
}

/// A block.
pub struct Block {
    /// What it is for.
    pub role: Role,
    /// What clients are told of it.
    pub address: BlockAddress,
    /// The same as the beginning of an answer, up to where the ticket or the end comes.
    pub answer_head: Bytes,
    /// For how many customers it has room.
    pub capacity: u64,
    /// Seals tickets for it; guests have none.
    pub sealer: Option<Sealer>,
    /// Its internal API.
    pub peer: Peer,
}

impl Block {
    /// Does it keep a copy of the register? Guests serve nobody's customers.
    pub fn is_told_of_moves(&self) -> bool {
        self.role != Role::Guest
    }

    fn new(name: &BlockName, urls: &PublicUrls, config: &Config) -> Result<Self, ConfigError> {
        let role = Role::parse(&urls.role).ok_or_else(|| {
            let wanted = "client, pilot, guest or backup";
            ConfigError::Inconsistent(format!("urls.{name}.role must be {wanted}"))
        })?;
        let sealer = if role == Role::Guest {
            None
        } else {
            let key = TicketKey::new(name.clone(), &config.ticket_key(name)?);
            Some(Sealer::new(key, random::bytes()))
        };
        let address = BlockAddress {
            id: name.clone(),
            role: urls.role.clone(),
            urls: ChannelUrls { web: urls.web.clone(), mobile: urls.mobile.clone() },
        };
        let json = serde_json::to_string(&address)
            .map_err(|error| ConfigError::Inconsistent(format!("urls.{name}: {error}")))?;
        Ok(Self {
            role,
            answer_head: format!("{{\"block\":{json}").into(),
            address,
            capacity: config.capacity_of(name),
            sealer,
            peer: Peer::over(
                name.as_str(),
                config.peer_urls(name.as_str())?,
                caller(config),
                &config.rpc,
            )?,
        })
    }
}

/// All blocks, by name.
pub struct Blocks {
    by_name: BTreeMap<BlockName, Block>,
}

impl Blocks {
    /// The blocks of the configuration.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let mut by_name = BTreeMap::new();
        for (name, urls) in &config.urls {
            let name: BlockName = name
                .parse()
                .map_err(|error| ConfigError::Inconsistent(format!("urls: {error}")))?;
            let block = Block::new(&name, urls, config)?;
            by_name.insert(name, block);
        }
        Ok(Self { by_name })
    }

    /// The block with this name.
    pub fn get(&self, name: &BlockName) -> Option<&Block> {
        self.by_name.get(name)
    }

    /// All of them, in the order of their names.
    pub fn all(&self) -> Values<'_, BlockName, Block> {
        self.by_name.values()
    }
}

/// Who the router is towards other services.
pub fn caller(config: &Config) -> Caller {
    Caller { service: config.service.name.clone(), token: config.identity.token.clone() }
}
