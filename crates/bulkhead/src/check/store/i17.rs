//! I17: an authenticated, fenced view contains every effect taken under an older generation. So the
//! block that serves a customer, has loaded him and has fenced the gateway must know each of them,
//! as executed or, where a foreign system finished after the journal was read, as still open.

use std::collections::BTreeMap;

use common::OperationId;
use common::operation::OperationState;

use super::register::present;
use super::{Evidence, Found, Holds, held};
use crate::check::Violation;

const LOADED: &str = "
    select customer_id, home, slice, loaded_generation from customer
    where loaded_generation > 1 and loaded_fenced and not loaded_unread";
/// As far back as a journal is read.
const EFFECTS: &str = "
    select r.operation_id, r.customer_id, r.generation
    from operation_record r
    join unnest($1::bigint[], $2::bigint[]) as c (customer_id, generation)
      on c.customer_id = r.customer_id and r.generation < c.generation
    where r.state = 'executed' and r.decided_at > now() - interval '72 hours'";
const OPERATIONS: &str = "
    select operation_id, customer_id, state from operation where customer_id = any($1)";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let gateway = evidence.gateway()?;
    let rows = present(evidence).await?;
    let mut found = Vec::new();
    for block in evidence.leading(Holds::Customers) {
        let (mut ids, mut generations): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        for row in block.rows(LOADED, &[]).await? {
            let place: (String, i16) = (row.get("home"), row.get("slice"));
            if rows.get(&place).is_some_and(|row| row.owner.as_str() == block.block) {
                ids.push(row.get("customer_id"));
                generations.push(row.get("loaded_generation"));
            }
        }
        if ids.is_empty() {
            continue;
        }
        let effects = gateway.rows(EFFECTS, &[&ids, &generations]).await?;
        let mut here: BTreeMap<OperationId, OperationState> = BTreeMap::new();
        for row in block.rows(OPERATIONS, &[&ids]).await? {
            let held = held(block, &row)?;
            here.insert(held.id, held.state);
        }
        for row in effects {
            let id = OperationId(row.get("operation_id"));
            let shown = here
                .get(&id)
                .is_some_and(|state| *state == OperationState::Executed || !state.is_final());
            if !shown {
                let what = format!("{} has loaded him and lacks the effect {}", block.name, id.0);
                found.push(Violation::new(row.get("customer_id"), what));
            }
        }
    }
    Ok(found)
}
