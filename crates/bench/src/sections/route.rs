//! (a) `POST /v1/route` over a full directory against nginx answering a constant of the same
//! length; memory and time of the look-up.
//!
//! The server has the first core for itself and the load generator the second. Memory is the
//! growth of the router's resident set: full directory less empty one, both read from PostgreSQL.

use crate::arguments::{Arguments, Section};
use crate::failure::Result;
use crate::load::{metered, real};
use crate::machine::{load_average, output};
use crate::report::{Rounds, table};
use crate::servers::Ground;
use crate::servers::nginx::Nginx;
use crate::servers::postgres::Postgres;
use crate::servers::router::Router;
use crate::servers::wrk::Wrk;
use crate::store;

use super::{circumstances, say, within};

const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;
/// As long as the router's answer: a block's addresses and a ticket.
const ANSWER_BYTES: usize = 450;

/// Measures.
pub(super) async fn run(arguments: &Arguments, ground: &Ground) -> Result<String> {
    let load_before = load_average();
    let customers = arguments.customers;
    say(&format!("route: preparing a directory of {customers} customers"));
    let postgres = Postgres::start(ground).await?;
    postgres.create("router").await?;
    let url = postgres.url("router");
    Router::migrate(ground, &Router::configure(ground, &url, 1)?).await?;
    let session = store::connect(&url).await?;
    session.place().await?;
    let empty = Router::start(ground, &url, SERVER_CORE).await?.resident_bytes()?;
    session.fill_directory(customers).await?;
    drop(session);
    say("route: the router reads it");
    let router = Router::start(ground, &url, SERVER_CORE).await?;
    let grown = router.resident_bytes()?.saturating_sub(empty);
    let nginx = Nginx::start(ground, SERVER_CORE, &"x".repeat(ANSWER_BYTES)).await?;
    let wrk = Wrk::new(ground, LOAD_CORE, customers)?;
    let mut all = Vec::new();
    for connections in arguments.connections(Section::Route) {
        let mut rounds = Rounds::new(connections);
        for seed in 1..=arguments.rounds {
            let load = |port| wrk.load(ground, port, connections, within(arguments), seed);
            let ours = metered(router.id(), load(router.port())).await?;
            rounds.note(ours, metered(nginx.id(), load(nginx.port())).await?);
        }
        all.push(rounds);
    }
    drop((router, nginx));
    say("route: the index alone");
    let index = index_alone(ground, customers).await?;
    let text = circumstances(arguments, &load_before)
        + &table("router", "nginx", &all)
        + &format!(
            "\n{customers} customers, each with login and phone: {:.1} bytes a customer \
             (growth of the resident set: {} MiB).\n\nThe index alone, one core:\n\n{index}",
            real(grown) / real(customers),
            grown >> 20
        );
    Ok(text)
}

/// What a program that holds nothing but the index says of it.
async fn index_alone(ground: &Ground, customers: u64) -> Result<String> {
    let program = ground.programs.ours("examples/index_figures");
    let core = SERVER_CORE.to_string();
    let line = ["taskset".to_owned(), "-c".to_owned(), core, program, customers.to_string()];
    let said = output(&line, ground.directory.path()).await?;
    Ok(said.lines().fold(String::new(), |list, line| list + "- " + line + "\n"))
}
