//! What the archive says of itself: which life of it answers, and where our stream stands there
//! (protocol §2, §4).

use common::Guards;
use common::Incarnation;
use common::block::archive_life::{self, Heard};
use common::block::relay;
use common::incarnation::Head;
use platform::Failure;
use platform::pg::Transaction;

use crate::block::Block;
use crate::store;
use crate::store::life::Life;

/// Does an answer of this life of the archive count? Remembers a later one, with which everything
/// begins anew.
pub async fn heard(block: &Block, answering: &Incarnation) -> Result<bool, Failure> {
    let connection = block.db.connection().await?;
    let Some(life) = store::life::seen(&connection).await? else { return Ok(false) };
    let heard = archive_life::heard(life.archive.as_ref(), answering, Guards::ALL);
    match heard {
        Heard::Ignore => {
            tracing::warn!(%answering, "an archive answers whose life is over");
            return Ok(false);
        }
        Heard::Known => {}
        Heard::First | Heard::Anew => store::life::heard(&connection, answering).await?,
    }
    if heard == Heard::Anew {
        tracing::warn!(%answering, "the archive has a new life");
        let tail = store::outbox::next_line(&connection).await?;
        block.upkeep.begin_anew(tail);
    }
    block.upkeep.archive_answered();
    Ok(true)
}

/// The archive's present life says where our stream stands there: what it has counts as archived,
/// what it lacks is sent again.
pub async fn stands_at(
    block: &Block,
    head: Option<Head>,
    answering: &Incarnation,
) -> Result<(), Failure> {
    let head = head.unwrap_or(Head::START);
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let Some(life) = store::life::lock(&tx).await? else { return Ok(()) };
    // What one life of the archive has acknowledged it keeps: if it names less, it was asked before
    // a batch arrived and is heard after the batch's acknowledgement.
    if life.confirmed_by.as_ref() == Some(answering) {
        return Ok(());
    }
    let acknowledged = (life.acknowledged - life.first_batch).cast_unsigned();
    let ours = store::batch::of_stream(&tx, &life, head.batch).await?;
    let ours = ours.map(|batch| batch.key.hash);
    let known = head.batch == 0 || ours == Some(head.hash);
    let counts = if known && head.batch >= acknowledged {
        Some(acknowledged)
    } else {
        relay::rewinds(head, acknowledged, ours).then_some(head.batch)
    };
    let Some(counts) = counts else {
        metrics::counter!("stream_parted_total").increment(1);
        tracing::error!(
            archive = head.batch,
            acknowledged,
            "the archive's stream is not ours: a person has to look at it"
        );
        return Ok(());
    };
    if counts < acknowledged {
        tracing::warn!(from = acknowledged, to = counts, "the stream is sent again");
    }
    confirm(&tx, &life, counts, answering).await?;
    super::archived::tell(&tx, None).await?;
    Ok(tx.commit().await?)
}

async fn confirm(
    tx: &Transaction<'_>,
    life: &Life,
    number: u64,
    by: &Incarnation,
) -> Result<(), Failure> {
    let row = life.first_batch.saturating_add_unsigned(number);
    Ok(store::life::confirm(tx, row, by).await?)
}
