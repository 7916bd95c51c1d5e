//! The standbys: made as copies of running primaries, kept following them, promoted by hand.
//!
//! Nothing here promotes by itself. A primary that lost its place is barred first: its data is
//! taken away from it, and it comes back only as a copy of the one that took its place.

use common::wire::watch::WatchDatabase;
use futures_util::future::{join_all, try_join_all};
use tokio::time::{Duration, Instant, sleep};

use super::databases::conf_of;
use super::start::{lock, while_all_live};
use super::{Ground, start};
use crate::failure::{Failure, Result};
use crate::faults::Verb;
use crate::place::Place;
use crate::plan::Plan;
use crate::postgres::{Clusters, Copy};
use crate::render::servers::primary_conf;
use crate::servers::{Pair, Servers, Side};
use crate::services::Services;
use crate::store::Server;
use crate::supervisor::FaultOrder;
use crate::supervisor::client::{LOOK_EVERY, Supervisor};
use crate::topology::ports::Listener;
use crate::topology::{Block, Process, Role};

/// How long a standby may take to follow, or one that was promoted to take writes.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(30);
const PROMOTED_WITHIN_S: i32 = 50;
/// How long a vantage point may take to take note of a promotion.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// Lets every standby follow its primary, making those that are missing or barred.
pub(super) async fn follow_all(
    ground: &Ground,
    clusters: &Clusters<'_>,
    plan: &Plan,
    supervisor: &Supervisor,
) -> Result<String> {
    let pairs = ground.topology.blocks.iter().filter(|block| block.standby.is_some());
    let all = try_join_all(pairs.map(|block| follow(ground, clusters, supervisor, block)));
    let made = while_all_live(plan, supervisor, all).await?.into_iter().filter(|new| *new).count();
    Ok(if made > 0 { format!("{made} new") } else { String::new() })
}

/// Lets a block's standby follow its primary. Tells whether it was made anew.
async fn follow(
    ground: &Ground,
    clusters: &Clusters<'_>,
    supervisor: &Supervisor,
    block: &Block,
) -> Result<bool> {
    let pair = Servers::read(&ground.place)?.of(block);
    let (primary, twin) = (pair.primary, pair.primary.other());
    let port = primary.port(&ground.ports(), block);
    let server = Server::reach(port, &ground.secrets.database_superuser).await?;
    server.keep_for_standby().await?;
    let mut made = pair.barred || !clusters.exists(&twin.directory(block));
    if made {
        copy(ground, clusters, block, primary).await?;
    }
    supervisor.start(vec![twin.unit(block)]).await?;
    if !is_followed(&server).await? && !made {
        // It is too far behind, or on another way: a new copy is not.
        stop(supervisor, &twin.unit(block)).await?;
        copy(ground, clusters, block, primary).await?;
        supervisor.start(vec![twin.unit(block)]).await?;
        made = true;
    }
    if !is_followed(&server).await? {
        let sentence = format!("{} does not follow its database.", twin.unit(block));
        return Err(Failure::new("UP-STANDBY", sentence).log(ground.place.log(&twin.unit(block))));
    }
    let waits = block.standby.as_ref().is_some_and(|standby| standby.synchronous);
    clusters.configure(&primary.directory(block), &primary_conf(waits))?;
    server.reload().await?;
    if pair.barred || pair.alone {
        Servers::change(&ground.place, block, |pair| {
            pair.barred = false;
            pair.alone = false;
        })?;
    }
    Ok(made)
}

async fn copy(
    ground: &Ground,
    clusters: &Clusters<'_>,
    block: &Block,
    primary: Side,
) -> Result<()> {
    let twin = primary.other();
    let ports = ground.ports();
    let port = primary.port(&ports, block);
    let copy = Copy {
        directory: &twin.directory(block),
        primary: port,
        via: ports.via(twin.data_center(block), primary.data_center(block), port),
        password: &ground.secrets.replication,
        conf: &conf_of(ground, block, twin),
    };
    clusters.copy(&copy).await
}

