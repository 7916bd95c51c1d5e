//! What the block says of itself, for dry runs, moves and drills.

use std::collections::BTreeMap;

use common::problem::{Code, Refusal};
use common::wire::block::{BlockReport, Draining, ToLoad};
use platform::Failure;

use super::{entities, life};
use crate::block::Block;
use crate::store;
use crate::store::report::Left;

/// The report. A block that has no archive has no life that could be named.
pub async fn report(block: &Block) -> Result<BlockReport, Failure> {
    let connection = block.db.connection().await?;
    let db = &connection;
    let Some(life) = store::life::seen(db).await? else {
        return Err(Refusal::new(Code::NotAvailableNow).retry_after_ms(1_000).into());
    };
    let now = block.clock.now();
    let head = store::batch::acknowledged_head(db, &life).await?;
    let followed = store::followed::read(db).await?;
    let (unfinished, _) = store::token::counts(db, now).await?;
    let to_load = store::report::to_load(db, &block.name).await?;
    let known = block.upkeep.known();
    let service = &block.config.service;
    Ok(BlockReport {
        block: block.name.clone(),
        role: service.role.clone(),
        data_center: service.data_center.clone(),
        incarnation: life.incarnation,
        phase: life::word(known.phase).to_owned(),
        outlived: life.outlived,
        payload_version: entities::VERSION,
        settings: settings(block),
        measured_per_second: block.config.admission.as_ref().map_or(0, |it| it.per_second),
        sessions: number(store::report::sessions(db, &block.name, now).await?),
        unfinished: number(unfinished),
        unsent: number(store::outbox::unsent(db, life.acknowledged).await?),
        oldest_unsent_ms: store::outbox::oldest_unsent_ms(db, life.acknowledged).await?,
        archive_silent_ms: known.archive_silent_ms,
        head: Some(head),
        followed_ago_ms: followed.all_at.map(|at| now.ms_since(at)),
        to_load: to_load.into_iter().map(left).collect(),
        draining: draining(block, db).await?,
    })
}

async fn draining(block: &Block, db: &platform::pg::Connection) -> Result<Vec<Draining>, Failure> {
    let slices = store::report::draining(db, &block.name, block.clock.now()).await?;
    let one = |(home, slice, sessions)| Draining { home, slice, sessions: number(sessions) };
    Ok(slices.into_iter().map(one).collect())
}

fn left(slice: Left) -> ToLoad {
    ToLoad {
        home: slice.home,
        slice: slice.slice,
        customers: number(slice.customers),
        unfinished: number(slice.unfinished),
    }
}

/// What customers notice, to be compared before a move.
fn settings(block: &Block) -> BTreeMap<String, String> {
    let config = &block.config;
    let all = [
        ("sessions.idle_s", config.sessions.idle_s.to_string()),
        ("sessions.absolute_s", config.sessions.absolute_s.to_string()),
        ("sessions.per_customer_max", config.sessions.per_customer_max.to_string()),
        ("operations.again_s", config.operations.again_s.to_string()),
        ("operations.codes_max", config.operations.codes_max.to_string()),
        ("operations.templates_max", config.operations.templates_max.to_string()),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
