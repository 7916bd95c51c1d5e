//! Tickets that were used.

use common::Timestamp;
use platform::StoreError;
use platform::pg::{Connection, Sql, Transaction};
use time::OffsetDateTime;

/// Notes that a ticket is used now. Says whether it was unused.
pub async fn use_up(
    tx: &Transaction<'_>,
    ticket: &[u8; 16],
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "
        insert into used_ticket (ticket_id, expires_at) values ($1, $2)
        on conflict on constraint used_ticket_pkey do nothing";
    let expires_at = OffsetDateTime::from(expires_at);
    Ok(tx.run(sql, &[&ticket.as_slice(), &expires_at]).await? == 1)
}

/// Forgets tickets that have expired, at most `most` of them.
pub async fn forget(db: &Connection, now: Timestamp, most: i64) -> Result<u64, StoreError> {
    let sql = "
        delete from used_ticket where ticket_id = any (array
            (select ticket_id from used_ticket where expires_at < $1 limit $2))";
    db.run(sql, &[&OffsetDateTime::from(now), &most]).await
}
