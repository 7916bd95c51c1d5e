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

/// Some accounts, compared with their entries.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The last account that was looked at; `None` when there were no more.
    pub last: Option<String>,
    /// Those that differ.
    pub drifted: Vec<Drifted>,
}

/// Compares the next `limit` accounts after `after` with the sums of their entries.
pub const COMPARE: &str = "select a.account_number, a.balance_minor,
        (coalesce((select sum(amount_minor) from entry where credit_account = a.account_number), 0)
        - coalesce((select sum(amount_minor) from entry where debit_account = a.account_number), 0)
        )::bigint as entries_minor
    from account a where a.account_number > $1 order by a.account_number limit $2";

/// See [`COMPARE`].
pub async fn compare<S: Session>(
    session: &S,
    after: &str,
    limit: i64,
) -> Result<Compared, StoreError> {
    let rows = statement::rows(session, COMPARE, &[&after, &limit]).await?;
    let mut compared = Compared { last: None, drifted: Vec::new() };
    for row in &rows {
        let found = Drifted {
            account_number: row.try_get("account_number")?,
            balance_minor: row.try_get("balance_minor")?,
            entries_minor: row.try_get("entries_minor")?,
        };
        compared.last = Some(found.account_number.clone());
        if found.balance_minor != found.entries_minor {
            compared.drifted.push(found);
        }
    }
    Ok(compared)
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
