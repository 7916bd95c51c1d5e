//! Gathers the evidence of a failover: what the other vantage points see, whom the gateways have
//! served, how blocks are while they still say so.

use std::sync::Arc;
use std::time::Duration;

use common::wire::archive::Automation;
use common::wire::block::BlockReport;
use common::wire::watch::{Seen, Served, Sights};
use futures_util::future::join_all;
use platform::rpc::{Peer, Request};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::shared::Shared;

/// Asks the others what they see, and the gateways whom they have served, until it is dropped.
pub async fn others(shared: Arc<Shared>) {
    let mut ticks = every(shared.config.automation.look_ms);
    loop {
        ticks.tick().await;
        let sights = shared.vantage_points.iter().map(|peer| sights_of(&shared, peer));
        let unwell = shared.prober.sights().blocks.iter().any(|sight| sight.seen != Seen::Well);
        // Whom a gateway has served is asked only when it could matter.
        let gateways = shared.gateways.iter().filter(|_| unwell);
        let served = gateways.map(|peer| served_of(&shared, peer));
        tokio::join!(join_all(sights), join_all(served));
    }
}

/// Asks blocks how they are and the archive whether automation may move, until it is dropped.
pub async fn reports(shared: Arc<Shared>) {
    let mut ticks = every(shared.config.automation.report_ms);
    loop {
        ticks.tick().await;
        let blocks = shared.blocks.all().filter(|block| block.is_told_of_moves());
        let reports = blocks.map(|block| report_of(&shared, &block.peer));
        tokio::join!(join_all(reports), automation(&shared));
    }
}

fn every(ms: u64) -> tokio::time::Interval {
    let mut ticks = interval(Duration::from_millis(ms.max(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn within(shared: &Shared) -> Duration {
    Duration::from_millis(shared.config.automation.timeout_ms)
}

// What does not answer is simply not known: its age says so.

async fn sights_of(shared: &Shared, (address, peer): &(String, Peer)) {
    let at = Instant::now();
    let request = Request::get("/internal/v1/sights");
    if let Ok::<Sights, _>(sights) = peer.call(request, within(shared)).await {
        shared.watching.saw(address, sights, at);
    }
}

async fn served_of(shared: &Shared, (address, peer): &(String, Peer)) {
    let at = Instant::now();
    if let Ok::<Served, _>(served) = peer.call(Request::get("/v1/served"), within(shared)).await {
        shared.watching.served(address, served, at);
    }
}

async fn report_of(shared: &Shared, peer: &Peer) {
    let at = Instant::now();
    let request = Request::get("/internal/v1/report");
    if let Ok::<BlockReport, _>(report) = peer.call(request, within(shared)).await {
        shared.watching.reported(report, at);
    }
}

async fn automation(shared: &Shared) {
    let Some(archive) = &shared.archive else { return };
    let at = Instant::now();
    let request = Request::get("/v1/automation");
    if let Ok::<Automation, _>(now) = archive.peer.call(request, within(shared)).await {
        shared.watching.automation_is(now, at);
    }
}
