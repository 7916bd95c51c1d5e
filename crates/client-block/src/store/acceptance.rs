//! Orders stored by the batch: what has queued up while the last commit ran goes into one
//! transaction. The same rows as one order at a time, in as many statements as one order.

use common::{Generation, Timestamp};
use futures_util::future::try_join;
use platform::StoreError;
use platform::pg::{GenericClient as _, Params, Transaction};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use super::confirmation::Confirmation;
use super::operation::Operation;
use super::outbox::Entity;
use super::placement::gate;
use super::session::Life;
use super::standing::{Standing, columns, tables};
use super::token::NewToken;
use crate::block::Scope;

/// An order to be stored.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Whose.
    pub scope: Scope,
    /// By which session; it must still be alive.
    pub session: Uuid,
    /// Nothing that looks like it may have been ordered since then.
    pub alone_since: Option<Timestamp>,
    /// The generation of the "as of" view that it was ordered on.
    pub as_of: Option<Generation>,
    /// The operation.
    pub operation: Operation,
    /// Its token.
    pub token: NewToken,
    /// Its code, where one will be sent.
    pub code: Option<Confirmation>,
    /// Its line in the outbox.
    pub entity: Entity,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is stored, with the commit, and this line of the outbox tells of it.
    New(i64),
    /// Its id was known.
    Known,
    /// It looks like another one: nothing is stored.
    LooksAlike,
}

/// What guards an order.
#[derive(Debug)]
pub struct Guarding {
    /// What is said of its customer.
    pub standing: Standing,
    /// The session that sent it.
    pub session: Option<Life>,
}

/// In slice order, so that batches never wait for each other in a circle with a gate being shut.
const GATES: &str = "
    select pg_advisory_xact_lock_shared(high, low) from (
        select distinct high, low from unnest($1::int[], $2::int[]) as g (high, low)
        order by high, low) gates";

const GUARDED: &str = concat!(
    "select ",
    columns!(),
    ", s.generation as session_generation, s.epoch, s.revoked_at, s.idle_until, s.expires_at,
        s.epoch_generation, k.session_epoch as present_epoch,
        k.epoch_generation as present_epoch_generation
    from unnest($1::text[], $2::smallint[], $3::bigint[], $4::uuid[]) with ordinality
        as i (asked_home, asked_slice, customer, session, place) ",
    tables!("i.asked_home", "i.asked_slice", "i.customer"),
    " left join session s on s.session_id = i.session and s.customer_id = i.customer
    order by i.place"
);

/// Enters the gates of all slices and reads what they guard, order by order. Two statements, sent
/// together: see `placement::enter_gate`.
pub async fn enter_gates(
    tx: &Transaction<'_>,
    arrivals: &[Arrival],
) -> Result<Vec<Guarding>, StoreError> {
    let arrivals: &[&Arrival] = &arrivals.iter().collect::<Vec<_>>();
    let gates = arrivals.iter().map(|one| gate(&one.scope.home, one.scope.slice));
    let (high, low): (Vec<i32>, Vec<i32>) = gates.unzip();
    let homes = column(arrivals, |one| one.scope.home.as_str());
    let slices = column(arrivals, |one| i16::from(one.scope.slice.number()));
    let customers = column(arrivals, |one| one.scope.customer.as_i64());
    let sessions = column(arrivals, |one| one.session);
    let lock = tx.prepare_cached(GATES).await?;
    let guarded = tx.prepare_cached(GUARDED).await?;
    let (locking, reading): (Params<'_>, Params<'_>) =
        (&[&high, &low], &[&homes, &slices, &customers, &sessions]);
    let (_, rows) = try_join(tx.query(&lock, locking), tx.query(&guarded, reading)).await?;
    rows.iter().map(guarding).collect()
}

fn guarding(row: &Row) -> Result<Guarding, StoreError> {
    Ok(Guarding { standing: Standing::read(row)?, session: Life::read(row) })
}

