//! Which router leads, as far as this one has heard: from every reading of the register, from what
//! a person has just promoted, and from whoever refused it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use common::leading::{RouterRow, Standing, standing};
use common::problem::{Code, Refusal};
use common::{BlockName, Generation};

/// The role of the router that stands by.
const BACKUP: &str = "router-backup";

/// What this router knows of the row.
#[derive(Debug)]
pub struct Leading {
    own: BlockName,
    is_backup: bool,
    row: Mutex<Option<RouterRow>>,
}

impl Leading {
    /// Of a router that has heard nothing yet.
    pub fn new(own: BlockName, role: &str) -> Self {
        Self { own, is_backup: role == BACKUP, row: Mutex::default() }
    }

    /// The name of this router.
    pub fn own(&self) -> &BlockName {
        &self.own
    }

    /// Takes a row that is newer than what was known.
    pub fn learn(&self, row: RouterRow) {
        let mut known = self.known();
        if known.as_ref().is_some_and(|known| known.generation >= row.generation) {
            return;
        }
        let (leader, generation) = (&row.leader, row.generation);
        tracing::info!(%leader, %generation, "a router leads");
        metrics::gauge!("router_leads").set(if *leader == self.own { 1.0 } else { 0.0 });
        *known = Some(row);
    }

    /// The row.
    pub fn row(&self) -> Option<RouterRow> {
        self.known().clone()
    }

    /// Under which generation this router acts.
    pub fn generation(&self) -> Option<Generation> {
        self.known().as_ref().map(|row| row.generation)
    }

    /// Where this router stands; nothing before it has heard.
    pub fn standing(&self) -> Option<Standing> {
        self.known().as_ref().map(|row| standing(row, &self.own, self.is_backup))
    }

    /// Why this router does not do what only the router that leads does.
    pub fn refusal(&self) -> Refusal {
        let Some(row) = self.row() else {
            let detail = "The archive has not said yet which router leads; repeat in a moment.";
            return Refusal::new(Code::NotReady).detail(detail).retry_after_ms(1_000);
        };
        let detail = format!(
            "{} leads since generation {}; {} only routes. Ask {} instead, or promote this one: \
             ./bulkhead ops promote router",
            row.leader, row.generation, self.own, row.leader
        );
        Refusal::new(Code::RouterSuperseded).detail(detail)
    }

    fn known(&self) -> MutexGuard<'_, Option<RouterRow>> {
        self.row.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
