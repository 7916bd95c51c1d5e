//! Codes that confirm operations. Of this block only.

use common::{OperationId, Timestamp};
use platform::StoreError;
use platform::pg::{Sql, Transaction};
use time::OffsetDateTime;

use crate::block::Scope;

/// A code that was sent.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// See `codes`.
    pub code_hash: Vec<u8>,
    /// Attempts that are left.
    pub attempts_left: i32,
    /// Codes sent for the operation so far.
    pub codes_sent: i32,
    /// Until when the code is good.
    pub expires_at: Timestamp,
}

/// Stores a code; a newer one takes the place of an older, attempts are not renewed.
pub async fn put(
    tx: &Transaction<'_>,
    id: OperationId,
    code: &Confirmation,
) -> Result<(), StoreError> {
    let sql = "
        insert into confirmation (operation_id, code_hash, attempts_left, codes_sent, expires_at)
        values ($1, $2, $3, $4, $5)
        on conflict on constraint confirmation_pkey do update set
            code_hash = excluded.code_hash, codes_sent = excluded.codes_sent,
            expires_at = excluded.expires_at";
    let expires_at = OffsetDateTime::from(code.expires_at);
    let (left, sent) = (code.attempts_left, code.codes_sent);
    tx.run(sql, &[&id.0, &code.code_hash, &left, &sent, &expires_at]).await?;
    Ok(())
}

/// Reads and locks the code of the customer's operation.
pub async fn lock(
    tx: &Transaction<'_>,
    scope: &Scope,
    id: OperationId,
) -> Result<Option<Confirmation>, StoreError> {
    let sql = "
        select c.* from confirmation c join operation o on o.operation_id = c.operation_id
        where c.operation_id = $1 and o.customer_id = $2 for update of c";
    let row = tx.row_opt(sql, &[&id.0, &scope.customer.as_i64()]).await?;
    Ok(row.map(|row| Confirmation {
        code_hash: row.get("code_hash"),
        attempts_left: row.get("attempts_left"),
        codes_sent: row.get("codes_sent"),
        expires_at: row.get::<_, OffsetDateTime>("expires_at").into(),
    }))
}

/// Stores the attempts that are left.
pub async fn set_attempts(
    tx: &Transaction<'_>,
    id: OperationId,
    left: i32,
) -> Result<(), StoreError> {
    let sql = "update confirmation set attempts_left = $2 where operation_id = $1";
    tx.run(sql, &[&id.0, &left]).await?;
    Ok(())
}

/// Removes a code that is not needed any more.
pub async fn remove(tx: &Transaction<'_>, id: OperationId) -> Result<(), StoreError> {
    tx.run("delete from confirmation where operation_id = $1", &[&id.0]).await?;
    Ok(())
}
