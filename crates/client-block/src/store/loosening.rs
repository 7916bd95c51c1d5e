//! Loosenings that were asked for at the archive, and what it said (protocol §6).

use common::wire::archive::EntityWritten;
use common::{Generation, Timestamp};
use platform::StoreError;
use platform::pg::{Connection, GenericClient, Sql, Transaction};
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::block::Scope;

/// An intent.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Names the change.
    pub change_id: Uuid,
    /// Under which generation it was asked for.
    pub generation: Generation,
    /// What becomes of the entity if it stands.
    pub entity: EntityWritten,
    /// Does it stand? Absent while the archive has not said so.
    pub applied: Option<bool>,
}

/// Writes an intent down. Says whether it is new.
pub async fn intend(
    tx: &Transaction<'_>,
    scope: &Scope,
    intent: &Intent,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "
        insert into loosening (change_id, customer_id, home, slice, generation, entity, asked_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict on constraint loosening_pkey do nothing";
    let entity = serde_json::to_value(&intent.entity);
    let entity = entity.map_err(|_| StoreError::Unreadable { what: "loosening" })?;
    let new = tx
        .run(
            sql,
            &[
                &intent.change_id,
                &scope.customer.as_i64(),
                &scope.home.as_str(),
                &i16::from(scope.slice.number()),
                &intent.generation.as_i64(),
                &entity,
                &OffsetDateTime::from(now),
            ],
        )
        .await?;
    Ok(new == 1)
}

/// The customer's intents without a verdict.
pub async fn unresolved(db: &impl GenericClient, scope: &Scope) -> Result<Vec<Intent>, StoreError> {
    let sql = "
        select change_id, generation, entity, applied from loosening
        where customer_id = $1 and applied is null order by asked_at";
    db.rows(sql, &[&scope.customer.as_i64()]).await?.iter().map(read).collect()
}

/// One of them, locked.
pub async fn lock(
    tx: &Transaction<'_>,
    scope: &Scope,
    change_id: Uuid,
) -> Result<Option<Intent>, StoreError> {
    let sql = "
        select change_id, generation, entity, applied from loosening
        where change_id = $1 and customer_id = $2 for update";
    let row = tx.row_opt(sql, &[&change_id, &scope.customer.as_i64()]).await?;
    row.as_ref().map(read).transpose()
}

/// Writes the verdict down.
pub async fn resolve(
    tx: &Transaction<'_>,
    scope: &Scope,
    change_id: Uuid,
    applied: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        update loosening set applied = $3, resolved_at = $4
        where change_id = $1 and customer_id = $2";
    let at = OffsetDateTime::from(now);
    tx.run(sql, &[&change_id, &scope.customer.as_i64(), &applied, &at]).await?;
    Ok(())
}

/// Forgets an intent that the archive has certainly not heard of.
pub async fn withdraw(db: &Connection, scope: &Scope, change_id: Uuid) -> Result<(), StoreError> {
    let sql = "
        delete from loosening where change_id = $1 and customer_id = $2 and applied is null";
    db.run(sql, &[&change_id, &scope.customer.as_i64()]).await?;
    Ok(())
}

/// Forgets what was resolved before `before`, at most `most` of it.
pub async fn forget(db: &Connection, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    let sql = "
        delete from loosening where change_id = any (array
            (select change_id from loosening
            where applied is not null and resolved_at < $1 limit $2))";
    db.run(sql, &[&OffsetDateTime::from(before), &most]).await
}

fn read(row: &Row) -> Result<Intent, StoreError> {
    let entity = serde_json::from_value(row.get("entity"));
    Ok(Intent {
        change_id: row.get("change_id"),
        generation: Generation::from_i64(row.get("generation")),
        entity: entity.map_err(|_| StoreError::Unreadable { what: "loosening" })?,
        applied: row.get("applied"),
    })
}
