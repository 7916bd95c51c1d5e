//! (c) Logins per second, against the password's hash alone on all cores with buffers that are
//! used again. A login is complete: a ticket as the router seals it, used up; the password; a known
//! device; the session, stored.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::PasswordHasher as _;
use argon2::{Argon2, Block as Memory};
use common::placement::{Placement, slice::SliceId};
use common::ticket::{Holder, Ticket, TicketKey};
use common::{BlockName, CustomerId};
use platform::{Clock, random};
use serde_json::json;
use tokio::time::Instant;

use super::{circumstances, say, within};
use crate::arguments::{Arguments, Section};
use crate::failure::{Attempting as _, Failure, Result};
use crate::load::drive::{Ask, Load, drive};
use crate::load::{Histogram, Turn, metered};
use crate::machine::{cores, load_average};
use crate::report::{Rounds, table};
use crate::servers::Ground;
use crate::servers::block::{Block, TICKET_KEY};
use crate::servers::postgres::Postgres;
use crate::servers::redis::Redis;
use crate::store::{self, Session};

const DATABASE: &str = "product";
const PASSWORD: &str = "correct horse battery";

/// Measures.
pub(super) async fn run(arguments: &Arguments, ground: &Ground) -> Result<String> {
    let load_before = load_average();
    say("logins: preparing");
    let postgres = Postgres::start(ground).await?;
    postgres.create(DATABASE).await?;
    let url = postgres.url(DATABASE);
    Block::migrate(ground, &url).await?;
    let session = store::connect(&url).await?;
    let hash = Argon2::default().hash_password(PASSWORD.as_bytes());
    let hash = hash.map_err(|error| Failure::say(format!("hashing: {error}")))?.to_string();
    session.fill_block(arguments.holders, &hash).await?;
    let redis = Redis::start(ground).await?;
    let block = Block::start(ground, &url, &redis.url()).await?;
    let desk = Desk::new(block.port(), arguments.holders)?;
    let mut all = Vec::new();
    for connections in arguments.connections(Section::Logins) {
        let mut rounds = Rounds::new(connections);
        for _ in 0..arguments.rounds {
            let product = desk.turn(&session, connections, within(arguments)).await?;
            let hashes = metered(std::process::id(), hashes(within(arguments))).await?;
            rounds.note(product, hashes);
        }
        all.push(rounds);
    }
    Ok(circumstances(arguments, &load_before) + &table("logins", "hashes", &all))
}

/// Where customers log in.
struct Desk {
    port: u16,
    holders: u64,
    name: BlockName,
    key: TicketKey,
}

impl Desk {
    fn new(port: u16, holders: u64) -> Result<Self> {
        let name: BlockName = "client-1".parse().attempting("naming the block")?;
        Ok(Self { port, holders, key: TicketKey::new(name.clone(), &TICKET_KEY), name })
    }

    /// One turn; every answer must be an open session, and all of them must be there.
    async fn turn(&self, session: &Session, connections: usize, within: Duration) -> Result<Turn> {
        let before = session.counts().await?.sessions;
        let load = Load { port: self.port, connections, within, most: u64::MAX };
        let turn = drive(load, 201, |number| self.login(number));
        let turn = metered(std::process::id(), turn).await?;
        let opened = session.counts().await?.sessions - before;
        if opened != turn.done {
            let text = format!("{} answered, but {opened} sessions opened", turn.done);
            return Err(Failure::say(text));
        }
        Ok(turn)
    }

    fn login(&self, number: u64) -> Ask {
        let customer = CustomerId(1 + number % self.holders);
        let row = Placement::first(self.name.clone(), SliceId::of(customer), "bench");
        let ticket = Ticket {
            id: random::bytes(),
            holder: Holder::Customer(customer),
            issued_at: Clock::system().now(),
            stamp: row.stamp(),
        };
        let body = json!({
            "ticket": self.key.seal(&ticket, random::bytes()), "password": PASSWORD,
            "device_token": format!("device-{customer}"), "device_name": "telephone",
        });
        Ask { path: "/v1/sessions", headers: String::new(), body: body.to_string() }
    }
}

/// The hash alone: one thread a core, each with a buffer of its own.
async fn hashes(within: Duration) -> Result<Turn> {
    let times = Arc::new(Mutex::new(Histogram::new()));
    let wanted = Arc::new(());
    let began = Instant::now();
    let until = began + within;
    let threads: Vec<_> = (0..cores())
        .map(|_| {
            let (times, still) = (times.clone(), Arc::downgrade(&wanted));
            tokio::task::spawn_blocking(move || {
                let mut memory = vec![Memory::default(); Argon2::default().params().block_count()];
                // Nobody holds it any more when the measurement was interrupted.
                while Instant::now() < until && still.strong_count() > 0 {
                    let sent = Instant::now();
                    hash_once(&mut memory)?;
                    let us = u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX);
                    times.lock().unwrap_or_else(PoisonError::into_inner).note(us);
                }
                Ok(())
            })
        })
        .collect();
    for thread in threads {
        thread.await.attempting("hashing")??;
    }
    drop(wanted);
    let seconds = began.elapsed().as_secs_f64();
    let times = times.lock().unwrap_or_else(PoisonError::into_inner);
    let (done, percentiles) = (times.total(), times.percentiles());
    Ok(Turn { done, seconds, percentiles, ..Turn::default() })
}

fn hash_once(memory: &mut [Memory]) -> Result<()> {
    let mut out = [0_u8; 32];
    let salt = [3_u8; 16];
    Argon2::default()
        .hash_password_into_with_memory(PASSWORD.as_bytes(), &salt, &mut out, memory)
        .map_err(|error| Failure::say(format!("hashing: {error}")))
}
