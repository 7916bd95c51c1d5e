//! Reference data, replicated ahead from the gateway.

use common::Timestamp;
use platform::StoreError;
use platform::pg::{Connection, Sql};
use serde_json::Value;
use time::OffsetDateTime;

/// A topic as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Raised by every change at the source.
    pub version: u64,
    /// When the source changed it last.
    pub as_of: Timestamp,
    /// When the source was last asked.
    pub checked_at: Timestamp,
    /// The items.
    pub items: Value,
}

/// What is stored of a topic.
pub async fn find(db: &Connection, topic: &str) -> Result<Option<Stored>, StoreError> {
    let sql = "select version, as_of, checked_at, items from reference where topic = $1";
    let row = db.row_opt(sql, &[&topic]).await?;
    Ok(row.map(|row| Stored {
        version: u64::try_from(row.get::<_, i64>("version")).unwrap_or(0),
        as_of: row.get::<_, OffsetDateTime>("as_of").into(),
        checked_at: row.get::<_, OffsetDateTime>("checked_at").into(),
        items: row.get("items"),
    }))
}

/// Stores a topic unless a newer version is stored.
pub async fn put(db: &Connection, topic: &str, stored: &Stored) -> Result<(), StoreError> {
    let sql = "
        insert into reference (topic, version, as_of, items, checked_at)
        values ($1, $2, $3, $4, $5)
        on conflict on constraint reference_pkey do update set version = excluded.version,
            as_of = excluded.as_of, items = excluded.items, checked_at = excluded.checked_at
        where excluded.version >= reference.version";
    let version = i64::try_from(stored.version).unwrap_or(i64::MAX);
    let as_of = OffsetDateTime::from(stored.as_of);
    let checked_at = OffsetDateTime::from(stored.checked_at);
    db.run(sql, &[&topic, &version, &as_of, &stored.items, &checked_at]).await?;
    Ok(())
}
