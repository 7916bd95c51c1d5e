//! Operations as they were joined, written down together (protocol §6).

use common::gateway::Outcome;
use common::{Generation, Timestamp};
use platform::StoreError;
use platform::pg::{Sql, Transaction};
use serde_json::Value;
use time::OffsetDateTime;

use super::operation::Operation;
use crate::block::Scope;

/// An operation as it was joined, and the generation under which it is taken in, if it began
/// elsewhere; once taken in it stays so.
pub type Joined<'a> = (&'a Operation, Option<Generation>);

/// Writes an operation down as joined.
pub async fn put_operation(
    tx: &Transaction<'_>,
    scope: &Scope,
    operation: &Operation,
    adopted: Option<Generation>,
) -> Result<(), StoreError> {
    put_operations(tx, scope, &[(operation, adopted)]).await
}

/// What a joined operation may change of the row that is there.
const JOINS: &str = "
    state, generation, version, updated_at, outcome, cancel_requested, in_doubt, parked, unfenced,
    conflict, asked, answered, cancel_asked, cancel_answered, line";

/// Writes operations of a customer down as joined, together: a takeover loads many customers, each
/// with all that he has ordered. A row that is there already and does not change is left alone.
pub async fn put_operations(
    tx: &Transaction<'_>,
    scope: &Scope,
    all: &[Joined<'_>],
) -> Result<(), StoreError> {
    if all.is_empty() {
        return Ok(());
    }
    let of = |prefix: &str| {
        let columns: Vec<String> =
            JOINS.split(',').map(|column| format!("{prefix}.{}", column.trim())).collect();
        columns.join(", ")
    };
    let (here, there) = (of("operation"), of("excluded"));
    let sql = format!(
        "insert into operation (customer_id, operation_id, kind, intent, intent_hash, valid_until,
            created_at, confirm_by, debit_account, most_minor, looks_like, adopted_under, {JOINS})
        select $1, * from unnest($2::uuid[], $3::text[], $4::jsonb[], $5::bytea[],
            $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::text[], $10::bigint[],
            $11::bytea[], $12::bigint[], $13::text[], $14::bigint[], $15::bigint[],
            $16::timestamptz[], $17::jsonb[], $18::boolean[], $19::boolean[], $20::boolean[],
            $21::boolean[], $22::boolean[], $23::bigint[], $24::bigint[], $25::bigint[],
            $26::bigint[], $27::bigint[])
        on conflict on constraint operation_pkey do update set ({JOINS}) = row({there})
        where operation.customer_id = excluded.customer_id and ({here}) is distinct from ({there})"
    );
    let time = |at: Timestamp| OffsetDateTime::from(at);
    let outcomes: Vec<Option<Value>> =
        all.iter().map(|(one, _)| outcome(one.outcome.as_ref())).collect::<Result<_, _>>()?;
    let adopted: Vec<Option<i64>> =
        all.iter().map(|(_, adopted)| adopted.map(Generation::as_i64)).collect();
    tx.run(
        &sql,
        &[
            &scope.customer.as_i64(),
            &column(all, |one| one.id.0),
            &column(all, |one| one.kind.as_str()),
            &column(all, |one| &one.intent),
            &column(all, |one| one.intent_hash.0.as_slice()),
            &column(all, |one| time(one.valid_until)),
            &column(all, |one| time(one.created_at)),
            &column(all, |one| time(one.confirm_by)),
            &column(all, |one| one.debit_account.as_deref()),
            &column(all, |one| one.most_minor),
            &column(all, |one| one.looks_like.as_slice()),
            &adopted,
            &column(all, |one| one.state.as_str()),
            &column(all, |one| one.generation.as_i64()),
            &column(all, |one| one.version),
            &column(all, |one| time(one.updated_at)),
            &outcomes,
            &column(all, |one| one.marks.cancel_requested),
            &column(all, |one| one.in_doubt),
            &column(all, |one| one.parked),
            &column(all, |one| one.marks.unfenced),
            &column(all, |one| one.marks.conflict),
            &column(all, |one| one.marks.asked.asked.as_i64()),
            &column(all, |one| one.marks.asked.answered.as_i64()),
            &column(all, |one| one.marks.cancel_asked.asked.as_i64()),
            &column(all, |one| one.marks.cancel_asked.answered.as_i64()),
            &column(all, |one| one.line),
        ],
    )
    .await?;
    Ok(())
}

fn column<'a, T>(all: &[Joined<'a>], of: impl Fn(&'a Operation) -> T) -> Vec<T> {
    all.iter().map(|(operation, _)| of(operation)).collect()
}

fn outcome(outcome: Option<&Outcome>) -> Result<Option<Value>, StoreError> {
    let value = outcome.map(serde_json::to_value).transpose();
    value.map_err(|_| StoreError::Unreadable { what: "outcome" })
}
