//! Following the archive: the owner of a slice joins whatever reached the archive of it, late or
//! not, and so adopts what is open (protocol §5, *Adoption*).
//!
//! The cursor only goes forward. A change is taken in before the cursor passes it, and taking it in
//! twice is harmless, so the two need not be one transaction.

use std::collections::BTreeMap;

use common::archive::late::Lateness;
use common::block::following::{Follow, follow};
use common::block::joining::{Verdict, adopts, agree, join};
use common::incarnation::StreamId;
use common::wire::archive::{Change, Changes, ChangesQuery, EntityWritten, EventBody};
use common::{BlockName, CustomerId, Generation, Guards, Revision, SliceId};
use platform::Failure;
use platform::pg::Transaction;

use super::archive;
use super::rows::{self, Arrived, Row, join_operation};
use crate::app::entities;
use crate::block::{Block, Scope};
use crate::store;
use crate::store::joining;

/// How far a look at the archive's changes has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// Everything that there was.
    All,
    /// There is more; so many events were taken in.
    More(u64),
    /// Something waits: a customer is being loaded, or the register is behind.
    Waits,
}

/// Looks once.
pub async fn round(block: &Block) -> Result<Followed, Failure> {
    let connection = block.db.connection().await?;
    let mut before = store::followed::read(&connection).await?;
    drop(connection);
    let query = |cursor: Vec<(StreamId, u64)>, stream| ChangesQuery {
        stream,
        cursor,
        limit: block.config.loading.follow_limit,
    };
    let stream = archive::stream(block).await?;
    let asked = query(before.cursor.clone(), stream.clone());
    let mut changes: Changes = archive::ask(block, "/v1/changes", &asked).await?;
    if before.archive.is_some_and(|archive| archive != changes.life) {
        // Its verdicts are new: everything once more.
        let mut connection = block.db.connection().await?;
        let tx = connection.transaction().await?;
        store::followed::forget(&tx).await?;
        tx.commit().await?;
        before = store::followed::Followed::default();
        let asked = query(before.cursor.clone(), stream);
        changes = archive::ask(block, "/v1/changes", &asked).await?;
    }
    if !agree(&slices(block).await?, &told(&changes)) {
        block.upkeep.read_register();
        return Ok(Followed::Waits);
    }
    if changes.too_old {
        load_anew(block, &changes).await?;
        return Ok(Followed::More(0));
    }
    take_in(block, changes).await
}

type Slice = ((BlockName, SliceId), Revision);

/// The slices that are ours by our copy of the register.
async fn slices(block: &Block) -> Result<Vec<Slice>, Failure> {
    let connection = block.db.connection().await?;
    let rows = store::placement::all(&connection).await?;
    let ours = rows.into_iter().filter(|row| row.owner == block.name);
    Ok(ours.map(|row| ((row.home, row.slice), row.revision)).collect())
}

fn told(changes: &Changes) -> Vec<Slice> {
    let slices = changes.slices.iter();
    slices.map(|(home, slice, revision)| ((home.clone(), *slice), *revision)).collect()
}

/// The log begins behind what was followed: everybody is loaded anew.
async fn load_anew(block: &Block, changes: &Changes) -> Result<(), Failure> {
    tracing::warn!("away for longer than the archive's log: everybody is loaded anew");
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    for (home, slice, _) in &changes.slices {
        joining::forget_loads(&tx, home, *slice).await?;
    }
    store::followed::put(&tx, &changes.life, &changes.cursor, None).await?;
    Ok(tx.commit().await?)
}

async fn take_in(block: &Block, changes: Changes) -> Result<Followed, Failure> {
    let mut passed: BTreeMap<StreamId, u64> = BTreeMap::new();
    let events = u64::try_from(changes.changes.len()).unwrap_or(u64::MAX);
    for batch in batches(&changes.changes) {
        let Some(first) = batch.first() else { continue };
        if !take_batch(block, batch).await? {
            let cursor: Vec<_> = passed.into_iter().collect();
            put(block, &changes, &cursor, false).await?;
            return Ok(Followed::Waits);
        }
        passed.insert(first.stream.clone(), first.batch);
    }
    put(block, &changes, &changes.cursor, changes.all).await?;
    Ok(if changes.all { Followed::All } else { Followed::More(events) })
}

