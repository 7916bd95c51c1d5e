//! The private databases and Redis servers: made where missing, started, given their accounts.

use futures_util::future::try_join_all;
use tokio::time::{Duration, Instant, sleep};

use super::Ground;
use super::start::while_all_live;
use crate::failure::{Failure, Result};
use crate::place::write_private;
use crate::plan::{Kind, Plan, Unit};
use crate::postgres::Clusters;
use crate::probe::is_ready;
use crate::render::servers::{REPLICATOR, postgresql_conf, primary_conf, redis_conf};
use crate::render::system_account;
use crate::servers::{Servers, Side};
use crate::store::{self, Account, May};
use crate::supervisor::client::{LOOK_EVERY, Supervisor};
use crate::topology::Block;

/// How long Redis may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Makes every block's cluster and Redis configuration. Standbys are made of running primaries,
/// later.
pub(super) async fn make(
    ground: &Ground,
    clusters: &Clusters<'_>,
    nothing_runs: bool,
) -> Result<String> {
    let blocks: Vec<&Block> =
        ground.topology.blocks.iter().filter(|block| block.database).collect();
    if !blocks.is_empty() {
        clusters.make_template(&ground.secrets.database_superuser).await?;
    }
    let servers = Servers::read(&ground.place)?;
    let mut made = 0_usize;
    for block in &blocks {
        let primary = servers.of(block).primary;
        for side in [primary, primary.other()] {
            if nothing_runs {
                clusters.clear_remains(&side.directory(block)).await?;
            }
        }
        let directory = primary.directory(block);
        if servers.knows(block) && !clusters.exists(&directory) {
            // An empty database in the place of a promoted one would lose everything.
            let sentence = format!("The promoted database of {} is gone.", block.name);
            return Err(Failure::new("UP-DATABASE-GONE", sentence)
                .mend("make reset && make up    # deletes the bank's data"));
        }
        let is_new = clusters.make(&directory, &conf_of(ground, block, primary)).await?;
        made += usize::from(is_new);
        if is_new || nothing_runs {
            // It waits for its standby once that follows.
            clusters.configure(&directory, &primary_conf(false))?;
        }
        let twin = primary.other();
        if block.standby.is_some() && clusters.exists(&twin.directory(block)) {
            clusters.make(&twin.directory(block), &conf_of(ground, block, twin)).await?;
        }
    }
    if made > 0 {
        clusters.sync().await?;
    }
    let planner = ground.planner(clusters);
    for block in ground.topology.blocks.iter().filter(|block| block.redis) {
        let text = redis_conf(ground.ports().redis(block), &ground.place.file("run"));
        write_private(&planner.redis_config(block), &text)?;
    }
    Ok(if made > 0 { format!("{made} new") } else { String::new() })
}

/// Our part of a server's configuration.
pub(super) fn conf_of(ground: &Ground, block: &Block, side: Side) -> String {
    postgresql_conf(side.port(&ground.ports(), block), block.max_connections)
}

/// Starts them and waits until each accepts work; without the standbys, which follow them.
pub(super) async fn start(ground: &Ground, plan: &Plan, supervisor: &Supervisor) -> Result<String> {
    let servers = Servers::read(&ground.place)?;
    let twins: Vec<String> = ground
        .topology
        .blocks
        .iter()
        .filter(|block| block.standby.is_some())
        .map(|block| servers.of(block).primary.other().unit(block))
        .collect();
    let is_meant = |unit: &&Unit| unit.kind != Kind::Service && !twins.contains(&unit.name);
    let servers: Vec<&Unit> = plan.units.iter().filter(is_meant).collect();
    supervisor.start(servers.iter().map(|unit| unit.name.clone()).collect()).await?;
    let accept = try_join_all(servers.iter().map(|unit| accept_work(ground, unit)));
    while_all_live(plan, supervisor, accept).await?;
    Ok(String::new())
}

async fn accept_work(ground: &Ground, unit: &Unit) -> Result<()> {
    if unit.kind == Kind::Database {
        let port = unit.port().unwrap_or_default();
        let superuser = &ground.secrets.database_superuser;
        return store::prepare(port, superuser, &accounts(ground, unit))
            .await
            .map_err(|failure| failure.log(&unit.log));
    }
    let deadline = Instant::now() + READY_WITHIN;
    while !is_ready(unit).await {
        if Instant::now() >= deadline {
            let sentence = format!("{} does not answer.", unit.name);
            return Err(Failure::new("UP-NOT-READY", sentence).log(&unit.log));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// A block's own account; its standby's; and, where the systems live, one for each of them.
fn accounts(ground: &Ground, unit: &Unit) -> Vec<Account> {
    let secrets = &ground.secrets;
    let password_of = |table: &std::collections::BTreeMap<String, String>, name: &str| {
        table.get(name).cloned().unwrap_or_default()
    };
    let standby = ground.topology.block(&unit.block).and_then(|block| block.standby.as_ref());
    let synchronous = standby.is_some_and(|standby| standby.synchronous);
    let mut accounts = vec![Account {
        name: "bulkhead".to_owned(),
        password: password_of(&secrets.databases, &unit.block),
        may: if synchronous { May::OwnDatabaseAndStandby } else { May::OwnDatabase },
    }];
    if standby.is_some() {
        accounts.push(Account {
            name: REPLICATOR.to_owned(),
            password: secrets.replication.clone(),
            may: May::Follow,
        });
    }
    if ground.topology.systems.block == unit.block {
        accounts.extend(ground.topology.systems.names.iter().map(|system| Account {
            name: system_account(system),
            password: password_of(&secrets.systems, system),
            may: May::OwnSchema,
        }));
    }
    accounts
}
