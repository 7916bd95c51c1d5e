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
use crate::render::servers::{postgresql_conf, redis_conf};
use crate::render::system_account;
use crate::store::{self, Account};
use crate::supervisor::client::{LOOK_EVERY, Supervisor};
use crate::topology::Block;

/// How long Redis may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Makes every block's cluster and Redis configuration.
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
    let ports = ground.ports();
    let mut made = 0_usize;
    for block in &blocks {
        if nothing_runs {
            clusters.clear_remains(&block.name).await?;
        }
        let conf = postgresql_conf(ports.database(block), block.max_connections);
        if clusters.make(&block.name, &conf).await? {
            made += 1;
        }
    }
    if made > 0 {
        clusters.sync().await?;
    }
    let planner = ground.planner(clusters);
    for block in ground.topology.blocks.iter().filter(|block| block.redis) {
        let text = redis_conf(ports.redis(block), &ground.place.file("run"));
        write_private(&planner.redis_config(block), &text)?;
    }
    Ok(if made > 0 { format!("{made} new") } else { String::new() })
}

/// Starts them and waits until each accepts work.
pub(super) async fn start(ground: &Ground, plan: &Plan, supervisor: &Supervisor) -> Result<String> {
    let servers: Vec<&Unit> = plan.units.iter().filter(|unit| unit.kind != Kind::Service).collect();
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

/// A block's own account and, where the systems live, one for each of them.
fn accounts(ground: &Ground, unit: &Unit) -> Vec<Account> {
    let secrets = &ground.secrets;
    let password_of = |table: &std::collections::BTreeMap<String, String>, name: &str| {
        table.get(name).cloned().unwrap_or_default()
    };
    let mut accounts = vec![Account {
        name: "bulkhead".to_owned(),
        password: password_of(&secrets.databases, &unit.block),
        owns_database: true,
    }];
    if ground.topology.systems.block == unit.block {
        accounts.extend(ground.topology.systems.names.iter().map(|system| Account {
            name: system_account(system),
            password: password_of(&secrets.systems, system),
            owns_database: false,
        }));
    }
    accounts
}
