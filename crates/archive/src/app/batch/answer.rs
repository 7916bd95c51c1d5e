//! What an acknowledgement names: the slices and customers of whom something was late. Kept with
//! the batch, so that a repeated acknowledgement says the same, at the rows' present revisions.

use std::collections::BTreeSet;

use common::archive::naming;
use common::wire::archive::{Acknowledged, LateCustomer, LateSlice};
use common::{BlockName, CustomerId, Revision, SliceId};
use platform::pg::Transaction;
use platform::{Failure, StoreError};
use serde_json::Value;

use super::desk::{Judged, Place};
use super::parse::Arrived;
use crate::store::placement::{self, Hold, Rows};

/// Late slices, and late customers with their slices.
pub(super) type Named = BTreeSet<(BlockName, SliceId, Option<CustomerId>)>;

/// What of a batch was late.
pub(super) fn named(events: &[Arrived<'_>], judged: &[Judged]) -> Named {
    let name = |(event, judged): (&Arrived<'_>, &Judged)| {
        let (home, slice) = event.place.clone()?;
        let customer = match naming::named(judged.late, event.customer)? {
            naming::Named::Slice => None,
            naming::Named::Customer(customer) => Some(customer),
        };
        Some((home, slice, customer))
    };
    events.iter().zip(judged).filter_map(name).collect()
}

/// As it is kept; nothing, if nothing was late.
pub(super) fn to_json(named: &Named) -> Option<Value> {
    if named.is_empty() { None } else { serde_json::to_value(named).ok() }
}

/// An acknowledgement.
pub(super) fn acknowledged(batch: u64, named: &Named, rows: &Rows) -> Acknowledged {
    let mut said = Acknowledged { batch, ..Acknowledged::default() };
    for (home, slice, customer) in named {
        let (home, slice) = (home.clone(), *slice);
        let row = rows.get(&(home.clone(), slice));
        let revision = row.map_or(Revision(0), |row| row.revision);
        match *customer {
            None => said.late_slices.push(LateSlice { home, slice, revision }),
            Some(customer_id) => {
                let late = LateCustomer { customer_id, home, slice, revision };
                said.late_customers.push(late);
            }
        }
    }
    said
}

/// The archive recovers: stored, and no more can be said.
pub(super) fn unjudged(batch: u64) -> Acknowledged {
    Acknowledged { batch, unjudged: true, ..Acknowledged::default() }
}

/// The acknowledgement of a batch that was applied before.
pub(super) async fn again(
    tx: &Transaction<'_>,
    batch: u64,
    late: Option<&Value>,
) -> Result<Acknowledged, Failure> {
    let named: Named = match late {
        None => Named::new(),
        Some(late) => serde_json::from_value(late.clone())
            .ok()
            .ok_or(StoreError::Unreadable { what: "list of what was late" })?,
    };
    let places: BTreeSet<Place> =
        named.iter().map(|(home, slice, _)| (home.clone(), *slice)).collect();
    let places: Vec<Place> = places.into_iter().collect();
    let rows = if places.is_empty() {
        Rows::new()
    } else {
        placement::lock(tx, &places, Hold::Shared).await?
    };
    Ok(acknowledged(batch, &named, &rows))
}
