//! Joining what others know of a customer into his rows. Everything here stands in the one
//! transaction of a load, or of a change that was followed (protocol §6).

use common::{BlockName, CustomerId, Generation, OperationId, SliceId, Timestamp};
use platform::StoreError;
use platform::pg::{GenericClient, Sql, Transaction};
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use super::customer::{self, Customer};
use super::operation::{self, Operation};
use super::session::{self, Session};
use crate::block::Scope;

/// Keeps others from joining the same customer meanwhile. Distinct from gates, which are locks of
/// two numbers.
pub async fn lock(tx: &Transaction<'_>, scope: &Scope) -> Result<(), StoreError> {
    tx.run("select pg_advisory_xact_lock($1)", &[&scope.customer.as_i64()]).await?;
    Ok(())
}

/// The customer, if there is a row of his.
pub async fn customer(
    db: &impl GenericClient,
    scope: &Scope,
) -> Result<Option<Customer>, StoreError> {
    let sql = "select * from customer where customer_id = $1 and home = $2";
    let row = db.row_opt(sql, &[&scope.customer.as_i64(), &scope.home.as_str()]).await?;
    row.as_ref().map(customer::read).transpose()
}

/// Writes a customer down as joined. When and how he was loaded is written by [`loaded`].
pub async fn put_customer(tx: &Transaction<'_>, customer: &Customer) -> Result<(), StoreError> {
    let sql = "
        insert into customer (customer_id, home, slice, revision, login, phone, name,
            password_hash, session_epoch, epoch_generation, version, key_generation,
            loaded_generation, loaded_fenced)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, null, false)
        on conflict on constraint customer_pkey do update set
            revision = excluded.revision, login = excluded.login, phone = excluded.phone,
            name = excluded.name, password_hash = excluded.password_hash,
            session_epoch = excluded.session_epoch, epoch_generation = excluded.epoch_generation,
            version = excluded.version, key_generation = excluded.key_generation";
    let scope = &customer.scope;
    tx.run(
        sql,
        &[
            &scope.customer.as_i64(),
            &scope.home.as_str(),
            &i16::from(scope.slice.number()),
            &customer.revision,
            &customer.login,
            &customer.phone.as_str(),
            &customer.name,
            &customer.password_hash,
            &i64::try_from(customer.epoch.counter).unwrap_or(i64::MAX),
            &customer.epoch.generation.as_i64(),
            &customer.version,
            &customer.key_generation.as_i64(),
        ],
    )
    .await?;
    Ok(())
}

/// How a customer was loaded.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    /// Under which generation.
    pub generation: Generation,
    /// The gateway was fenced for him.
    pub fenced: bool,
    /// The newest generation under which another had loaded him.
    pub elsewhere: Option<Generation>,
    /// The archive, or this block, could not read something of his.
    pub unread: bool,
    /// The newest generation of his slice that began with a forced move.
    pub forced: Option<Generation>,
}

/// Writes down that he is loaded; without a fence also which operations were known to be executed.
pub async fn loaded(
    tx: &Transaction<'_>,
    scope: &Scope,
    loaded: &Loaded,
) -> Result<(), StoreError> {
    let sql = "
        update customer set loaded_generation = $3, loaded_fenced = $4, loaded_elsewhere = $5,
            loaded_unread = $6, proof_from = greatest(proof_from, $7)
        where customer_id = $1 and home = $2";
    let (customer, home) = (scope.customer.as_i64(), scope.home.as_str());
    let elsewhere = loaded.elsewhere.map(Generation::as_i64);
    let generation = loaded.generation.as_i64();
    let forced = loaded.forced.map_or(0, Generation::as_i64);
    let (fenced, unread) = (loaded.fenced, loaded.unread);
    tx.run(sql, &[&customer, &home, &generation, &fenced, &elsewhere, &unread, &forced]).await?;
    Ok(())
}

