//! What customers have used of their daily limits.

use common::money::{Currency, Money};
use common::operation::OperationKind;
use common::{CustomerId, Timestamp};
use platform::StoreError;

use crate::gateway::rules::day;
use crate::statement::{self, Session};

/// What a customer may still spend today in one kind and currency; `None` where there is no limit.
/// The customer's fence is locked, so that nobody else spends meanwhile.
pub async fn left<S: Session>(
    session: &S,
    customer: CustomerId,
    kind: OperationKind,
    currency: Currency,
    now: Timestamp,
) -> Result<Option<Money>, StoreError> {
    let sql = "select l.most_minor - coalesce(u.used_minor, 0) as left_minor
        from daily_limit l
        left join daily_use u on u.customer_id = $1 and u.kind = l.kind
            and u.currency = l.currency and u.day = $4
        where l.kind = $2 and l.currency = $3";
    let (kind, code, day) = (kind.as_str(), currency.code(), day::of(now));
    let params: statement::Params<'_> = &[&customer.as_i64(), &kind, &code, &day];
    let row = statement::maybe_row(session, sql, params).await?;
    row.map(|row| Ok(Money::from_minor(row.try_get(0)?, currency))).transpose()
}

/// Counts what a customer spends.
pub async fn use_up<S: Session>(
    session: &S,
    customer: CustomerId,
    kind: OperationKind,
    amount: Money,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "insert into daily_use as u (customer_id, kind, currency, day, used_minor)
        values ($1, $2, $3, $4, $5)
        on conflict (customer_id, kind, currency, day)
        do update set used_minor = u.used_minor + excluded.used_minor";
    let (kind, code) = (kind.as_str(), amount.currency().code());
    let day = day::of(now);
    let params: statement::Params<'_> = &[&customer.as_i64(), &kind, &code, &day, &amount.minor()];
    statement::run(session, sql, params).await?;
    Ok(())
}

/// Takes back what was counted on the day of `counted_at`, for an operation that did not happen.
pub async fn give_back<S: Session>(
    session: &S,
    customer: CustomerId,
    kind: OperationKind,
    amount: Money,
    counted_at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update daily_use set used_minor = greatest(used_minor - $5, 0)
        where customer_id = $1 and kind = $2 and currency = $3 and day = $4";
    let (kind, code) = (kind.as_str(), amount.currency().code());
    let day = day::of(counted_at);
    let params: statement::Params<'_> = &[&customer.as_i64(), &kind, &code, &day, &amount.minor()];
    statement::run(session, sql, params).await?;
    Ok(())
}
