//! What this block has given up: slices that it has sealed, customers whom it has handed over, and
//! what an acknowledgement has named as late (protocol §3, §4).

use common::archive::late::HandedOver;
use common::block::giving_up::Sealed;
use common::placement::Placement;
use common::{BlockName, CustomerId, Generation, Revision, SliceId, Timestamp};
use platform::StoreError;
use platform::pg::{GenericClient, Sql, Transaction};
use time::OffsetDateTime;
use tokio_postgres::Row;

use crate::block::Scope;

/// A slice that is sealed here.
#[derive(Clone, Debug)]
pub struct SealedSlice {
    /// Its home.
    pub home: BlockName,
    /// Which.
    pub slice: SliceId,
    /// The SEAL.
    pub seal: Sealed,
    /// When it was written.
    pub sealed_at: Timestamp,
}

/// The slices that are sealed here.
pub async fn sealed(db: &impl GenericClient) -> Result<Vec<SealedSlice>, StoreError> {
    db.rows("select * from sealed_slice", &[]).await?.iter().map(read_sealed).collect()
}

/// The customers who were handed over.
pub async fn handed(db: &impl GenericClient) -> Result<Vec<(CustomerId, HandedOver)>, StoreError> {
    let rows = db.rows("select customer_id, target, generation from handed_over", &[]).await?;
    let pair = |row: &Row| {
        let unreadable = |_| StoreError::Unreadable { what: "hand-over" };
        let to = BlockName::try_from(row.get::<_, String>("target")).map_err(unreadable)?;
        let generation = Generation::from_i64(row.get("generation"));
        Ok((CustomerId::from_i64(row.get("customer_id")), HandedOver { to, generation }))
    };
    rows.iter().map(pair).collect()
}

/// A slice, or one customer of it.
pub type Named = (BlockName, SliceId, Option<CustomerId>);

/// What was named late, and the revision that opens it again.
pub async fn named(db: &impl GenericClient) -> Result<Vec<(Named, Revision)>, StoreError> {
    let rows = db.rows("select * from late_named", &[]).await?;
    let pair = |row: &Row| {
        let customer: i64 = row.get("customer_id");
        let customer = (customer != 0).then(|| CustomerId::from_i64(customer));
        let (home, slice) = slice_of(row)?;
        Ok(((home, slice, customer), Revision::from_i64(row.get("revision"))))
    };
    rows.iter().map(pair).collect()
}

/// The SEAL of one slice.
pub async fn seal_of(
    tx: &Transaction<'_>,
    (home, slice): (&BlockName, SliceId),
) -> Result<Option<SealedSlice>, StoreError> {
    let sql = "select * from sealed_slice where home = $1 and slice = $2";
    let row = tx.row_opt(sql, &[&home.as_str(), &number(slice)]).await?;
    row.as_ref().map(read_sealed).transpose()
}

