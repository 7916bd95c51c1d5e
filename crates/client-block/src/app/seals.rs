//! How the block lets go (protocol §3): of one customer (hand-over), of slices (SEAL), and how it
//! takes a SEAL back after which nothing has happened.

use std::collections::BTreeSet;

use common::Guards;
use common::archive::late::HandedOver;
use common::block::giving_up::{self, HandOver, Loose, Sealed, Unseal};
use common::block::start;
use common::problem::{Code, Refusal};
use common::wire::block::{AskHandOver, HandOverAnswer, HandOverSaid, SealAnswer, SealOrder};
use common::{BlockName, Generation, SliceId};
use platform::Failure;
use platform::pg::Transaction;
use serde_json::json;

use super::gate;
use super::streams::REGISTER;
use crate::block::{Block, Scope};
use crate::store;
use crate::store::giving_up::SealedSlice;
use crate::store::life::Life;
use crate::store::outbox::{HAND_OVER, SEAL, UNSEAL};

/// `to`, toward whom the slice drains, asks for a customer.
pub async fn hand_over(
    block: &Block,
    to: &BlockName,
    ask: &AskHandOver,
) -> Result<HandOverAnswer, Failure> {
    if SliceId::of(ask.customer_id) != ask.slice {
        let must = "must be the customer's";
        return Err(Refusal::new(Code::InvalidRequest).field("slice", must).into());
    }
    let connection = block.db.connection().await?;
    // A block may ask; whether it is the slice's target is said by the row, behind the gate.
    if !store::placement::names(&connection, to).await? {
        return Err(Code::ServiceNotAllowed.into());
    }
    drop(connection);
    let scope = Scope { customer: ask.customer_id, home: ask.home.clone(), slice: ask.slice };
    let said = match hand_over_now(block, to, ask.generation, &scope).await? {
        HandOver::Write(_) | HandOver::Again => HandOverSaid::HandedOver,
        HandOver::NotNow => HandOverSaid::NotNow,
        HandOver::No => HandOverSaid::No,
    };
    Ok(HandOverAnswer { answer: said })
}

async fn hand_over_now(
    block: &Block,
    to: &BlockName,
    generation: Generation,
    scope: &Scope,
) -> Result<HandOver, Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    gate::shut(block, &tx, &[(&scope.home, scope.slice)]).await?;
    let standing = store::placement::standing(&tx, scope).await?;
    let Some(life) = store::life::seen(&tx).await?.filter(|life| !life.strange) else {
        return Ok(HandOver::No);
    };
    let loose = Loose {
        oldest_unsent_ms: store::outbox::oldest_unsent_ms(&tx, life.acknowledged).await?,
        loosening: store::giving_up::loosens(&tx, scope).await?,
        gone: life.outlived || standing.sealed.is_some(),
    };
    let own = (&block.name, &life.incarnation);
    let (row, handed) = (standing.row.as_ref(), standing.handed.as_ref());
    let decided = giving_up::hand_over(row, own, (to, generation), handed, loose, Guards::ALL);
    if let (HandOver::Write(handed), Some(row)) = (&decided, row) {
        let now = block.clock.now();
        store::giving_up::hand_over(&tx, scope, handed, now).await?;
        tell_hand_over(&tx, scope, row.generation, handed).await?;
        store::notice::tell(&tx, REGISTER, "").await?;
        tx.commit().await?;
        block.upkeep.ship();
        metrics::counter!("hand_overs_total").increment(1);
    }
    Ok(decided)
}

async fn tell_hand_over(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    handed: &HandedOver,
) -> Result<(), Failure> {
    let payload = json!({ "to": handed.to, "generation": handed.generation });
    let (slice, customer) = ((&scope.home, scope.slice), Some(scope.customer));
    let line = store::outbox::write_control(tx, HAND_OVER, slice, customer, generation, &payload);
    Ok(line.await?)
}

