//! What the relay ships: lines of operations in a block's outbox, as the customer application makes
//! them; what has arrived of them at the archive; and PostgreSQL's own replication of the same
//! rows.

use std::time::SystemTime;

use client_block::app::entities;
use client_block::store::operation::Operation;
use common::gateway::{Effect, Outcome};
use common::join::operation::Marks;
use common::operation::{IntentHash, OperationKind, OperationState};
use common::{Currency, CustomerId, Generation, Money, OperationId, SliceId, Timestamp};
use serde_json::json;

use super::Session;
use crate::failure::{Attempting as _, Failure, Result};

/// The customers to whom the operations belong.
const CUSTOMERS: u64 = 20_000;
/// Every operation is ordered first, and executed so many lines later.
const APART: u64 = 5_000;
/// Lines are a whole number of these: then every operation has ended.
pub(crate) const ROUND_NUMBER: u64 = 2 * APART;
/// Lines of one commit: as many as group acceptance shares one among when it is busy.
const TOGETHER: u64 = 64;

const FILL: &str = "
    insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key, open,
        final, payload)
    select i.customer_id, 'client-1', i.slice, 1, 'operation', i.entity_id, i.order_key, i.open,
        not i.open, i.payload
    from unnest($1::bigint[], $2::smallint[], $3::text[], $4::bytea[], $5::bool[], $6::jsonb[])
        as i (customer_id, slice, entity_id, order_key, open, payload)";

/// The columns that a line has when it is written, without the identity.
const REPLICA: &str = "
    drop table if exists outbox;
    create table outbox (id bigint not null constraint outbox_pkey primary key,
        customer_id bigint not null, home text not null, slice smallint not null,
        generation bigint not null, kind text not null, entity_id text not null,
        order_key bytea not null, open boolean not null, final boolean not null, payload jsonb,
        written_at timestamptz not null, batch bigint, marks jsonb, event text)";

const ARRIVED: &str = "
    select count(*) filter (where o.batch <= l.acknowledged), count(*),
        (select min(b.composed_at) from batch b where b.batch = (select min(batch) from outbox
            where kind = 'operation'))
    from outbox o, life l where o.kind = 'operation'";
const LOGGED: &str = "
    select (select count(*) from event where kind = 'entity' and late = 'on_time'),
        (select count(*) from entity where final)";

/// How far a round has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shipped {
    /// Lines that are acknowledged, by the block's own database.
    pub(crate) acknowledged: u64,
    /// All lines.
    pub(crate) all: u64,
    /// When the first batch was committed as such, just before it was first sent.
    pub(crate) first_at: Option<SystemTime>,
}

impl Session {
    /// Writes `count` lines of operations that no other round has.
    pub(crate) async fn fill_outbox(&self, round: usize, count: u64) -> Result<()> {
        let statement = self.client.prepare(FILL).await.attempting("preparing lines")?;
        for first in (0..count).step_by(usize::try_from(TOGETHER).unwrap_or(1)) {
            let (mut customers, mut slices, mut ids) = (Vec::new(), Vec::new(), Vec::new());
            let (mut keys, mut opens, mut payloads) = (Vec::new(), Vec::new(), Vec::new());
            for line in first..count.min(first + TOGETHER) {
                let operation = operation(round, line);
                let entity = entities::operation(operation.generation, &operation);
                customers.push(operation.customer.as_i64());
                slices.push(i16::from(SliceId::of(operation.customer).number()));
                ids.push(entity.id);
                keys.push(entity.order_key);
                opens.push(entity.open);
                payloads.push(entity.payload);
            }
            let columns: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
                [&customers, &slices, &ids, &keys, &opens, &payloads];
            let done = self.client.execute(&statement, &columns).await;
            done.attempting("writing lines of the outbox")?;
        }
        Ok(())
    }

    /// Removes what a round has left in the block's database.
    pub(crate) async fn empty_outbox(&self) -> Result<()> {
        self.batch("truncate outbox; checkpoint").await
    }

    /// The same in the archive's. Its streams go on.
    pub(crate) async fn empty_archive(&self) -> Result<()> {
        self.batch("truncate event; truncate entity; checkpoint").await
    }

    /// Counts lines that are acknowledged.
    pub(crate) async fn shipped(&self) -> Result<Shipped> {
        let row = self.client.query_one(ARRIVED, &[]).await.attempting("counting lines")?;
        let number = |at| u64::try_from(row.get::<_, i64>(at)).unwrap_or(0);
        Ok(Shipped { acknowledged: number(0), all: number(1), first_at: row.get(2) })
    }

    /// Is the last line acknowledged? Cheap enough to be asked often.
    pub(crate) async fn all_shipped(&self) -> Result<bool> {
        let sql = "
            select coalesce((select o.batch <= l.acknowledged from outbox o, life l
                where o.id = (select max(id) from outbox where kind = 'operation')), false)
                and not exists (select 1 from outbox where batch is null and kind = 'operation')";
        let row = self.client.query_one(sql, &[]).await.attempting("asking for the last line")?;
        Ok(row.get(0))
    }

