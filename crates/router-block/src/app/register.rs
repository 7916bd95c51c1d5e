//! The register comes from the archive: read every second, after a client's report at once, and
//! pushed by whoever changes a row (protocol §3).
//!
//! Memory learns first: the router serves by it, with or without its database. What memory has and
//! the database has not is saved by a task of its own.

use std::time::Duration;

use common::Incarnation;
use common::placement::Placement;
use common::placement::conduct::learns;
use common::wire::archive::{Register, RegisterQuery, Witness, Witnessed};
use platform::Failure;
use platform::rpc::{CallError, Request};
use tokio::time::{Instant, timeout};

use crate::archive::{Archive, is_recent};
use crate::shared::Shared;

/// Learns rows of which `life` of the archive says that they are so; says how many were news.
/// Without a life: rows pushed by another router, which had them from the archive.
pub fn learn(
    shared: &Shared,
    life: Option<Incarnation>,
    rows: &[Placement],
) -> Result<usize, Failure> {
    let archive = shared.archive.as_ref();
    if let (Some(archive), Some(life)) = (archive, life)
        && !archive.answers(life)
    {
        return Ok(0);
    }
    let known = archive.and_then(Archive::life);
    let answering = life.or(known);
    let news: Vec<Placement> = rows
        .iter()
        .filter(|row| {
            let copy = shared.register.find(&row.home, row.slice);
            match (copy, answering) {
                (Some(copy), Some(answering)) => learns(known.as_ref(), &answering, &copy, row),
                (copy, _) => copy.is_none_or(|copy| row.revision > copy.revision),
            }
        })
        .cloned()
        .collect();
    let broken = |error: crate::register::TooManyHomes| Failure::Broken(error.to_string());
    shared.register.adopt(&news).map_err(broken)?;
    if !news.is_empty() {
        metrics::counter!("router_rows_learned_total").increment(news.len() as u64);
        shared.unsaved.notify_one();
    }
    Ok(news.len())
}

/// Reads what has changed in the archive's register. One reads at a time; whoever asked before the
/// reading began takes its result for his.
pub async fn read(shared: &Shared, within: Duration) -> Result<(), Failure> {
    let Some(archive) = &shared.archive else { return Ok(()) };
    let asked = Instant::now();
    let least = Duration::from_millis(shared.config.register.least_ms);
    let waited = timeout(within, archive.reading.lock()).await;
    let mut reading = waited.map_err(|_| still_reading(archive))?;
    if is_recent(reading.began, asked, least) {
        return Ok(());
    }
    let began = Instant::now();
    let since = reading.version.map(|(_, version)| version);
    let answer = ask(archive, since, within).await?;
    let another = reading.version.is_some_and(|(life, _)| life != answer.life);
    // A version means something only to the life that gave it.
    let answer = if another { ask(archive, None, within).await? } else { answer };
    if !archive.answers(answer.life) {
        return Ok(());
    }
    learn(shared, Some(answer.life), &answer.rows)?;
    if let Some(row) = answer.router {
        shared.leading.learn(row);
    }
    reading.version = Some((answer.life, answer.version));
    reading.began = Some(began);
    drop(reading);
    if answer.recovering {
        bear_witness(shared, archive, answer.life, within).await
    } else {
        Ok(())
    }
}

/// The register as it is after a client has met a failure: as new as can be had in a moment, and
/// otherwise the copy.
pub async fn read_through(shared: &Shared) {
    let within = Duration::from_millis(shared.config.register.read_through_ms);
    if let Err(failure) = read(shared, within).await {
        let error = platform::failure::chain(&failure);
        tracing::debug!(error, "routed by the copy: the archive did not answer");
        metrics::counter!("router_read_through_failures_total").increment(1);
    }
}

async fn ask(
    archive: &Archive,
    since: Option<u64>,
    within: Duration,
) -> Result<Register, CallError> {
    let query = RegisterQuery { stream: None, since };
    archive.peer.call(Request::post_with_id("/v1/register/read", &query), within).await
}

/// An archive that recovers decides nothing until it knows what routers and blocks remember.
async fn bear_witness(
    shared: &Shared,
    archive: &Archive,
    life: Incarnation,
    within: Duration,
) -> Result<(), Failure> {
    let witness = Witness { life, resent: true, rows: shared.register.rows() };
    let request = Request::post_with_id("/v1/witness", &witness);
    let heard: Witnessed = archive.peer.call(request, within).await?;
    tracing::info!(%life, missing = ?heard.missing, "the archive recovers; gave it this copy");
    Ok(())
}

fn still_reading(archive: &Archive) -> Failure {
    CallError::TimedOut { peer: archive.peer.name().to_owned() }.into()
}
