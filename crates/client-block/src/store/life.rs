//! The life of the block's database, and what it knows of the archive: one row (protocol §2, §7).

use common::Incarnation;
use common::incarnation::Head;
use futures_util::future::try_join;
use platform::StoreError;
use platform::pg::{GenericClient, Sql, Transaction};
use tokio_postgres::Row;

/// What is written about the life of this database.
#[derive(Clone, Debug)]
pub struct Life {
    /// Its name.
    pub incarnation: Incarnation,
    /// The server says that this life is over: the worker has yet to begin another.
    pub strange: bool,
    /// A new life that has yet to claim what an earlier one owned.
    pub fresh: bool,
    /// The first life of this database: whether the block had another database before has yet to be
    /// said by the archive.
    pub unproven: bool,
    /// A later life was seen: closed for good.
    pub outlived: bool,
    /// Where the worker's process is, in a word.
    pub phase: String,
    /// When it last said so, by the database's clock.
    pub phase_age_ms: i64,
    /// Batch n of this life's stream is row `first_batch + n` of the table.
    pub first_batch: i64,
    /// The last row of the table that the archive has.
    pub acknowledged: i64,
    /// The newest life of the archive that was heard.
    pub archive: Option<Incarnation>,
    /// The life of the archive that has what is acknowledged.
    pub confirmed_by: Option<Incarnation>,
    /// The register's version there.
    pub register_version: Option<u64>,
}

impl Life {
    /// May it claim what an earlier life owned?
    pub fn may_claim(&self) -> bool {
        self.fresh && !self.unproven && !self.outlived && !self.strange
    }

    /// Is what was acknowledged archived as the archive stands now?
    pub fn is_confirmed(&self) -> bool {
        common::block::archive_life::acknowledged(self.confirmed_by.as_ref(), self.archive.as_ref())
    }
}

const SELECT: &str = "
    select *, substr(incarnation, 1, 8)
            <> lower(substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)) as strange,
        (extract(epoch from now() - phase_at) * 1000)::bigint as phase_age_ms
    from life";

/// What is written, if anything is.
pub async fn seen(db: &impl GenericClient) -> Result<Option<Life>, StoreError> {
    db.row_opt(SELECT, &[]).await?.as_ref().map(read).transpose()
}

/// The same, locked: whoever changes it does so alone. Two statements, because the snapshot of one
/// would be older than the lock it waits for; sent together.
pub async fn lock(tx: &Transaction<'_>) -> Result<Option<Life>, StoreError> {
    let lock = tx.prepare_cached("select 1 from life for update").await?;
    let select = tx.prepare_cached(SELECT).await?;
    // Prepared above, so that these are sent at the first poll: in this order, without waiting.
    let (_, row) = try_join(tx.query(&lock, &[]), tx.query_opt(&select, &[])).await?;
    row.as_ref().map(read).transpose()
}

/// Writes the first life of this database. Until the archive has said that it knows no earlier one
/// of the block it owns nothing.
pub async fn first(tx: &Transaction<'_>, life: &Incarnation) -> Result<(), StoreError> {
    let sql = "
        insert into life (incarnation, fresh, unproven) values ($1, true, true)
        on conflict on constraint life_pkey do nothing";
    tx.run(sql, &[&life.to_string()]).await?;
    Ok(())
}

/// Begins a new life: what the archive did not have in the one before goes into the new stream.
pub async fn begin(
    tx: &Transaction<'_>,
    before: &Life,
    parent: Head,
    life: &Incarnation,
) -> Result<(), StoreError> {
    let sql = "update outbox set batch = null where batch > $1";
    tx.run(sql, &[&before.acknowledged]).await?;
    tx.run("delete from batch where batch > $1", &[&before.acknowledged]).await?;
    let sql = "
        update life set incarnation = $1, fresh = true, parent = $2, parent_batch = $3,
            parent_hash = $4, outlived = false, phase = 'quarantined', phase_at = now(),
            began_at = now(), first_batch = acknowledged, register_version = null";
    let (batch, hash) = (parent.batch.cast_signed(), parent.hash.0.as_slice());
    let before = before.incarnation.to_string();
    tx.run(sql, &[&life.to_string(), &before, &batch, &hash]).await?;
    Ok(())
}

/// The archive has said whether it knows an earlier life: only then is there something to claim.
pub async fn proven(db: &impl GenericClient, earlier: bool) -> Result<(), StoreError> {
    db.run("update life set unproven = false, fresh = $1 where unproven", &[&earlier]).await?;
    Ok(())
}

/// The worker's process says where it is.
pub async fn say_phase(db: &impl GenericClient, phase: &str) -> Result<(), StoreError> {
    db.run("update life set phase = $1, phase_at = now()", &[&phase]).await?;
    Ok(())
}

/// Everything that an earlier life owned is claimed.
pub async fn settled(db: &impl GenericClient) -> Result<(), StoreError> {
    db.run("update life set fresh = false where fresh and not unproven", &[]).await?;
    Ok(())
}

/// A later life of this database is known: closed for good. Says whether that is news.
pub async fn outlive(db: &impl GenericClient) -> Result<bool, StoreError> {
    Ok(db.run("update life set outlived = true where not outlived", &[]).await? == 1)
}

/// The newest life of the archive that was heard.
pub async fn heard(db: &impl GenericClient, archive: &Incarnation) -> Result<(), StoreError> {
    let sql = "
        update life set archive = $1, register_version = null
        where archive is distinct from $1";
    db.run(sql, &[&archive.to_string()]).await?;
    Ok(())
}

/// The archive's present life has everything up to this row of `batch`.
pub async fn confirm(
    tx: &Transaction<'_>,
    acknowledged: i64,
    by: &Incarnation,
) -> Result<(), StoreError> {
    let sql = "update life set acknowledged = $1, confirmed_by = $2";
    tx.run(sql, &[&acknowledged, &by.to_string()]).await?;
    Ok(())
}

/// What to give as `since` when the register is read next.
pub async fn keep_version(db: &impl GenericClient, version: u64) -> Result<(), StoreError> {
    let sql = "update life set register_version = $1";
    db.run(sql, &[&version.cast_signed()]).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Life, StoreError> {
    let unreadable = || StoreError::Unreadable { what: "life" };
    let life = |column| {
        let text: Option<String> = row.get(column);
        text.map(|text| text.parse::<Incarnation>().map_err(|_| unreadable())).transpose()
    };
    Ok(Life {
        incarnation: life("incarnation")?.ok_or_else(unreadable)?,
        strange: row.get("strange"),
        fresh: row.get("fresh"),
        unproven: row.get("unproven"),
        outlived: row.get("outlived"),
        phase: row.get("phase"),
        phase_age_ms: row.get("phase_age_ms"),
        first_batch: row.get("first_batch"),
        acknowledged: row.get("acknowledged"),
        archive: life("archive")?,
        confirmed_by: life("confirmed_by")?,
        register_version: row.get::<_, Option<i64>>("register_version").map(i64::cast_unsigned),
    })
}
