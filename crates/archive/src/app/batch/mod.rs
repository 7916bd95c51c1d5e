//! A batch of a block's outbox: applied in one transaction, judged with the rows of its slices held
//! against moves (protocol §4). Few statements, whatever the number of events.

mod answer;
mod desk;
mod parse;

use std::collections::{BTreeMap, BTreeSet};

use common::archive::stream::{Arrival, BatchKey, Judging, arrival, judging};
use common::incarnation::StreamId;
use common::problem::{Code, Refusal};
use common::wire::archive::{Acknowledged, Batch, BatchAnswer, Told};
use common::{CustomerId, Guards};
use futures_util::future::{try_join, try_join4};
use platform::Failure;
use platform::pg::{Connection, Transaction};
use serde_json::Value;

pub use desk::{Changed, Desk, Judged, OnDesk, Place};
pub use parse::{Arrived, Change, Tells, arrived, change};

use crate::app::lives::{enter, meet};
use crate::archive::Archive;
use crate::store::entity::{Key, Lost, Written};
use crate::store::event::Logged;
use crate::store::placement::Hold;
use crate::store::{batch, customer, entity, event, load, placement, seal};

/// Events of a batch, at most.
pub const EVENTS_MAX: usize = 1_000;
/// How often a batch is begun anew when others were quicker.
const TRIES: usize = 4;

/// A batch, its stream's number here, and where it stands in it.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// Whose.
    pub stream: &'a StreamId,
    /// The stream's number.
    pub number: i32,
    /// The batch's key.
    pub key: BatchKey,
}

/// Takes a batch in.
pub async fn receive(archive: &Archive, given: &Batch) -> Result<BatchAnswer, Failure> {
    if given.events.len() > EVENTS_MAX || given.batch == 0 {
        let detail = format!("A batch has at most {EVENTS_MAX} events, and is counted from 1.");
        return Err(Refusal::new(Code::InvalidRequest).detail(detail).into());
    }
    let texts: Vec<&[u8]> = given.events.iter().map(String::as_bytes).collect();
    let before = common::incarnation::Head { batch: given.batch - 1, hash: given.previous };
    let key = BatchKey::following(before, &texts);
    if key.hash != given.hash {
        let detail = "The hash is not that of the batch.";
        return Err(Refusal::new(Code::InvalidRequest).detail(detail).into());
    }
    let events: Vec<Arrived<'_>> = given.events.iter().map(|text| arrived(text)).collect();
    let mut connection = archive.writing.connection().await?;
    for _ in 0..TRIES {
        if let Some(answer) = attempt(archive, &mut connection, given, key, &events).await? {
            return Ok(answer);
        }
        metrics::counter!("archive_batches_begun_anew_total").increment(1);
    }
    Err(Refusal::new(Code::Busy).retry_after_ms(archive.bounds.retry_after_ms).into())
}

