//! Cards.

use common::CustomerId;
use common::wire::gateway::Card;
use platform::StoreError;
use tokio_postgres::Row;

use super::{Session, changed, row, rows};

pub(super) const LIST: &str = "select id, name, last4, account, frozen, expires from card
    where customer_id = $1 order by id";

pub(in crate::systems) async fn list(
    db: &impl Session,
    customer: CustomerId,
) -> Result<Vec<Card>, StoreError> {
    let found = rows(db, LIST, &[&customer.as_i64()]).await?;
    found.iter().map(card).collect()
}

/// Freezes a card or makes it usable again. False: the customer has no such card.
pub(in crate::systems) async fn set_frozen(
    db: &impl Session,
    customer: CustomerId,
    card_id: &str,
    frozen: bool,
) -> Result<bool, StoreError> {
    let sql = "update card set frozen = $3 where customer_id = $1 and id = $2";
    Ok(changed(db, sql, &[&customer.as_i64(), &card_id, &frozen]).await? == 1)
}

pub(super) const USABLE: &str = "select id, name, last4, account, frozen, expires from card
    where customer_id >= $1 and not frozen order by customer_id, id limit 1";

/// A card that is not frozen, of the first customer from this one on; for events that come in by
/// themselves, which happen to anybody.
pub(in crate::systems) async fn usable_from(
    db: &impl Session,
    customer: CustomerId,
) -> Result<Option<Card>, StoreError> {
    let found = row(db, USABLE, &[&customer.as_i64()]).await?;
    found.as_ref().map(card).transpose()
}

pub(super) const LAST: &str = "select customer_id from card order by customer_id desc limit 1";

/// The highest customer who has a card.
pub(in crate::systems) async fn last_customer(
    db: &impl Session,
) -> Result<Option<CustomerId>, StoreError> {
    let found = row(db, LAST, &[]).await?;
    let id = found.map(|row| row.try_get(0)).transpose()?;
    Ok(id.map(CustomerId::from_i64))
}

fn card(row: &Row) -> Result<Card, StoreError> {
    let account: String = row.try_get(3)?;
    let unreadable = |_| StoreError::Unreadable { what: "card's account" };
    Ok(Card {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        last4: row.try_get(2)?,
        account: account.parse().map_err(unreadable)?,
        frozen: row.try_get(4)?,
        expires: row.try_get(5)?,
    })
}
