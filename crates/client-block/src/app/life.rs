//! Which life the block's database is in, and how far its start has come (protocol §2, §7).

use common::block::start::{Found, Phase, advance, claimed, claims};
use common::incarnation::{Identity, identify};
use common::{Guards, Incarnation};
use platform::{Failure, random};

use super::streams::REGISTER;
use crate::block::Block;
use crate::store;
use crate::store::life::Life;

/// A phase that the worker said longer ago is not believed by a process that starts.
const PHASE_BELIEVED_MS: i64 = 5_000;
/// The worker says the same again after this long: every time is a commit.
const SAY_AGAIN_MS: i64 = 1_000;

/// Reads which life the database is in, and begins a new one where the server says so: it was
/// promoted, restored or copied. Comes before the relay runs.
pub async fn identify_database(block: &Block) -> Result<(), Failure> {
    let mut connection = block.db.connection().await?;
    let server = platform::life::server(&connection).await?;
    let (system, timeline) = server;
    let new = Incarnation { system, timeline, nonce: u64::from_be_bytes(random::bytes()) };
    let tx = connection.transaction().await?;
    let written = store::life::lock(&tx).await?;
    match written {
        // The first life of this database. Nothing was owned in an earlier one, unless the archive
        // knows better.
        None => store::life::first(&tx, &new).await?,
        Some(before) => {
            let known = Some(&before.incarnation);
            if identify(known, server, Guards::ALL) == Identity::New {
                let parent = store::batch::acknowledged_head(&tx, &before).await?;
                store::life::begin(&tx, &before, parent, &new).await?;
                tracing::warn!(
                    before = %before.incarnation, now = %new,
                    "the database has a new life, which has yet to claim what it owns"
                );
                metrics::counter!("lives_begun_total").increment(1);
            }
        }
    }
    tx.commit().await?;
    let life = store::life::seen(&connection).await?.map(|life| life.incarnation);
    let tail = store::outbox::next_line(&connection).await?;
    if block.upkeep.lives(life, Some(tail)) {
        store::life::say_phase(&connection, word(block.upkeep.phase())).await?;
    }
    drop(connection);
    super::register::reload(block).await
}

/// The worker finds out how far the start has come, and tells the block's other processes.
pub async fn note_phase(block: &Block) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    let Some(life) = store::life::seen(&connection).await? else { return Ok(()) };
    let known = block.upkeep.known();
    let rows = store::placement::all(&connection).await?;
    let own = (&block.name, &life.incarnation);
    // A row that names no life is anybody's, until a new one has claimed it.
    let claimed = claimed(&rows, own, Guards::ALL)
        && !(life.fresh && rows.iter().any(|row| claims(row, own, Identity::New, true)));
    let exported = match known.tail {
        None => false,
        Some(tail) => {
            life.is_confirmed()
                && store::outbox::exported(&connection, tail, life.acknowledged).await?
        }
    };
    let found = Found {
        identity: if life.fresh { Identity::New } else { Identity::Same },
        register: known.register_read,
        claimed,
        exported,
        followed: known.followed,
        archive_silent_ms: known.archive_silent_ms,
        patience_ms: block.config.archive.patience_ms,
    };
    if life.fresh && !life.unproven && known.register_read && claimed {
        store::life::settled(&connection).await?;
    }
    let phase = if life.strange { Phase::Quarantined } else { advance(known.phase, &found) };
    if life.phase != word(phase) || life.phase_age_ms >= SAY_AGAIN_MS {
        store::life::say_phase(&connection, word(phase)).await?;
    }
    if set(block, phase) {
        store::notice::tell(&connection, REGISTER, "").await?;
    }
    Ok(())
}

/// A process without the worker follows what the worker says; where that has died, it may go on, or
/// start alone.
pub async fn follow_phase(block: &Block) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    let life = store::life::seen(&connection).await?;
    drop(connection);
    block.upkeep.lives(life.as_ref().map(|life| life.incarnation), None);
    let (known, patience_ms) = (block.upkeep.known(), block.config.archive.patience_ms);
    set(block, followed(known.phase, life.as_ref(), known.runs_ms, patience_ms));
    Ok(())
}

/// The phase of a process that follows the worker's.
fn followed(before: Phase, life: Option<&Life>, runs_ms: i64, patience_ms: i64) -> Phase {
    let Some(life) = life.filter(|life| !life.strange) else { return Phase::Quarantined };
    let said = phase_of(&life.phase).filter(|_| life.phase_age_ms < PHASE_BELIEVED_MS);
    match (before, said) {
        // A process that serves goes on, whatever becomes of the worker.
        (Phase::Serving, _) => Phase::Serving,
        (_, Some(said)) => said,
        (_, None) if !life.fresh && runs_ms >= patience_ms.max(PHASE_BELIEVED_MS) => Phase::Alone,
        (before, None) => before,
    }
}

/// Says whether it is news.
fn set(block: &Block, phase: Phase) -> bool {
    block.register.set_phase(phase);
    let before = block.upkeep.set_phase(phase);
    if let Some(before) = before {
        tracing::info!(before = word(before), now = word(phase), "how far the start has come");
    }
    before.is_some()
}

/// A phase in one word.
pub fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Quarantined => "quarantined",
        Phase::CatchingUp => "catching_up",
        Phase::Alone => "alone",
        Phase::Serving => "serving",
    }
}

fn phase_of(text: &str) -> Option<Phase> {
    [Phase::Quarantined, Phase::CatchingUp, Phase::Alone, Phase::Serving]
        .into_iter()
        .find(|phase| word(*phase) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(phase: &str, phase_age_ms: i64) -> Life {
        Life {
            incarnation: Incarnation { timeline: 1, system: 1, nonce: 1 },
            strange: false,
            fresh: false,
            unproven: false,
            outlived: false,
            phase: phase.to_owned(),
            phase_age_ms,
            first_batch: 0,
            acknowledged: 0,
            archive: None,
            confirmed_by: None,
            register_version: None,
        }
    }

    #[test]
    fn other_processes_follow_the_worker_and_outlive_it() {
        use Phase::{Alone, CatchingUp, Quarantined, Serving};
        let serving = life("serving", 100);
        let strange = Life { strange: true, ..serving.clone() };
        let fresh = Life { fresh: true, ..life("serving", 60_000) };
        let cases = [
            ("no life yet", Quarantined, None, 0, Quarantined),
            ("the worker serves", Quarantined, Some(&serving), 0, Serving),
            ("it has begun again", Serving, Some(&life("quarantined", 1)), 0, Serving),
            ("it catches up", Quarantined, Some(&life("catching_up", 1)), 0, CatchingUp),
            ("it was heard long ago", Quarantined, Some(&life("serving", 9_000)), 0, Quarantined),
            ("and for long", Quarantined, Some(&life("serving", 9_000)), 9_000, Alone),
            ("in a new life", Quarantined, Some(&fresh), 90_000, Quarantined),
            ("promoted", Serving, Some(&strange), 90_000, Quarantined),
        ];
        for (case, before, life, runs_ms, expected) in cases {
            assert_eq!(followed(before, life, runs_ms, 5_000), expected, "{case}");
        }
    }
}
