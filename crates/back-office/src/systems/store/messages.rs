//! Texts that would have gone to phones.

use common::wire::systems::{Message, SendMessage};
use common::{Phone, Timestamp};
use platform::StoreError;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::{Session, changed, rows};

/// Keeps a message; one with the same id is kept already.
pub(in crate::systems) async fn keep(
    db: &impl Session,
    message: &SendMessage,
    sender: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "insert into message (message_id, phone, body, sender, sent_at)
        values ($1, $2, $3, $4, $5) on conflict (message_id) do nothing";
    let at = OffsetDateTime::from(now);
    let phone = message.phone.as_str();
    changed(db, sql, &[&message.message_id, &phone, &message.text, &sender, &at]).await?;
    Ok(())
}

pub(super) const TO_PHONE: &str = "select message_id, sent_at, phone, body from message
    where phone = $1 order by number desc limit $2";
pub(super) const TO_ALL: &str = "select message_id, sent_at, phone, body from message
    order by number desc limit $1";

/// The newest messages first: to one phone, or to all.
pub(in crate::systems) async fn newest(
    db: &impl Session,
    phone: Option<&Phone>,
    limit: u32,
) -> Result<Vec<Message>, StoreError> {
    let limit = i64::from(limit);
    let found = match phone.map(Phone::as_str) {
        Some(phone) => rows(db, TO_PHONE, &[&phone, &limit]).await?,
        None => rows(db, TO_ALL, &[&limit]).await?,
    };
    found.iter().map(message).collect()
}

fn message(row: &Row) -> Result<Message, StoreError> {
    let unreadable = |_| StoreError::Unreadable { what: "phone" };
    let sent_at: OffsetDateTime = row.try_get(1)?;
    Ok(Message {
        message_id: row.try_get(0)?,
        sent_at: sent_at.into(),
        phone: row.try_get::<_, &str>(2)?.parse().map_err(unreadable)?,
        text: row.try_get(3)?,
    })
}
