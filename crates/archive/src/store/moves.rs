//! Records of moves, and what was done to the register.

use common::placement::records::Stage;
use common::wire::archive::{MoveOrder, MoveState, MoveView};
use common::{BlockName, SliceId, Timestamp};
use platform::StoreError;
use platform::pg::Sql;
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{name, slice_number, slice_of, unreadable};

/// A record.
#[derive(Clone, Debug)]
pub struct Record {
    /// As it is shown.
    pub view: MoveView,
    /// The slices of which a step was taken.
    pub begun: Vec<SliceId>,
}

/// Writes a record. Says whether it was new.
pub async fn insert(db: &impl Sql, record: &Record) -> Result<bool, StoreError> {
    let sql = "
        insert into move (move_id, ordered, home, target, slices, begun, deadline, state, aborting,
            reason, decided_by, approved_by, began_at, stepped_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict on constraint move_pkey do nothing";
    let view = &record.view;
    let inserted = db
        .run(
            sql,
            &[
                &view.move_id,
                &order_word(view.order),
                &view.home.as_str(),
                &view.target.as_str(),
                &numbers(&view.slices),
                &numbers(&record.begun),
                &view.deadline.map(OffsetDateTime::from),
                &state_word(view.state),
                &view.aborting,
                &view.reason,
                &view.decided_by,
                &view.approved_by,
                &OffsetDateTime::from(view.began_at),
                &OffsetDateTime::from(view.stepped_at),
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// The running moves of a home, and this one; held to be changed.
pub async fn hold(
    db: &impl Sql,
    home: &BlockName,
    move_id: Option<Uuid>,
) -> Result<Vec<Record>, StoreError> {
    let sql = "
        select * from move where (home = $1 and state = 'running') or move_id = $2
        order by move_id for update";
    db.rows(sql, &[&home.as_str(), &move_id]).await?.iter().map(read).collect()
}

/// All running moves, held to be changed.
pub async fn hold_running(db: &impl Sql) -> Result<Vec<Record>, StoreError> {
    let sql = "select * from move where state = 'running' order by move_id for update";
    db.rows(sql, &[]).await?.iter().map(read).collect()
}

/// What changes of a record.
pub async fn update(db: &impl Sql, record: &Record) -> Result<(), StoreError> {
    let sql = "
        update move set begun = $2, state = $3, aborting = $4, stepped_at = $5, deadline = $6,
            slices = $7
        where move_id = $1";
    let view = &record.view;
    db.run(
        sql,
        &[
            &view.move_id,
            &numbers(&record.begun),
            &state_word(view.state),
            &view.aborting,
            &OffsetDateTime::from(view.stepped_at),
            &view.deadline.map(OffsetDateTime::from),
            &numbers(&view.slices),
        ],
    )
    .await?;
    Ok(())
}

/// The newest records.
pub async fn newest(db: &impl Sql, limit: i64) -> Result<Vec<MoveView>, StoreError> {
    let sql = "select * from move order by began_at desc, move_id limit $1";
    let rows = db.rows(sql, &[&limit]).await?;
    rows.iter().map(|row| Ok(read(row)?.view)).collect()
}

/// Something that was done.
#[derive(Clone, Debug)]
pub struct Done<'a> {
    /// What.
    pub action: &'a str,
    /// Who decided it.
    pub by: &'a str,
    /// The second person, if there was one.
    pub approved_by: Option<&'a str>,
    /// Why.
    pub reason: &'a str,
    /// To what exactly.
    pub details: Value,
}

/// Writes down what was done, in the transaction that does it.
pub async fn audit(db: &impl Sql, done: &Done<'_>, now: Timestamp) -> Result<(), StoreError> {
    let sql = "
        insert into audit (done_at, action, done_by, approved_by, reason, details)
        values ($1, $2, $3, $4, $5, $6)";
    let Done { action, by, approved_by, reason, details } = done;
    db.run(sql, &[&OffsetDateTime::from(now), action, by, approved_by, reason, details]).await?;
    Ok(())
}

fn numbers(slices: &[SliceId]) -> Vec<i16> {
    slices.iter().map(|slice| slice_number(*slice)).collect()
}

fn slices(row: &Row, column: &str) -> Result<Vec<SliceId>, StoreError> {
    let numbers: Vec<i16> = row.get(column);
    numbers.into_iter().map(slice_of).collect()
}

fn read(row: &Row) -> Result<Record, StoreError> {
    let (order, state): (&str, &str) = (row.get("ordered"), row.get("state"));
    let time = |column: &str| Timestamp::from(row.get::<_, OffsetDateTime>(column));
    let deadline: Option<OffsetDateTime> = row.get("deadline");
    let view = MoveView {
        move_id: row.get("move_id"),
        order: parse(order, "order of a move")?,
        home: name(row, "home")?,
        target: name(row, "target")?,
        slices: slices(row, "slices")?,
        deadline: deadline.map(Timestamp::from),
        state: parse(state, "state of a move")?,
        aborting: row.get("aborting"),
        reason: row.get("reason"),
        decided_by: row.get("decided_by"),
        approved_by: row.get("approved_by"),
        began_at: time("began_at"),
        stepped_at: time("stepped_at"),
    };
    Ok(Record { view, begun: slices(row, "begun")? })
}

/// A word as the wire has it.
fn parse<T: serde::de::DeserializeOwned>(word: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_value(Value::from(word)).ok().ok_or_else(unreadable(what))
}

fn order_word(order: MoveOrder) -> &'static str {
    match order {
        MoveOrder::Planned => "planned",
        MoveOrder::Urgent => "urgent",
        MoveOrder::UrgentDropping => "urgent_dropping",
        MoveOrder::Forced => "forced",
        MoveOrder::Return => "return",
        MoveOrder::ReturnNow => "return_now",
    }
}

fn state_word(state: MoveState) -> &'static str {
    match state {
        MoveState::Running => "running",
        MoveState::Done => "done",
        MoveState::Aborted => "aborted",
    }
}

/// A stage as it is shown.
pub fn state_of(stage: Stage) -> MoveState {
    match stage {
        Stage::Running => MoveState::Running,
        Stage::Done => MoveState::Done,
        Stage::Aborted => MoveState::Aborted,
    }
}
