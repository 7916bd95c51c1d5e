//! I3: *accepted* is said only of what is durable in two compartments: whatever a customer was told
//! is accepted or has ended is in the archive or at the gateway, and a session that was called
//! durable is in the archive.

use std::collections::{BTreeMap, BTreeSet};

use common::OperationId;
use common::operation::OperationState;
use uuid::Uuid;

use super::{Evidence, Found};
use crate::check::Violation;
use crate::load::promises::{Told, What};

const GATEWAY: &str = "select operation_id, state from operation_record";
const ARCHIVE: &str = "
    select kind, entity_id::uuid as id from entity where kind in ('operation', 'session')";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let Some(promises) = &evidence.promises else { return Ok(Vec::new()) };
    // First the archive, then the gateway: what ended meanwhile is seen by the second.
    let mut archived: BTreeSet<Uuid> = BTreeSet::new();
    let archive = evidence.archive()?;
    if let Some(archive) = archive {
        archived
            .extend(archive.rows(ARCHIVE, &[]).await?.iter().map(|row| row.get::<_, Uuid>("id")));
    }
    let rows = evidence.gateway()?.rows(GATEWAY, &[]).await?;
    let ended: BTreeMap<OperationId, Option<OperationState>> = rows
        .iter()
        .map(|row| {
            let state: &str = row.get("state");
            (OperationId(row.get("operation_id")), OperationState::parse(state))
        })
        .collect();
    let mut found = Vec::new();
    for line in promises {
        let wrong = match &line.what {
            What::Told { operation_id: id, told, .. } => {
                let known = ended.get(id);
                match told {
                    Told::Accepted if known.is_none() && !archived.contains(&id.0) => {
                        Some(format!("{} was called accepted and is in no second place", id.0))
                    }
                    Told::Done if known != Some(&Some(OperationState::Executed)) => {
                        Some(format!("{} was called done, and the gateway has not done it", id.0))
                    }
                    Told::NotDone if known == Some(&Some(OperationState::Executed)) => {
                        Some(format!("{} was called not done, and was executed", id.0))
                    }
                    _ => None,
                }
            }
            What::Session { session_id, durable: Some(true), .. }
                if archive.is_some() && !archived.contains(session_id) =>
            {
                Some(format!("session {session_id} was called durable and is in no second place"))
            }
            _ => None,
        };
        found.extend(wrong.map(|what| Violation::new(Some(line.customer_id.as_i64()), what)));
    }
    Ok(found)
}