async fn put(
    block: &Block,
    changes: &Changes,
    cursor: &[(StreamId, u64)],
    all: bool,
) -> Result<(), Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let all_at = all.then(|| block.clock.now());
    store::followed::put(&tx, &changes.life, cursor, all_at).await?;
    Ok(tx.commit().await?)
}

/// Runs of changes of one batch of one stream.
fn batches(changes: &[Change]) -> impl Iterator<Item = &[Change]> {
    changes.chunk_by(|one, other| (&one.stream, one.batch) == (&other.stream, other.batch))
}

/// Takes a batch in, customer by customer. Says whether it is all in.
async fn take_batch(block: &Block, batch: &[Change]) -> Result<bool, Failure> {
    let mut customers: BTreeMap<CustomerId, (Scope, Vec<Seen<'_>>)> = BTreeMap::new();
    for change in batch {
        let Some(event) = &change.event else { continue };
        let EventBody::Entity(entity) = &event.body else { continue };
        let scope = Scope::new(entity.customer_id, event.home.clone());
        let seen = Seen { change, entity, generation: event.generation };
        customers.entry(entity.customer_id).or_insert_with(|| (scope, Vec::new())).1.push(seen);
    }
    for (scope, seen) in customers.values() {
        if !take_customer(block, scope, seen).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A change of a customer's entity.
struct Seen<'a> {
    change: &'a Change,
    entity: &'a EntityWritten,
    generation: Generation,
}

async fn take_customer(block: &Block, scope: &Scope, seen: &[Seen<'_>]) -> Result<bool, Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let standing = store::placement::enter_gate(&tx, scope).await?;
    joining::lock(&tx, scope).await?;
    match follow(&standing.access(&block.name, None), false) {
        Follow::Join => {}
        Follow::Wait => return Ok(false),
        Follow::Pass => return Ok(true),
    }
    let mut taking = Taking { block, tx: &tx, scope, serving: standing.loaded, unread: false };
    for one in seen {
        taking.take(one).await?;
    }
    if taking.unread {
        joining::unread(&tx, scope).await?;
    }
    tx.commit().await?;
    Ok(true)
}

struct Taking<'a> {
    block: &'a Block,
    tx: &'a Transaction<'a>,
    scope: &'a Scope,
    serving: Option<Generation>,
    unread: bool,
}

impl Taking<'_> {
    async fn take(&mut self, seen: &Seen<'_>) -> Result<(), Failure> {
        let Seen { change, entity, generation } = seen;
        let own = change.stream.block == self.block.name;
        let late = if change.late { Lateness::Customer } else { Lateness::OnTime };
        let verdict = Verdict { late, serving: change.serving, asked: change.asked };
        let Some(how) = join(own, &verdict, Guards::ALL) else { return Ok(()) };
        let arrived = Arrived {
            kind: &entity.kind,
            id: &entity.entity_id,
            generation: *generation,
            late: how.late,
            marks: entity.marks,
            payload: &entity.payload,
        };
        if entity.kind == entities::OPERATION {
            return self.take_operation(&arrived, how.asked).await;
        }
        self.unread |= rows::join(self.tx, self.scope, &arrived).await? == Row::Unread;
        Ok(())
    }

    async fn take_operation(
        &mut self,
        arrived: &Arrived<'_>,
        asked: Option<Generation>,
    ) -> Result<(), Failure> {
        let Some(theirs) = rows::operation(self.scope, arrived) else {
            self.unread = true;
            return Ok(());
        };
        let known = joining::operations(self.tx, self.scope, &[theirs.id]).await?;
        let mine = known.into_iter().find(|known| known.operation.id == theirs.id);
        let mine = mine.map(|known| known.operation);
        let mut joined = join_operation(mine.as_ref(), &theirs, arrived.late);
        if let Some(generation) = asked {
            joined.marks.asked = joined.marks.asked.because_of(generation);
        }
        let open = adopts(joined.state, Guards::ALL);
        let adopted = self.serving.filter(|_| mine.is_none() && open);
        store::joined::put_operation(self.tx, self.scope, &joined, adopted).await?;
        let now = self.block.clock.now();
        let ids = if open { vec![joined.id] } else { Vec::new() };
        joining::settle_tokens(self.tx, self.scope, &ids, now).await?;
        if adopted.is_some() {
            metrics::counter!("operations_adopted_total").increment(1);
        }
        Ok(())
    }
}
