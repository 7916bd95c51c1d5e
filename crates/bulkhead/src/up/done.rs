//! What earlier starts have finished and need not be repeated.

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};
use crate::place::{Place, read_if_there, write_private};

/// `.bulkhead/done.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Done {
    /// So many demo customers are in every database.
    pub(crate) customers: u64,
    /// So many were to be loaded last; more than `customers` when that was interrupted.
    pub(crate) customers_begun: u64,
    /// Somebody was made a customer by command: the ids after the demo's are taken.
    pub(crate) customers_added: bool,
}

impl Done {
    pub(crate) fn read(place: &Place) -> Result<Self> {
        let text = read_if_there(&place.file("done.toml"))?.unwrap_or_default();
        // Unreadable means nothing is known to be done; every step can be repeated.
        Ok(toml::from_str(&text).unwrap_or_default())
    }

    pub(crate) fn write(self, place: &Place) -> Result<()> {
        let text = toml::to_string(&self)
            .map_err(|error| Failure::new("UP-FILE", format!("done.toml: {error}.")))?;
        write_private(&place.file("done.toml"), &text)
    }
}
