//! Tokens: the ids of operations that are not finished, and who is working on them.

use common::{BlockName, CustomerId, OperationId, Timestamp};
use platform::StoreError;
use platform::pg::{Connection, Sql, Transaction};
use time::OffsetDateTime;

use crate::block::Scope;

/// A token to be stored with its operation.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Smaller goes first.
    pub priority: i16,
    /// When the worker shall look.
    pub due_at: Timestamp,
    /// The process that is already working on it.
    pub claimant: Option<String>,
    /// If it does not end it by then, the worker takes over.
    pub claim_until: Option<Timestamp>,
}

/// A token claimed by the worker.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Which operation.
    pub operation: OperationId,
    /// Whose.
    pub scope: Scope,
    /// How often it was claimed before this time.
    pub earlier_attempts: u32,
    /// When it was first handed to the back office.
    pub first_sent_at: Timestamp,
}

/// Claims at most `batch` tokens that are due, of slices that `owner` serves: one short statement,
/// whose commit comes before any call. Card freezes first, then the longest due.
pub async fn claim(
    db: &Connection,
    owner: &BlockName,
    claimant: &str,
    now: Timestamp,
    claim_until: Timestamp,
    batch: i64,
) -> Result<Vec<Claimed>, StoreError> {
    let sql = "
        update operation_token t
        set claimant = $2, claim_until = $4, attempt = t.attempt + 1,
            first_sent_at = coalesce(t.first_sent_at, $3)
        where t.operation_id in (
            select d.operation_id from operation_token d
            where d.due_at <= $3 and (d.claim_until is null or d.claim_until < $3)
                and exists (select 1 from placement p
                    where p.home = d.home and p.slice = d.slice and p.owner = $1)
            order by d.priority, d.due_at limit $5 for update skip locked)
        returning t.operation_id, t.customer_id, t.home, t.attempt, t.first_sent_at";
    let (now_at, until) = (OffsetDateTime::from(now), OffsetDateTime::from(claim_until));
    let rows = db.rows(sql, &[&owner.as_str(), &claimant, &now_at, &until, &batch]).await?;
    rows.iter()
        .map(|row| {
            let home: String = row.get("home");
            let home = BlockName::try_from(home)
                .map_err(|_| StoreError::Unreadable { what: "token's home" })?;
            let attempt: i32 = row.get("attempt");
            Ok(Claimed {
                operation: OperationId(row.get("operation_id")),
                scope: Scope::new(CustomerId::from_i64(row.get("customer_id")), home),
                earlier_attempts: u32::try_from(attempt - 1).unwrap_or(0),
                first_sent_at: row.get::<_, OffsetDateTime>("first_sent_at").into(),
            })
        })
        .collect()
}

/// Claims one operation's token for a request that wants its outcome now. `None` if another
/// process is working on it.
pub async fn claim_one(
    tx: &Transaction<'_>,
    scope: &Scope,
    id: OperationId,
    claimant: &str,
    now: Timestamp,
    claim_until: Timestamp,
) -> Result<Option<Claimed>, StoreError> {
    let sql = "
        update operation_token set claimant = $3, claim_until = $5, attempt = attempt + 1,
            due_at = $4, first_sent_at = coalesce(first_sent_at, $4)
        where operation_id = $1 and customer_id = $2
            and (claim_until is null or claim_until < $4)
        returning attempt, first_sent_at";
    let (now_at, until) = (OffsetDateTime::from(now), OffsetDateTime::from(claim_until));
    let customer = scope.customer.as_i64();
    let row = tx.row_opt(sql, &[&id.0, &customer, &claimant, &now_at, &until]).await?;
    Ok(row.map(|row| {
        let attempt: i32 = row.get("attempt");
        Claimed {
            operation: id,
            scope: scope.clone(),
            earlier_attempts: u32::try_from(attempt - 1).unwrap_or(0),
            first_sent_at: row.get::<_, OffsetDateTime>("first_sent_at").into(),
        }
    }))
}

/// Makes a token due now, whoever has it: something about its operation has changed.
pub async fn make_due(
    tx: &Transaction<'_>,
    scope: &Scope,
    id: OperationId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update operation_token set due_at = $3 where operation_id = $1 and customer_id = $2";
    tx.run(sql, &[&id.0, &scope.customer.as_i64(), &OffsetDateTime::from(now)]).await?;
    Ok(())
}

/// Gives a token back, due again at `due_at`.
pub async fn release(
    tx: &Transaction<'_>,
    scope: &Scope,
    id: OperationId,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        update operation_token set claimant = null, claim_until = null, due_at = $3
        where operation_id = $1 and customer_id = $2";
    tx.run(sql, &[&id.0, &scope.customer.as_i64(), &OffsetDateTime::from(due_at)]).await?;
    Ok(())
}

/// Removes the token of an operation that has ended or waits for a person.
pub async fn remove(
    tx: &Transaction<'_>,
    scope: &Scope,
    id: OperationId,
) -> Result<(), StoreError> {
    let sql = "delete from operation_token where operation_id = $1 and customer_id = $2";
    tx.run(sql, &[&id.0, &scope.customer.as_i64()]).await?;
    Ok(())
}

/// Tokens by whether they are due, for metrics.
pub async fn counts(db: &Connection, now: Timestamp) -> Result<(i64, i64), StoreError> {
    let sql = "
        select count(*) as all_of_them, count(*) filter (where due_at <= $1) as due
        from operation_token";
    let row = db.row(sql, &[&OffsetDateTime::from(now)]).await?;
    Ok((row.get("all_of_them"), row.get("due")))
}
