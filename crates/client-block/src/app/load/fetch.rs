//! Loading customers of one slice together: permission, then the gateway's journal of each, then
//! the archive's entities of all, then the joining transaction of each (protocol §6).

use std::collections::BTreeMap;
use std::time::Duration;

use common::block::loading::answer_counts;
use common::gateway::{Journal, JournalAnswer, JournalEntry};
use common::placement::Placement;
use common::wire::archive::{LoadQuery, Loaded, LoadedCustomer};
use common::wire::block::{AskHandOver, HandOverAnswer, HandOverSaid};
use common::{BlockName, CustomerId, Generation, SliceId, Timestamp};
use futures_util::StreamExt as _;
use futures_util::stream;
use platform::Failure;
use platform::failure::chain;
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

/// Whom the archive permits to be loaded.
struct Wanted {
    customer: CustomerId,
    /// From when on the gateway is asked what it did for him, if the archive knows.
    since: Option<Timestamp>,
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
    // The steps in the order of `common::block::loading::next`. With the permission the archive
    // says from when on each journal is wanted.
    let wanted = if group.ask {
        handed_over(block, group).await?
    } else {
        permitted(block, group, &group.customers).await?
    };
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (mut journals, mut done) = (BTreeMap::new(), Vec::new());
    let at_once = block.config.loading.at_once;
    let mut asked = stream::iter(wanted)
        .map(|Wanted { customer, since }| async move {
            (customer, journal(block, group, customer, since).await)
        })
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
        .map(|(brought, forced)| {
            let journal = journals.get(&brought.customer_id).cloned().flatten();
            async move { one(block, group, (&brought, forced), journal).await }
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
    brought: (&LoadedCustomer, Option<Generation>),
    journal: Option<Vec<JournalEntry>>,
) -> Option<(CustomerId, Outcome)> {
    let who = scope(group, brought.0.customer_id);
    match join_load(block, &who, group.generation, brought, journal.as_deref()).await {
        Ok(true) => Some((who.customer, Outcome::Loaded)),
        Ok(false) => Some((who.customer, Outcome::Nobody)),
        Err(error) => {
            let error = chain(&error);
            tracing::warn!(customer = %who.customer, error, "a load could not be joined");
            None
        }
    }
}

/// The gateway's journal: fences and lists at once. It is asked for in every load.
async fn journal(
    block: &Block,
    group: &Group,
    customer: CustomerId,
    since: Option<Timestamp>,
) -> Told {
    match ask_journal(block, customer, group.generation, since).await {
        Ok(JournalAnswer::Entries { entries, .. }) => Told::Entries(entries),
        Ok(JournalAnswer::StaleGeneration { fence }) => Told::Newer(fence),
        Err(error) => {
            tracing::info!(%customer, %error, "loaded without the gateway's journal");
            Told::Away
        }
    }
}

/// Asks the gateway what it did for a customer since then, and fences him there under `generation`.
/// Where the archive could not say since when, it is asked far back.
pub async fn ask_journal(
    block: &Block,
    customer: CustomerId,
    generation: Generation,
    since: Option<Timestamp>,
) -> Result<JournalAnswer, CallError> {
    const DAY_S: i64 = 24 * 3_600;
    let far_back = || block.clock.now().plus_s(-block.config.loading.journal_days * DAY_S);
    let since = since.unwrap_or_else(far_back);
    let request = Journal { customer_id: customer, since, generation };
    let within = ms(block.config.loading.journal_ms);
    block.gateway.call(Request::post_with_id("/v1/journal", &request), within).await
}

/// The archive's entities, each customer's with the newest generation that began with a forced
/// move. An answer too large to be taken is asked for in halves.
async fn entities(
    block: &Block,
    group: &Group,
    customers: &[CustomerId],
) -> Result<Vec<(LoadedCustomer, Option<Generation>)>, Failure> {
    let mut open = vec![customers.to_vec()];
    let mut all = Vec::new();
    while let Some(part) = open.pop() {
        match ask(block, group, &part, false).await {
            Ok(loaded) => {
                if !counts(block, group, &loaded).await? {
                    return Ok(Vec::new());
                }
                let forced = loaded.forced;
                all.extend(loaded.customers.into_iter().map(|customer| (customer, forced)));
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

/// Asks the archive who of them may be loaded, and from when on his journal is wanted.
async fn permitted(
    block: &Block,
    group: &Group,
    customers: &[CustomerId],
) -> Result<Vec<Wanted>, Failure> {
    let loaded = ask(block, group, customers, true).await?;
    if loaded.customers.is_empty() || !counts(block, group, &loaded).await? {
        return Ok(Vec::new());
    }
    let wanted = |it: &LoadedCustomer| Wanted { customer: it.customer_id, since: it.journal_since };
    Ok(loaded.customers.iter().map(wanted).collect())
}

/// Asks the owner for whoever is not ours yet, and the archive whether that has come there. The
/// owner's own word is only a hint.
async fn handed_over(block: &Block, group: &Group) -> Result<Vec<Wanted>, Failure> {
    const AGAIN: Duration = Duration::from_millis(100);
    let mut told = Vec::new();
    for customer in &group.customers {
        if hand_over(block, group, *customer).await? {
            told.push(*customer);
        }
    }
    let until = tokio::time::Instant::now() + ms(block.config.loading.wait_ms) / 2;
    while !told.is_empty() && tokio::time::Instant::now() < until {
        let wanted = permitted(block, group, &told).await?;
        if !wanted.is_empty() {
            return Ok(wanted);
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
