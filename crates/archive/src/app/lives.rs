//! Lives: of the archive's own database, and of the blocks' (protocol §2, §4).
//!
//! A request never begins a life. It finds that the database is in one that was begun, or it is
//! refused; the process looks after that by itself, before it says that it is ready.

use common::archive::lives::{after_start, closed, meets};
use common::incarnation::{Identity, StreamId};
use common::problem::{Code, Refusal};
use common::{Guards, Incarnation};
use platform::Failure;
use platform::pg::{Connection, Transaction};

use crate::archive::Archive;
use crate::store::life::{self, Life};
use crate::store::{block_life, placement};

/// The life in which a transaction decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Which.
    pub life: Incarnation,
    /// It takes batches and witnesses, and nothing else.
    pub recovering: bool,
}

impl Entered {
    /// Nothing but batches is taken while the archive recovers.
    pub fn must_have_recovered(self) -> Result<Self, Failure> {
        if self.recovering {
            let detail = "The archive has not recovered.";
            return Err(Refusal::new(Code::NotReady).detail(detail).retry_after_ms(1_000).into());
        }
        Ok(self)
    }
}

/// Holds the archive's life to the transaction's end.
pub async fn enter(tx: &Transaction<'_>) -> Result<Entered, Failure> {
    let found = life::enter(tx).await?;
    match begun(&found) {
        Some(life) => Ok(Entered { life, recovering: !found.recovered }),
        None => Err(Refusal::new(Code::NotReady).retry_after_ms(500).into()),
    }
}

/// The life that a database is in, if it was begun.
pub fn begun(found: &Life) -> Option<Incarnation> {
    let identity = after_start(found.written.as_ref(), found.server, Guards::ALL);
    found.written.filter(|_| identity == Identity::Same)
}

/// Begins a new life if the database is in one that nobody has begun. The first life of an empty
/// database has nothing to recover.
pub async fn look(archive: &Archive, connection: &mut Connection) -> Result<(), Failure> {
    let tx = connection.transaction().await?;
    if begun(&life::enter(&tx).await?).is_some() {
        return Ok(());
    }
    drop(tx);
    let tx = connection.transaction().await?;
    let found = life::enter_alone(&tx).await?;
    if begun(&found).is_some() {
        return Ok(());
    }
    let (system, timeline) = found.server;
    let nonce = u64::from_be_bytes(platform::random::bytes());
    let new = Incarnation { timeline, system, nonce };
    let first = found.written.is_none() && placement::is_empty(&tx).await?;
    life::begin(&tx, &new, first, archive.now()).await?;
    tx.commit().await?;
    tracing::warn!(life = %new, first, "a life of the archive's database begins");
    Ok(())
}

/// Meets the life of a block's database, and says whether a later one is known.
pub async fn meet(
    archive: &Archive,
    tx: &Transaction<'_>,
    stream: &StreamId,
) -> Result<bool, Failure> {
    // Read before it is held: two who hold it could not replace it.
    let current = block_life::read(tx, &stream.block).await?;
    if meets(current.as_ref(), &stream.incarnation) {
        block_life::set(tx, &stream.block, &stream.incarnation, archive.now()).await?;
    }
    let current = block_life::held(tx, &stream.block).await?;
    Ok(closed(current.as_ref(), &stream.incarnation))
}
