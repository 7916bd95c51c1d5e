//! The copy of the register in memory: what every request is admitted by. The database's copy is
//! the truth for transactions (see `gate`); this one follows it and may be a moment behind.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use common::placement::{Admission, Placement, admit, session_survives};
use common::problem::{Code, Refusal};
use common::{BlockName, CustomerId, Generation, Revision, SliceId};
use platform::Failure;

use crate::block::{Block, Scope};
use crate::store;

/// Rows by home and slice, and the customers that are closed here.
#[derive(Debug, Default)]
pub struct Register {
    copy: RwLock<Copy>,
}

#[derive(Debug, Default)]
struct Copy {
    rows: HashMap<(BlockName, SliceId), Placement>,
    closed: HashMap<CustomerId, Generation>,
}

impl Register {
    /// Nothing known yet: everybody is told to wait.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Is any row known?
    pub fn is_empty(&self) -> bool {
        self.copy.read().unwrap_or_else(PoisonError::into_inner).rows.is_empty()
    }

    /// The generation under which `me` serves the customer, or the refusal that says who does.
    pub fn admit(
        &self,
        me: &BlockName,
        scope: &Scope,
        seen: Option<Revision>,
    ) -> Result<Generation, Refusal> {
        let copy = self.copy.read().unwrap_or_else(PoisonError::into_inner);
        let row = copy.rows.get(&(scope.home.clone(), scope.slice));
        let closed = copy.closed.get(&scope.customer).copied();
        admitted(&admit(me, row, seen, closed))
    }

    /// Is a session of this generation alive, as far as the register is concerned?
    pub fn session_survives(&self, scope: &Scope, opened: Generation) -> bool {
        let copy = self.copy.read().unwrap_or_else(PoisonError::into_inner);
        let row = copy.rows.get(&(scope.home.clone(), scope.slice));
        row.is_some_and(|row| session_survives(row, opened))
    }

    fn replace(&self, rows: Vec<Placement>, closed: Vec<(CustomerId, Generation)>) {
        let rows = rows.into_iter().map(|row| ((row.home.clone(), row.slice), row)).collect();
        let closed = closed.into_iter().collect();
        *self.copy.write().unwrap_or_else(PoisonError::into_inner) = Copy { rows, closed };
    }
}

/// Every row of the block's copy.
pub async fn rows(block: &Block) -> Result<Vec<Placement>, Failure> {
    let connection = block.db.connection().await?;
    Ok(store::placement::all(&connection).await?)
}

/// Reads the database's copy into memory.
pub async fn reload(block: &Block) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    let rows = store::placement::all(&connection).await?;
    let closed = store::placement::closed(&connection).await?;
    block.register.replace(rows, closed);
    Ok(())
}

/// The generation to act under, or the refusal for the client.
pub fn admitted(admission: &Admission) -> Result<Generation, Refusal> {
    match admission {
        Admission::Serve(generation) => Ok(*generation),
        Admission::Elsewhere(_) | Admission::Superseded => Err(Code::PlacementMoved.into()),
        Admission::Behind => Err(Refusal::new(Code::PlacementBehind).retry_after_ms(1_000)),
    }
}
