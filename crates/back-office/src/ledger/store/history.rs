//! An account's history, page by page.

use common::money::Money;
use common::{AccountNumber, CustomerId, OperationId};
use platform::StoreError;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::{currency, number};
use crate::statement::{self, Session};

/// One line of an account's history.
#[derive(Clone, Debug)]
pub struct Line {
    /// The entry's id; also where the next page begins.
    pub entry_id: i64,
    /// When it was booked.
    pub booked_at: OffsetDateTime,
    /// Positive: came in.
    pub amount: Money,
    /// A line about it.
    pub description: String,
    /// The account at the other side.
    pub other_account: AccountNumber,
    /// Whose that is; `None`: the bank's own.
    pub other_owner: Option<CustomerId>,
    /// His first and last name.
    pub other_name: Option<String>,
    /// What caused it.
    pub operation_id: Option<OperationId>,
}

/// Reads at most `limit` entries of a customer's account that are older than `before`, newest
/// first; `None` if the account is not his.
///
/// Both sides are read through their own index and merged: an account is debited in one column and
/// credited in the other.
pub const PAGE: &str = "select e.entry_id, e.operation_id, e.booked_at, e.currency,
        e.signed_minor, e.description, e.other, o.customer_id as other_owner, c.name as other_name
    from (
        (select entry_id, operation_id, booked_at, currency, -amount_minor as signed_minor,
                description, credit_account as other
            from entry where debit_account = $1 and entry_id < $2
            order by entry_id desc limit $3)
        union all
        (select entry_id, operation_id, booked_at, currency, amount_minor, description,
                debit_account
            from entry where credit_account = $1 and entry_id < $2
            order by entry_id desc limit $3)
    ) e
    join account o on o.account_number = e.other
    left join customer c on c.customer_id = o.customer_id
    order by e.entry_id desc limit $3";

/// A page of the history; see [`PAGE`].
pub async fn page<S: Session>(
    session: &S,
    customer: CustomerId,
    account: &AccountNumber,
    before: i64,
    limit: i64,
) -> Result<Option<Vec<Line>>, StoreError> {
    let owned = "select 1 from account where account_number = $1 and customer_id = $2";
    let params: statement::Params<'_> = &[&account.as_str(), &customer.as_i64()];
    if statement::maybe_row(session, owned, params).await?.is_none() {
        return Ok(None);
    }
    let rows = statement::rows(session, PAGE, &[&account.as_str(), &before, &limit]).await?;
    rows.iter().map(line).collect::<Result<_, _>>().map(Some)
}

fn line(row: &Row) -> Result<Line, StoreError> {
    let owner: Option<i64> = row.try_get("other_owner")?;
    let operation: Option<uuid::Uuid> = row.try_get("operation_id")?;
    Ok(Line {
        entry_id: row.try_get("entry_id")?,
        booked_at: row.try_get("booked_at")?,
        amount: Money::from_minor(row.try_get("signed_minor")?, currency(row, "currency")?),
        description: row.try_get("description")?,
        other_account: number(row, "other")?,
        other_owner: owner.map(CustomerId::from_i64),
        other_name: row.try_get("other_name")?,
        operation_id: operation.map(OperationId),
    })
}
