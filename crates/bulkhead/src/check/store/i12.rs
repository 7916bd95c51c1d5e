//! I12: the notice to a customer ends only when everything foreign is joined. Where the block that
//! serves him shows none (`common::notice`, from what its rows say), it must have loaded him, and
//! it must know every operation that the archive had under an older generation.

use std::collections::{BTreeMap, BTreeSet};

use common::OperationId;
use common::notice::{Elsewhere, notice};

use super::register::present;
use super::streams::life;
use super::{Database, Evidence, Found, Holds, Unread};
use crate::check::Violation;

const CUSTOMERS: &str = "
    select c.customer_id, c.home, c.slice, c.loaded_generation, c.loaded_fenced, c.loaded_unread,
           (select count(*) from operation o where o.customer_id = c.customer_id
                and o.generation < c.loaded_generation and o.state in ('pending', 'sent')) as open
    from customer c where c.loaded_generation > 1";
const OPERATIONS: &str = "select operation_id from operation where customer_id = any($1)";
const LOADED: &str = "
    select l.customer_id, l.generation from customer_load l join stream s using (stream_id)
    where s.block = $1 and s.incarnation = $2 and l.customer_id = any($3)
    union
    select c.customer_id, l.generation from slice_load l join customer c using (home, slice)
    where c.customer_id = any($3)";
const ARCHIVED: &str = "
    select customer_id, entity_id::uuid as operation_id, generation from entity
    where kind = 'operation' and not late and customer_id = any($1)";

/// A customer to whom his block shows no notice.
struct Content {
    customer_id: i64,
    loaded: i64,
}

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let Some(archive) = evidence.archive()? else { return Ok(Vec::new()) };
    let rows = present(evidence).await?;
    let mut found = Vec::new();
    for block in evidence.leading(Holds::Customers) {
        let serves = |home: &str, slice: i16| {
            let row = rows.get(&(home.to_owned(), slice));
            row.is_some_and(|row| row.owner.as_str() == block.block)
        };
        let content = content(block, serves).await?;
        if content.is_empty() {
            continue;
        }
        found.extend(unloaded(block, archive, &content).await?);
        found.extend(unjoined(block, archive, &content).await?);
    }
    Ok(found)
}

async fn content(
    block: &Database,
    serves: impl Fn(&str, i16) -> bool,
) -> Result<Vec<Content>, Unread> {
    let mut content = Vec::new();
    for row in block.rows(CUSTOMERS, &[]).await? {
        let open: i64 = row.get("open");
        let elsewhere = Elsewhere {
            generations_unjoined: u32::from(row.get::<_, bool>("loaded_unread")),
            operations_open: u32::try_from(open).unwrap_or(u32::MAX),
            unfenced: !row.get::<_, bool>("loaded_fenced"),
        };
        if serves(row.get("home"), row.get("slice")) && notice(&elsewhere).is_none() {
            let (customer_id, loaded) = (row.get("customer_id"), row.get("loaded_generation"));
            content.push(Content { customer_id, loaded });
        }
    }
    Ok(content)
}

async fn unloaded(block: &Database, archive: &Database, content: &[Content]) -> Found {
    let Some(life) = life(block).await? else { return Ok(Vec::new()) };
    let ids: Vec<i64> = content.iter().map(|one| one.customer_id).collect();
    let rows = archive.rows(LOADED, &[&block.block, &life.incarnation, &ids]).await?;
    let loads: BTreeSet<(i64, i64)> =
        rows.iter().map(|row| (row.get("customer_id"), row.get("generation"))).collect();
    let never = content.iter().filter(|one| !loads.contains(&(one.customer_id, one.loaded)));
    let what = |one: &Content| {
        format!("{} says he is loaded under {}, the archive does not", block.name, one.loaded)
    };
    Ok(never.map(|one| Violation::new(Some(one.customer_id), what(one))).collect())
}

async fn unjoined(block: &Database, archive: &Database, content: &[Content]) -> Found {
    let ids: Vec<i64> = content.iter().map(|one| one.customer_id).collect();
    let loaded: BTreeMap<i64, i64> =
        content.iter().map(|one| (one.customer_id, one.loaded)).collect();
    // The archive first: what it has then, the block has had time to join.
    let archived = archive.rows(ARCHIVED, &[&ids]).await?;
    let here = block.rows(OPERATIONS, &[&ids]).await?;
    let here: BTreeSet<OperationId> =
        here.iter().map(|row| OperationId(row.get("operation_id"))).collect();
    let missing = archived.iter().filter_map(|row| {
        let (customer_id, generation): (i64, i64) = (row.get("customer_id"), row.get("generation"));
        let id = OperationId(row.get("operation_id"));
        let older = loaded.get(&customer_id).is_some_and(|loaded| generation < *loaded);
        let what = || format!("{} shows no notice and lacks {}", block.name, id.0);
        (older && !here.contains(&id)).then(|| Violation::new(Some(customer_id), what()))
    });
    Ok(missing.collect())
}