/// One statement for everything: operation, token, code and line in the outbox are written for
/// those that are new and look like no other.
const STORE: &str = "
    with input as (
        select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::jsonb[], $5::bytea[],
            $6::text[], $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[],
            $11::text[], $12::bigint[], $13::bytea[], $14::text[], $15::smallint[],
            $16::smallint[], $17::timestamptz[], $18::text[], $19::timestamptz[], $20::bytea[],
            $21::int[], $22::timestamptz[], $23::bytea[], $24::jsonb[], $25::timestamptz[],
            $26::bool[], $27::jsonb[])
            with ordinality as i (operation_id, customer_id, kind, intent, intent_hash, state,
            generation, valid_until, created_at, confirm_by, debit_account, most_minor, looks_like,
            home, slice, priority, due_at, claimant, claim_until, code_hash, attempts_left,
            code_until, order_key, payload, alone_since, unfenced, marks, place)),
    judged as (
        select i.*, exists (
                select 1 from operation o
                where o.customer_id = i.customer_id and o.looks_like = i.looks_like
                    and o.created_at > i.alone_since
                    and o.state in ('awaiting_confirmation', 'pending', 'sent', 'executed'))
            as alike, nextval(pg_get_serial_sequence('outbox', 'id')) as line
        from input i),
    stored as (
        insert into operation (operation_id, customer_id, kind, intent, intent_hash, state,
            generation, version, valid_until, created_at, updated_at, confirm_by, debit_account,
            most_minor, looks_like, line, unfenced)
        select operation_id, customer_id, kind, intent, intent_hash, state, generation, 1,
            valid_until, created_at, created_at, confirm_by, debit_account, most_minor, looks_like,
            line, unfenced
        from judged where not alike
        on conflict on constraint operation_pkey do nothing
        returning operation_id),
    new as (select j.* from judged j join stored s on s.operation_id = j.operation_id),
    tokens as (
        insert into operation_token (operation_id, customer_id, home, slice, priority, due_at,
            claimant, claim_until, attempt, first_sent_at)
        select operation_id, customer_id, home, slice, priority, due_at, claimant, claim_until,
            (claimant is not null)::int, case when claimant is not null then created_at end
        from new),
    codes as (
        insert into confirmation (operation_id, code_hash, attempts_left, codes_sent, expires_at)
        select operation_id, code_hash, attempts_left, 1, code_until
        from new where code_hash is not null),
    lines as (
        insert into outbox (id, customer_id, home, slice, generation, kind, entity_id, order_key,
            open, final, payload, marks)
        overriding system value
        select line, customer_id, home, slice, generation, 'operation', operation_id::text,
            order_key, true, false, payload, marks
        from new)
    select j.alike, s.operation_id is not null as stored, j.line
    from judged j
    left join stored s on s.operation_id = j.operation_id
    order by j.place";

/// Stores the orders; says of each what became of it.
pub async fn store(tx: &Transaction<'_>, arrivals: &[&Arrival]) -> Result<Vec<Stored>, StoreError> {
    let at =
        |get: fn(&Arrival) -> Timestamp| column(arrivals, |one| OffsetDateTime::from(get(one)));
    let code_until =
        column(arrivals, |one| one.code.as_ref().map(|code| OffsetDateTime::from(code.expires_at)));
    let claim_until = column(arrivals, |one| one.token.claim_until.map(OffsetDateTime::from));
    let statement = tx.prepare_cached(STORE).await?;
    let params: Params<'_> = &[
        &column(arrivals, |one| one.operation.id.0),
        &column(arrivals, |one| one.scope.customer.as_i64()),
        &column(arrivals, |one| one.operation.kind.as_str()),
        &column::<&Value>(arrivals, |one| &one.operation.intent),
        &column::<&[u8]>(arrivals, |one| &one.operation.intent_hash.0),
        &column(arrivals, |one| one.operation.state.as_str()),
        &column(arrivals, |one| one.operation.generation.as_i64()),
        &at(|one| one.operation.valid_until),
        &at(|one| one.operation.created_at),
        &at(|one| one.operation.confirm_by),
        &column(arrivals, |one| one.operation.debit_account.as_deref()),
        &column(arrivals, |one| one.operation.most_minor),
        &column::<&[u8]>(arrivals, |one| &one.operation.looks_like),
        &column(arrivals, |one| one.scope.home.as_str()),
        &column(arrivals, |one| i16::from(one.scope.slice.number())),
        &column(arrivals, |one| one.token.priority),
        &at(|one| one.token.due_at),
        &column(arrivals, |one| one.token.claimant.as_deref()),
        &claim_until,
        &column(arrivals, |one| one.code.as_ref().map(|code| code.code_hash.as_slice())),
        &column(arrivals, |one| one.code.as_ref().map(|code| code.attempts_left)),
        &code_until,
        &column(arrivals, |one| one.entity.order_key.as_slice()),
        &column::<&Value>(arrivals, |one| &one.entity.payload),
        &column(arrivals, |one| one.alone_since.map(OffsetDateTime::from)),
        &column(arrivals, |one| one.operation.marks.unfenced),
        &column(arrivals, |one| one.entity.marks.map(|marks| json!(marks))),
    ];
    let rows = tx.query(&statement, params).await?;
    Ok(rows.iter().map(stored).collect())
}

/// A repeated order looks like itself: whether its id is known is for the caller to find out.
fn stored(row: &Row) -> Stored {
    match (row.get("alike"), row.get("stored")) {
        (true, _) => Stored::LooksAlike,
        (false, true) => Stored::New(row.get("line")),
        (false, false) => Stored::Known,
    }
}

fn column<'a, T>(arrivals: &[&'a Arrival], get: impl Fn(&'a Arrival) -> T) -> Vec<T> {
    arrivals.iter().copied().map(get).collect()
}
