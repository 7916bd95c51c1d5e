//! A client block's database: customers with a session each, and the rows that orders leave.

use common::{CustomerId, SliceId};

use super::Session;
use crate::failure::{Attempting as _, Failure, Result};

/// Customers as `import` writes them, each with a known device and a session.
const HOLDERS: &str = "
    with holder as (
        insert into customer (customer_id, home, slice, revision, login, phone, name,
            password_hash)
        select id, 'client-1', slice, 1, 'customer.' || id, '+79' || lpad(id::text, 9, '0'),
            'Customer ' || id, $3
        from unnest($1::bigint[], $2::smallint[]) as i (id, slice)
        returning customer_id),
    known as (
        insert into device (device_id, customer_id, secret_hash, name, created_at)
        select gen_random_uuid(), customer_id, sha256(('device-' || customer_id)::bytea),
            'telephone', now()
        from holder returning device_id, customer_id)
    insert into session (session_id, customer_id, token_hash, channel, device_id, device_name,
        opened_at, generation, epoch, seen_at, idle_until, expires_at)
    select gen_random_uuid(), customer_id, sha256(('session-' || customer_id)::bytea), 'mobile',
        device_id, 'telephone', now(), 1, 0, now(), now() + interval '1 day',
        now() + interval '1 day'
    from known";

const EMPTY: &str = "truncate operation, operation_token, confirmation, outbox; checkpoint";

const COUNTS: &str = "
    select (select count(*) from operation), (select count(*) from operation_token),
        (select count(*) from outbox where kind = 'operation'),
        (select count(*) from session)";

const SAMPLE: &str = "
    select o.kind, o.intent::text, o.state, o.debit_account, o.most_minor,
        coalesce(t.claimant, '-'), t.first_sent_at is not null, x.payload::text,
        encode(x.order_key, 'hex')
    from operation o
    join operation_token t on t.operation_id = o.operation_id
    join outbox x on x.entity_id = o.operation_id::text
    limit 1";

/// How many rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Operations.
    pub(crate) operations: u64,
    /// Tokens of operations.
    pub(crate) tokens: u64,
    /// Lines of operations in the outbox.
    pub(crate) lines: u64,
    /// Sessions.
    pub(crate) sessions: u64,
}

/// What an order leaves, for the yardstick to write the same.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// The operation's kind.
    pub(crate) kind: String,
    /// Its intent, as JSON.
    pub(crate) intent: String,
    /// Its state.
    pub(crate) state: String,
    /// The account that pays.
    pub(crate) account: String,
    /// The most it pays.
    pub(crate) most_minor: i64,
    /// Who works on it; `-` for nobody.
    pub(crate) claimant: String,
    /// Was it handed over?
    pub(crate) sent: bool,
    /// The outbox line's payload, as JSON.
    pub(crate) payload: String,
    /// Its order, in hexadecimal.
    pub(crate) order_key: String,
}

impl Session {
    /// Writes the register and customers 1 to `count`. The token of a session is `session-<id>`,
    /// that of a device `device-<id>`, and everybody has the password behind `hash`.
    pub(crate) async fn fill_block(&self, count: u64, hash: &str) -> Result<()> {
        self.place().await?;
        let ids: Vec<i64> = (1..=count).map(|id| CustomerId(id).as_i64()).collect();
        let slice = |id| i16::from(SliceId::of(CustomerId(id)).number());
        let slices: Vec<i16> = (1..=count).map(slice).collect();
        let done = self.client.execute(HOLDERS, &[&ids, &slices, &hash]).await;
        done.attempting("writing customers with sessions")?;
        self.batch("analyze").await
    }

    /// Removes what orders have left, so that every turn begins alike.
    pub(crate) async fn empty(&self) -> Result<()> {
        self.batch(EMPTY).await
    }

    /// Counts what is there.
    pub(crate) async fn counts(&self) -> Result<Counts> {
        let row = self.client.query_one(COUNTS, &[]).await.attempting("counting rows")?;
        let number = |at| u64::try_from(row.get::<_, i64>(at)).unwrap_or(0);
        Ok(Counts {
            operations: number(0),
            tokens: number(1),
            lines: number(2),
            sessions: number(3),
        })
    }

    /// The rows of one order.
    pub(crate) async fn sample(&self) -> Result<Sample> {
        let row = self.client.query_opt(SAMPLE, &[]).await.attempting("reading an order")?;
        let row = row.ok_or_else(|| Failure::say("no order was stored"))?;
        let text = |at| row.get::<_, Option<String>>(at).unwrap_or_default();
        Ok(Sample {
            kind: text(0),
            intent: text(1),
            state: text(2),
            account: text(3),
            most_minor: row.get::<_, Option<i64>>(4).unwrap_or(0),
            claimant: text(5),
            sent: row.get(6),
            payload: text(7),
            order_key: text(8),
        })
    }
}
