//! A process of the block from start to stop.

use common::block::start::serves;
use platform::http::{Ready, bind, serve, set_problem_base};
use platform::service::{Fatal, run_until_stopped};
use platform::{Clock, Tasks, schema};

use crate::MIGRATIONS;
use crate::app::register;
use crate::app::sessions::Channel;
use crate::block::Block;
use crate::config::{Config, ms};
use crate::http::{channel_routes, health_only, internal_routes};
use crate::worker;

/// Serves until told to stop.
pub async fn run(config: Config) -> Result<(), Fatal> {
    set_problem_base(&config.http.problem_base);
    let drain = ms(config.http.drain_ms);
    let tasks = Tasks::new();
    let block = Block::new(config, Clock::system(), tasks.clone())?;
    let ready = Ready::new();
    listen(&block, &ready).await?;
    start(&block, &ready);
    run_until_stopped(&tasks, drain).await
}

/// Opens the listeners that the configuration names.
async fn listen(block: &Block, ready: &Ready) -> Result<(), Fatal> {
    let config = &block.config;
    let runs = |channel: &str| config.service.channels.iter().any(|named| named == channel);
    let web = channel_routes(block, Channel::Web, ready.clone());
    let mobile = channel_routes(block, Channel::Mobile, ready.clone());
    let internal = internal_routes(block, ready.clone());
    let health = health_only(block, ready.clone());
    let doors = [
        ("web", config.listen.web, runs("web"), web),
        ("mobile", config.listen.mobile, runs("mobile"), mobile),
        ("internal", config.listen.internal, true, internal),
        ("health", config.listen.health, true, health),
    ];
    for (door, address, wanted, routes) in doors {
        let Some(address) = address.filter(|_| wanted) else {
            continue;
        };
        let bound = bind(address).await?;
        tracing::info!(door, address = %bound.address, "listening");
        serve(&block.tasks, bound, routes, &config.http);
    }
    Ok(())
}

/// Starts the tasks and keeps readiness true to what the process can do.
pub fn start(block: &Block, ready: &Ready) {
    worker::start_common(block);
    if block.config.service.channels.iter().any(|channel| channel == "worker") {
        worker::start_worker(block);
    }
    let (watched, told) = (block.clone(), ready.clone());
    block.tasks.supervise("readiness", move || watch(watched.clone(), told.clone()));
    let (stop, told) = (block.tasks.stop_signal(), ready.clone());
    block.tasks.spawn("unready at stop", async move {
        stop.cancelled().await;
        told.set(false);
    });
}

async fn watch(block: Block, ready: Ready) {
    loop {
        let serving = can_serve(&block).await;
        if ready.is_set() != serving {
            tracing::info!(serving, "readiness changed");
        }
        ready.set(serving && !block.tasks.stop_signal().is_cancelled());
        tokio::time::sleep(ms(block.config.register.reload_ms)).await;
    }
}

/// With its database, its schema and (for customers) at least one row of the register, once it has
/// found out whom it serves.
async fn can_serve(block: &Block) -> bool {
    let Ok(connection) = block.db.connection().await else {
        return false;
    };
    if !schema::is_current(&connection, &MIGRATIONS).await.unwrap_or(false) {
        return false;
    }
    drop(connection);
    if block.is_guest() {
        return true;
    }
    if !serves(block.upkeep.phase()) {
        return false;
    }
    if block.register.is_empty() && register::reload(block).await.is_err() {
        return false;
    }
    !block.register.is_empty()
}
