//! The archive's SQL, one table or topic a file.

pub mod approval;
pub mod automation;
pub mod batch;
pub mod block_life;
pub mod customer;
pub mod entity;
pub mod event;
pub mod life;
pub mod load;
pub mod loosening;
pub mod moves;
pub mod placement;
pub mod router;
pub mod seal;
pub mod standby;
pub mod witness;

use common::{BlockName, Incarnation, SliceId};
use platform::StoreError;
use sqlx::migrate::Migrator;
use tokio_postgres::Row;

/// The archive's schema.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

fn unreadable(what: &'static str) -> impl Fn() -> StoreError {
    move || StoreError::Unreadable { what }
}

/// A slice as `smallint`.
fn slice_number(slice: SliceId) -> i16 {
    i16::from(slice.number())
}

/// A slice from `smallint`.
fn slice_of(number: i16) -> Result<SliceId, StoreError> {
    let slice = u8::try_from(number).ok().and_then(|number| SliceId::try_from(number).ok());
    slice.ok_or_else(unreadable("slice"))
}

fn name(row: &Row, column: &str) -> Result<BlockName, StoreError> {
    let text: String = row.get(column);
    text.parse().ok().ok_or_else(unreadable("block's name"))
}

fn name_opt(row: &Row, column: &str) -> Result<Option<BlockName>, StoreError> {
    let text: Option<String> = row.get(column);
    text.map(|text| text.parse().ok().ok_or_else(unreadable("block's name"))).transpose()
}

fn incarnation(row: &Row, column: &str) -> Result<Incarnation, StoreError> {
    let text: String = row.get(column);
    text.parse().ok().ok_or_else(unreadable("incarnation"))
}

fn incarnation_opt(row: &Row, column: &str) -> Result<Option<Incarnation>, StoreError> {
    let text: Option<String> = row.get(column);
    text.map(|text| text.parse().ok().ok_or_else(unreadable("incarnation"))).transpose()
}

/// A count that is never negative as PostgreSQL's `bigint`.
fn bigint(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The same back.
fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Homes and slices as the two columns that statements unnest.
fn columns<'a>(
    slices: impl IntoIterator<Item = &'a (BlockName, SliceId)>,
) -> (Vec<&'a str>, Vec<i16>) {
    slices.into_iter().map(|(home, slice)| (home.as_str(), slice_number(*slice))).unzip()
}
