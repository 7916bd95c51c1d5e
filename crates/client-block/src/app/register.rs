//! The copy of the register in memory: what every request is admitted by. The database's copy is
//! the truth for transactions (see `gate`); this one follows it and may be a moment behind.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use common::block::access::{Access, Standing, access};
use common::placement::{Placement, PlacementState};
use common::problem::{Code, Refusal};
use common::{
    BlockName, CustomerId, Generation, Guards, Incarnation, Revision, SliceId, Timestamp,
};
use platform::Failure;

use crate::block::{Block, Scope};
use crate::store;
use crate::store::session::Session;

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
        admitted(me, row, seen, closed)
    }

    /// Is a session alive? Without a row, none is.
    pub fn session_lives(&self, session: &Session, now: Timestamp) -> bool {
        let scope = session.scope();
        let copy = self.copy.read().unwrap_or_else(PoisonError::into_inner);
        let row = copy.rows.get(&(scope.home, scope.slice));
        row.is_some_and(|row| session.life().is_live(row, now))
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

/// What stands for the life of this block's database: FAILOVER gives it a name. Until then a row
/// that names a life does not mean us.
const NAMELESS: Incarnation = Incarnation { timeline: 0, system: 0, nonce: 0 };

/// When a client comes back that was told to wait for the register, a seal or a load.
const WAIT_MS: u64 = 1_000;

/// The generation to act under, or the refusal for the client: the one way in, for requests, the
/// gate and catch-up.
///
/// The database has no seals, hand-overs or loads yet, nothing to be outlived by, and writes none:
/// FAILOVER stores them and gives them here.
pub fn admitted(
    me: &BlockName,
    row: Option<&Placement>,
    seen: Option<Revision>,
    fence: Option<Generation>,
) -> Result<Generation, Refusal> {
    let standing = Standing {
        me,
        life: &NAMELESS,
        outlived: false,
        row,
        seen,
        sealed: None,
        handed: None,
        loaded: row.and_then(|row| loaded(me, row)),
        fence,
    };
    answer(&access(&standing, Guards::ALL))
}

/// The generation under which the customers of a row count as loaded here. A home has had its own
/// from the beginning, up to the generation that the row asks for. What comes back from elsewhere
/// has to be joined first, and nobody else's customers are here. FAILOVER stores it by customer.
fn loaded(me: &BlockName, row: &Placement) -> Option<Generation> {
    let stayed = row.home == *me && row.owner == *me && row.state != PlacementState::Returning;
    stayed.then_some(row.owner_since)
}

fn answer(access: &Access) -> Result<Generation, Refusal> {
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

    #[test]
    fn a_home_serves_whom_it_always_had_and_nobody_who_was_away() {
        let me = name("client-1");
        let first = Placement::first(me.clone(), SliceId::try_from(3).unwrap(), "test");
        let later = Placement { owner_since: Generation(1), generation: Generation(4), ..first };
        let returning = Placement {
            state: PlacementState::Returning,
            owner_since: Generation(4),
            ..later.clone()
        };
        let foreign = Placement {
            home: name("client-2"),
            state: PlacementState::Moved,
            owner_since: Generation(4),
            ..later.clone()
        };
        let life = Incarnation { timeline: 1, system: 1, nonce: 1 };
        let named = Placement { owner_incarnation: Some(life), ..later.clone() };
        let code = |row: &Placement| admitted(&me, Some(row), None, None).map_err(|r| r.code);
        assert_eq!(code(&later), Ok(Generation(4)));
        assert_eq!(code(&returning), Err(Code::PlacementBehind));
        assert_eq!(code(&foreign), Err(Code::PlacementBehind));
        assert_eq!(code(&named), Err(Code::PlacementMoved));
    }
}
