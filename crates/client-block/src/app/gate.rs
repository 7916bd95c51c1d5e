//! The gate of a slice (protocol §3): every transaction that changes a customer's data enters
//! here first, and a row that changes owner or generation is adopted with the gate shut.

use common::Generation;
use common::placement::{Adoption, Placement, admit, adopt};
use platform::Failure;
use platform::pg::Transaction;

use super::register::admitted;
use crate::block::{Block, Scope};
use crate::store;

/// Enters the gate for the rest of the transaction and gives the generation to write under, or the
/// refusal if the slice is not served here any more.
pub async fn enter(
    block: &Block,
    tx: &Transaction<'_>,
    scope: &Scope,
) -> Result<Generation, Failure> {
    let (row, closed) = store::placement::enter_gate(tx, scope).await?;
    Ok(admitted(&admit(&block.name, row.as_ref(), None, closed))?)
}

/// Takes rows into the block's copy of the register. Says how many were new.
pub async fn adopt_rows(block: &Block, rows: &[Placement]) -> Result<usize, Failure> {
    let mut adopted = 0;
    let mut connection = block.db.connection().await?;
    for row in rows {
        let tx = connection.transaction().await?;
        let copy = store::placement::one(&tx, row).await?;
        match adopt(copy.as_ref(), row) {
            Adoption::Known => continue,
            Adoption::Store => {}
            Adoption::StoreBehindGate => store::placement::shut_gate(&tx, row).await?,
        }
        // Asked again in the statement: another process may have been quicker.
        adopted += usize::from(store::placement::put(&tx, row).await?);
        tx.commit().await?;
    }
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
    super::register::reload(block).await
}
