//! What witnesses of a recovery have handed in.

use common::placement::Placement;
use common::placement::recovery::Heard;
use common::{Generation, Incarnation, Timestamp};
use platform::StoreError;
use platform::pg::Sql;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::unreadable;

/// A witness.
#[derive(Clone, Debug)]
pub struct Testimony {
    /// Who.
    pub service: String,
    /// His copy of the register.
    pub rows: Vec<Placement>,
    /// All that he had written before was sent again.
    pub resent: bool,
    /// The highest fence, from the gateway.
    pub fence: Option<Generation>,
    /// Two persons do without him.
    pub excused: bool,
}

impl Testimony {
    /// Has he been heard? `block`: of one that writes, only once he has sent everything again.
    pub fn heard(&self, block: bool) -> Heard {
        if self.excused {
            return Heard::Excused;
        }
        Heard::copy(self.resent || !block)
    }
}

/// A copy of the register. A later one replaces it; that everything was sent again stays true.
pub async fn put_copy(
    db: &impl Sql,
    (life, service): (&Incarnation, &str),
    rows: &[Placement],
    resent: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        insert into witness (life, service, rows, resent, heard_at) values ($1, $2, $3, $4, $5)
        on conflict on constraint witness_pkey do update set rows = excluded.rows,
            resent = witness.resent or excluded.resent, heard_at = excluded.heard_at";
    let rows = serde_json::to_value(rows).ok().ok_or_else(unreadable("copy of the register"))?;
    let now = OffsetDateTime::from(now);
    db.run(sql, &[&life.to_string(), &service, &rows, &resent, &now]).await?;
    Ok(())
}

/// The highest fence.
pub async fn put_fence(
    db: &impl Sql,
    (life, service): (&Incarnation, &str),
    fence: Generation,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        insert into witness (life, service, fence, heard_at) values ($1, $2, $3, $4)
        on conflict on constraint witness_pkey do update set
            fence = greatest(witness.fence, excluded.fence), heard_at = excluded.heard_at";
    let now = OffsetDateTime::from(now);
    db.run(sql, &[&life.to_string(), &service, &fence.as_i64(), &now]).await?;
    Ok(())
}

/// Two persons do without this witness; what he has handed in counts all the same.
pub async fn excuse(
    db: &impl Sql,
    (life, service): (&Incarnation, &str),
    (by, approved_by): (&str, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        insert into witness (life, service, excused_by, approved_by, heard_at)
        values ($1, $2, $3, $4, $5)
        on conflict on constraint witness_pkey do update set excused_by = excluded.excused_by,
            approved_by = excluded.approved_by";
    let now = OffsetDateTime::from(now);
    db.run(sql, &[&life.to_string(), &service, &by, &approved_by, &now]).await?;
    Ok(())
}

/// Everybody who was heard or excused in this life.
pub async fn all(db: &impl Sql, life: &Incarnation) -> Result<Vec<Testimony>, StoreError> {
    let sql = "select * from witness where life = $1 order by service";
    db.rows(sql, &[&life.to_string()]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Testimony, StoreError> {
    let rows: Option<serde_json::Value> = row.get("rows");
    let rows = rows.map(serde_json::from_value).transpose();
    let excused: Option<&str> = row.get("excused_by");
    Ok(Testimony {
        service: row.get("service"),
        rows: rows.ok().ok_or_else(unreadable("copy of the register"))?.unwrap_or_default(),
        resent: row.get("resent"),
        fence: row.get::<_, Option<i64>>("fence").map(Generation::from_i64),
        excused: excused.is_some(),
    })
}
