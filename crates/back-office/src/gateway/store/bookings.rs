//! Money that came in or went out without an operation, by the id that the system gave it.

use common::Timestamp;
use platform::StoreError;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::statement::{self, Session};

/// Claims a booking's id for this transaction. If it is known, gives the hash that it came with.
pub async fn claim<S: Session>(
    session: &S,
    booking: Uuid,
    body_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let insert = "insert into booking (booking_id, body_hash, booked_at)
        values ($1, $2, $3) on conflict (booking_id) do nothing";
    let at = OffsetDateTime::from(now);
    let params: statement::Params<'_> = &[&booking, &body_hash.as_slice(), &at];
    if statement::run(session, insert, params).await? == 1 {
        return Ok(None);
    }
    let known = "select body_hash from booking where booking_id = $1";
    let row = statement::row(session, known, &[&booking]).await?;
    Ok(Some(row.try_get(0)?))
}
