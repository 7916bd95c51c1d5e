//! The gate of a slice (protocol §3): every transaction that changes a customer's data enters
//! here first, and a row that changes owner or generation is adopted with the gate shut.

use std::collections::HashMap;
use std::pin::pin;

use common::block::row::{SealThen, adopting};
use common::placement::{Placement, PlacementState};
use common::problem::{Code, Refusal};
use common::{BlockName, Generation, Guards, SliceId};
use platform::Failure;
use platform::pg::Transaction;

use super::register::answer;
use super::streams::REGISTER;
use crate::block::{Block, Scope};
use crate::config::ms;
use crate::store;
use crate::store::standing::NAMELESS;

/// Rows that are taken in together; what they cost grows with them, and a home has 64.
const ADOPTED_AT_ONCE: usize = 512;

/// Enters the gate for the rest of the transaction and gives the generation to write under, or the
/// refusal if the customer is not served here any more.
pub async fn enter(
    block: &Block,
    tx: &Transaction<'_>,
    scope: &Scope,
) -> Result<Generation, Failure> {
    let (generation, _) = enter_with_row(block, tx, scope).await?;
    Ok(generation)
}

/// The same for callers that need to know more of the row, which comes with it.
pub async fn enter_with_row(
    block: &Block,
    tx: &Transaction<'_>,
    scope: &Scope,
) -> Result<(Generation, Placement), Failure> {
    let standing = store::placement::enter_gate(tx, scope).await?;
    let generation = answer(&standing.access(&block.name, None))?;
    Ok((generation, standing.row.ok_or(Code::PlacementBehind)?))
}

/// The same for a customer whom the router may be telling us of for the first time. Nobody else can
/// have served him if the slice rests at its home and he is not known: he counts as loaded.
pub async fn enter_for_new(
    block: &Block,
    tx: &Transaction<'_>,
    scope: &Scope,
) -> Result<Generation, Failure> {
    let mut standing = store::placement::enter_gate(tx, scope).await?;
    let resting = standing.row.as_ref().filter(|row| row.state == PlacementState::Active).cloned();
    if let (false, Some(row)) = (standing.known, resting) {
        standing.loaded = Some(row.generation);
    }
    Ok(answer(&standing.access(&block.name, None))?)
}

/// Takes rows into the block's copy of the register. Says how many were new.
pub async fn adopt_rows(block: &Block, rows: &[Placement]) -> Result<usize, Failure> {
    for (number, row) in rows.iter().enumerate() {
        check(row).map_err(|(field, must)| {
            let field = format!("rows[{number}].{field}");
            Refusal::new(Code::InvalidRequest).field(field, must)
        })?;
    }
    let mut adopted = 0;
    for rows in rows.chunks(ADOPTED_AT_ONCE) {
        adopted += adopt(block, rows).await?;
    }
    if adopted > 0 {
        super::register::reload(block).await?;
    }
    Ok(adopted)
}