/// Writes a SEAL down, or what has become of it.
pub async fn put_seal(
    tx: &Transaction<'_>,
    (home, slice): (&BlockName, SliceId),
    seal: Sealed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        insert into sealed_slice (home, slice, generation, revision, unsealing, sealed_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint sealed_slice_pkey do update set
            generation = excluded.generation, revision = excluded.revision,
            unsealing = excluded.unsealing";
    let (generation, revision) = (seal.generation.as_i64(), seal.revision.as_i64());
    let at = OffsetDateTime::from(now);
    tx.run(sql, &[&home.as_str(), &number(slice), &generation, &revision, &seal.unsealing, &at])
        .await?;
    Ok(())
}

/// Forgets a SEAL: the slice has passed on, or is open again.
pub async fn forget_seal(
    tx: &Transaction<'_>,
    (home, slice): (&BlockName, SliceId),
) -> Result<(), StoreError> {
    let sql = "delete from sealed_slice where home = $1 and slice = $2";
    tx.run(sql, &[&home.as_str(), &number(slice)]).await?;
    Ok(())
}

/// Writes down that a customer is handed over.
pub async fn hand_over(
    tx: &Transaction<'_>,
    scope: &Scope,
    handed: &HandedOver,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        insert into handed_over (customer_id, home, slice, target, generation, handed_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint handed_over_pkey do update set
            target = excluded.target, generation = excluded.generation,
            handed_at = excluded.handed_at";
    tx.run(
        sql,
        &[
            &scope.customer.as_i64(),
            &scope.home.as_str(),
            &number(scope.slice),
            &handed.to.as_str(),
            &handed.generation.as_i64(),
            &OffsetDateTime::from(now),
        ],
    )
    .await?;
    Ok(())
}

/// Forgets the hand-overs of slices that are not in force under their rows any more.
pub async fn forget_hand_overs(
    tx: &Transaction<'_>,
    rows: &[&Placement],
) -> Result<(), StoreError> {
    let sql = "
        delete from handed_over h
        using unnest($1::text[], $2::smallint[], $3::bigint[]) as i (home, slice, generation)
        where h.home = i.home and h.slice = i.slice and h.generation <= i.generation";
    let generations: Vec<i64> = rows.iter().map(|row| row.generation.as_i64()).collect();
    let (homes, slices) = slices(rows);
    tx.run(sql, &[&homes, &slices, &generations]).await?;
    Ok(())
}

/// Closes a slice (of one customer: only him) until its row has this revision. Says whether that is
/// news.
pub async fn name_late(
    tx: &Transaction<'_>,
    (home, slice): (&BlockName, SliceId),
    customer: Option<CustomerId>,
    revision: Revision,
) -> Result<bool, StoreError> {
    let sql = "
        insert into late_named (home, slice, customer_id, revision) values ($1, $2, $3, $4)
        on conflict on constraint late_named_pkey do update set revision = excluded.revision
        where late_named.revision < excluded.revision";
    let customer = customer.map_or(0, CustomerId::as_i64);
    let changed =
        tx.run(sql, &[&home.as_str(), &number(slice), &customer, &revision.as_i64()]).await?;
    Ok(changed == 1)
}

/// Opens what was named late up to these revisions of the slices' rows.
pub async fn open_named(tx: &Transaction<'_>, rows: &[&Placement]) -> Result<(), StoreError> {
    let sql = "
        delete from late_named l
        using unnest($1::text[], $2::smallint[], $3::bigint[]) as i (home, slice, revision)
        where l.home = i.home and l.slice = i.slice and l.revision <= i.revision";
    let revisions: Vec<i64> = rows.iter().map(|row| row.revision.as_i64()).collect();
    let (homes, slices) = slices(rows);
    tx.run(sql, &[&homes, &slices, &revisions]).await?;
    Ok(())
}

fn slices<'a>(rows: &[&'a Placement]) -> (Vec<&'a str>, Vec<i16>) {
    rows.iter().map(|row| (row.home.as_str(), number(row.slice))).unzip()
}

/// Does a loosening of the customer wait for the archive's verdict?
pub async fn loosens(db: &impl GenericClient, scope: &Scope) -> Result<bool, StoreError> {
    let sql = "
        select exists (select 1 from loosening
            where customer_id = $1 and applied is null) as waits";
    Ok(db.row(sql, &[&scope.customer.as_i64()]).await?.get("waits"))
}

/// Does one of a customer of the slice?
pub async fn slice_loosens(
    db: &impl GenericClient,
    (home, slice): (&BlockName, SliceId),
) -> Result<bool, StoreError> {
    let sql = "
        select exists (select 1 from loosening
            where home = $1 and slice = $2 and applied is null) as waits";
    Ok(db.row(sql, &[&home.as_str(), &number(slice)]).await?.get("waits"))
}

fn number(slice: SliceId) -> i16 {
    i16::from(slice.number())
}

pub(super) fn slice_of(row: &Row) -> Result<(BlockName, SliceId), StoreError> {
    let unreadable = || StoreError::Unreadable { what: "slice" };
    let (home, slice): (String, i16) = (row.get("home"), row.get("slice"));
    let slice = u8::try_from(slice).ok().and_then(|number| SliceId::try_from(number).ok());
    let home = BlockName::try_from(home).map_err(|_| unreadable())?;
    Ok((home, slice.ok_or_else(unreadable)?))
}

fn read_sealed(row: &Row) -> Result<SealedSlice, StoreError> {
    let (home, slice) = slice_of(row)?;
    Ok(SealedSlice {
        home,
        slice,
        seal: Sealed {
            generation: Generation::from_i64(row.get("generation")),
            revision: Revision::from_i64(row.get("revision")),
            unsealing: row.get("unsealing"),
        },
        sealed_at: row.get::<_, OffsetDateTime>("sealed_at").into(),
    })
}
