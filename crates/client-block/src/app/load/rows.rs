//! One entity into its row: recreated, or joined with what is here (protocol §6). The joins are
//! those of `common::join`; this file only brings both sides into their shape.

use common::fingerprint::sha256;
use common::guards::Guards;
use common::join::arriving::arrive;
use common::join::operation::Version;
use common::join::register::{Key, replaces};
use common::join::session as sessions;
use common::join::session::Epoch;
use common::wire::archive::Marks;
use common::{Generation, OperationId};
use platform::Failure;
use platform::pg::Transaction;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::app::entities::{
    self, CustomerPayload, DevicePayload, EpochPayload, OperationPayload, SessionPayload,
    TemplatePayload,
};
use crate::block::Scope;
use crate::store::customer::Customer;
use crate::store::joining;
use crate::store::operation::Operation;
use crate::store::session::Session;

/// An entity as it arrives, from a load or from a change that is followed.
#[derive(Clone, Debug)]
pub struct Arrived<'a> {
    /// `operation`, `session` …
    pub kind: &'a str,
    /// Its id within customer and kind.
    pub id: &'a str,
    /// Under which generation it was written.
    pub generation: Generation,
    /// It was late: with the generation of whoever serves the customer.
    pub late: Option<Generation>,
    /// What joins by itself.
    pub marks: Marks,
    /// Its content.
    pub payload: &'a Value,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// It is in.
    Joined,
    /// This block cannot read it: the archive has it, and no view of the customer is complete.
    Unread,
}

/// Joins anything but operations, which are looked at together.
pub async fn join(
    tx: &Transaction<'_>,
    scope: &Scope,
    arrived: &Arrived<'_>,
) -> Result<Row, Failure> {
    match arrived.kind {
        entities::CUSTOMER => customer(tx, scope, arrived).await,
        entities::EPOCH => epoch(tx, scope, arrived).await,
        entities::SESSION => session(tx, scope, arrived).await,
        entities::DEVICE => device(tx, scope, arrived).await,
        entities::TEMPLATE => template(tx, scope, arrived).await,
        _ => Ok(Row::Unread),
    }
}

/// A payload of a version that this block reads.
pub fn payload<T: DeserializeOwned>(arrived: &Arrived<'_>) -> Option<T> {
    let version = arrived.payload.get("v").and_then(Value::as_u64).unwrap_or(1);
    if version > u64::from(entities::VERSION) {
        return None;
    }
    let read = T::deserialize(arrived.payload);
    read.inspect_err(|error| {
        tracing::error!(kind = arrived.kind, %error, "an entity cannot be read");
        metrics::counter!("entities_unread_total").increment(1);
    })
    .ok()
}

fn fingerprint(payload: &Value) -> [u8; 32] {
    sha256(payload.to_string().as_bytes())
}

async fn customer(
    tx: &Transaction<'_>,
    scope: &Scope,
    arrived: &Arrived<'_>,
) -> Result<Row, Failure> {
    let Some(payload) = payload::<CustomerPayload>(arrived) else { return Ok(Row::Unread) };
    let mine = joining::customer(tx, scope).await?;
    let theirs = Customer {
        scope: scope.clone(),
        revision: payload.revision,
        login: payload.login,
        phone: payload.phone,
        name: payload.name,
        password_hash: payload.password_hash,
        epoch: payload.epoch.into(),
        version: payload.version,
        key_generation: arrived.generation,
        loaded: None,
    };
    let joined = match mine {
        None => theirs,
        Some(mine) => {
            let epoch = mine.epoch.max(theirs.epoch);
            let key = |customer: &Customer| Key {
                generation: customer.key_generation,
                version: u64::try_from(customer.version).unwrap_or(0),
                payload: fingerprint(
                    &entities::customer(customer.key_generation, customer).payload,
                ),
            };
            let stands = if replaces(key(&theirs), key(&mine)) { theirs } else { mine };
            Customer { epoch, ..stands }
        }
    };
    joining::put_customer(tx, &joined).await?;
    Ok(Row::Joined)
}

async fn epoch(tx: &Transaction<'_>, scope: &Scope, arrived: &Arrived<'_>) -> Result<Row, Failure> {
    let Some(payload) = payload::<EpochPayload>(arrived) else { return Ok(Row::Unread) };
    let Some(mine) = joining::customer(tx, scope).await? else { return Ok(Row::Unread) };
    let theirs = Epoch::from(payload);
    if theirs > mine.epoch {
        joining::put_customer(tx, &Customer { epoch: theirs, ..mine }).await?;
    }
    Ok(Row::Joined)
}

async fn session(
    tx: &Transaction<'_>,
    scope: &Scope,
    arrived: &Arrived<'_>,
) -> Result<Row, Failure> {
    let Some(payload) = payload::<SessionPayload>(arrived) else { return Ok(Row::Unread) };
    let Ok(id) = arrived.id.parse::<Uuid>() else { return Ok(Row::Unread) };
    let theirs = session_of(scope, id, payload);
    let mine = joining::session(tx, scope, id).await?;
    let life = theirs.joined();
    let life = match arrived.late {
        Some(_) => sessions::from_late(&life, Guards::ALL),
        None => life,
    };
    let mut proved = theirs.proved;
    let (joined, base) = match mine {
        Some(mine) => {
            proved = proved.max(mine.proved);
            let joined = sessions::join(&mine.joined(), &life);
            let newer = if theirs.version > mine.version { &theirs } else { &mine };
            (joined, newer.clone())
        }
        None => (life, theirs),
    };
    let revoked_at = joined.revoked.then(|| base.revoked_at.unwrap_or(base.seen_at));
    let session = Session {
        epoch: i64::try_from(joined.epoch.counter).unwrap_or(i64::MAX),
        epoch_generation: joined.epoch.generation,
        generation: joined.generation,
        idle_until: joined.idle_until,
        expires_at: joined.ends_at,
        revoked_at,
        proved,
        ..base
    };
    joining::put_session(tx, &session).await?;
    Ok(Row::Joined)
}

