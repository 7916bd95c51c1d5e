//! Loading customers of one slice together: permission, then the gateway's journal of each, then
//! the archive's entities of all, then the joining transaction of each (protocol §6).

use std::collections::BTreeMap;
use std::time::Duration;

use common::block::loading::{Come, Step, answer_counts, next};
use common::gateway::{Journal, JournalAnswer, JournalEntry};
use common::placement::Placement;
use common::wire::archive::{LoadQuery, Loaded, LoadedCustomer};
use common::wire::block::{AskHandOver, HandOverAnswer, HandOverSaid};
use common::{BlockName, CustomerId, Generation, Guards, SliceId};
use futures_util::StreamExt as _;
use futures_util::stream;
use platform::Failure;
use platform::rpc::{CallError, Request};

use super::join::join_load;
use super::{Outcome, archive};
use crate::app::gate;
use crate::block::{Block, Scope};
use crate::config::ms;
use crate::store;

/// Customers of one slice to be loaded under one generation.
#[derive(Clone, Debug)]
pub struct Group {
    /// The home of the slice.
    pub home: BlockName,
    /// The slice.
    pub slice: SliceId,
    /// Under which generation.
    pub generation: Generation,
    /// He has to be handed over to us first; otherwise the slice is ours.
    pub ask: bool,
    /// Whom.
    pub customers: Vec<CustomerId>,
}

/// What the gateway said of a customer.
enum Told {
    /// His journal: he is fenced.
    Entries(Vec<JournalEntry>),
    /// It did not answer.
    Away,
    /// Somebody newer serves him.
    Newer(Generation),
}

/// Loads them; says what became of each who was asked for. Who is missing is to come back.
pub async fn load(block: &Block, group: &Group) -> Result<Vec<(CustomerId, Outcome)>, Failure> {
    // The steps in the order of `common::block::loading::next`.
    let come = Come { permission: !group.ask, ..Come::default() };
    let wanted = match next(&come, Guards::ALL) {
        Step::Permission => permitted(block, group).await?,
        _ => group.customers.clone(),
    };
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (mut journals, mut done) = (BTreeMap::new(), Vec::new());
    let at_once = block.config.loading.at_once;
    let mut asked = stream::iter(wanted)
        .map(|customer| async move { (customer, journal(block, group, customer).await) })
        .buffer_unordered(at_once);
    while let Some((customer, told)) = asked.next().await {
        match told {
            Told::Newer(fence) => {
                gate::close(block, &scope(group, customer), fence).await?;
                done.push((customer, Outcome::Gone));
            }
            Told::Entries(entries) => drop(journals.insert(customer, Some(entries))),
            Told::Away => drop(journals.insert(customer, None)),
        }
    }
    drop(asked);
    let ids: Vec<CustomerId> = journals.keys().copied().collect();
    let brought = entities(block, group, &ids).await?;
    let mut joins = stream::iter(brought)
        .map(|brought| {
            let journal = journals.get(&brought.customer_id).cloned().flatten();
            async move { one(block, group, &brought, journal).await }
        })
        .buffer_unordered(at_once);
    while let Some(outcome) = joins.next().await {
        done.extend(outcome);
    }
    Ok(done)
}

fn scope(group: &Group, customer: CustomerId) -> Scope {
    Scope::new(customer, group.home.clone())
}

async fn one(
    block: &Block,
    group: &Group,
    brought: &LoadedCustomer,
    journal: Option<Vec<JournalEntry>>,
) -> Option<(CustomerId, Outcome)> {
    let who = scope(group, brought.customer_id);
    match join_load(block, &who, group.generation, brought, journal.as_deref()).await {
        Ok(true) => Some((who.customer, Outcome::Loaded)),
        Ok(false) => Some((who.customer, Outcome::Nobody)),
        Err(error) => {
            tracing::warn!(customer = %who.customer, %error, "a load could not be joined");
            None
        }
    }
}

/// The gateway's journal: fences and lists at once. It is asked for in every load.
async fn journal(block: &Block, group: &Group, customer: CustomerId) -> Told {
    match ask_journal(block, customer, group.generation).await {
        Ok(JournalAnswer::Entries { entries, .. }) => Told::Entries(entries),
        Ok(JournalAnswer::StaleGeneration { fence }) => Told::Newer(fence),
        Err(error) => {
            tracing::info!(%customer, %error, "loaded without the gateway's journal");
            Told::Away
        }
    }
}