/// Nothing, if another stream has made an entity of this batch meanwhile.
async fn attempt(
    archive: &Archive,
    connection: &mut Connection,
    given: &Batch,
    key: BatchKey,
    events: &[Arrived<'_>],
) -> Result<Option<BatchAnswer>, Failure> {
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?;
    let stream = batch::hold(&tx, &given.stream).await?;
    let known = batch::known(&tx, stream.number, key.batch).await?;
    let answered = |answer| Ok(Some(BatchAnswer { life: entered.life, answer }));
    match arrival(stream.head, known.as_ref().map(|known| known.hash), &key) {
        Arrival::Gap => return answered(Told::Gap { head: stream.head }),
        Arrival::Fork => {
            tracing::error!(block = %given.stream.block, batch = key.batch, "a stream has forked");
            metrics::counter!("archive_forks_total").increment(1);
            return answered(Told::Fork);
        }
        Arrival::Known => {
            let late = known.as_ref().filter(|known| !known.unjudged);
            let said = match late {
                Some(known) => answer::again(&tx, key.batch, known.late.as_ref()).await?,
                None => answer::unjudged(key.batch),
            };
            // Waits for the standby, should the first time have been interrupted before it had it.
            tx.commit().await?;
            return answered(Told::Acknowledged(said));
        }
        Arrival::Apply => {}
    }
    let at = At { stream: &given.stream, number: stream.number, key };
    if judging(entered.recovering, Guards::ALL) == Judging::AfterRecovery {
        meet(archive, &tx, &given.stream).await?;
        batch::put(&tx, at.number, &key, true, None, archive.now()).await?;
        batch::keep_unjudged(&tx, at.number, key.batch, &given.events).await?;
        tx.commit().await?;
        return answered(Told::Acknowledged(answer::unjudged(key.batch)));
    }
    if placement::is_empty(&tx).await? {
        let detail = "The register has no rows yet.";
        return Err(Refusal::new(Code::NotReady).detail(detail).retry_after_ms(500).into());
    }
    let Some(applied) = apply(archive, &tx, at, events).await? else {
        return Ok(None);
    };
    batch::put(&tx, at.number, &key, false, applied.late.as_ref(), archive.now()).await?;
    tx.commit().await?;
    metrics::counter!("archive_events_total").increment(events.len() as u64);
    answered(Told::Acknowledged(applied.said))
}

/// What became of a batch's events.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The acknowledgement.
    pub said: Acknowledged,
    /// What was late, as it is kept with the batch.
    pub late: Option<Value>,
}

/// Judges and stores a batch's events. Nothing, if it must be begun anew. The batch itself is the
/// caller's to write down.
pub async fn apply(
    archive: &Archive,
    tx: &Transaction<'_>,
    at: At<'_>,
    events: &[Arrived<'_>],
) -> Result<Option<Applied>, Failure> {
    let mut desk = lay_out(archive, tx, at.stream, events).await?;
    let judged: Vec<Judged> = events.iter().map(|event| desk.take(event)).collect();
    let named = answer::named(events, &judged);
    let late = answer::to_json(&named);
    let now = archive.now();
    let logged: Vec<Logged<'_>> = events
        .iter()
        .zip(&judged)
        .zip(0..)
        .map(|((event, judged), n)| log(event, judged, n))
        .collect();
    if !put_away(archive, tx, at, &desk).await? {
        return Ok(None);
    }
    if events.iter().any(|event| matches!(event.tells, Tells::Heartbeat)) {
        batch::heartbeat(tx, at.number, now).await?;
    }
    event::append(tx, now, (at.number, at.key.batch), &logged).await?;
    count(&judged);
    Ok(Some(Applied { said: answer::acknowledged(at.key.batch, &named, &desk.rows), late }))
}

/// Loads what the events concern: rows first, held in slice order, then what goes by them.
pub async fn lay_out<'a>(
    archive: &Archive,
    tx: &Transaction<'_>,
    stream: &'a StreamId,
    events: &[Arrived<'_>],
) -> Result<Desk<'a>, Failure> {
    let places: BTreeSet<&Place> = events.iter().filter_map(|e| e.place.as_ref()).collect();
    let places: Vec<Place> = places.into_iter().cloned().collect();
    let unseals = events.iter().any(|event| matches!(event.tells, Tells::Unseal));
    let hold = if unseals { Hold::Alone } else { Hold::Shared };
    let rows = placement::lock(tx, &places, hold).await?;
    let closed = meet(archive, tx, stream).await?;
    let ids: BTreeSet<CustomerId> = events.iter().filter_map(|event| event.customer).collect();
    let ids: Vec<i64> = ids.into_iter().map(CustomerId::as_i64).collect();
    let keys: BTreeSet<Key> = events.iter().filter_map(entity_of).collect();
    let keys: Vec<&Key> = keys.iter().collect();
    let ((seals, customers, loads, slice_loads), known) = try_join(
        try_join4(
            seal::of_slices(tx, &places),
            customer::of(tx, &ids),
            load::of_customers(tx, &ids),
            load::of_slices(tx, &places),
        ),
        entity::hold(tx, &keys),
    )
    .await?;
    let entities: BTreeMap<Key, OnDesk> = known
        .into_iter()
        .map(|(key, held)| {
            let place = customers.get(&key.0).map(|customer| customer.place.clone());
            let place = place.or_else(|| places.first().cloned());
            (key, held, place)
        })
        .filter_map(|(key, held, place)| Some((key, OnDesk { held, payload: None, place: place? })))
        .collect();
    let changed = Changed::default();
    Ok(Desk { stream, closed, rows, seals, customers, loads, slice_loads, entities, changed })
}

