//! What is kept about the simulation itself, by name.

use platform::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::types::Json;

use super::{Session, changed, row};

/// The system's mode.
pub(in crate::systems) const MODE: &str = "mode";
/// How many events a minute come in by themselves; kept by the card system.
pub(in crate::systems) const INCOMING: &str = "incoming_per_minute";

pub(in crate::systems) async fn read<T: DeserializeOwned>(
    db: &impl Session,
    name: &'static str,
) -> Result<Option<T>, StoreError> {
    let found = row(db, "select value from setting where name = $1", &[&name]).await?;
    let value = found.map(|row| row.try_get::<_, Json<serde_json::Value>>(0));
    let Some(Json(value)) = value.transpose()? else {
        return Ok(None);
    };
    let unreadable = |_| StoreError::Unreadable { what: "setting" };
    serde_json::from_value(value).map(Some).map_err(unreadable)
}

pub(in crate::systems) async fn write<T: Serialize + std::fmt::Debug + Sync>(
    db: &impl Session,
    name: &'static str,
    value: &T,
) -> Result<(), StoreError> {
    let sql = "insert into setting (name, value) values ($1, $2)
        on conflict (name) do update set value = excluded.value";
    changed(db, sql, &[&name, &Json(value)]).await?;
    Ok(())
}