fn session_of(scope: &Scope, session_id: Uuid, payload: SessionPayload) -> Session {
    Session {
        session_id,
        token_hash: payload.token_hash,
        customer: scope.customer,
        home: scope.home.clone(),
        channel: payload.channel,
        device_id: payload.device_id,
        device_name: payload.device_name,
        opened_at: payload.opened_at,
        generation: payload.generation,
        epoch: i64::try_from(payload.epoch.counter).unwrap_or(i64::MAX),
        epoch_generation: payload.epoch.generation,
        version: payload.version,
        seen_at: payload.seen_at,
        idle_until: payload.idle_until,
        expires_at: payload.expires_at,
        revoked_at: payload.revoked_at,
        present_epoch: 0,
        present_epoch_generation: Generation(0),
        loaded: None,
        loosening: false,
        proved: payload.proved,
        proof_from: Generation(0),
    }
}

async fn device(
    tx: &Transaction<'_>,
    scope: &Scope,
    arrived: &Arrived<'_>,
) -> Result<Row, Failure> {
    let Some(payload) = payload::<DevicePayload>(arrived) else { return Ok(Row::Unread) };
    let secret = hex::decode(&payload.secret_hash).ok();
    let (Ok(id), Some(secret)) = (arrived.id.parse::<Uuid>(), secret) else {
        return Ok(Row::Unread);
    };
    joining::put_device(tx, scope, id, (&secret, &payload.name, payload.created_at)).await?;
    Ok(Row::Joined)
}

async fn template(
    tx: &Transaction<'_>,
    scope: &Scope,
    arrived: &Arrived<'_>,
) -> Result<Row, Failure> {
    let Some(payload) = payload::<TemplatePayload>(arrived) else { return Ok(Row::Unread) };
    let Ok(id) = arrived.id.parse::<Uuid>() else { return Ok(Row::Unread) };
    let theirs = joining::Template {
        id,
        generation: arrived.generation,
        version: payload.version,
        name: payload.name,
        terms: payload.terms,
        deleted: payload.deleted,
        created_at: payload.created_at,
    };
    let key = |template: &joining::Template| Key {
        generation: template.generation,
        version: u64::try_from(template.version).unwrap_or(0),
        payload: fingerprint(&template.terms),
    };
    let mine = joining::template(tx, scope, id).await?;
    if mine.is_none_or(|mine| replaces(key(&theirs), key(&mine))) {
        joining::put_template(tx, scope, &theirs).await?;
    }
    Ok(Row::Joined)
}

/// An operation of the archive: which, and what it says.
pub fn operation(scope: &Scope, arrived: &Arrived<'_>) -> Option<Operation> {
    let payload: OperationPayload = payload(arrived)?;
    let id: OperationId = arrived.id.parse().ok()?;
    let looks_like = hex::decode(&payload.looks_like).ok()?.try_into().ok()?;
    let complete = payload.state.is_final() == payload.outcome.is_some();
    complete.then_some(Operation {
        id,
        customer: scope.customer,
        kind: payload.kind,
        intent: payload.intent,
        intent_hash: payload.intent_hash,
        state: payload.state,
        generation: payload.generation,
        version: payload.version,
        valid_until: payload.valid_until,
        created_at: payload.created_at,
        updated_at: payload.updated_at,
        confirm_by: payload.confirm_by,
        debit_account: payload.debit_account,
        most_minor: payload.most_minor,
        looks_like,
        outcome: payload.outcome,
        // The archive has it.
        line: Some(0),
        marks: entities::from_wire(&arrived.marks),
        in_doubt: payload.in_doubt,
        parked: payload.parked,
    })
}

/// An operation as joins see it.
pub fn version(operation: &Operation) -> Version {
    let payload = entities::operation(operation.generation, operation).payload;
    Version {
        state: operation.state,
        generation: operation.generation,
        version: u64::try_from(operation.version).unwrap_or(0),
        payload: fingerprint(&payload),
        marks: operation.marks,
    }
}

/// The join of two versions of an operation, either of which may be missing on our side.
pub fn join_operation(
    mine: Option<&Operation>,
    theirs: &Operation,
    late: Option<Generation>,
) -> Operation {
    let (ours, arrived) = (mine.map(version), version(theirs));
    let joined = arrive(ours.as_ref(), &arrived, late);
    let key = |of: &Version| (of.state, of.generation, of.version, of.payload);
    let (Some(mine), Some(ours)) = (mine, ours) else {
        return Operation { marks: joined.marks, ..theirs.clone() };
    };
    let mut operation = if key(&joined) == key(&ours) { mine.clone() } else { theirs.clone() };
    operation.marks = joined.marks;
    if key(&arrived) == key(&ours) {
        // What the archive holds is accepted by that fact.
        operation.line = Some(0);
    }
    if mine.intent_hash != theirs.intent_hash {
        // I2 forbids it: the first stands, and a person looks.
        tracing::error!(operation = %mine.id, "two intents under one id");
        operation = mine.clone();
        operation.marks.conflict = true;
    }
    operation
}
