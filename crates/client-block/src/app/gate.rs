//! The gate of a slice (protocol §3): every transaction that changes a customer's data enters
//! here first, and a row that changes owner or generation is adopted with the gate shut.

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
    for row in rows {
        adopted += usize::from(adopt(block, row).await?);
    }
    if adopted > 0 {
        super::register::reload(block).await?;
    }
    Ok(adopted)
}

async fn adopt(block: &Block, row: &Placement) -> Result<bool, Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let copy = store::placement::one(&tx, row).await?;
    let life = store::life::seen(&tx).await?.map_or(NAMELESS, |life| life.incarnation);
    let slice = (&row.home, row.slice);
    let sealed = store::giving_up::seal_of(&tx, slice).await?.map(|sealed| sealed.seal);
    let own = (&block.name, &life);
    let Some(then) = adopting(own, copy.as_ref(), row, sealed, Guards::ALL) else {
        return Ok(false);
    };
    if then.ends_transactions {
        shut(block, &tx, slice).await?;
    }
    // Asked again in the statement: another process may have been quicker.
    if !store::placement::put(&tx, row).await? {
        return Ok(false);
    }
    store::giving_up::open_named(&tx, slice, row.revision).await?;
    store::giving_up::forget_hand_overs(&tx, slice, row.generation).await?;
    if then.seal != SealThen::Stands {
        store::giving_up::forget_seal(&tx, slice).await?;
    }
    if then.outlived && store::life::outlive(&tx).await? {
        tracing::error!("a later life of this database is known: closed for good");
    }
    store::notice::tell(&tx, REGISTER, "").await?;
    tx.commit().await?;
    Ok(true)
}

/// Shuts the gate of a slice: waits for the transactions inside, and ends those that stay too long.
/// They have slept through what comes now, and must not commit.
pub async fn shut(
    block: &Block,
    tx: &Transaction<'_>,
    slice: (&BlockName, SliceId),
) -> Result<(), Failure> {
    let mut shutting = pin!(store::placement::shut_gate(tx, slice));
    let grace = ms(block.config.register.gate_grace_ms);
    loop {
        if let Ok(shut) = tokio::time::timeout(grace, &mut shutting).await {
            return Ok(shut?);
        }
        let connection = block.db.connection().await?;
        let ended = store::placement::end_holders(&connection, slice).await?;
        tracing::warn!(home = %slice.0, slice = slice.1.number(), ended, "ended at the gate");
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
