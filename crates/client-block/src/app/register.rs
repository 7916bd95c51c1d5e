//! The copy of the register in memory, and what goes with it: what every request is admitted by.
//! The database's copy is the truth for transactions (see `gate`); this one follows it and may be a
//! moment behind.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use common::archive::late::HandedOver;
use common::block::access::{Access, Standing, access};
use common::block::admitting::{Admitting, Asking, admitting};
use common::block::start::{Phase, serves};
use common::placement::Placement;
use common::problem::{Code, Refusal};
use common::{
    BlockName, CustomerId, Generation, Guards, Incarnation, Revision, SliceId, Timestamp,
};
use platform::Failure;

use crate::block::{Block, Scope};
use crate::store;
use crate::store::session::Session;
use crate::store::standing::NAMELESS;

/// Rows by home and slice, and what is closed here.
#[derive(Debug)]
pub struct Register {
    copy: RwLock<Copy>,
    phase: RwLock<Phase>,
}

/// What is read into memory as a whole.
#[derive(Debug, Default)]
struct Copy {
    life: Option<Incarnation>,
    /// The server's life is another one, or has ended: nobody is served.
    strange: bool,
    outlived: bool,
    rows: HashMap<(BlockName, SliceId), Placement>,
    sealed: HashMap<(BlockName, SliceId), Generation>,
    handed: HashMap<CustomerId, HandedOver>,
    /// By slice, and by customer where only he is named.
    late: HashMap<(BlockName, SliceId, Option<CustomerId>), Revision>,
    closed: HashMap<CustomerId, Generation>,
}

impl Register {
    /// Nothing known yet: everybody is told to wait.
    pub fn empty(phase: Phase) -> Self {
        Self { copy: RwLock::default(), phase: RwLock::new(phase) }
    }

    /// The start of this process's block has come so far.
    pub fn set_phase(&self, phase: Phase) {
        *self.phase.write().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    fn phase(&self) -> Phase {
        *self.phase.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Is any row known?
    pub fn is_empty(&self) -> bool {
        self.read().rows.is_empty()
    }

    /// Has a later life of this database been seen?
    pub fn is_outlived(&self) -> bool {
        self.read().outlived
    }

    /// May `me` serve the customer, who was last loaded here under `loaded`? `seen`: the revision
    /// that his ticket has seen.
    pub fn access(
        &self,
        me: &BlockName,
        scope: &Scope,
        seen: Option<Revision>,
        loaded: Option<Generation>,
    ) -> Access {
        let copy = self.read();
        if copy.strange || !serves(self.phase()) {
            return Access::Behind;
        }
        let slice = (scope.home.clone(), scope.slice);
        let late = |customer| copy.late.get(&(scope.home.clone(), scope.slice, customer)).copied();
        let standing = Standing {
            me,
            life: copy.life.as_ref().unwrap_or(&NAMELESS),
            outlived: copy.outlived,
            row: copy.rows.get(&slice),
            seen: seen.max(late(None)).max(late(Some(scope.customer))),
            sealed: copy.sealed.get(&slice).copied(),
            handed: copy.handed.get(&scope.customer),
            loaded,
            fence: copy.closed.get(&scope.customer).copied(),
        };
        access(&standing, Guards::ALL)
    }

    /// The generation under which `me` serves the customer, or the refusal that says who does.
    pub fn admit(
        &self,
        me: &BlockName,
        scope: &Scope,
        seen: Option<Revision>,
        loaded: Option<Generation>,
    ) -> Result<Generation, Refusal> {
        let access = self.access(me, scope, seen, loaded);
        let asking =
            Asking { phase: self.phase(), access: &access, verified: false, loosening: false };
        match admitting(&asking) {
            Admitting::Authenticate(generation) => Ok(generation),
            Admitting::Verify(_) => answer(&Access::Behind),
            _ => answer(&access),
        }
    }

    /// Is a session alive? Without a row, none is.
    pub fn session_lives(&self, session: &Session, now: Timestamp) -> bool {
        let scope = session.scope();
        let copy = self.read();
        let row = copy.rows.get(&(scope.home, scope.slice));
        row.is_some_and(|row| session.life().is_live(row, now))
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Copy> {
        self.copy.read().unwrap_or_else(PoisonError::into_inner)
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
    let db = &connection;
    let life = store::life::seen(db).await?;
    let rows = store::placement::all(db).await?;
    let sealed = store::giving_up::sealed(db).await?;
    let copy = Copy {
        life: life.as_ref().map(|life| life.incarnation),
        strange: life.as_ref().is_some_and(|life| life.strange),
        outlived: life.is_some_and(|life| life.outlived),
        rows: rows.into_iter().map(|row| ((row.home.clone(), row.slice), row)).collect(),
        sealed: sealed.into_iter().map(|it| ((it.home, it.slice), it.seal.generation)).collect(),
        handed: store::giving_up::handed(db).await?.into_iter().collect(),
        late: store::giving_up::named(db).await?.into_iter().collect(),
        closed: store::placement::closed(db).await?.into_iter().collect(),
    };
    *block.register.copy.write().unwrap_or_else(PoisonError::into_inner) = copy;
    Ok(())
}

/// When a client comes back that was told to wait for the register, a seal or a load.
const WAIT_MS: u64 = 1_000;

/// The generation to act under, or the refusal for the client.
pub fn answer(access: &Access) -> Result<Generation, Refusal> {
    let wait = |detail: &str| {
        Err(Refusal::new(Code::PlacementBehind).detail(detail).retry_after_ms(WAIT_MS))
    };
    match access {
        Access::Serve(generation) => Ok(*generation),
        Access::Elsewhere(_) | Access::Superseded => Err(Code::PlacementMoved.into()),
        Access::Behind => Err(Refusal::new(Code::PlacementBehind).retry_after_ms(WAIT_MS)),
        Access::Load(_) => wait("The customer's data has yet to be loaded here."),
        Access::AskFor(_) => wait("The customer has yet to be handed over to this block."),
        Access::Sealed => wait("The customer is on his way to another block."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> BlockName {
        text.parse().unwrap()
    }

    #[test]
    fn every_access_has_its_answer() {
        let generation = Generation(3);
        let cases = [
            (Access::Elsewhere(name("backup")), Code::PlacementMoved),
            (Access::Superseded, Code::PlacementMoved),
            (Access::Behind, Code::PlacementBehind),
            (Access::Load(generation), Code::PlacementBehind),
            (Access::AskFor(generation), Code::PlacementBehind),
            (Access::Sealed, Code::PlacementBehind),
        ];
        for (access, code) in cases {
            let refusal = answer(&access).unwrap_err();
            let waits = code == Code::PlacementBehind;
            assert_eq!((refusal.code, refusal.retry_after_ms.is_some()), (code, waits));
        }
        assert_eq!(answer(&Access::Serve(generation)), Ok(generation));
    }
}
