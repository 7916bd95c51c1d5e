//! The gate of a slice (protocol §3): every transaction that changes a customer's data enters
//! here first, and a row that changes owner or generation is adopted with the gate shut.

use common::block::access::adopt_behind_gate;
use common::placement::{Adoption, Placement, PlacementState, adopt};
use common::problem::{Code, Refusal};
use common::{Generation, Guards};
use platform::Failure;
use platform::pg::Transaction;

use super::register::answer;
use crate::block::{Block, Scope};
use crate::store;

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
    let mut connection = block.db.connection().await?;
    for row in rows {
        let tx = connection.transaction().await?;
        let copy = store::placement::one(&tx, row).await?;
        if adopt(copy.as_ref(), row) == Adoption::Known {
            continue;
        }
        if adopt_behind_gate(copy.as_ref(), row, Guards::ALL) {
            store::placement::shut_gate(&tx, row).await?;
        }
        // Asked again in the statement: another process may have been quicker.
        adopted += usize::from(store::placement::put(&tx, row).await?);
        tx.commit().await?;
    }
    drop(connection);
    if adopted > 0 {
        super::register::reload(block).await?;
    }
    Ok(adopted)
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
