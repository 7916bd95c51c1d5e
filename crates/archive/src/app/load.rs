//! Loads (protocol §6): who may have a customer, and all that the archive holds of him.

use std::collections::BTreeMap;

use common::archive::asked::Load;
use common::archive::loading::{Asker, may_load};
use common::archive::loads::{begun, forced, journal_since, newest_elsewhere};
use common::archive::raw::shows_all;
use common::problem::{Code, Refusal};
use common::wire::archive::{Entity, LoadQuery, Loaded, LoadedCustomer};
use common::{CustomerId, Guards, Revision, SliceId};
use futures_util::future::try_join3;
use platform::Failure;

use super::lives::{enter, meet};
use crate::archive::Archive;
use crate::store::customer::Customers;
use crate::store::placement::Hold;
use crate::store::{batch, customer, entity, event, load, placement};

/// Customers of one load, at most.
pub const CUSTOMERS_MAX: usize = 500;
/// Rows of a slice's history that are looked at, the newest; without the older ones a journal
/// reaches back as far as there is.
const HISTORY_MAX: i64 = 500;

/// Answers a load, and writes it down unless only the permission was asked for.
pub async fn load(archive: &Archive, query: &LoadQuery) -> Result<Loaded, Failure> {
    if query.customers.len() > CUSTOMERS_MAX {
        let detail = format!("At most {CUSTOMERS_MAX} customers are loaded at once.");
        return Err(Refusal::new(Code::InvalidRequest).detail(detail).into());
    }
    let mut connection = archive.writing.connection().await?;
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?;
    let place = (query.home.clone(), query.slice);
    let rows = placement::lock(&tx, std::slice::from_ref(&place), Hold::Shared).await?;
    let closed = meet(archive, &tx, &query.stream).await?;
    let Some(row) = rows.get(&place) else {
        tx.commit().await?;
        let (life, revision) = (entered.life, Revision(0));
        return Ok(Loaded { life, revision, forced: None, customers: Vec::new() });
    };
    let ids: Vec<i64> = query.customers.iter().map(|id| id.as_i64()).collect();
    let known = customer::of(&tx, &ids).await?;
    let asker = Asker { block: &query.stream.block, life: &query.stream.incarnation, closed };
    let permitted = |id: &&CustomerId| {
        let handed = known.get(id).and_then(|known| known.handed.as_ref());
        let (recovering, under) = (entered.recovering, query.generation);
        lives_here(&known, **id, query)
            && may_load(recovering, row, asker, under, handed, false, Guards::ALL)
    };
    let ids: Vec<i64> = query.customers.iter().filter(permitted).map(|id| id.as_i64()).collect();
    let (his, everybodys, history) = try_join3(
        load::of_customers(&tx, &ids),
        load::of_slices(&tx, std::slice::from_ref(&place)),
        placement::history(&tx, &place, HISTORY_MAX),
    )
    .await?;
    let begun = begun(&history);
    let everybodys = everybodys.into_values().flatten().collect();
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    let now = archive.now();
    if !query.permission_only && !ids.is_empty() {
        let number = batch::number(&tx, &query.stream).await?;
        (found, unread, ()) = try_join3(
            entity::of_customers(&tx, &ids),
            event::unread(&tx, &place, &ids),
            load::put(&tx, number, &ids, query.generation, now),
        )
        .await?;
    }
    tx.commit().await?;
    let unread: BTreeMap<CustomerId, usize> = unread.into_iter().collect();
    let mut entities: BTreeMap<CustomerId, Vec<Entity>> = BTreeMap::new();
    for (id, entity) in found {
        entities.entry(id).or_default().push(entity);
    }
    let since = |his: Option<&Vec<Load>>| {
        let his = his.map_or(&[][..], Vec::as_slice);
        journal_since(his, query.generation, &begun, now)
    };
    let customer = |id: &i64| {
        let customer_id = CustomerId::from_i64(*id);
        let raw = unread.get(&customer_id).copied().unwrap_or(0);
        LoadedCustomer {
            customer_id,
            elsewhere: elsewhere(his.get(&customer_id), &everybodys, query),
            journal_since: since(his.get(&customer_id)),
            entities: entities.remove(&customer_id).unwrap_or_default(),
            incomplete: !shows_all(raw, Guards::ALL),
        }
    };
    let customers = ids.iter().map(customer).collect();
    Ok(Loaded { life: entered.life, revision: row.revision, forced: forced(&begun), customers })
}

/// Is he a customer of the slice that the asker may load from? His id says the slice, and what is
/// known of him the home.
fn lives_here(known: &Customers, id: CustomerId, query: &LoadQuery) -> bool {
    let elsewhere = known.get(&id).is_some_and(|known| known.place.0 != query.home);
    SliceId::of(id) == query.slice && !elsewhere
}

fn elsewhere(
    his: Option<&Vec<Load>>,
    everybodys: &Vec<Load>,
    query: &LoadQuery,
) -> Option<common::Generation> {
    let loads: Vec<Load> = his.into_iter().chain([everybodys]).flatten().cloned().collect();
    newest_elsewhere(&loads, &query.stream)
}
