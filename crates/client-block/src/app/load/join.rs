//! The joining transaction of a load: what the archive has, then what the gateway has done, then
//! that the customer is loaded (protocol §6). Also its second half alone, for somebody who was
//! loaded while the gateway was away.

use std::collections::BTreeMap;

use common::block::joining::adopts;
use common::block::journal::{self, Effect};
use common::block::loading::{Taking, still_wanted, taking};
use common::block::own;
use common::gateway::JournalEntry;
use common::join::arriving::next;
use common::join::operation::{Marks, Version};
use common::operation::progress::CONFIRM_SECONDS;
use common::operation::{Intent, OperationState};
use common::wire::archive::LoadedCustomer;
use common::{Generation, Guards, OperationId};
use platform::Failure;
use platform::pg::Transaction;

use super::rows::{self, Arrived, Row, join_operation, operation, version};
use crate::app::operations::order::looks_like;
use crate::app::{entities, gate};
use crate::block::{Block, Scope};
use crate::store;
use crate::store::joining::{self, Known, Loaded};
use crate::store::operation::Operation;

/// The customer's operations while they are joined.
type Operations = BTreeMap<OperationId, Known>;

/// Joins a load. Says whether he is loaded now: not if he has passed on meanwhile, and not if
/// nobody knows him.
pub async fn join_load(
    block: &Block,
    scope: &Scope,
    generation: Generation,
    (brought, forced): (&LoadedCustomer, Option<Generation>),
    journal: Option<&[JournalEntry]>,
) -> Result<bool, Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let standing = store::placement::enter_gate(&tx, scope).await?;
    joining::lock(&tx, scope).await?;
    if !still_wanted(&standing.access(&block.name, None), generation) {
        tracing::info!(customer = %scope.customer, "a load was overtaken");
        return Ok(false);
    }
    let mut unread = brought.incomplete;
    let others = brought.entities.iter().filter(|entity| entity.kind != entities::OPERATION);
    // The customer first: everything else refers to him.
    let (first, rest): (Vec<_>, Vec<_>) =
        others.partition(|entity| entity.kind == entities::CUSTOMER);
    for entity in first.into_iter().chain(rest) {
        unread |= rows::join(&tx, scope, &arrived(entity, generation)).await? == Row::Unread;
    }
    if joining::customer(&tx, scope).await?.is_none() {
        return Ok(false);
    }
    let mut work = Joining::begin(block, &tx, scope, generation, brought, journal).await?;
    unread |= work.take_entities(brought);
    work.store_all().await?;
    if journal.is_none() {
        joining::note_executed(&tx, scope).await?;
    }
    unread |= work.take_journal(journal.unwrap_or_default()).await?;
    let fenced = journal.is_some();
    let elsewhere = brought.elsewhere;
    let loaded = Loaded { generation, fenced, elsewhere, unread, forced };
    joining::loaded(&tx, scope, &loaded).await?;
    tx.commit().await?;
    metrics::counter!("customers_loaded_total").increment(1);
    tracing::info!(customer = %scope.customer, %generation, fenced, "customer loaded");
    Ok(true)
}

/// Joins the journal of somebody who is served here and was loaded without it. The gate is shut for
/// it: what he has begun without knowing it ends first.
pub async fn join_journal(
    block: &Block,
    scope: &Scope,
    generation: Generation,
    entries: &[JournalEntry],
) -> Result<bool, Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    gate::shut(block, &tx, &[(&scope.home, scope.slice)]).await?;
    let standing = store::placement::standing(&tx, scope).await?;
    let access = standing.access(&block.name, None);
    if !journal::counts(&access, generation, standing.fenced) {
        return Ok(false);
    }
    take_journal(block, &tx, scope, generation, entries).await?;
    joining::fenced(&tx, scope).await?;
    tx.commit().await?;
    Ok(true)
}

/// Joins the journal of a customer of a block that started alone.
pub async fn join_alone(
    block: &Block,
    scope: &Scope,
    generation: Generation,
    entries: &[JournalEntry],
) -> Result<(), Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    gate::enter(block, &tx, scope).await?;
    joining::lock(&tx, scope).await?;
    take_journal(block, &tx, scope, generation, entries).await?;
    Ok(tx.commit().await?)
}

