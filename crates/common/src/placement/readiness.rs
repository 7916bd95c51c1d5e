//! Is a backup what its home's customers need? Compared before a move is offered (protocol §9), so
//! that an unequal backup is found by whoever looks and not by the customers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a block says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The newest version of payloads that it understands.
    pub version: u32,
    /// Settings that customers notice: limits, toggles, kinds of operations.
    pub settings: BTreeMap<String, String>,
    /// Requests a second that it was measured to take on for another's customers.
    pub measured_per_second: u32,
    /// Requests a second that its own customers make.
    pub needed_per_second: u32,
}

/// One way in which a backup is not what its home is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// It is older: it would leave newer operations waiting.
    Older {
        /// The home's version.
        home: u32,
        /// The backup's.
        backup: u32,
    },
    /// A setting has another value there, or is not set.
    Setting {
        /// Which.
        name: String,
        /// The home's value.
        home: Option<String>,
        /// The backup's.
        backup: Option<String>,
    },
    /// It cannot take on what the home's customers ask.
    Capacity {
        /// What they need, in requests a second.
        needed: u32,
        /// What the backup was measured at.
        measured: u32,
    },
}

/// Names each difference. A move is offered where there is none; a person may force one all the
/// same, knowing them.
pub fn differences(home: &Sheet, backup: &Sheet) -> Vec<Difference> {
    let mut found = Vec::new();
    if backup.version < home.version {
        found.push(Difference::Older { home: home.version, backup: backup.version });
    }
    let missing = backup.settings.keys().filter(|name| !home.settings.contains_key(*name));
    for name in home.settings.keys().chain(missing) {
        let values = (home.settings.get(name).cloned(), backup.settings.get(name).cloned());
        if values.0 != values.1 {
            let (home, backup) = values;
            found.push(Difference::Setting { name: name.clone(), home, backup });
        }
    }
    if backup.measured_per_second < home.needed_per_second {
        let (needed, measured) = (home.needed_per_second, backup.measured_per_second);
        found.push(Difference::Capacity { needed, measured });
    }
    found
}

#[cfg(test)]
#[path = "tests/readiness.rs"]
mod tests;
