//! The payee directory: who is found under which phone.

use common::money::Currency;
use common::wire::gateway::PutCustomer;
use common::{AccountNumber, CustomerId};
use platform::StoreError;
use tokio_postgres::Row;

use crate::ledger::store::number;
use crate::statement::{self, Session};

/// Takes over what the router says of a customer, if it is newer; says whether it was.
pub async fn put<S: Session>(
    session: &S,
    customer: CustomerId,
    put: &PutCustomer,
) -> Result<bool, StoreError> {
    let sql = "insert into customer as c (customer_id, revision, phone, name)
        values ($1, $2, $3, $4)
        on conflict (customer_id) do update
            set revision = excluded.revision, phone = excluded.phone, name = excluded.name
            where c.revision < excluded.revision";
    let revision = i64::try_from(put.revision).unwrap_or(i64::MAX);
    let phone = put.phone.as_str();
    let params: statement::Params<'_> = &[&customer.as_i64(), &revision, &phone, &put.name];
    Ok(statement::run(session, sql, params).await? == 1)
}

/// Is this newer than what is known of the customer? Locks his row and that of whoever has the
/// phone, in the order of their ids, so that two who exchange numbers do not wait for each other.
pub async fn is_news<S: Session>(
    session: &S,
    customer: CustomerId,
    put: &PutCustomer,
) -> Result<bool, StoreError> {
    let sql = "select customer_id, revision from customer
        where customer_id = $1 or phone = $2 order by customer_id for update";
    let params: statement::Params<'_> = &[&customer.as_i64(), &put.phone.as_str()];
    for row in statement::rows(session, sql, params).await? {
        let known: i64 = row.try_get("revision")?;
        if row.try_get::<_, i64>("customer_id")? == customer.as_i64() {
            return Ok(u64::try_from(known).unwrap_or(0) < put.revision);
        }
    }
    Ok(true)
}

/// Takes a phone from whoever has it, except `customer`. The router gives a number to one customer
/// only, so whoever has it here has lost it there, and his own change is on its way.
pub async fn release_phone<S: Session>(
    session: &S,
    customer: CustomerId,
    phone: &str,
) -> Result<(), StoreError> {
    let sql = "update customer set phone = null where phone = $1 and customer_id <> $2";
    statement::run(session, sql, &[&phone, &customer.as_i64()]).await?;
    Ok(())
}

/// An account that can be paid, and whose it is.
#[derive(Clone, Debug)]
pub struct Payable {
    /// The account.
    pub account: AccountNumber,
    /// Whose.
    pub owner: CustomerId,
    /// First and last name.
    pub name: String,
}

/// By phone: the customer's main account in a currency, which is his first open one.
pub const BY_PHONE: &str = "select a.account_number, c.customer_id, c.name
    from customer c join account a on a.customer_id = c.customer_id
    where c.phone = $1 and a.currency = $2 and a.kind = 'current' and a.open
    order by a.account_number limit 1";

/// See [`BY_PHONE`].
pub async fn by_phone<S: Session>(
    session: &S,
    phone: &str,
    currency: Currency,
) -> Result<Option<Payable>, StoreError> {
    let row = statement::maybe_row(session, BY_PHONE, &[&phone, &currency.code()]).await?;
    row.as_ref().map(payable).transpose()
}

/// By account, if it is open and held in the currency.
pub async fn by_account<S: Session>(
    session: &S,
    account: &AccountNumber,
    currency: Currency,
) -> Result<Option<Payable>, StoreError> {
    let sql = "select a.account_number, c.customer_id, c.name
        from account a join customer c on c.customer_id = a.customer_id
        where a.account_number = $1 and a.currency = $2 and a.open";
    let params: statement::Params<'_> = &[&account.as_str(), &currency.code()];
    let row = statement::maybe_row(session, sql, params).await?;
    row.as_ref().map(payable).transpose()
}

fn payable(row: &Row) -> Result<Payable, StoreError> {
    Ok(Payable {
        account: number(row, "account_number")?,
        owner: CustomerId::from_i64(row.try_get("customer_id")?),
        name: row.try_get("name")?,
    })
}
