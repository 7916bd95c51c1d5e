//! (b) Operations made durable over HTTP with the back office down, against pgbench inserting the
//! same rows in one statement with as many clients.
//!
//! Both use the same PostgreSQL with the same schema, in turn, and nothing is pinned: each side has
//! the whole machine for its client, its server and its database. Every request is complete (a
//! session, a body, the rules) under a key of its own, and what was answered is counted in the
//! database afterwards.

use common::{Currency, Timestamp};
use platform::Clock;
use serde_json::json;

use super::{circumstances, say, within};
use crate::arguments::{Arguments, Section};
use crate::failure::{Failure, Result};
use crate::load::drive::{Ask, Load, drive};
use crate::load::{Turn, metered};
use crate::machine::load_average;
use crate::report::{Rounds, table};
use crate::servers::Ground;
use crate::servers::block::Block;
use crate::servers::pgbench::Pgbench;
use crate::servers::postgres::Postgres;
use crate::servers::redis::Redis;
use crate::store::{self, Session};

const PRODUCT: &str = "product";
const YARDSTICK: &str = "yardstick";
/// Orders before anything is measured: connections are opened, statements prepared.
const WARM_UP: u64 = 2_000;

/// Measures.
pub(super) async fn run(arguments: &Arguments, ground: &Ground) -> Result<String> {
    let load_before = load_average();
    say("operations: preparing");
    let postgres = Postgres::start(ground).await?;
    let ours = prepared(arguments, ground, &postgres, PRODUCT).await?;
    let theirs = prepared(arguments, ground, &postgres, YARDSTICK).await?;
    let redis = Redis::start(ground).await?;
    let block = Block::start(ground, &postgres.url(PRODUCT), &redis.url()).await?;
    let orders = Orders { port: block.port(), holders: arguments.holders };
    let load = Load { port: 0, connections: 16, within: within(arguments), most: WARM_UP };
    orders.turn(&ours, load, 0).await?;
    let sample = ours.sample().await?;
    let pgbench = Pgbench::new(ground, &postgres, YARDSTICK, &sample, arguments.holders)?;
    let mut all = Vec::new();
    for connections in arguments.connections(Section::Operations) {
        let mut rounds = Rounds::new(connections);
        for round in 1..=arguments.rounds {
            let load = Load { connections, most: arguments.most, ..load };
            let product = orders.turn(&ours, load, round).await?;
            rounds.note(product, inserted(arguments, &theirs, &pgbench, connections).await?);
        }
        all.push(rounds);
    }
    Ok(circumstances(arguments, &load_before) + &table("block", "pgbench", &all))
}

/// A database with the block's schema and its customers.
async fn prepared(
    arguments: &Arguments,
    ground: &Ground,
    postgres: &Postgres,
    name: &str,
) -> Result<Session> {
    postgres.create(name).await?;
    let url = postgres.url(name);
    Block::migrate(ground, &url).await?;
    let session = store::connect(&url).await?;
    session.fill_block(arguments.holders, "nobody logs in here").await?;
    Ok(session)
}

/// The block and those who send it orders.
struct Orders {
    port: u16,
    holders: u64,
}

impl Orders {
    /// One turn; every answer must be an order that was taken, and all its rows must be there.
    async fn turn(&self, session: &Session, load: Load, round: usize) -> Result<Turn> {
        session.empty().await?;
        let now = Clock::system().now();
        let connections = load.connections;
        let load = Load { port: self.port, ..load };
        let turn = drive(load, 201, |number| {
            self.order(number, &format!("bench-{connections:04}-{round:03}-{number:010}"), now)
        });
        let turn = metered(std::process::id(), turn).await?;
        complete(session, turn).await
    }

    /// A transfer between accounts of a customer's own. Each amount comes once, so that none of
    /// his orders looks like another one.
    fn order(&self, number: u64, key: &str, now: Timestamp) -> Ask {
        let holder = 1 + number % self.holders;
        let account =
            |n| format!("40817{}{:012}", Currency::Rub.account_digits(), holder * 100 + n);
        let amount = 100 + number / self.holders;
        let intent = json!({
            "terms": {
                "kind": "own_transfer", "from_account": account(1), "to_account": account(2),
                "amount": {
                    "amount": format!("{}.{:02}", amount / 100, amount % 100), "currency": "RUB",
                },
            },
            "valid_until": now.plus_s(24 * 3_600),
        });
        Ask {
            path: "/v1/operations",
            headers: format!(
                "authorization: Bearer session-{holder}\r\nidempotency-key: {key}\r\n"
            ),
            body: json!({ "intent": intent }).to_string(),
        }
    }
}

async fn inserted(
    arguments: &Arguments,
    session: &Session,
    pgbench: &Pgbench,
    clients: usize,
) -> Result<Turn> {
    session.empty().await?;
    let turn = pgbench.load(clients, within(arguments));
    let turn = metered(std::process::id(), turn).await?;
    complete(session, turn).await
}

/// A turn counts only if what was answered is in the database, no more and no less.
async fn complete(session: &Session, turn: Turn) -> Result<Turn> {
    let counts = session.counts().await?;
    let rows = [counts.operations, counts.tokens, counts.lines];
    if rows.iter().any(|rows| *rows != turn.done) {
        let text = format!("{} answered, but {rows:?} operations, tokens and lines", turn.done);
        return Err(Failure::say(text));
    }
    Ok(turn)
}
