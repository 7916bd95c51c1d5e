//! What proves that money is conserved (I16), as queries that return what is wrong.
//!
//! Each is one statement, so it sees one moment of the ledger however busy it is.

use common::Timestamp;
use platform::StoreError;
use time::OffsetDateTime;

use crate::statement::{self, Session};

/// A currency whose balances do not sum to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbalanced {
    /// Its code.
    pub currency: String,
    /// What the balances sum to, in minor units.
    pub sum_minor: i64,
}

/// Currencies of which the balances of all accounts do not sum to zero.
pub async fn unbalanced<S: Session>(session: &S) -> Result<Vec<Unbalanced>, StoreError> {
    let sql = "select currency, sum(balance_minor)::bigint as sum_minor
        from account group by currency having sum(balance_minor) <> 0 order by currency";
    let rows = statement::rows(session, sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Unbalanced {
                currency: row.try_get("currency")?,
                sum_minor: row.try_get("sum_minor")?,
            })
        })
        .collect()
}

/// An account whose balance is not what its entries say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    /// The account's number.
    pub account_number: String,
    /// What is stored.
    pub balance_minor: i64,
    /// What the entries sum to.
    pub entries_minor: i64,
}

/// The next `limit` accounts after `after`, in account-number order.
pub async fn next_accounts<S: Session>(
    session: &S,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let sql = "select account_number from account where account_number > $1
        order by account_number limit $2";
    let rows = statement::rows(session, sql, &[&after, &limit]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Some accounts, compared with their entries.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// Those that differ.
    pub drifted: Vec<Drifted>,
    /// Those that agree and have entries since their checkpoint: what to [`remember`].
    pub proven: Vec<Checkpoint>,
}

/// Up to an entry, an account's entries summed to its balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    account_number: String,
    through_entry_id: i64,
    sum_minor: i64,
}

/// Compares accounts with the sums of their entries, from the checkpoints on: what it costs follows
/// from what was booked since, not from the age of the ledger.
///
/// Entries are booked under the lock of their accounts, so those of one account become visible in
/// the order of their ids, and none comes in behind a checkpoint. Pairs are compared as pairs, so
/// that only the account's own index fits, never a walk along all entries.
pub const COMPARE: &str = "select a.account_number, a.balance_minor,
        coalesce(c.through_entry_id, 0) as checkpoint,
        greatest(credit.last, debit.last, c.through_entry_id, 0) as last,
        (coalesce(c.sum_minor, 0) + coalesce(credit.minor, 0) - coalesce(debit.minor, 0))::bigint
            as entries_minor
    from account a
    left join ledger_checkpoint c on c.account_number = a.account_number
    cross join lateral (
        select sum(amount_minor) as minor, max(entry_id) as last from entry
        where credit_account = a.account_number
            and (credit_account, entry_id) > (a.account_number, coalesce(c.through_entry_id, 0))
    ) credit
    cross join lateral (
        select sum(amount_minor) as minor, max(entry_id) as last from entry
        where debit_account = a.account_number
            and (debit_account, entry_id) > (a.account_number, coalesce(c.through_entry_id, 0))
    ) debit
    where a.account_number = any($1)";

/// See [`COMPARE`].
pub async fn compare<S: Session>(session: &S, accounts: &[String]) -> Result<Compared, StoreError> {
    let rows = statement::rows(session, COMPARE, &[&accounts]).await?;
    let mut compared = Compared::default();
    for row in &rows {
        let found = Drifted {
            account_number: row.try_get("account_number")?,
            balance_minor: row.try_get("balance_minor")?,
            entries_minor: row.try_get("entries_minor")?,
        };
        let (checkpoint, last): (i64, i64) = (row.try_get("checkpoint")?, row.try_get("last")?);
        if found.balance_minor != found.entries_minor {
            compared.drifted.push(found);
        } else if last > checkpoint {
            compared.proven.push(Checkpoint {
                account_number: found.account_number,
                through_entry_id: last,
                sum_minor: found.entries_minor,
            });
        }
    }
    Ok(compared)
}

/// Remembers how far accounts were proven; of several gateways the furthest stands.
pub async fn remember<S: Session>(session: &S, proven: &[Checkpoint]) -> Result<(), StoreError> {
    let sql = "insert into ledger_checkpoint as c (account_number, through_entry_id, sum_minor)
        select * from unnest($1::text[], $2::bigint[], $3::bigint[])
        on conflict (account_number) do update
            set through_entry_id = excluded.through_entry_id, sum_minor = excluded.sum_minor
            where c.through_entry_id < excluded.through_entry_id";
    let numbers: Vec<&str> = proven.iter().map(|at| at.account_number.as_str()).collect();
    let entries: Vec<i64> = proven.iter().map(|at| at.through_entry_id).collect();
    let sums: Vec<i64> = proven.iter().map(|at| at.sum_minor).collect();
    statement::run(session, sql, &[&numbers, &entries, &sums]).await?;
    Ok(())
}

/// Forgets how far accounts were proven: they are summed from the beginning the next time.
pub async fn forget<S: Session>(session: &S, accounts: &[String]) -> Result<(), StoreError> {
    let sql = "delete from ledger_checkpoint where account_number = any($1)";
    statement::run(session, sql, &[&accounts]).await?;
    Ok(())
}

/// All accounts compared with their entries, in two scans: for `verify`.
pub async fn compare_all<S: Session>(session: &S) -> Result<Vec<Drifted>, StoreError> {
    let sql = "with side as (
            select credit_account as number, amount_minor as minor from entry
            union all
            select debit_account, -amount_minor from entry
        ), total as (select number, sum(minor)::bigint as minor from side group by number)
        select a.account_number, a.balance_minor, coalesce(t.minor, 0) as entries_minor
        from account a left join total t on t.number = a.account_number
        where a.balance_minor <> coalesce(t.minor, 0)
        order by a.account_number";
    let rows = statement::rows(session, sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Drifted {
                account_number: row.try_get("account_number")?,
                balance_minor: row.try_get("balance_minor")?,
                entries_minor: row.try_get("entries_minor")?,
            })
        })
        .collect()
}

/// An operation whose entries are not those that it recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miscounted {
    /// Which operation.
    pub operation_id: uuid::Uuid,
    /// How it stands.
    pub state: String,
    /// How many entries it recorded.
    pub recorded: i16,
    /// How many there are.
    pub found: i64,
}

/// Operations decided at or after `since` that do not have exactly their entries: an executed one
/// that moves money has some, a cancelled or expired one has none.
pub async fn miscounted<S: Session>(
    session: &S,
    since: Timestamp,
) -> Result<Vec<Miscounted>, StoreError> {
    let sql = "select r.operation_id, r.state, r.entry_count, count(e.entry_id) as found
        from operation_record r left join entry e on e.operation_id = r.operation_id
        where r.decided_at >= $1
        group by r.operation_id
        having count(e.entry_id) <> r.entry_count
            or (r.state in ('cancelled', 'expired') and r.entry_count <> 0)
            or (r.state = 'executed' and r.entry_count = 0
                and r.kind not in ('card_freeze', 'card_unfreeze'))
        order by r.operation_id";
    let rows = statement::rows(session, sql, &[&OffsetDateTime::from(since)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Miscounted {
                operation_id: row.try_get("operation_id")?,
                state: row.try_get("state")?,
                recorded: row.try_get("entry_count")?,
                found: row.try_get("found")?,
            })
        })
        .collect()
}