/// A router asks for slices to be sealed, each once and under its generation.
pub async fn seal(block: &Block, order: &SealOrder) -> Result<SealAnswer, Failure> {
    let named: BTreeSet<SliceId> = order.slices.iter().map(|(slice, _)| *slice).collect();
    if named.len() < order.slices.len() {
        let must = "must name each slice once";
        return Err(Refusal::new(Code::InvalidRequest).field("slices", must).into());
    }
    let mut answer = SealAnswer { sealed: Vec::new(), refused: Vec::new() };
    for (slice, generation) in &order.slices {
        let sealed = seal_one(block, (&order.home, *slice), *generation).await?;
        if sealed { &mut answer.sealed } else { &mut answer.refused }.push(*slice);
    }
    block.upkeep.ship();
    if !answer.sealed.is_empty() {
        super::register::reload(block).await?;
    }
    Ok(answer)
}

async fn seal_one(
    block: &Block,
    slice: (&BlockName, SliceId),
    generation: Generation,
) -> Result<bool, Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    gate::shut(block, &tx, &[slice]).await?;
    let before = store::giving_up::seal_of(&tx, slice).await?.map(|sealed| sealed.seal);
    if before.is_some_and(|seal| seal.generation == generation && !seal.unsealing) {
        return Ok(true);
    }
    let Some(life) = store::life::seen(&tx).await?.filter(|life| !life.strange) else {
        return Ok(false);
    };
    let row = store::placement::of(&tx, slice).await?;
    let loose = Loose {
        oldest_unsent_ms: None,
        loosening: store::giving_up::slice_loosens(&tx, slice).await?,
        gone: life.outlived || before.is_some(),
    };
    let own = (&block.name, &life.incarnation);
    let may = start::may_seal(block.upkeep.phase())
        && giving_up::may_seal(row.as_ref(), own, generation, loose, Guards::ALL);
    let Some(row) = row.filter(|_| may) else { return Ok(false) };
    let seal = Sealed { generation, revision: row.revision, unsealing: false };
    store::giving_up::put_seal(&tx, slice, seal, block.clock.now()).await?;
    store::outbox::write_control(&tx, SEAL, slice, None, generation, &json!({})).await?;
    store::notice::tell(&tx, REGISTER, "").await?;
    tx.commit().await?;
    tracing::info!(home = %slice.0, slice = slice.1.number(), %generation, "sealed");
    metrics::counter!("seals_total").increment(1);
    Ok(true)
}

/// Takes SEALs back after which nothing has happened.
pub async fn keep(block: &Block) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    let sealed = store::giving_up::sealed(&connection).await?;
    let life = store::life::seen(&connection).await?;
    drop(connection);
    let Some(life) = life.filter(|life| !life.outlived && !life.strange) else { return Ok(()) };
    let silent_ms = block.upkeep.known().archive_silent_ms;
    for slice in sealed.iter().filter(|slice| !slice.seal.unsealing) {
        let since_ms = block.clock.now().ms_since(slice.sealed_at);
        let decided = giving_up::unseal(since_ms, silent_ms);
        if decided != Unseal::Wait {
            unseal(block, &life, slice, decided == Unseal::WriteAndServe).await?;
        }
    }
    Ok(())
}

async fn unseal(
    block: &Block,
    life: &Life,
    sealed: &SealedSlice,
    serve: bool,
) -> Result<(), Failure> {
    let slice = (&sealed.home, sealed.slice);
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    gate::shut(block, &tx, &[slice]).await?;
    // Looked at again: a row that was adopted meanwhile may have ended it.
    let now = store::giving_up::seal_of(&tx, slice).await?.map(|sealed| sealed.seal);
    if now != Some(sealed.seal) {
        return Ok(());
    }
    let generation = sealed.seal.generation;
    store::outbox::write_control(&tx, UNSEAL, slice, None, generation, &json!({})).await?;
    if serve {
        store::giving_up::forget_seal(&tx, slice).await?;
    } else {
        let seal = Sealed { unsealing: true, ..sealed.seal };
        store::giving_up::put_seal(&tx, slice, seal, sealed.sealed_at).await?;
    }
    store::notice::tell(&tx, REGISTER, "").await?;
    tx.commit().await?;
    block.upkeep.ship();
    tracing::warn!(
        home = %slice.0, slice = slice.1.number(), serve, life = %life.incarnation,
        "nothing has come of a seal: it is taken back"
    );
    metrics::counter!("unseals_total").increment(1);
    Ok(())
}