async fn take_journal(
    block: &Block,
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    entries: &[JournalEntry],
) -> Result<(), Failure> {
    let nothing = LoadedCustomer {
        customer_id: scope.customer,
        elsewhere: None,
        journal_since: None,
        entities: Vec::new(),
        incomplete: false,
    };
    let mut work = Joining::begin(block, tx, scope, generation, &nothing, Some(entries)).await?;
    work.take_journal(entries).await?;
    Ok(())
}

fn arrived(entity: &common::wire::archive::Entity, serving: Generation) -> Arrived<'_> {
    Arrived {
        kind: &entity.kind,
        id: &entity.entity_id,
        generation: entity.generation,
        // Marks and keys of late versions were judged by the archive when they came; what is left
        // to do is what only the block can: a late session counts as revoked.
        late: entity.late.then_some(serving),
        marks: entity.marks,
        payload: &entity.payload,
    }
}

struct Joining<'a> {
    block: &'a Block,
    tx: &'a Transaction<'a>,
    scope: &'a Scope,
    generation: Generation,
    operations: Operations,
    /// What was here before, for [`own::after_load`].
    own: Vec<OperationId>,
}

impl<'a> Joining<'a> {
    async fn begin(
        block: &'a Block,
        tx: &'a Transaction<'a>,
        scope: &'a Scope,
        generation: Generation,
        brought: &LoadedCustomer,
        journal: Option<&[JournalEntry]>,
    ) -> Result<Self, Failure> {
        let theirs = brought.entities.iter().filter_map(|entity| entity.entity_id.parse().ok());
        let listed = journal.unwrap_or_default().iter().map(|entry| entry.operation_id);
        let ids: Vec<OperationId> = theirs.chain(listed).collect();
        let known = joining::operations(tx, scope, &ids).await?;
        let operations: Operations =
            known.into_iter().map(|known| (known.operation.id, known)).collect();
        let own = operations.keys().copied().collect();
        Ok(Self { block, tx, scope, generation, operations, own })
    }

    /// Asks about what is ours, and joins what the archive has. Says whether something could not be
    /// read.
    fn take_entities(&mut self, brought: &LoadedCustomer) -> bool {
        let mut unread = false;
        let mut theirs = BTreeMap::new();
        for entity in brought.entities.iter().filter(|it| it.kind == entities::OPERATION) {
            match operation(self.scope, &arrived(entity, self.generation)) {
                Some(operation) => drop(theirs.insert(operation.id, operation)),
                None => unread = true,
            }
        }
        for id in &self.own {
            let Some(mine) = self.operations.get_mut(id) else { continue };
            let told = theirs.get(id).map(version);
            let (marks, questions) = own::after_load(
                &version(&mine.operation),
                told.as_ref(),
                self.generation,
                brought.elsewhere,
                Guards::ALL,
            );
            mine.operation.marks = marks;
            if questions > 0 {
                metrics::counter!("operations_asked_total").increment(1);
            }
        }
        for (id, arrived) in theirs {
            let mine = self.operations.get(&id).filter(|_| taking(Guards::ALL) == Taking::Join);
            let joined = join_operation(mine.map(|known| &known.operation), &arrived, None);
            let executed_at_load = mine.is_some_and(|known| known.executed_at_load);
            self.operations.insert(id, Known { operation: joined, executed_at_load });
        }
        unread
    }

    /// Writes every operation as it is joined so far, and gives tokens to what is open.
    async fn store_all(&mut self) -> Result<(), Failure> {
        let all = self.operations.values().map(|known| &known.operation);
        let joined: Vec<_> = all.clone().map(|one| (one, self.adopted(one))).collect();
        store::joined::put_operations(self.tx, self.scope, &joined).await?;
        let open = all.filter(|one| adopts(one.state, Guards::ALL)).map(|one| one.id);
        let open: Vec<OperationId> = open.collect();
        let now = self.block.clock.now();
        Ok(joining::settle_tokens(self.tx, self.scope, &open, now).await?)
    }

