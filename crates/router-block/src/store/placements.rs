//! The copy of the register.

use common::placement::{Placement, PlacementState};
use common::{Generation, Incarnation, Revision, SliceId};
use platform::StoreError;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::parsed;

/// Any constant that nothing else in this database uses.
const REGISTER_LOCK: i64 = 7_002;

/// Takes the copy for the running transaction: rows are adopted one push after the other.
pub async fn lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_xact_lock($1)").bind(REGISTER_LOCK).execute(connection).await?;
    Ok(())
}

/// The whole copy, by home and slice.
pub async fn all(connection: &mut PgConnection) -> Result<Vec<Placement>, StoreError> {
    let rows = sqlx::query(
        "select home, slice, generation, owner, owner_incarnation, owner_since, state, target,
                target_incarnation, target_generation, sessions_from_generation, revision, reason,
                decided_by
           from placement order by home, slice",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(placement).collect()
}

/// Stores a row that was found to be newer than the copy's.
pub async fn put(connection: &mut PgConnection, row: &Placement) -> Result<(), StoreError> {
    sqlx::query(
        "insert into placement
             (home, slice, generation, owner, owner_incarnation, owner_since, state, target,
              target_incarnation, target_generation, sessions_from_generation, revision, reason,
              decided_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (home, slice) do update
            set generation = excluded.generation, owner = excluded.owner,
                owner_incarnation = excluded.owner_incarnation,
                owner_since = excluded.owner_since, state = excluded.state,
                target = excluded.target, target_incarnation = excluded.target_incarnation,
                target_generation = excluded.target_generation,
                sessions_from_generation = excluded.sessions_from_generation,
                revision = excluded.revision, reason = excluded.reason,
                decided_by = excluded.decided_by
          where placement.revision < excluded.revision",
    )
    .bind(row.home.as_str())
    .bind(i16::from(row.slice.number()))
    .bind(row.generation.as_i64())
    .bind(row.owner.as_str())
    .bind(row.owner_incarnation.map(String::from))
    .bind(row.owner_since.as_i64())
    .bind(row.state.as_str())
    .bind(row.target.as_ref().map(common::BlockName::as_str))
    .bind(row.target_incarnation.map(String::from))
    .bind(row.target_generation.map(Generation::as_i64))
    .bind(row.sessions_from_generation.as_i64())
    .bind(row.revision.as_i64())
    .bind(&row.reason)
    .bind(&row.decided_by)
    .execute(connection)
    .await?;
    Ok(())
}

/// The life of the archive that was known when the copy was saved.
pub async fn life(connection: &mut PgConnection) -> Result<Option<Incarnation>, StoreError> {
    let text: Option<String> =
        sqlx::query_scalar("select life from archive_life").fetch_optional(connection).await?;
    text.map(|text| parsed(&text, "life of the archive")).transpose()
}

/// Saves it.
pub async fn put_life(connection: &mut PgConnection, life: Incarnation) -> Result<(), StoreError> {
    sqlx::query(
        "insert into archive_life (life) values ($1)
         on conflict (only_row) do update set life = excluded.life
          where archive_life.life <> excluded.life",
    )
    .bind(String::from(life))
    .execute(connection)
    .await?;
    Ok(())
}

fn placement(row: &PgRow) -> Result<Placement, StoreError> {
    let unreadable = |what| StoreError::Unreadable { what };
    let slice: i16 = row.try_get("slice")?;
    let slice = u8::try_from(slice).map_err(|_| unreadable("slice"))?;
    let state: &str = row.try_get("state")?;
    let target: Option<&str> = row.try_get("target")?;
    let target_generation: Option<i64> = row.try_get("target_generation")?;
    let generation = |column: &str| -> Result<Generation, StoreError> {
        Ok(Generation::from_i64(row.try_get(column)?))
    };
    let incarnation = |column: &'static str| -> Result<Option<Incarnation>, StoreError> {
        let text: Option<&str> = row.try_get(column)?;
        text.map(|text| text.parse().map_err(|_| unreadable(column))).transpose()
    };
    Ok(Placement {
        home: parsed(row.try_get("home")?, "home")?,
        slice: SliceId::try_from(slice).map_err(|_| unreadable("slice"))?,
        generation: generation("generation")?,
        owner: parsed(row.try_get("owner")?, "owner")?,
        owner_incarnation: incarnation("owner_incarnation")?,
        owner_since: generation("owner_since")?,
        state: PlacementState::parse(state).ok_or(unreadable("placement state"))?,
        target: target.map(|name| parsed(name, "target")).transpose()?,
        target_incarnation: incarnation("target_incarnation")?,
        target_generation: target_generation.map(Generation::from_i64),
        sessions_from_generation: generation("sessions_from_generation")?,
        revision: Revision::from_i64(row.try_get("revision")?),
        reason: row.try_get("reason")?,
        decided_by: row.try_get("decided_by")?,
    })
}