/// Takes rows in, all of them in one transaction: customers of a whole home wait for it when its
/// backup takes over.
async fn adopt(block: &Block, rows: &[Placement]) -> Result<usize, Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let copies = store::placement::those(&tx, rows).await?;
    let copies: HashMap<Slice<'_>, &Placement> = by_slice(&copies);
    let mut rows = by_slice(rows);
    rows.retain(|slice, row| copies.get(slice).is_none_or(|copy| copy.revision < row.revision));
    if rows.is_empty() {
        return Ok(0);
    }
    let life = store::life::seen(&tx).await?.map_or(NAMELESS, |life| life.incarnation);
    let seals = store::giving_up::sealed(&tx).await?;
    let mut decided = Vec::new();
    for (slice, row) in rows {
        let seal = seals.iter().find(|seal| (&seal.home, seal.slice) == slice);
        let (own, copy) = ((&block.name, &life), copies.get(&slice).copied());
        let then = adopting(own, copy, row, seal.map(|sealed| sealed.seal), Guards::ALL);
        decided.extend(then.map(|then| (row, then)));
    }
    let shutting = decided.iter().filter(|(_, then)| then.ends_transactions);
    let gates: Vec<_> = shutting.map(|(row, _)| (&row.home, row.slice)).collect();
    shut(block, &tx, &gates).await?;
    // Asked again in the statement: another process may have been quicker.
    let rows: Vec<&Placement> = decided.iter().map(|(row, _)| *row).collect();
    let stored = store::placement::put(&tx, &rows).await?;
    let is_stored = |row: &Placement| stored.contains(&(row.home.clone(), row.slice));
    decided.retain(|(row, _)| is_stored(row));
    let rows: Vec<&Placement> = decided.iter().map(|(row, _)| *row).collect();
    store::giving_up::open_named(&tx, &rows).await?;
    store::giving_up::forget_hand_overs(&tx, &rows).await?;
    let passed = decided.iter().filter(|(_, then)| then.seal != SealThen::Stands);
    for (row, _) in passed {
        store::giving_up::forget_seal(&tx, (&row.home, row.slice)).await?;
    }
    let outlived = decided.iter().any(|(_, then)| then.outlived);
    if outlived && store::life::outlive(&tx).await? {
        tracing::error!("a later life of this database is known: closed for good");
    }
    store::notice::tell(&tx, REGISTER, "").await?;
    tx.commit().await?;
    Ok(decided.len())
}

type Slice<'a> = (&'a BlockName, SliceId);

/// The rows by their slices; of several of one slice the latest.
fn by_slice(rows: &[Placement]) -> HashMap<Slice<'_>, &Placement> {
    let mut all: HashMap<Slice<'_>, &Placement> = HashMap::new();
    for row in rows {
        let kept = all.entry((&row.home, row.slice)).or_insert(row);
        if kept.revision < row.revision {
            *kept = row;
        }
    }
    all
}

/// Shuts the gates of slices: waits for the transactions inside, and ends those that stay too long.
/// They have slept through what comes now, and must not commit.
pub async fn shut(
    block: &Block,
    tx: &Transaction<'_>,
    slices: &[Slice<'_>],
) -> Result<(), Failure> {
    if slices.is_empty() {
        return Ok(());
    }
    let mut shutting = pin!(store::placement::shut_gates(tx, slices));
    let grace = ms(block.config.register.gate_grace_ms);
    loop {
        if let Ok(shut) = tokio::time::timeout(grace, &mut shutting).await {
            return Ok(shut?);
        }
        let connection = block.db.connection().await?;
        let ended = store::placement::end_holders(&connection, slices).await?;
        tracing::warn!(slices = slices.len(), ended, "transactions were ended at the gate");
        metrics::counter!("transactions_ended_total").increment(ended.unsigned_abs());
    }
}

/// Notes that a gateway has seen a newer generation of the customer: he is closed here until our
/// row reaches it.
pub async fn close(block: &Block, scope: &Scope, fence: Generation) -> Result<(), Failure> {
    tracing::warn!(customer = %scope.customer, %fence, "superseded: the customer is closed here");
    metrics::counter!("customers_closed_total").increment(1);
    let connection = block.db.connection().await?;
    store::placement::close(&connection, scope, fence).await?;
    drop(connection);
    super::register::reload(block).await
}

/// Can the row be kept? Whoever decides about rows makes none that cannot.
fn check(row: &Placement) -> Result<(), (&'static str, &'static str)> {
    let numbers = [
        ("generation", row.generation.0),
        ("owner_since", row.owner_since.0),
        ("revision", row.revision.0),
        ("target_generation", row.target_generation.map_or(1, |generation| generation.0)),
    ];
    for (field, number) in numbers {
        if i64::try_from(number).map_or(true, |number| number < 1) {
            return Err((field, "must be 1 or more, and fit into 63 bits"));
        }
    }
    for (field, text) in [("reason", &row.reason), ("decided_by", &row.decided_by)] {
        if text.chars().count() > 1_000 || text.chars().any(char::is_control) {
            return Err((field, "must have at most 1000 characters and no control characters"));
        }
    }
    Ok(())
}