/// Remembers what of his was known to be executed, before a journal is joined.
pub async fn note_executed(tx: &Transaction<'_>, scope: &Scope) -> Result<(), StoreError> {
    let sql = "
        update operation set executed_at_load = (state = 'executed')
        where customer_id = $1 and executed_at_load <> (state = 'executed')";
    tx.run(sql, &[&scope.customer.as_i64()]).await?;
    Ok(())
}

/// The gateway was fenced for somebody who was loaded while it was away.
pub async fn fenced(tx: &Transaction<'_>, scope: &Scope) -> Result<(), StoreError> {
    let sql = "update customer set loaded_fenced = true where customer_id = $1 and home = $2";
    tx.run(sql, &[&scope.customer.as_i64(), &scope.home.as_str()]).await?;
    Ok(())
}

/// A session of the customer by its id.
pub async fn session(
    tx: &Transaction<'_>,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Session>, StoreError> {
    session::one(tx, scope, id).await
}

/// Writes a session down as joined.
pub async fn put_session(tx: &Transaction<'_>, session: &Session) -> Result<(), StoreError> {
    let sql = "
        insert into session (session_id, customer_id, token_hash, channel, device_id, device_name,
            opened_at, generation, epoch, epoch_generation, version, seen_at, idle_until,
            expires_at, revoked_at, proved)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        on conflict on constraint session_pkey do update set
            generation = excluded.generation, epoch = excluded.epoch,
            epoch_generation = excluded.epoch_generation, version = excluded.version,
            seen_at = excluded.seen_at, idle_until = excluded.idle_until,
            expires_at = excluded.expires_at, revoked_at = excluded.revoked_at,
            proved = excluded.proved";
    let hash = hex::decode(&session.token_hash);
    let hash = hash.map_err(|_| StoreError::Unreadable { what: "session's token hash" })?;
    tx.run(
        sql,
        &[
            &session.session_id,
            &session.customer.as_i64(),
            &hash,
            &session.channel,
            &session.device_id,
            &session.device_name,
            &OffsetDateTime::from(session.opened_at),
            &session.generation.as_i64(),
            &session.epoch,
            &session.epoch_generation.as_i64(),
            &session.version,
            &OffsetDateTime::from(session.seen_at),
            &OffsetDateTime::from(session.idle_until),
            &OffsetDateTime::from(session.expires_at),
            &session.revoked_at.map(OffsetDateTime::from),
            &session.proved.as_i64(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes a device down; a known one never changes.
pub async fn put_device(
    tx: &Transaction<'_>,
    scope: &Scope,
    device: Uuid,
    (secret_hash, name, created_at): (&[u8], &str, Timestamp),
) -> Result<(), StoreError> {
    let sql = "
        insert into device (device_id, customer_id, secret_hash, name, created_at)
        values ($1, $2, $3, $4, $5) on conflict on constraint device_pkey do nothing";
    let at = OffsetDateTime::from(created_at);
    tx.run(sql, &[&device, &scope.customer.as_i64(), &secret_hash, &name, &at]).await?;
    Ok(())
}

/// A template as it is joined.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its id.
    pub id: Uuid,
    /// Under which generation it was last written.
    pub generation: Generation,
    /// Which writing.
    pub version: i64,
    /// The customer's name for it.
    pub name: String,
    /// What would be ordered.
    pub terms: Value,
    /// Only the tombstone is left.
    pub deleted: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A template of the customer, tombstones included.
pub async fn template(
    tx: &Transaction<'_>,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Template>, StoreError> {
    let sql = "select * from template where template_id = $1 and customer_id = $2";
    let row = tx.row_opt(sql, &[&id, &scope.customer.as_i64()]).await?;
    Ok(row.map(|row| Template {
        id,
        generation: Generation::from_i64(row.get("key_generation")),
        version: row.get("version"),
        name: row.get("name"),
        terms: row.get("terms"),
        deleted: row.get("deleted"),
        created_at: row.get::<_, OffsetDateTime>("created_at").into(),
    }))
}

/// Writes a template down as joined.
pub async fn put_template(
    tx: &Transaction<'_>,
    scope: &Scope,
    template: &Template,
) -> Result<(), StoreError> {
    let sql = "
        insert into template (template_id, customer_id, name, terms, version, deleted, created_at,
            key_generation)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict on constraint template_pkey do update set name = excluded.name,
            terms = excluded.terms, version = excluded.version, deleted = excluded.deleted,
            key_generation = excluded.key_generation";
    tx.run(
        sql,
        &[
            &template.id,
            &scope.customer.as_i64(),
            &template.name,
            &template.terms,
            &template.version,
            &template.deleted,
            &OffsetDateTime::from(template.created_at),
            &template.generation.as_i64(),
        ],
    )
    .await?;
    Ok(())
}

/// An operation, and whether it was known to be executed when its customer was loaded.
#[derive(Clone, Debug)]
pub struct Known {
    /// The operation.
    pub operation: Operation,
    /// Executed, and known to be so then.
    pub executed_at_load: bool,
}

/// These operations of the customer and all that have not ended, locked.
pub async fn operations(
    tx: &Transaction<'_>,
    scope: &Scope,
    ids: &[OperationId],
) -> Result<Vec<Known>, StoreError> {
    let sql = "
        select * from operation
        where customer_id = $1
            and (operation_id = any($2) or operation_id in
                (select operation_id from operation_token where customer_id = $1))
        for update";
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = tx.rows(sql, &[&scope.customer.as_i64(), &ids]).await?;
    let known = |row: &Row| {
        let executed_at_load = row.get("executed_at_load");
        Ok(Known { operation: operation::read(row)?, executed_at_load })
    };
    rows.iter().map(known).collect()
}

/// Gives an open operation a token, due now, so that the worker drives it; one that has one keeps
/// it. An operation that has ended loses it.
pub async fn settle_tokens(
    tx: &Transaction<'_>,
    scope: &Scope,
    ids: &[OperationId],
    now: Timestamp,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let customer = scope.customer.as_i64();
    let sql = "
        insert into operation_token (operation_id, customer_id, home, slice, priority, due_at)
        select operation_id, customer_id, $3, $4, case kind when 'card_freeze' then 0 else 1 end,
            $5
        from operation
        where customer_id = $1 and operation_id = any($2)
            and state in ('awaiting_confirmation', 'pending', 'sent')
        on conflict on constraint operation_token_pkey do update set due_at = excluded.due_at";
    let (home, slice) = (scope.home.as_str(), i16::from(scope.slice.number()));
    tx.run(sql, &[&customer, &ids, &home, &slice, &OffsetDateTime::from(now)]).await?;
    let sql = "
        delete from operation_token t using operation o
        where t.customer_id = $1 and o.operation_id = t.operation_id
            and o.state not in ('awaiting_confirmation', 'pending', 'sent')";
    tx.run(sql, &[&customer]).await?;
    Ok(())
}

/// Those of the customers who were loaded under `since` or later.
pub async fn loaded_since(
    db: &impl GenericClient,
    home: &BlockName,
    customers: &[CustomerId],
    since: Generation,
) -> Result<Vec<CustomerId>, StoreError> {
    let sql = "
        select customer_id from customer
        where customer_id = any($1) and home = $2 and loaded_generation >= $3";
    let ids: Vec<i64> = customers.iter().map(|id| id.as_i64()).collect();
    let rows = db.rows(sql, &[&ids, &home.as_str(), &since.as_i64()]).await?;
    Ok(rows.iter().map(id).collect())
}

/// Customers of a slice who were not loaded under `since` or later, at most so many.
pub async fn not_loaded(
    db: &impl GenericClient,
    (home, slice): (&BlockName, SliceId),
    since: Generation,
    most: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let sql = "
        select customer_id from customer
        where home = $1 and slice = $2 and (loaded_generation is null or loaded_generation < $3)
        order by customer_id limit $4";
    let (home, slice) = (home.as_str(), i16::from(slice.number()));
    let rows = db.rows(sql, &[&home, &slice, &since.as_i64(), &most]).await?;
    Ok(rows.iter().map(id).collect())
}

/// The generations under which the customers of a slice were loaded here.
pub async fn loads_of(
    db: &impl GenericClient,
    (home, slice): (&BlockName, SliceId),
) -> Result<Vec<Option<Generation>>, StoreError> {
    let sql = "
        select distinct loaded_generation from customer where home = $1 and slice = $2";
    let rows = db.rows(sql, &[&home.as_str(), &i16::from(slice.number())]).await?;
    let loaded = |row: &Row| row.get::<_, Option<i64>>("loaded_generation");
    Ok(rows.iter().map(|row| loaded(row).map(Generation::from_i64)).collect())
}

/// Customers who were loaded while the gateway was away, at most so many.
pub async fn unfenced(db: &impl GenericClient, most: i64) -> Result<Vec<Scope>, StoreError> {
    let sql = "
        select customer_id, home from customer
        where not loaded_fenced and loaded_generation is not null
        order by customer_id limit $1";
    let scope = |row: &Row| {
        let home: String = row.get("home");
        let home = BlockName::try_from(home)
            .map_err(|_| StoreError::Unreadable { what: "customer's home" })?;
        Ok(Scope::new(id(row), home))
    };
    db.rows(sql, &[&most]).await?.iter().map(scope).collect()
}

/// Everybody of a slice is to be loaded anew.
pub async fn forget_loads(
    tx: &Transaction<'_>,
    home: &BlockName,
    slice: SliceId,
) -> Result<(), StoreError> {
    let sql = "
        update customer set loaded_generation = null
        where home = $1 and slice = $2 and loaded_generation is not null";
    tx.run(sql, &[&home.as_str(), &i16::from(slice.number())]).await?;
    Ok(())
}

/// Something of his could not be read: no view of him is complete until he is loaded anew.
pub async fn unread(tx: &Transaction<'_>, scope: &Scope) -> Result<(), StoreError> {
    let sql = "update customer set loaded_unread = true where customer_id = $1 and home = $2";
    tx.run(sql, &[&scope.customer.as_i64(), &scope.home.as_str()]).await?;
    Ok(())
}

fn id(row: &Row) -> CustomerId {
    CustomerId::from_i64(row.get("customer_id"))
}

/// How a customer was loaded, for what is said of his views.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// The gateway was fenced for him.
    pub fenced: bool,
    /// Something of his could not be read.
    pub unread: bool,
}

/// How he was loaded.
pub async fn state(db: &impl GenericClient, scope: &Scope) -> Result<State, StoreError> {
    let sql = "
        select loaded_fenced, loaded_unread from customer where customer_id = $1 and home = $2";
    let row = db.row(sql, &[&scope.customer.as_i64(), &scope.home.as_str()]).await?;
    Ok(State { fenced: row.get("loaded_fenced"), unread: row.get("loaded_unread") })
}

/// His operations that began elsewhere and have not ended.
pub async fn open_elsewhere(
    db: &impl GenericClient,
    scope: &Scope,
) -> Result<Vec<Operation>, StoreError> {
    let sql = "
        select o.* from operation_token t join operation o on o.operation_id = t.operation_id
        where t.customer_id = $1 and o.adopted_under is not null
            and o.state in ('awaiting_confirmation', 'pending', 'sent')
        order by o.created_at desc, o.operation_id desc";
    let rows = db.rows(sql, &[&scope.customer.as_i64()]).await?;
    rows.iter().map(operation::read).collect()
}

/// His operations that he is asked about.
pub async fn questioned(
    db: &impl GenericClient,
    scope: &Scope,
) -> Result<Vec<Operation>, StoreError> {
    let sql = "
        select o.* from operation_token t join operation o on o.operation_id = t.operation_id
        where t.customer_id = $1 and o.state in ('awaiting_confirmation', 'pending', 'sent')
            and (o.asked > o.answered
                or (o.cancel_asked > o.cancel_answered and not o.cancel_requested))
        order by o.created_at desc, o.operation_id desc";
    let rows = db.rows(sql, &[&scope.customer.as_i64()]).await?;
    rows.iter().map(operation::read).collect()
}
