//! One round of the relay (protocol §4): what waits becomes a batch, which is committed before it
//! is sent and sent until it is acknowledged. It may be interrupted anywhere: the next round goes
//! on from what is committed. Two relays at once would send the same batch twice: harmless.

use common::Guards;
use common::archive::stream::BatchKey;
use common::block::named_late::closes;
use common::block::relay::{self, Acknowledged, Next};
use common::incarnation::StreamId;
use common::wire::archive::{Acknowledged as Said, Batch, BatchAnswer, Told};
use common::{BlockName, CustomerId, Incarnation, Revision, SliceId};
use platform::Failure;
use platform::pg::Transaction;
use platform::rpc::Request;

use super::{REGISTER, archive, archived, event};
use crate::block::Block;
use crate::config::ms;
use crate::store;
use crate::store::life::Life;

/// What a round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Nothing waits.
    Rest,
    /// A batch was acknowledged: more may wait.
    Sent,
    /// The archive has another batch under this number: a person has to look at it.
    Forked,
}

/// Ships one batch.
pub async fn round(block: &Block) -> Result<Round, Failure> {
    let Some(peer) = &block.archive else { return Ok(Round::Rest) };
    let Some(batch) = prepare(block).await? else { return Ok(Round::Rest) };
    let within = ms(block.config.archive.batch_ms);
    let request = Request::post_with_id("/v1/batches", &batch);
    let answer: BatchAnswer = peer.call(request, within).await?;
    if !archive::heard(block, &answer.life).await? {
        return Ok(Round::Rest);
    }
    match answer.answer {
        Told::Acknowledged(said) => acknowledged(block, &answer.life, &said).await?,
        Told::Gap { head } => archive::stands_at(block, Some(head), &answer.life).await?,
        Told::Fork => {
            metrics::counter!("stream_forked_total").increment(1);
            tracing::error!(batch = batch.batch, "fork: the archive has another batch; we stop");
            return Ok(Round::Forked);
        }
    }
    Ok(Round::Sent)
}

/// The batch to be sent now, committed as such.
async fn prepare(block: &Block) -> Result<Option<Batch>, Failure> {
    let mut connection = block.db.connection().await?;
    if !store::batch::anything(&connection, block.upkeep.archive_recovers()).await? {
        return Ok(None);
    }
    let tx = connection.transaction().await?;
    // Under this lock only one relay at a time composes.
    let Some(life) = store::life::lock(&tx).await?.filter(|life| !life.strange) else {
        return Ok(None);
    };
    let flight = store::batch::in_flight(&tx, &life).await?;
    let waiting = match &flight {
        Some(_) => Vec::new(),
        None => store::outbox::waiting(&tx, block.config.archive.batch_max).await?,
    };
    let decided = flight.as_ref().map(store::batch::Batch::flight);
    let batch = match relay::next(decided.as_ref(), waiting.len(), Guards::ALL) {
        Next::Again => flight,
        Next::Compose => Some(compose(block, &tx, &life, waiting).await?),
        // The archive has recovered: now it tells what was late in what it only stored.
        Next::Rest if !block.upkeep.archive_recovers() => {
            store::batch::unjudged(&tx, &life).await?
        }
        Next::Rest => None,
    };
    let Some(batch) = batch else { return Ok(None) };
    let events = store::outbox::events(&tx, &batch.lines).await?;
    if events.len() != batch.lines.len() {
        let what = format!("batch {} is to be sent again, but is not kept", batch.key.batch);
        return Err(Failure::Broken(what));
    }
    tx.commit().await?;
    let stream = StreamId { block: block.name.clone(), incarnation: life.incarnation };
    let BatchKey { batch, previous, hash } = batch.key;
    Ok(Some(Batch { stream, batch, previous, hash, events }))
}

async fn compose(
    block: &Block,
    tx: &Transaction<'_>,
    life: &Life,
    waiting: Vec<store::outbox::Line>,
) -> Result<store::batch::Batch, Failure> {
    let (mut lines, mut events, mut bytes) = (Vec::new(), Vec::new(), 0);
    for line in waiting {
        let id = line.id;
        let text = event::text(line)?;
        bytes += text.len();
        if bytes > block.config.archive.batch_max_bytes && !lines.is_empty() {
            break;
        }
        lines.push(id);
        events.push(text);
    }
    let head = store::batch::last_head(tx, life).await?;
    let texts: Vec<&[u8]> = events.iter().map(String::as_bytes).collect();
    let key = BatchKey::following(head, &texts);
    let row = life.first_batch.saturating_add_unsigned(key.batch);
    store::batch::insert(tx, row, &key, &lines, block.clock.now()).await?;
    store::outbox::put_into(tx, row, &lines, &events).await?;
    Ok(store::batch::Batch { row, key, lines, unjudged: false })
}

/// The head advances, and exactly the lines of that batch count as acknowledged, in one
/// transaction; what came late closes here at once.
async fn acknowledged(block: &Block, by: &Incarnation, said: &Said) -> Result<(), Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let Some(life) = store::life::lock(&tx).await? else { return Ok(()) };
    let now = block.clock.now();
    let flight = store::batch::in_flight(&tx, &life).await?;
    let decided = flight.as_ref().map(store::batch::Batch::flight);
    if let (Some(batch), Acknowledged::Advance) =
        (flight, relay::acknowledged(decided.as_ref(), said.batch))
    {
        store::life::confirm(&tx, batch.row, by).await?;
        store::batch::acknowledge(&tx, batch.row, said.unjudged, now).await?;
        archived::tell(&tx, Some(&batch.lines)).await?;
    } else {
        // Acknowledged before, judged now.
        let row = life.first_batch.saturating_add_unsigned(said.batch);
        if row <= life.acknowledged {
            store::batch::acknowledge(&tx, row, said.unjudged, now).await?;
        }
    }
    let news = close_what_was_late(&tx, said).await?;
    if news {
        store::notice::tell(&tx, REGISTER, "").await?;
    }
    tx.commit().await?;
    if news {
        tracing::warn!(batch = said.batch, "events came late: closed until the register says more");
        metrics::counter!("events_late_total").increment(1);
        block.upkeep.read_register();
    }
    Ok(())
}

async fn close_what_was_late(tx: &Transaction<'_>, said: &Said) -> Result<bool, Failure> {
    let slices = said.late_slices.iter().map(|late| (&late.home, late.slice, None, late.revision));
    let customers = said
        .late_customers
        .iter()
        .map(|late| (&late.home, late.slice, Some(late.customer_id), late.revision));
    let named: Vec<(&BlockName, SliceId, Option<CustomerId>, Revision)> =
        slices.chain(customers).collect();
    if named.is_empty() {
        return Ok(false);
    }
    let known = store::giving_up::named(tx).await?;
    let mut news = false;
    for (home, slice, customer, revision) in named {
        let is =
            |(at, _): &&(store::giving_up::Named, Revision)| *at == (home.clone(), slice, customer);
        if closes(known.iter().find(is).map(|(_, known)| *known), revision) {
            news |= store::giving_up::name_late(tx, (home, slice), customer, revision).await?;
        }
    }
    Ok(news)
}
