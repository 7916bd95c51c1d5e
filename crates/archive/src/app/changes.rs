//! What is new in the slices of a block, written by others (protocol §5, *Adoption*).

use std::collections::BTreeMap;

use common::archive::following::{may_follow, reading};
use common::archive::retention::too_old;
use common::block::cursor::Cursor;
use common::incarnation::StreamId;
use common::placement::Placement;
use common::problem::{Code, Refusal};
use common::wire::archive::{Changes, ChangesQuery};
use common::{BlockName, Guards, Incarnation, SliceId};
use platform::Failure;
use platform::pg::Transaction;

use super::lives::{enter, meet};
use crate::archive::Archive;
use crate::store::batch::Stream;
use crate::store::{batch, event, placement};

/// Events of one answer; the last batch of each stream is given whole.
const EVENTS_MAX: u32 = 1_000;

/// Reads on for a cursor.
pub async fn changes(archive: &Archive, query: &ChangesQuery) -> Result<Changes, Failure> {
    if !(1..=EVENTS_MAX).contains(&query.limit) {
        let detail = format!("1 to {EVENTS_MAX} events can be asked for.");
        return Err(Refusal::new(Code::InvalidRequest).detail(detail).into());
    }
    let mut connection = archive.db.connection().await?;
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?;
    let outlived = meet(archive, &tx, &query.stream).await?;
    let nothing = Changes {
        life: entered.life,
        slices: Vec::new(),
        changes: Vec::new(),
        cursor: query.cursor.clone(),
        all: false,
        too_old: false,
    };
    if entered.recovering || outlived {
        tx.commit().await?;
        return Ok(nothing);
    }
    // How far the streams have come is read before whose the slices are: whatever of a slice is
    // passed by here was there before the slice was the asker's, so that his load brings it.
    let mut streams = batch::all(&tx).await?;
    streams.retain(|stream| stream.id != query.stream);
    let slices = followed(&tx, &query.stream).await?;
    let answer = Changes { slices, ..nothing };
    let mut cursor: BTreeMap<StreamId, u64> = query.cursor.iter().cloned().collect();
    if skip_what_was_dropped(&mut cursor, &streams, entered.life) {
        tx.commit().await?;
        return Ok(Changes { too_old: true, cursor: cursor.into_iter().collect(), ..answer });
    }
    let answer = read(&tx, answer, cursor, &streams, query.limit).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn followed(
    tx: &Transaction<'_>,
    asker: &StreamId,
) -> Result<Vec<(BlockName, SliceId, common::Revision)>, Failure> {
    let block = (&asker.block, &asker.incarnation);
    let mine = |row: &Placement| may_follow(row, block, Guards::ALL);
    let rows = placement::concerning(tx, &asker.block).await?;
    let of = |row: Placement| (row.home, row.slice, row.revision);
    Ok(rows.into_iter().filter(mine).map(of).collect())
}

/// Brings the cursor to where the log begins, for streams of which it is behind that. Says whether
/// it was: then something may be in the entities that was never followed.
fn skip_what_was_dropped(
    cursor: &mut BTreeMap<StreamId, u64>,
    streams: &[Stream],
    life: Incarnation,
) -> bool {
    let mut behind = false;
    for stream in streams {
        let last = cursor.get(&stream.id).copied().unwrap_or(0);
        // A stream counts its batches by itself: within it, its numbers are the places of the log.
        let place = last + 1;
        let at = Cursor { archive: Some(life), place, ..Cursor::default() };
        if too_old(&reading(at, life, Guards::ALL), stream.log_begins, Guards::ALL) {
            cursor.insert(stream.id.clone(), stream.log_begins - 1);
            behind = true;
        }
    }
    behind
}

async fn read(
    tx: &Transaction<'_>,
    mut answer: Changes,
    mut cursor: BTreeMap<StreamId, u64>,
    streams: &[Stream],
    limit: u32,
) -> Result<Changes, Failure> {
    let slices: Vec<_> =
        answer.slices.iter().map(|(home, slice, _)| (home.clone(), *slice)).collect();
    let mut left = usize::try_from(limit).unwrap_or(0);
    answer.all = true;
    for stream in streams {
        let after = cursor.get(&stream.id).copied().unwrap_or(0);
        if stream.judged_to <= after {
            continue;
        }
        if left == 0 {
            answer.all = false;
            break;
        }
        let new = (after, stream.judged_to);
        let next = event::next(tx, &slices, stream.number, new, left).await?;
        let mut up_to = stream.judged_to;
        if next.len() == left {
            up_to = next.last().copied().unwrap_or(up_to);
            answer.all &= up_to == stream.judged_to;
        }
        if !next.is_empty() {
            let of = (stream.number, &stream.id);
            answer.changes.extend(event::read(tx, &slices, of, (after, up_to)).await?);
        }
        left -= next.len();
        cursor.insert(stream.id.clone(), up_to);
    }
    answer.cursor = cursor.into_iter().collect();
    Ok(answer)
}
