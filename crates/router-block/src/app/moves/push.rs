//! Whoever changes a row pushes it: at once to owner, target and home, whose customers wait for it,
//! then to everybody else. A push that is lost is made up for by the next poll.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use common::BlockName;
use common::placement::Placement;
use common::wire::router::{Placements, PlacementsAdopted};
use futures_util::future::join_all;
use platform::failure::chain;
use platform::rpc::{Peer, Request};

use crate::shared::Shared;

/// Pushes rows that have just been changed; does not wait for it.
pub fn push(shared: &Arc<Shared>, rows: &[Placement]) {
    if rows.is_empty() {
        return;
    }
    let mut concerned: BTreeMap<BlockName, Vec<Placement>> = BTreeMap::new();
    for row in rows {
        let names = [Some(&row.owner), row.target.as_ref(), Some(&row.home)];
        let names: BTreeSet<&BlockName> = names.into_iter().flatten().collect();
        for name in names {
            concerned.entry(name.clone()).or_default().push(row.clone());
        }
    }
    let own = shared.clone();
    let all = rows.to_vec();
    shared.tasks.spawn("push", async move {
        let first = concerned.iter().filter_map(|(name, rows)| {
            let block = own.blocks.get(name)?;
            Some(tell(&own, &block.peer, rows))
        });
        join_all(first).await;
        let others = own
            .blocks
            .all()
            .filter(|block| block.is_told_of_moves() && !concerned.contains_key(&block.address.id));
        let others = others.map(|block| &block.peer).chain(&own.colleagues);
        join_all(others.map(|peer| tell(&own, peer, &all))).await;
    });
}

async fn tell(shared: &Shared, peer: &Peer, rows: &[Placement]) {
    let within = Duration::from_millis(shared.config.conduct.push_timeout_ms);
    let body = Placements { rows: rows.to_vec() };
    let request = Request::put("/internal/v1/placements", &body);
    let told: Result<PlacementsAdopted, _> = peer.call(request, within).await;
    if let Err(error) = told {
        let peer = peer.name();
        tracing::debug!(peer, error = chain(&error), "a push was lost; the poll makes up for it");
        metrics::counter!("router_pushes_lost_total").increment(1);
    }
}