/// Asks the gateway what it did for a customer, and fences him there under `generation`.
pub async fn ask_journal(
    block: &Block,
    customer: CustomerId,
    generation: Generation,
) -> Result<JournalAnswer, CallError> {
    const DAY_S: i64 = 24 * 3_600;
    let since = block.clock.now().plus_s(-block.config.loading.journal_days * DAY_S);
    let request = Journal { customer_id: customer, since, generation };
    let within = ms(block.config.loading.journal_ms);
    block.gateway.call(Request::post_with_id("/v1/journal", &request), within).await
}

/// The archive's entities. An answer too large to be taken is asked for in halves.
async fn entities(
    block: &Block,
    group: &Group,
    customers: &[CustomerId],
) -> Result<Vec<LoadedCustomer>, Failure> {
    let mut open = vec![customers.to_vec()];
    let mut all = Vec::new();
    while let Some(part) = open.pop() {
        match ask(block, group, &part, false).await {
            Ok(loaded) => {
                if !counts(block, group, &loaded).await? {
                    return Ok(Vec::new());
                }
                all.extend(loaded.customers);
            }
            Err(Failure::Call(CallError::TooLarge { .. })) if part.len() > 1 => {
                let (one, other) = part.split_at(part.len() / 2);
                open.extend([one.to_vec(), other.to_vec()]);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

async fn ask(
    block: &Block,
    group: &Group,
    customers: &[CustomerId],
    permission_only: bool,
) -> Result<Loaded, Failure> {
    let query = LoadQuery {
        stream: archive::stream(block).await?,
        home: group.home.clone(),
        slice: group.slice,
        generation: group.generation,
        customers: customers.to_vec(),
        permission_only,
    };
    archive::ask(block, "/v1/load", &query).await
}

/// Does the answer count? A copy older than the row that permitted it reads the register first.
async fn counts(block: &Block, group: &Group, loaded: &Loaded) -> Result<bool, Failure> {
    let row = row(block, group).await?;
    let counts = row.is_some_and(|row| answer_counts(row.revision, loaded.revision));
    if !counts {
        block.upkeep.read_register();
    }
    Ok(counts)
}

async fn row(block: &Block, group: &Group) -> Result<Option<Placement>, Failure> {
    let connection = block.db.connection().await?;
    // The slice's row, whoever of it is looked at.
    let anybody = Scope { customer: CustomerId(0), home: group.home.clone(), slice: group.slice };
    Ok(store::placement::standing(&connection, &anybody).await?.row)
}

/// Asks the owner for whoever is not ours yet, and the archive whether that has come there. The
/// owner's own word is only a hint.
async fn permitted(block: &Block, group: &Group) -> Result<Vec<CustomerId>, Failure> {
    const AGAIN: Duration = Duration::from_millis(100);
    let mut told = Vec::new();
    for customer in &group.customers {
        if hand_over(block, group, *customer).await? {
            told.push(*customer);
        }
    }
    let until = tokio::time::Instant::now() + ms(block.config.loading.wait_ms) / 2;
    while !told.is_empty() && tokio::time::Instant::now() < until {
        let loaded = ask(block, group, &told, true).await?;
        if !loaded.customers.is_empty() && counts(block, group, &loaded).await? {
            return Ok(loaded.customers.iter().map(|it| it.customer_id).collect());
        }
        tokio::time::sleep(AGAIN).await;
    }
    Ok(Vec::new())
}

async fn hand_over(block: &Block, group: &Group, customer: CustomerId) -> Result<bool, Failure> {
    let Some(owner) = row(block, group).await?.and_then(|row| block.other(&row.owner)) else {
        return Ok(false);
    };
    let request = AskHandOver {
        customer_id: customer,
        home: group.home.clone(),
        slice: group.slice,
        generation: group.generation,
    };
    let request = Request::post_with_id("/internal/v1/hand-overs", &request);
    let within = ms(block.config.loading.archive_ms);
    match owner.call::<HandOverAnswer, _>(request, within).await {
        Ok(answer) => Ok(answer.answer == HandOverSaid::HandedOver),
        Err(error) => {
            tracing::info!(%customer, %error, "the owner does not hand over");
            Ok(false)
        }
    }
}
