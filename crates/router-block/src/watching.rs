//! The evidence of a failover as this router has gathered it: what others see, what gateways have
//! served, what blocks last said of themselves. Everything has an age, by this process's own clock.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::BlockName;
use common::wire::archive::Automation;
use common::wire::block::BlockReport;
use common::wire::ops::Prepared;
use common::wire::watch::{Seen, Served, Sights};
use tokio::time::Instant;

/// What is known of one thing, and since when.
#[derive(Clone, Debug)]
pub struct Known<T> {
    /// What.
    pub value: T,
    /// When it was true.
    pub at: Instant,
}

impl<T> Known<T> {
    /// Its age, in milliseconds.
    pub fn ago_ms(&self, now: Instant) -> i64 {
        let passed = now.saturating_duration_since(self.at).as_millis();
        i64::try_from(passed).unwrap_or(i64::MAX)
    }
}

/// The evidence.
#[derive(Debug, Default)]
pub struct Watching {
    /// By who sees it.
    sights: Mutex<BTreeMap<String, Known<Sights>>>,
    /// By gateway.
    served: Mutex<BTreeMap<String, Known<Served>>>,
    /// By block.
    reports: Mutex<BTreeMap<BlockName, Known<BlockReport>>>,
    automation: Mutex<Option<Known<Automation>>>,
    /// By block that looks dead, and home.
    prepared: Mutex<BTreeMap<(BlockName, BlockName), Prepared>>,
}

impl Watching {
    /// Somebody at `address` has said what he sees.
    pub fn saw(&self, address: &str, value: Sights, at: Instant) {
        locked(&self.sights).insert(address.to_owned(), Known { value, at });
    }

    /// A gateway has said whom it has served.
    pub fn served(&self, address: &str, value: Served, at: Instant) {
        locked(&self.served).insert(address.to_owned(), Known { value, at });
    }

    /// A block has said how it is.
    pub fn reported(&self, value: BlockReport, at: Instant) {
        locked(&self.reports).insert(value.block.clone(), Known { value, at });
    }

    /// The archive has said whether automation may move.
    pub fn automation_is(&self, value: Automation, at: Instant) {
        *locked(&self.automation) = Some(Known { value, at });
    }

    /// The switch of automation, as last read.
    pub fn automation(&self) -> Option<Known<Automation>> {
        locked(&self.automation).clone()
    }

    /// What others see, as far as it is not older than `most_ms`.
    pub fn sights(&self, now: Instant, most_ms: i64) -> Vec<Known<Sights>> {
        let recent = |known: &&Known<Sights>| known.ago_ms(now) <= most_ms;
        locked(&self.sights).values().filter(recent).cloned().collect()
    }

    /// How long ago a gateway last served a waiting customer of `block`, as far as any has said.
    pub fn served_ago_ms(&self, block: &BlockName, now: Instant) -> Option<i64> {
        let served = locked(&self.served);
        let ages = served.values().flat_map(|known| {
            let of_block = known.value.blocks.iter().filter(|served| served.block == *block);
            of_block.map(|served| served.ago_ms.saturating_add(known.ago_ms(now)))
        });
        ages.min()
    }

    /// What a block last said of itself.
    pub fn report(&self, block: &BlockName) -> Option<Known<BlockReport>> {
        locked(&self.reports).get(block).cloned()
    }

    /// Prepares an action for a person, or keeps the one that is prepared already.
    pub fn prepare(&self, action: Prepared) {
        let mut prepared = locked(&self.prepared);
        let key = (action.block.clone(), action.home.clone());
        let since = prepared.get(&key).map_or(action.since, |before| before.since);
        let news = prepared.get(&key).is_none_or(|before| before.why != action.why);
        if news {
            let (block, home, why) = (&action.block, &action.home, action.why);
            tracing::warn!(%block, %home, ?why, "an action is prepared for a person");
        }
        prepared.insert(key, Prepared { since, ..action });
    }

    /// Nothing is prepared any more about this block.
    pub fn withdraw(&self, block: &BlockName) {
        locked(&self.prepared).retain(|(about, _), _| about != block);
    }

    /// All prepared actions.
    pub fn prepared(&self) -> Vec<Prepared> {
        locked(&self.prepared).values().cloned().collect()
    }
}

/// What was seen so long ago, as of now: what did not answer then has not answered for longer now.
pub fn aged(seen: Seen, ago_ms: i64) -> Seen {
    match seen {
        Seen::Well => Seen::Well,
        Seen::Refused { for_ms } => Seen::Refused { for_ms: for_ms.saturating_add(ago_ms) },
        Seen::Silent { for_ms } => Seen::Silent { for_ms: for_ms.saturating_add(ago_ms) },
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
