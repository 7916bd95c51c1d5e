//! Who lives in a slice: what a block goes through that loads everybody in the background.

use common::problem::{Code, Refusal};
use common::wire::archive::{Page, SliceQuery};
use platform::Failure;

use super::lives::enter;
use crate::archive::Archive;
use crate::store::customer;

/// Customers of one page, at most.
const PAGE_MAX: u32 = 1_000;

/// A page of them.
pub async fn customers(archive: &Archive, query: &SliceQuery) -> Result<Page, Failure> {
    if !(1..=PAGE_MAX).contains(&query.limit) {
        let detail = format!("A page has 1 to {PAGE_MAX} customers.");
        return Err(Refusal::new(Code::InvalidRequest).detail(detail).into());
    }
    let mut connection = archive.db.connection().await?;
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?;
    let of = (&query.home, query.slice);
    let customers = customer::page(&tx, of, query.after, query.open_only, query.limit).await?;
    Ok(Page { life: entered.life, customers })
}