    /// Events that were on time in the archive's log, and operations that have ended there.
    pub(crate) async fn logged(&self) -> Result<(u64, u64)> {
        let row = self.client.query_one(LOGGED, &[]).await.attempting("counting events")?;
        let number = |at| u64::try_from(row.get::<_, i64>(at)).unwrap_or(0);
        Ok((number(0), number(1)))
    }

    /// Publishes the outbox, once, and makes a slot from which its lines will be streamed.
    pub(crate) async fn publish(&self) -> Result<()> {
        self.batch(
            "drop publication if exists yardstick;
             create publication yardstick for table outbox",
        )
        .await?;
        let slot = "select pg_create_logical_replication_slot('yardstick', 'pgoutput')";
        self.client.execute(slot, &[]).await.attempting("making a slot")?;
        Ok(())
    }

    /// Subscribes a plain table to the outbox at `publisher`, from the slot on; not enabled yet.
    pub(crate) async fn subscribe(&self, publisher: &str) -> Result<()> {
        self.batch(REPLICA).await?;
        let subscription = format!(
            "create subscription yardstick connection '{publisher}' publication yardstick
             with (enabled = false, create_slot = false, slot_name = 'yardstick',
                copy_data = false)"
        );
        self.batch(&subscription).await
    }

    /// Streaming begins.
    pub(crate) async fn enable(&self) -> Result<()> {
        self.batch("alter subscription yardstick enable").await
    }

    /// How many lines have arrived by replication, judged by the last: they come in order.
    pub(crate) async fn replicated(&self, last: i64) -> Result<bool> {
        let sql = "select exists (select 1 from outbox where id = $1)";
        let row = self.client.query_one(sql, &[&last]).await.attempting("asking for a line")?;
        Ok(row.get(0))
    }

    /// Counts lines.
    pub(crate) async fn lines(&self) -> Result<u64> {
        let row = self.client.query_one("select count(*) from outbox", &[]).await;
        let count: i64 = row.attempting("counting lines")?.get(0);
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The last line's number.
    pub(crate) async fn last_line(&self) -> Result<i64> {
        let row = self.client.query_one("select max(id) from outbox", &[]).await;
        let last: Option<i64> = row.attempting("asking for the last line")?.get(0);
        last.ok_or_else(|| Failure::say("the outbox is empty"))
    }

    /// Ends the subscription, and its slot with it.
    pub(crate) async fn unsubscribe(&self) -> Result<()> {
        self.batch("drop subscription yardstick").await
    }
}

/// The operation of a line: ordered, and later executed.
fn operation(round: usize, line: u64) -> Operation {
    let ended = line % ROUND_NUMBER >= APART;
    let which = if ended { line - APART } else { line };
    let customer = CustomerId(1 + which % CUSTOMERS);
    let account =
        |n| format!("40817{}{:012}", Currency::Rub.account_digits(), customer.0 * 100 + n);
    let now = Timestamp::from_unix_ms(1_790_000_000_000 + i64::try_from(line).unwrap_or(0));
    let amount =
        Money::from_minor(10_000 + i64::try_from(which % 1_000_000).unwrap_or(0), Currency::Rub);
    let intent = json!({
        "terms": {
            "kind": "own_transfer", "from_account": account(1), "to_account": account(2),
            "amount": amount,
        },
        "valid_until": now.plus_s(24 * 3_600),
    });
    let id = OperationId::derive(customer, &format!("bench-{round:03}-{which:010}"));
    let effect = Effect {
        reference: format!("BH{which:012}"),
        debited: Some(amount),
        credited: Some(amount),
        fee: None,
        rate: None,
        adjusted: false,
        foreign_reference: None,
    };
    let state = if ended { OperationState::Executed } else { OperationState::Pending };
    let outcome = Outcome { state, decided_at: now, reason: None, effect: Some(effect) };
    Operation {
        id,
        customer,
        kind: OperationKind::OwnTransfer,
        intent_hash: IntentHash::of(&intent).unwrap_or(IntentHash([0; 32])),
        intent,
        state,
        generation: Generation(1),
        version: if ended { 2 } else { 1 },
        valid_until: now.plus_s(24 * 3_600),
        created_at: now,
        updated_at: now,
        confirm_by: now.plus_s(900),
        debit_account: Some(account(1)),
        most_minor: Some(amount.minor()),
        looks_like: [7; 32],
        outcome: ended.then_some(outcome),
        marks: Marks::default(),
        in_doubt: false,
        parked: false,
        line: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_operation_is_ordered_and_executed_once() {
        let mut seen: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        for line in 0..ROUND_NUMBER {
            let operation = operation(1, line);
            seen.entry(operation.id.to_string()).or_default().push(operation.state.is_final());
        }
        assert_eq!(seen.len() as u64, APART);
        assert!(seen.values().all(|states| states == &[false, true]));
    }
}
