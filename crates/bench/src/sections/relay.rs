//! (d) The relay's catch-up: lines of a block's outbox, shipped to the archive in batches, against
//! PostgreSQL's own logical replication of the same rows.
//!
//! Two clusters with the same settings, the block's and the archive's. The lines are written while
//! neither the relay nor the subscription runs; then each has to catch up with them, in turn, with
//! the whole machine for itself.

use std::time::{Duration, SystemTime};

use platform::Clock;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::{circumstances_of, say};
use crate::arguments::Arguments;
use crate::failure::{Failure, Result};
use crate::load::{Turn, metered};
use crate::machine::load_average;
use crate::report::{Caught, caught_up};
use crate::servers::Ground;
use crate::servers::archive::Archive;
use crate::servers::block::Block;
use crate::servers::postgres::Postgres;
use crate::servers::redis::Redis;
use crate::servers::worker::Worker;
use crate::store::{self, Session};

const DATABASE: &str = "bank";
/// How often is looked whether the last line has arrived: much shorter than any turn.
const LOOK: Duration = Duration::from_millis(10);
/// A turn that takes longer has failed.
const PATIENCE: Duration = Duration::from_mins(5);

/// What a round needs.
struct Bench<'a> {
    ground: &'a Ground,
    lines: u64,
    redis: Redis,
    archive: Archive,
    block_postgres: Postgres,
    /// The block's database.
    block: Session,
    /// The archive's.
    archived: Session,
    /// Another one in the archive's cluster, for the yardstick.
    replica: Session,
}

/// Measures.
pub(super) async fn run(arguments: &Arguments, ground: &Ground) -> Result<String> {
    let load_before = load_average();
    say("relay: preparing");
    let logical = [("wal_level", "logical")];
    let block_postgres = Postgres::start_as(ground, "block-postgres", &logical).await?;
    let archive_postgres = Postgres::start_as(ground, "archive-postgres", &logical).await?;
    block_postgres.create(DATABASE).await?;
    archive_postgres.create(DATABASE).await?;
    archive_postgres.create("replica").await?;
    let url = block_postgres.url(DATABASE);
    Block::migrate(ground, &url).await?;
    let archive = Archive::start(ground, &archive_postgres.url(DATABASE)).await?;
    let bench = Bench {
        ground,
        lines: arguments.lines,
        redis: Redis::start(ground).await?,
        archive,
        block: store::connect(&url).await?,
        archived: store::connect(&archive_postgres.url(DATABASE)).await?,
        replica: store::connect(&archive_postgres.url("replica")).await?,
        block_postgres,
    };
    let mut all = Caught::default();
    for round in 1..=arguments.rounds {
        let (product, yardstick) = bench.round(round).await?;
        all.note(product, yardstick);
    }
    let how = format!(
        "{} rounds of {} lines; median (least–greatest) of the rounds.",
        arguments.rounds, arguments.lines
    );
    Ok(circumstances_of(&load_before, &how) + &caught_up(&all))
}

impl Bench<'_> {
    /// The same lines for both: the subscription first, because it only reads them.
    async fn round(&self, round: usize) -> Result<(Turn, Turn)> {
        self.block.empty_outbox().await?;
        self.archived.empty_archive().await?;
        self.block.publish().await?;
        self.replica.subscribe(&self.block_postgres.address(DATABASE)).await?;
        say("relay: writing lines");
        self.block.fill_outbox(round, self.lines).await?;
        self.block.batch("checkpoint").await?;
        self.archived.batch("checkpoint").await?;
        let yardstick = metered(std::process::id(), self.replicate()).await?;
        self.replica.unsubscribe().await?;
        self.archived.batch("checkpoint").await?;
        let product = self.ship().await?;
        Ok((product, yardstick))
    }

    async fn replicate(&self) -> Result<Turn> {
        let last = self.block.last_line().await?;
        let began = Instant::now();
        self.replica.enable().await?;
        while !self.replica.replicated(last).await? {
            patient(began)?;
            sleep(LOOK).await;
        }
        let seconds = began.elapsed().as_secs_f64();
        let arrived = self.replica.lines().await?;
        if arrived != self.lines {
            return Err(Failure::say(format!("{arrived} of {} lines were replicated", self.lines)));
        }
        Ok(Turn { done: arrived, seconds, ..Turn::default() })
    }

    /// The worker's own start is not measured: the time begins with the first batch.
    async fn ship(&self) -> Result<Turn> {
        let process = std::process::id();
        let turn = async {
            let database = self.block_postgres.url(DATABASE);
            let redis = self.redis.url();
            let access = (database.as_str(), redis.as_str());
            let worker = Worker::start(self.ground, access, &self.archive.url()).await?;
            let began = Instant::now();
            while !self.block.all_shipped().await? {
                patient(began)?;
                sleep(LOOK).await;
            }
            let ended = SystemTime::from(OffsetDateTime::from(Clock::system().now()));
            let shipped = self.block.shipped().await?;
            let first_at = shipped.first_at.ok_or_else(|| Failure::say("no batch was made"))?;
            // Of this machine's clock, on which all of it runs.
            let seconds = ended.duration_since(first_at).unwrap_or_default().as_secs_f64();
            drop(worker);
            self.complete(shipped.acknowledged, shipped.all).await?;
            Ok(Turn { done: shipped.acknowledged, seconds, ..Turn::default() })
        };
        metered(process, turn).await
    }

    /// A turn counts only if everything is there, in both databases.
    async fn complete(&self, acknowledged: u64, all: u64) -> Result<()> {
        let (events, ended) = self.archived.logged().await?;
        let found = [acknowledged, all, events, 2 * ended];
        if found.iter().any(|count| *count != self.lines) {
            let text = format!(
                "{} lines, but acknowledged, kept, logged, and twice those that ended: {found:?}",
                self.lines
            );
            return Err(Failure::say(text));
        }
        Ok(())
    }
}

fn patient(began: Instant) -> Result<()> {
    if began.elapsed() > PATIENCE {
        return Err(Failure::say("the last line does not arrive"));
    }
    Ok(())
}
