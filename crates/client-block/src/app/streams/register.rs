//! Reading the register from the archive (protocol §3): rows go through the gate, a later life of
//! our own database closes us for good, and an archive that recovers is given our copy.

use common::incarnation::StreamId;
use common::wire::archive::{Register, RegisterQuery, Witness, Witnessed};
use platform::Failure;
use platform::rpc::{Peer, Request};

use super::{REGISTER, archive};
use crate::app::gate;
use crate::block::Block;
use crate::config::ms;
use crate::store;
use crate::store::life::Life;

/// Asks once, and does what the answer says.
pub async fn read(block: &Block) -> Result<(), Failure> {
    let Some(peer) = &block.archive else { return Ok(()) };
    let connection = block.db.connection().await?;
    let Some(life) = store::life::seen(&connection).await? else { return Ok(()) };
    drop(connection);
    let query = RegisterQuery {
        stream: Some(StreamId { block: block.name.clone(), incarnation: life.incarnation }),
        // A process that has just begun looks at all of it once.
        since: life.register_version.filter(|_| block.upkeep.known().register_read),
    };
    let within = ms(block.config.archive.question_ms);
    let request = Request::post_with_id("/v1/register/read", &query);
    let register: Register = peer.call(request, within).await?;
    if !archive::heard(block, &register.life).await? {
        return Ok(());
    }
    archive::stands_at(block, register.head, &register.life).await?;
    if register.recovering {
        block.upkeep.register_read(true);
        return witness(block, peer, &register, life).await;
    }
    if register.outlived {
        outlive(block).await?;
    }
    if life.unproven {
        prove(block, register.earlier).await?;
    }
    gate::adopt_rows(block, &register.rows).await?;
    let connection = block.db.connection().await?;
    if let Some(row) = &register.router {
        store::router::saw(&connection, row.generation).await?;
    }
    store::life::keep_version(&connection, register.version).await?;
    block.upkeep.register_read(false);
    Ok(())
}

/// An empty database is the first life of the block, unless the archive has met another: then it
/// was made anew, and claims what the block owned like any other new life (protocol §2).
async fn prove(block: &Block, earlier: bool) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    store::life::proven(&connection, earlier).await?;
    if earlier {
        tracing::warn!("the database was made anew: it has yet to claim what the block owns");
        metrics::counter!("lives_begun_total").increment(1);
    }
    Ok(())
}

/// A later life of this database is known: closed for good, but for exporting its tail.
async fn outlive(block: &Block) -> Result<(), Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    if store::life::outlive(&tx).await? {
        tracing::error!("a later life of this database is known: closed for good");
        store::notice::tell(&tx, REGISTER, "").await?;
    }
    Ok(tx.commit().await?)
}

/// Hands our copy in. Whether all was sent again that was written before we knew of this life of
/// the archive is looked at anew each time.
async fn witness(
    block: &Block,
    peer: &Peer,
    register: &Register,
    life: Life,
) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    let life = store::life::seen(&connection).await?.unwrap_or(life);
    let tail = block.upkeep.known().tail.unwrap_or(i64::MAX);
    let resent = life.is_confirmed()
        && store::outbox::exported(&connection, tail, life.acknowledged).await?;
    let rows = store::placement::all(&connection).await?;
    drop(connection);
    let witness = Witness { life: register.life, resent, rows };
    let within = ms(block.config.archive.question_ms);
    let request = Request::post_with_id("/v1/witness", &witness);
    let heard: Witnessed = peer.call(request, within).await?;
    tracing::info!(resent, missing = ?heard.missing, "the archive recovers; we have witnessed");
    Ok(())
}