async fn is_followed(server: &Server) -> Result<bool> {
    let deadline = Instant::now() + FOLLOWS_WITHIN;
    while !server.is_followed().await? {
        if Instant::now() >= deadline {
            return Ok(false);
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(true)
}

async fn stop(supervisor: &Supervisor, unit: &str) -> Result<()> {
    let order = FaultOrder { verb: Verb::Stop, target: unit.to_owned(), for_ms: None };
    supervisor.fault(&order).await
}

/// Brings back, as new standbys, those among `units` that were barred, and lets primaries wait
/// again for standbys that are back.
pub(crate) async fn rejoin(place: &Place, supervisor: &Supervisor, units: &[String]) -> Result<()> {
    let ground = Ground::of_running(place)?;
    let servers = Servers::read(place)?;
    let clusters = Clusters::prepare(&ground.place, &ground.tools)?;
    for block in ground.topology.blocks.iter().filter(|block| block.standby.is_some()) {
        let pair = servers.of(block);
        let twin = pair.primary.other().unit(block);
        if (pair.barred || pair.alone) && units.contains(&twin) {
            follow(&ground, &clusters, supervisor, block).await?;
        }
    }
    Ok(())
}

/// What a promotion would do: looked at before anything is changed.
pub(crate) struct Standby {
    /// The server that takes writes now.
    pub(crate) old: String,
    /// The server that would.
    pub(crate) new: String,
    /// Of the router's database: the router that leads over the new one.
    pub(crate) router: Option<String>,
}

/// The standby of a block's database, if it can be promoted now.
pub(crate) async fn standby_of(place: &Place, name: &str) -> Result<Standby> {
    let ground = Ground::of_running(place)?;
    let block = pair_of(&ground, name)?;
    let pair = ground.servers.of(block);
    follower(&ground, block, pair).await?;
    let next = Pair { primary: pair.primary.other(), ..pair };
    let leads = |process: &&Process| process.role(block) == next.router();
    let router = block.processes.iter().find(leads).filter(|_| block.role == Role::Router);
    Ok(Standby {
        old: pair.primary.unit(block),
        new: next.primary.unit(block),
        router: router.map(|process| process.service(block).to_owned()),
    })
}

/// The server that stands by for a block's primary.
async fn follower(ground: &Ground, block: &Block, pair: Pair) -> Result<Server> {
    if pair.barred {
        return Err(no_standby(block));
    }
    let port = pair.primary.other().port(&ground.ports(), block);
    let server = Server::reach_now(port, &ground.secrets.database_superuser)
        .await
        .map_err(|_away| no_standby(block))?;
    if server.follows().await? { Ok(server) } else { Err(no_standby(block)) }
}

/// Makes the standby of a block's database its primary. The old one is stopped and barred before,
/// so that there are never two. Whoever looks at the block's database is told where it is now.
/// Returns the name of the server that takes writes now.
pub(crate) async fn promote(place: &Place, name: &str) -> Result<String> {
    let _lock = lock(place)?;
    let supervisor = Supervisor::running(place)?;
    let ground = Ground::of_running(place)?;
    let block = pair_of(&ground, name)?;
    let pair = ground.servers.of(block);
    let (old, new) = (pair.primary, pair.primary.other());
    let server = follower(&ground, block, pair).await?;
    stop(&supervisor, &old.unit(block)).await?;
    let clusters = Clusters::prepare(&ground.place, &ground.tools)?;
    Servers::change(place, block, |pair| {
        pair.primary = new;
        pair.barred = true;
        pair.alone = false;
    })?;
    clusters.bar(&old.directory(block))?;
    clusters.configure(&new.directory(block), &primary_conf(false))?;
    server.reload().await?;
    if !server.promote(PROMOTED_WITHIN_S).await? {
        let sentence = format!("{} was told to take writes and does not yet.", new.unit(block));
        return Err(Failure::new("PROMOTE", sentence).log(place.log(&new.unit(block))));
    }
    announce(place, name, &clusters).await?;
    Ok(new.unit(block))
}

/// Writes plan and configurations anew, and tells who looks at the block's database where it is.
/// Who does not answer reads it when he is started next.
async fn announce(place: &Place, name: &str, clusters: &Clusters<'_>) -> Result<()> {
    let ground = Ground::of_running(place)?;
    let planner = ground.planner(clusters);
    start::render(&ground, &planner)?;
    planner.plan().write(place)?;
    let block = pair_of(&ground, name)?;
    let services = Services::of(place)?;
    let told = ground.topology.processes().filter_map(|(watcher, process)| {
        let role = process.role(watcher);
        let watches = role.routes() || role == Role::Archive;
        let body = ground.sources().database_of(process.data_center(watcher), block)?;
        let port = ground.ports().at(watcher, process, Listener::Internal);
        watches.then(|| (format!("http://127.0.0.1:{port}"), body))
    });
    let services = &services;
    let tell = |(url, body): (String, WatchDatabase)| async move {
        let path = "/internal/v1/sights/database";
        if let Err(failure) = services.put(&url, path, &body, TOLD_WITHIN).await {
            tracing::warn!(url, code = failure.code(), "a vantage point was not told");
        }
    };
    join_all(told.map(tell)).await;
    Ok(())
}

/// Lets a primary go on without its synchronous standby. Returns the primary's name.
pub(crate) async fn alone(place: &Place, name: &str) -> Result<String> {
    let _lock = lock(place)?;
    let ground = Ground::of_running(place)?;
    let block = pair_of(&ground, name)?;
    let pair = Servers::read(place)?.of(block);
    let clusters = Clusters::prepare(&ground.place, &ground.tools)?;
    let port = pair.primary.port(&ground.ports(), block);
    let server = Server::reach_now(port, &ground.secrets.database_superuser).await?;
    Servers::change(place, block, |pair| pair.alone = true)?;
    clusters.configure(&pair.primary.directory(block), &primary_conf(false))?;
    server.reload().await?;
    Ok(pair.primary.unit(block))
}

fn pair_of<'a>(ground: &'a Ground, name: &str) -> Result<&'a Block> {
    let with_standby = || ground.topology.blocks.iter().filter(|block| block.standby.is_some());
    with_standby().find(|block| block.name == name).ok_or_else(|| {
        let names: Vec<&str> = with_standby().map(|block| block.name.as_str()).collect();
        Failure::new("NO-STANDBY", format!("{name} has no database with a standby."))
            .mend(format!("name one of: {}", names.join(", ")))
    })
}

fn no_standby(block: &Block) -> Failure {
    let name = &block.name;
    let mend = match &block.standby {
        Some(standby) if standby.synchronous => {
            format!(
                "./bulkhead alone {name}    # lets the primary go on; or bring back: heal {name}"
            )
        }
        _ => format!("./bulkhead heal {name}    # brings its standby back, if the primary runs"),
    };
    Failure::new("NO-STANDBY", format!("Nothing stands by for the database of {name} now."))
        .mend(mend)
}

impl Ground {
    /// What the running bank was started with.
    fn of_running(place: &Place) -> Result<Self> {
        let topology = start::read_topology(place)?;
        let missing = || Failure::new("NOT-STARTED", "The bank has not been started here yet.");
        let base_port = super::ports::remembered(place)?.ok_or_else(missing)?;
        let secrets = crate::services::read_secrets(place)?.ok_or_else(missing)?;
        let tools = crate::tools::Tools::find()?;
        let servers = Servers::read(place)?;
        Ok(Self { place: place.clone(), tools, topology, base_port, secrets, servers })
    }
}
