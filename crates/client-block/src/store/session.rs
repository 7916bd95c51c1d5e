//! Sessions. Of the token only the hash is kept.

use common::join::session::{self, Epoch};
use common::placement::Placement;
use common::{BlockName, CustomerId, Generation, Timestamp};
use platform::StoreError;
use platform::pg::{Connection, Sql, Transaction};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::block::Scope;

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, as shown in the list.
    pub session_id: Uuid,
    /// SHA-256 of its token, hexadecimal.
    pub token_hash: String,
    /// Whose it is.
    pub customer: CustomerId,
    /// The customer's home.
    pub home: BlockName,
    /// `web` or `mobile`.
    pub channel: String,
    /// On which device.
    pub device_id: Uuid,
    /// In the customer's words.
    pub device_name: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// The generation under which it was opened.
    pub generation: Generation,
    /// The customer's epoch when it was opened: how often it had been raised…
    pub epoch: i64,
    /// … under which generation.
    pub epoch_generation: Generation,
    /// Raised by every change.
    pub version: i64,
    /// When it was last used, to a quarter of the idle limit.
    pub seen_at: Timestamp,
    /// It ends then if it is not used.
    pub idle_until: Timestamp,
    /// It ends then in any case.
    pub expires_at: Timestamp,
    /// Since when it is revoked.
    pub revoked_at: Option<Timestamp>,
    /// The customer's present epoch.
    pub present_epoch: i64,
    /// Under which generation it was raised.
    pub present_epoch_generation: Generation,
    /// The generation under which he was last loaded here.
    #[serde(default)]
    pub loaded: Option<Generation>,
    /// A loosening of his waits for the archive's verdict.
    #[serde(default)]
    pub loosening: bool,
    /// The generation under which he last proved himself in this session with a code.
    #[serde(default)]
    pub proved: Generation,
    /// The newest generation of his slice that began with a forced move.
    #[serde(default)]
    pub proof_from: Generation,
}

impl Session {
    /// Whose rows it opens.
    pub fn scope(&self) -> Scope {
        Scope::new(self.customer, self.home.clone())
    }

    /// The customer's epoch when it was opened.
    pub fn epoch(&self) -> Epoch {
        epoch(self.epoch_generation, self.epoch)
    }

    /// Must its customer prove himself once more before he pays?
    pub fn needs_proof(&self) -> bool {
        session::needs_proof(self.generation, self.proved, self.proof_from)
    }

    /// What of it joins with what another block knows.
    pub fn joined(&self) -> session::Session {
        session::Session {
            epoch: self.epoch(),
            generation: self.generation,
            revoked: self.revoked_at.is_some(),
            idle_until: self.idle_until,
            ends_at: self.expires_at,
        }
    }

    /// What decides whether it is alive.
    pub fn life(&self) -> Life {
        Life {
            session: self.joined(),
            present: epoch(self.present_epoch_generation, self.present_epoch),
        }
    }
}

/// What decides whether a session is alive.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    session: session::Session,
    present: Epoch,
}

impl Life {
    /// Is it alive at `now`? `row` is that of the customer's slice.
    pub fn is_live(&self, row: &Placement, now: Timestamp) -> bool {
        self.session.is_live(self.present, row.sessions_from_generation, now)
    }

    /// From the columns of a session and `present_epoch`; the session's generation is called
    /// `session_generation`. `None` if there is no session in the row.
    pub(super) fn read(row: &Row) -> Option<Self> {
        let at = |column| Timestamp::from(row.get::<_, OffsetDateTime>(column));
        let of = |column| Generation::from_i64(row.get(column));
        let generation: Option<i64> = row.get("session_generation");
        let session = session::Session {
            generation: Generation::from_i64(generation?),
            epoch: epoch(of("epoch_generation"), row.get("epoch")),
            revoked: row.get::<_, Option<OffsetDateTime>>("revoked_at").is_some(),
            idle_until: at("idle_until"),
            ends_at: at("expires_at"),
        };
        let present = epoch(of("present_epoch_generation"), row.get("present_epoch"));
        Some(Self { session, present })
    }
}

/// An epoch from its columns.
pub(super) fn epoch(generation: Generation, counter: i64) -> Epoch {
    Epoch { generation, counter: u64::try_from(counter).unwrap_or(0) }
}

