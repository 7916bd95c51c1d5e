//! Which of a block's two database servers takes writes, and what became of the other:
//! `.bulkhead/databases.toml`. A block that never had a promotion is not in it.
//!
//! It is written before a server is promoted, so that no start, whenever it comes, makes the old
//! primary one again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};
use crate::place::{Place, read_if_there, write_private};
use crate::plan::{database_name, standby_name};
use crate::topology::ports::Ports;
use crate::topology::{Block, Role};

/// One of the two servers, by what it was made as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The block's first.
    #[default]
    Database,
    /// The one in the other data centre.
    Standby,
}

impl Side {
    /// Its twin.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Database => Self::Standby,
            Self::Standby => Self::Database,
        }
    }

    /// The name of its process.
    pub fn unit(self, block: &Block) -> String {
        match self {
            Self::Database => database_name(&block.name),
            Self::Standby => standby_name(&block.name),
        }
    }

    /// The name of its cluster's directory.
    pub fn directory(self, block: &Block) -> String {
        match self {
            Self::Database => block.name.clone(),
            Self::Standby => standby_name(&block.name),
        }
    }

    /// Its port.
    pub fn port(self, ports: &Ports<'_>, block: &Block) -> u16 {
        match self {
            Self::Database => ports.database(block),
            Self::Standby => ports.standby(block),
        }
    }

    /// Its failure domain.
    pub fn data_center(self, block: &Block) -> &str {
        match (self, &block.standby) {
            (Self::Standby, Some(standby)) => &standby.data_center,
            _ => &block.data_center,
        }
    }
}

/// What is known of a block's two servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pair {
    /// Who takes writes.
    pub primary: Side,
    /// The other was the primary once and may not start on its old data.
    pub barred: bool,
    /// The primary does not wait for the other, although it should.
    pub alone: bool,
}

impl Pair {
    /// The role of the router that leads over these two: each router has one of them.
    pub fn router(self) -> Role {
        match self.primary {
            Side::Database => Role::Router,
            Side::Standby => Role::RouterBackup,
        }
    }
}

/// The pairs that differ from what the topology made, by block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Servers(BTreeMap<String, Pair>);

impl Servers {
    /// As the last promotion left it.
    pub fn read(place: &Place) -> Result<Self> {
        let path = place.file("databases.toml");
        let Some(text) = read_if_there(&path)? else {
            return Ok(Self::default());
        };
        // Guessing here could make two primaries.
        toml::from_str(&text).map_err(|error| {
            let reason = error.message();
            Failure::new("UP-FILE", format!("{} is damaged: {reason}.", path.display()))
                .mend("make reset && make up    # deletes the bank's data")
        })
    }

    /// Is anything written down of this block?
    pub fn knows(&self, block: &Block) -> bool {
        self.0.contains_key(&block.name)
    }

    /// A block's pair.
    pub fn of(&self, block: &Block) -> Pair {
        self.0.get(&block.name).copied().unwrap_or_default()
    }

    /// Changes a block's pair and keeps that.
    pub fn change(place: &Place, block: &Block, change: impl FnOnce(&mut Pair)) -> Result<()> {
        let mut servers = Self::read(place)?;
        change(servers.0.entry(block.name.clone()).or_default());
        let text = toml::to_string(&servers)
            .map_err(|error| Failure::new("UP-FILE", format!("databases.toml: {error}.")))?;
        write_private(&place.file("databases.toml"), &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_router_that_leads_is_beside_the_database_that_takes_writes() {
        assert_eq!(Pair::default().router(), Role::Router);
        let promoted = Pair { primary: Side::Standby, ..Pair::default() };
        assert_eq!(promoted.router(), Role::RouterBackup);
    }

    #[test]
    fn what_is_written_down_is_read_again() {
        let pair = Pair { primary: Side::Standby, barred: true, alone: false };
        let servers = Servers([("archive".to_owned(), pair)].into());
        let text = toml::to_string(&servers).unwrap();
        assert_eq!(text, "[archive]\nprimary = \"standby\"\nbarred = true\nalone = false\n");
        assert_eq!(toml::from_str::<Servers>(&text).unwrap(), servers);
    }
}
