//! Reads what an earlier version of the archive had to store raw (protocol §4): takes it in as late
//! as it was judged, and logs it once more as the archive's own, because whoever follows has passed
//! it by.

use common::archive::late::Lateness;
use common::archive::stream::BatchKey;
use common::incarnation::StreamId;
use common::{BlockName, Generation};
use platform::Failure;
use platform::pg::Transaction;

use super::batch::{Arrived, At, Judged, Tells, arrived, lay_out, log, put_away};
use super::lives::begun;
use crate::archive::Archive;
use crate::store::event::{Logged, Raw};
use crate::store::{batch, event, life};

/// Reads everything raw that this version can read. Nothing to do for the version that stored it.
pub async fn read_on(archive: &Archive) -> Result<(), Failure> {
    let mut connection = archive.own.connection().await?;
    let raw = event::raw(&connection).await?;
    let (raw, events) = readable(&raw);
    if raw.is_empty() {
        return Ok(());
    }
    let tx = connection.transaction().await?;
    let found = life::enter_alone(&tx).await?;
    let Some(life) = begun(&found).filter(|_| found.recovered) else { return Ok(()) };
    let block = BlockName::try_from("archive".to_owned()).ok();
    let Some(block) = block else { return Ok(()) };
    let own = batch::hold(&tx, &StreamId { block, incarnation: life }).await?;
    let bodies: Vec<&[u8]> = raw.iter().map(|raw| raw.body.as_bytes()).collect();
    let key = BatchKey::following(own.head, &bodies);
    let at = At { stream: &own.id, number: own.number, key };
    let judged = take_in(archive, &tx, at, &raw, &events).await?;
    let logged: Vec<Logged<'_>> = events
        .iter()
        .zip(&judged)
        .zip(0..)
        .map(|((event, judged), n)| log(event, judged, n))
        .collect();
    event::append(&tx, archive.now(), (own.number, key.batch), &logged).await?;
    batch::put(&tx, own.number, &key, false, None, archive.now()).await?;
    event::were_read(&tx, &raw, archive.now()).await?;
    tx.commit().await?;
    tracing::info!(events = raw.len(), "events that were stored raw have been read");
    Ok(())
}

fn readable(raw: &[Raw]) -> (Vec<&Raw>, Vec<Arrived<'_>>) {
    let read = raw.iter().map(|raw| (raw, arrived(&raw.body)));
    read.filter(|(_, event)| !matches!(event.tells, Tells::Raw)).unzip()
}

/// Takes the events in, each as its writer's. Nobody else is within, so nobody was quicker.
async fn take_in(
    archive: &Archive,
    tx: &Transaction<'_>,
    at: At<'_>,
    raw: &[&Raw],
    events: &[Arrived<'_>],
) -> Result<Vec<Judged>, Failure> {
    let mut all = Vec::new();
    for (raw, event) in raw.iter().zip(events) {
        let mut desk = lay_out(archive, tx, &raw.stream, std::slice::from_ref(event)).await?;
        let place = event.place.clone();
        let row = place.as_ref().and_then(|place| desk.rows.get(place));
        let serving = row.map_or(Generation::default(), |row| row.generation);
        let late = if raw.late { Lateness::Slice } else { Lateness::OnTime };
        let mut judged = Judged { late, serving, asked: None };
        if let (Tells::Entity(change), Some(place)) = (&event.tells, place) {
            let generation = event.generation.unwrap_or_default();
            judged.asked = desk.take_in(change, generation, &place, judged);
            let writer = At { stream: &raw.stream, ..at };
            if !put_away(archive, tx, writer, &desk).await? {
                return Err(Failure::Broken("an entity was passed".to_owned()));
            }
        }
        all.push(judged);
    }
    Ok(all)
}