/// The session with this token, if there is one. The way in: it makes the scope.
pub async fn find(db: &Connection, token_hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    let sql = "
        select s.*, c.home, c.session_epoch,
            c.epoch_generation as present_epoch_generation, c.loaded_generation, c.proof_from,
            exists (select 1 from loosening l where l.customer_id = s.customer_id
                and l.applied is null) as loosening
        from session s
        join customer c on c.customer_id = s.customer_id
        where s.token_hash = $1";
    db.row_opt(sql, &[&token_hash.as_slice()]).await?.as_ref().map(read).transpose()
}

/// The sessions of a customer that are not revoked, latest first.
pub async fn unrevoked(db: &Connection, scope: &Scope) -> Result<Vec<Session>, StoreError> {
    let sql = "
        select s.*, c.home, c.session_epoch,
            c.epoch_generation as present_epoch_generation, c.loaded_generation, c.proof_from
        from session s
        join customer c on c.customer_id = s.customer_id
        where s.customer_id = $1 and s.revoked_at is null
        order by s.seen_at desc, s.session_id";
    let rows = db.rows(sql, &[&scope.customer.as_i64()]).await?;
    rows.iter().map(read).collect()
}

/// A session of the customer, seen from within a transaction. Reads are admitted by a cache; what
/// changes something asks here.
pub async fn one(
    tx: &Transaction<'_>,
    scope: &Scope,
    session: Uuid,
) -> Result<Option<Session>, StoreError> {
    let sql = "
        select s.*, c.home, c.session_epoch,
            c.epoch_generation as present_epoch_generation, c.loaded_generation, c.proof_from
        from session s
        join customer c on c.customer_id = s.customer_id
        where s.session_id = $1 and s.customer_id = $2";
    let row = tx.row_opt(sql, &[&session, &scope.customer.as_i64()]).await?;
    row.as_ref().map(read).transpose()
}

/// Stores a new session.
pub async fn insert(
    tx: &Transaction<'_>,
    session: &Session,
    token_hash: &[u8; 32],
) -> Result<(), StoreError> {
    let sql = "
        insert into session (session_id, customer_id, token_hash, channel, device_id, device_name,
            opened_at, generation, epoch, seen_at, idle_until, expires_at, epoch_generation)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7, $10, $11, $12)";
    tx.run(
        sql,
        &[
            &session.session_id,
            &session.customer.as_i64(),
            &token_hash.as_slice(),
            &session.channel,
            &session.device_id,
            &session.device_name,
            &OffsetDateTime::from(session.opened_at),
            &session.generation.as_i64(),
            &session.epoch,
            &OffsetDateTime::from(session.idle_until),
            &OffsetDateTime::from(session.expires_at),
            &session.epoch_generation.as_i64(),
        ],
    )
    .await?;
    Ok(())
}

/// Notes that a session was used; `None` if it is not alive.
pub async fn touch(
    tx: &Transaction<'_>,
    scope: &Scope,
    session: Uuid,
    now: Timestamp,
    idle_until: Timestamp,
) -> Result<Option<Session>, StoreError> {
    let sql = "
        update session s set seen_at = $3, idle_until = $4, version = s.version + 1
        from customer c
        where s.session_id = $1 and s.customer_id = $2 and c.customer_id = s.customer_id
            and s.revoked_at is null
        returning s.*, c.home, c.session_epoch,
            c.epoch_generation as present_epoch_generation, c.loaded_generation, c.proof_from";
    let (now, idle) = (OffsetDateTime::from(now), OffsetDateTime::from(idle_until));
    let row = tx.row_opt(sql, &[&session, &scope.customer.as_i64(), &now, &idle]).await?;
    row.as_ref().map(read).transpose()
}

