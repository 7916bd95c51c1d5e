//! The SQL of loading: COPY, and what a load looks up before and sets right afterwards.

pub(super) mod ledger;
pub(super) mod rebuild;
pub(super) mod systems;

use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt as _;
use platform::StoreError;
use tokio_postgres::Transaction;

use super::copy::Rows;

/// How much is handed to the connection at once.
const PIECE: usize = 1 << 18;

/// Sends rows by the COPY statement `sql`; says how many there were.
async fn copy(
    transaction: &Transaction<'_>,
    sql: &'static str,
    rows: Rows,
) -> Result<u64, StoreError> {
    if rows.count() == 0 {
        return Ok(0);
    }
    let mut bytes = rows.finish();
    let mut sink = pin!(transaction.copy_in::<_, Bytes>(sql).await?);
    while !bytes.is_empty() {
        let piece = bytes.split_to(bytes.len().min(PIECE));
        sink.send(piece).await?;
    }
    Ok(sink.finish().await?)
}
