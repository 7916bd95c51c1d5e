//! Who waits until the archive has a line (I3). The relay runs in the worker's process and says
//! which lines were acknowledged; every process hears it and wakes whoever waits for one of them.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use common::block::relay;
use platform::Failure;
use platform::pg::{GenericClient, Transaction};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{ARCHIVED, WAITED_FOR};
use crate::block::Block;
use crate::config::ms;
use crate::store;

/// A notice of PostgreSQL is at most 8,000 bytes long.
const NOTICE_MAX: usize = 7_000;
/// Says: look for yourselves.
const ALL: &str = "*";

/// Those who wait in this process, by the line.
#[derive(Debug, Default)]
pub struct Archived {
    waiting: Mutex<HashMap<i64, Vec<oneshot::Sender<Heard>>>>,
    /// When the relay was last woken from here.
    woken: Mutex<Option<Instant>>,
}

/// What a waiter hears.
#[derive(Clone, Copy, Debug)]
enum Heard {
    Acknowledged,
    LookAgain,
}

impl Archived {
    fn wait_for(&self, line: i64) -> oneshot::Receiver<Heard> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever gave up meanwhile leaves a closed channel behind.
        let mine = waiting.entry(line).or_default();
        mine.retain(|sender| !sender.is_closed());
        mine.push(sender);
        receiver
    }

    /// Was it longer ago than this that the relay was woken? Then it is now.
    fn may_wake(&self, gap: Duration) -> bool {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let may = woken.is_none_or(|at| at.elapsed() >= gap);
        if may {
            *woken = Some(Instant::now());
        }
        may
    }

    fn give_up(&self, line: i64) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = waiting.get_mut(&line) {
            mine.retain(|sender| !sender.is_closed());
            if mine.is_empty() {
                waiting.remove(&line);
            }
        }
    }

    /// Wakes those who wait for what a notice names.
    pub fn hear(&self, notice: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let named = ranges(notice);
        let heard: Vec<i64> = match &named {
            None => waiting.keys().copied().collect(),
            Some(ranges) => {
                let named = |line: &i64| ranges.iter().any(|range| range.contains(line));
                waiting.keys().copied().filter(|line| named(line)).collect()
            }
        };
        let what = if named.is_some() { Heard::Acknowledged } else { Heard::LookAgain };
        for sender in heard.iter().filter_map(|line| waiting.remove(line)).flatten() {
            if sender.send(what).is_err() {
                tracing::trace!("whoever waited for a line has gone");
            }
        }
    }

    /// Notices may have been missed: everybody looks for himself.
    pub fn look_again(&self) {
        self.hear(ALL);
    }
}

/// Waits until the archive has the line, at most `within`. Says whether it has.
pub async fn wait(block: &Block, line: i64, within: Duration) -> Result<bool, Failure> {
    if block.archive.is_none() {
        return Ok(false);
    }
    let deadline = Instant::now() + within;
    loop {
        // First the place to be told at, then the look: nothing can fall between.
        let told = block.archived.wait_for(line);
        let connection = block.db.connection().await?;
        let archived = is_archived(&connection, line).await?;
        if !archived {
            wake_the_relay(block, &connection).await?;
        }
        drop(connection);
        if archived {
            block.archived.give_up(line);
            return Ok(true);
        }
        match tokio::time::timeout_at(deadline, told).await {
            Ok(Ok(Heard::Acknowledged)) => return Ok(true),
            Ok(_) => {}
            Err(_) => {
                block.archived.give_up(line);
                return Ok(false);
            }
        }
    }
}

/// Somebody waits: the relay looks at once, and not when its time has come. In no transaction that
/// writes, because commits that tell something wait for each other; and seldom enough that a crowd
/// costs no more than one.
async fn wake_the_relay(block: &Block, db: &impl GenericClient) -> Result<(), Failure> {
    if block.upkeep.works() {
        block.upkeep.ship();
    } else if block.archived.may_wake(ms(block.config.archive.wake_ms)) {
        store::notice::tell(db, WAITED_FOR, "").await?;
    }
    Ok(())
}

/// Has the archive's present life this line of the outbox?
pub async fn is_archived(db: &impl GenericClient, line: i64) -> Result<bool, Failure> {
    Ok(which(db, &[line]).await?.contains(&line))
}

/// Which of these lines the archive's present life has. A line that is gone was acknowledged; 0
/// stands for what came from the archive.
pub async fn which(db: &impl GenericClient, lines: &[i64]) -> Result<Vec<i64>, Failure> {
    let Some(life) = store::life::seen(db).await?.filter(store::life::Life::is_confirmed) else {
        return Ok(Vec::new());
    };
    let batches = store::outbox::batches_of(db, lines).await?;
    let acknowledged = life.acknowledged.cast_unsigned();
    let has = |line: &&i64| {
        let batch = batches.iter().find(|(id, _)| id == *line).map(|(_, batch)| *batch);
        batch.is_none_or(|batch| relay::archived(batch.map(i64::cast_unsigned), acknowledged))
    };
    Ok(lines.iter().filter(has).copied().collect())
}

/// Tells every process which lines were acknowledged, with the transaction's commit.
pub(super) async fn tell(tx: &Transaction<'_>, lines: Option<&[i64]>) -> Result<(), Failure> {
    let text = lines.map(spelled).filter(|text| text.len() <= NOTICE_MAX);
    Ok(store::notice::tell(tx, ARCHIVED, text.as_deref().unwrap_or(ALL)).await?)
}

/// Lines in order, as ranges: `1-57,60`.
fn spelled(lines: &[i64]) -> String {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    let one = |(first, last): (i64, i64)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.into_iter().map(one).collect::<Vec<_>>().join(",")
}

/// What a notice names; nothing in particular: look for yourselves.
fn ranges(notice: &str) -> Option<Vec<RangeInclusive<i64>>> {
    let one = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    notice.split(',').map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_travel_as_ranges() {
        let cases: [(&[i64], &str); 4] =
            [(&[], ""), (&[7], "7"), (&[1, 2, 3], "1-3"), (&[1, 2, 5, 8, 9], "1-2,5,8-9")];
        for (lines, text) in cases {
            assert_eq!(spelled(lines), text);
            let named = ranges(text).unwrap_or_default();
            let named: Vec<i64> = named.into_iter().flatten().collect();
            assert_eq!(named, lines);
        }
        assert!(ranges(ALL).is_none());
    }

    #[test]
    fn a_crowd_wakes_the_relay_once() {
        let archived = Archived::default();
        let woken = (0..100).filter(|_| archived.may_wake(Duration::from_hours(1))).count();
        assert_eq!(woken, 1);
        assert!(archived.may_wake(Duration::ZERO));
    }

    #[test]
    fn a_notice_wakes_those_whom_it_names() {
        let archived = Archived::default();
        let (mut five, mut nine) = (archived.wait_for(5), archived.wait_for(9));
        archived.hear("1-7");
        assert!(matches!(five.try_recv(), Ok(Heard::Acknowledged)));
        assert!(nine.try_recv().is_err());
        archived.look_again();
        assert!(matches!(nine.try_recv(), Ok(Heard::LookAgain)));
    }
}
