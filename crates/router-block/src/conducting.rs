//! The moves that are under way, as this router follows them: the archive keeps their records, and
//! any router goes on with one that another has left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::placement::conduct::TAKE_UP_AFTER_MS;
use common::wire::archive::MoveView;
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

/// A move that runs.
#[derive(Clone, Debug)]
pub struct Followed {
    /// Its record.
    pub view: MoveView,
    /// Since when the record has looked like this, by this process's own clock.
    pub since: Instant,
    /// Did this process begin it?
    pub own: bool,
}

impl Followed {
    /// How long nobody has taken a step of it.
    pub fn unchanged_ms(&self, now: Instant) -> i64 {
        let passed = now.saturating_duration_since(self.since).as_millis();
        i64::try_from(passed).unwrap_or(i64::MAX)
    }

    /// Does this router go on with it: because it is its own, or because it was left?
    pub fn is_ours(&self, now: Instant) -> bool {
        self.own || self.unchanged_ms(now) >= TAKE_UP_AFTER_MS
    }
}

/// The moves that are under way.
#[derive(Debug, Default)]
pub struct Conducting {
    /// Moves that this process began.
    own: Mutex<BTreeSet<Uuid>>,
    running: Mutex<BTreeMap<Uuid, Followed>>,
    wake: Notify,
}

impl Conducting {
    /// This process has begun a move, and goes on with it at once.
    pub fn begun(&self, move_id: Uuid) {
        locked(&self.own).insert(move_id);
        self.wake.notify_one();
    }

    /// Ends when there is something new to do.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The records that run, as they were read at `now`.
    pub fn follow(&self, running: impl IntoIterator<Item = MoveView>, now: Instant) {
        let mut own = locked(&self.own);
        let mut known = locked(&self.running);
        let mut next = BTreeMap::new();
        for view in running {
            let before = known.remove(&view.move_id).filter(|before| before.view == view);
            let since = before.map_or(now, |before| before.since);
            let own = own.contains(&view.move_id);
            next.insert(view.move_id, Followed { view, since, own });
        }
        // A move that this process has just begun may be missing from a list read before that.
        own.retain(|id| next.contains_key(id) || !known.contains_key(id));
        *known = next;
    }

    /// All that run.
    pub fn running(&self) -> Vec<Followed> {
        locked(&self.running).values().cloned().collect()
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