/// Notes that the customer has proved himself in a session under a generation; `None` if it is not
/// alive.
pub async fn prove(
    tx: &Transaction<'_>,
    scope: &Scope,
    session: Uuid,
    generation: Generation,
) -> Result<Option<Session>, StoreError> {
    let sql = "
        update session s set proved = greatest(s.proved, $3), version = s.version + 1
        from customer c
        where s.session_id = $1 and s.customer_id = $2 and c.customer_id = s.customer_id
            and s.revoked_at is null
        returning s.*, c.home, c.session_epoch,
            c.epoch_generation as present_epoch_generation, c.loaded_generation, c.proof_from";
    let row = tx.row_opt(sql, &[&session, &scope.customer.as_i64(), &generation.as_i64()]).await?;
    row.as_ref().map(read).transpose()
}

/// Revokes one session of the customer; gives it with the hash of its token (hexadecimal).
pub async fn revoke(
    tx: &Transaction<'_>,
    scope: &Scope,
    session: Uuid,
    now: Timestamp,
) -> Result<Option<(Session, String)>, StoreError> {
    let sql = "
        update session s set revoked_at = $3, version = s.version + 1
        from customer c
        where s.session_id = $1 and s.customer_id = $2 and c.customer_id = s.customer_id
            and s.revoked_at is null
        returning s.*, c.home, c.session_epoch,
            c.epoch_generation as present_epoch_generation, c.loaded_generation, c.proof_from";
    let now = OffsetDateTime::from(now);
    let row = tx.row_opt(sql, &[&session, &scope.customer.as_i64(), &now]).await?;
    let session = row.as_ref().map(read).transpose()?;
    Ok(session.map(|session| {
        let hash = session.token_hash.clone();
        (session, hash)
    }))
}

/// The oldest live sessions beyond the newest `keep`.
pub async fn beyond(
    tx: &Transaction<'_>,
    scope: &Scope,
    keep: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let sql = "
        select session_id from session
        where customer_id = $1 and revoked_at is null
        order by opened_at desc, session_id offset $2";
    let rows = tx.rows(sql, &[&scope.customer.as_i64(), &keep]).await?;
    Ok(rows.iter().map(|row| row.get("session_id")).collect())
}

/// The token hashes (hexadecimal) of the customer's sessions that are not revoked.
pub async fn token_hashes(db: &Connection, scope: &Scope) -> Result<Vec<String>, StoreError> {
    let sql = "select token_hash from session where customer_id = $1 and revoked_at is null";
    let rows = db.rows(sql, &[&scope.customer.as_i64()]).await?;
    Ok(rows.iter().map(|row| hex::encode(row.get::<_, Vec<u8>>("token_hash"))).collect())
}

/// Forgets sessions that ended before `before`, at most `most` of them.
pub async fn forget(db: &Connection, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    let sql = "
        delete from session where session_id = any (array
            (select session_id from session where expires_at < $1 limit $2))";
    db.run(sql, &[&OffsetDateTime::from(before), &most]).await
}

pub(super) fn read(row: &Row) -> Result<Session, StoreError> {
    let home: String = row.get("home");
    let at = |column| Timestamp::from(row.get::<_, OffsetDateTime>(column));
    Ok(Session {
        session_id: row.get("session_id"),
        token_hash: hex::encode(row.get::<_, Vec<u8>>("token_hash")),
        customer: CustomerId::from_i64(row.get("customer_id")),
        home: BlockName::try_from(home)
            .map_err(|_| StoreError::Unreadable { what: "customer's home" })?,
        channel: row.get("channel"),
        device_id: row.get("device_id"),
        device_name: row.get("device_name"),
        opened_at: at("opened_at"),
        generation: Generation::from_i64(row.get("generation")),
        epoch: row.get("epoch"),
        epoch_generation: Generation::from_i64(row.get("epoch_generation")),
        version: row.get("version"),
        seen_at: at("seen_at"),
        idle_until: at("idle_until"),
        expires_at: at("expires_at"),
        revoked_at: row.get::<_, Option<OffsetDateTime>>("revoked_at").map(Timestamp::from),
        present_epoch: row.get("session_epoch"),
        present_epoch_generation: Generation::from_i64(row.get("present_epoch_generation")),
        loaded: row.get::<_, Option<i64>>("loaded_generation").map(Generation::from_i64),
        // Asked for where a session is looked up for a request.
        loosening: row.try_get("loosening").unwrap_or(false),
        proved: Generation::from_i64(row.get("proved")),
        proof_from: Generation::from_i64(row.get("proof_from")),
    })
}
