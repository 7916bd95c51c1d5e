//! Verdicts over loosenings.

use common::archive::loosening::Verdict;
use common::{CustomerId, Timestamp};
use platform::StoreError;
use platform::pg::Sql;
use time::OffsetDateTime;
use uuid::Uuid;

/// The verdict that was given under this id.
pub async fn known(db: &impl Sql, change_id: Uuid) -> Result<Option<Verdict>, StoreError> {
    let sql = "select applied from loosening where change_id = $1";
    let verdict = |applied| if applied { Verdict::Applied } else { Verdict::Refused };
    Ok(db.row_opt(sql, &[&change_id]).await?.map(|row| verdict(row.get("applied"))))
}

/// Writes a verdict down. Says whether it was the first under this id.
pub async fn put(
    db: &impl Sql,
    change_id: Uuid,
    (customer, stream): (CustomerId, i32),
    verdict: Verdict,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "
        insert into loosening (change_id, customer_id, stream_id, applied, decided_at)
        values ($1, $2, $3, $4, $5) on conflict on constraint loosening_pkey do nothing";
    let applied = verdict == Verdict::Applied;
    let now = OffsetDateTime::from(now);
    Ok(db.run(sql, &[&change_id, &customer.as_i64(), &stream, &applied, &now]).await? == 1)
}