    /// Joins what the gateway did, tells the archive of it, and asks about what he may have ordered
    /// again because he could not see it. Says whether something could not be read.
    async fn take_journal(&mut self, entries: &[JournalEntry]) -> Result<bool, Failure> {
        let mut unread = false;
        let mut effects = Vec::new();
        let mut changed = Vec::new();
        for entry in entries {
            let theirs = version_of(entry);
            let known = self.operations.get(&entry.operation_id);
            if journal::is_effect(theirs.state) {
                let known_at_load = known.is_some_and(|known| known.executed_at_load);
                effects.push(Effect { generation: entry.generation, known_at_load });
            }
            let mine = known.map(|known| version(&known.operation));
            let Some(taken) = journal::take(mine.as_ref(), &theirs, self.generation) else {
                continue;
            };
            let made = match known {
                Some(known) => Some(known.operation.clone()),
                None => made_of(self.scope, entry),
            };
            let Some(mut operation) = made else {
                // Voided before its intent came: nothing is there to be shown.
                unread |= entry.intent.is_some();
                continue;
            };
            let written = next(&version(&operation), taken.state, self.generation);
            operation.state = taken.state;
            operation.marks = taken.marks;
            operation.generation = written.generation;
            operation.version = i64::try_from(written.version).unwrap_or(i64::MAX);
            operation.outcome.clone_from(&entry.outcome);
            operation.in_doubt = false;
            operation.updated_at = self.block.clock.now();
            changed.push(operation.id);
            let executed_at_load = known.is_some_and(|known| known.executed_at_load);
            self.operations.insert(operation.id, Known { operation, executed_at_load });
        }
        self.ask_about_unseen(&effects, &mut changed);
        changed.sort_unstable();
        changed.dedup();
        for id in &changed {
            let Some(known) = self.operations.get_mut(id) else { continue };
            let operation = &mut known.operation;
            let entity = entities::operation(operation.generation, operation);
            let write = store::outbox::write_line(self.tx, self.scope, self.generation, &entity);
            let line = write.await?;
            // Made of the journal alone: accepted once the archive has this line.
            operation.line = operation.line.or(Some(line));
        }
        let all = changed.iter().filter_map(|id| Some(&self.operations.get(id)?.operation));
        let joined: Vec<_> = all.map(|one| (one, self.adopted(one))).collect();
        store::joined::put_operations(self.tx, self.scope, &joined).await?;
        let now = self.block.clock.now();
        joining::settle_tokens(self.tx, self.scope, &changed, now).await?;
        Ok(unread)
    }

    /// Under which generation it is taken in, if it began elsewhere and has not ended.
    fn adopted(&self, operation: &Operation) -> Option<Generation> {
        let foreign = !self.own.contains(&operation.id) && !operation.state.is_final();
        foreign.then_some(self.generation)
    }

    fn ask_about_unseen(&mut self, effects: &[Effect], changed: &mut Vec<OperationId>) {
        for (id, known) in &mut self.operations {
            let mine = version(&known.operation);
            if journal::asks(&mine, effects, self.generation) {
                let asked = mine.marks.asked.because_of(self.generation);
                if asked != mine.marks.asked {
                    known.operation.marks.asked = asked;
                    changed.push(*id);
                }
            }
        }
    }
}

/// What a line of the journal says, as joins see it.
fn version_of(entry: &JournalEntry) -> Version {
    Version {
        state: entry.outcome.as_ref().map_or(OperationState::Sent, |outcome| outcome.state),
        generation: entry.generation,
        version: 0,
        payload: [0; 32],
        marks: Marks::default(),
    }
}

/// An operation that only the gateway knows, from its intent.
fn made_of(scope: &Scope, entry: &JournalEntry) -> Option<Operation> {
    let raw = entry.intent.clone()?;
    let intent = Intent::from_value(&raw).ok()?;
    let debit = intent.terms.debit().ok()?;
    // The gateway does not know when it was ordered; it can only have been before it ended.
    let at = entry.outcome.as_ref().map_or(intent.valid_until, |outcome| outcome.decided_at);
    Some(Operation {
        id: entry.operation_id,
        customer: scope.customer,
        kind: intent.terms.kind(),
        intent_hash: entry.intent_hash,
        state: OperationState::Pending,
        generation: entry.generation,
        version: 0,
        valid_until: intent.valid_until,
        created_at: at,
        updated_at: at,
        confirm_by: at.plus_s(CONFIRM_SECONDS),
        debit_account: debit.as_ref().map(|debit| debit.account.to_string()),
        most_minor: debit.as_ref().map(|debit| debit.most.minor()),
        looks_like: looks_like(&intent.terms),
        outcome: None,
        line: None,
        marks: Marks::default(),
        in_doubt: false,
        parked: false,
        intent: raw,
    })
}