fn entity_of(event: &Arrived<'_>) -> Option<Key> {
    let Tells::Entity(change) = &event.tells else { return None };
    let entity = &change.entity;
    Some((entity.customer_id, entity.kind.clone(), entity.entity_id.clone()))
}

/// Stores what has changed. Says whether everything was still as it was read.
pub async fn put_away(
    archive: &Archive,
    tx: &Transaction<'_>,
    at: At<'_>,
    desk: &Desk<'_>,
) -> Result<bool, Failure> {
    let changed = &desk.changed;
    for lost in &changed.lost {
        let version = lost.version.as_ref().map(|(key, text)| (key.as_slice(), text.as_str()));
        let arrived = (at.number, at.key.batch);
        let lost = Lost { key: &lost.key, why: lost.why.as_str(), arrived, version };
        tracing::error!(customer = %lost.key.0, kind = lost.key.1, why = lost.why, "a conflict");
        metrics::counter!("archive_conflicts_total", "why" => lost.why).increment(1);
        entity::keep_lost(tx, &lost).await?;
    }
    for place in &changed.seals {
        let key = (place.0.clone(), place.1, at.stream.block.clone());
        if let Some(found) = desk.seals.get(&key) {
            seal::put(tx, place, found).await?;
        }
    }
    let rows: Vec<_> = changed.rows.iter().filter_map(|place| desk.rows.get(place)).collect();
    let customers: Vec<_> =
        changed.customers.iter().filter_map(|id| Some((*id, desk.customers.get(id)?))).collect();
    let written: Vec<Written<'_>> = changed
        .entities
        .iter()
        .filter_map(|key| {
            let OnDesk { held, payload, place } = desk.entities.get(key)?;
            Some(Written { key, place, held, payload: payload.as_deref() })
        })
        .collect();
    let (all, ()) = try_join(entity::write(tx, &written), customer::put(tx, &customers)).await?;
    if all && !rows.is_empty() {
        let version = placement::next_version(tx).await?;
        placement::put(tx, &rows, version, archive.now()).await?;
    }
    Ok(all)
}

/// An event as it is logged.
pub fn log<'a>(event: &'a Arrived<'_>, judged: &Judged, number: i16) -> Logged<'a> {
    let kind = match &event.tells {
        Tells::Entity(_) => "entity",
        Tells::HandOver(_) => "hand_over",
        Tells::Seal => "seal",
        Tells::Unseal => "unseal",
        Tells::Heartbeat => "heartbeat",
        Tells::Raw => "raw",
    };
    Logged {
        number,
        kind,
        place: event.place.as_ref(),
        customer: event.customer,
        generation: event.generation,
        late: judged.late,
        serving: judged.serving,
        asked: judged.asked,
        body: event.text,
    }
}

fn count(judged: &[Judged]) {
    let late = judged.iter().filter(|judged| judged.late.is_late()).count();
    let asked = judged.iter().filter(|judged| judged.asked.is_some()).count();
    metrics::counter!("archive_late_events_total").increment(late as u64);
    metrics::counter!("archive_asked_operations_total").increment(asked as u64);
}
