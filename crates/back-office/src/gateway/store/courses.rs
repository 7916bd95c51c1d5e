//! Courses of currencies, from which exchange rates follow.

use common::Timestamp;
use platform::StoreError;
use time::OffsetDateTime;

use crate::gateway::rules::walk::Course;
use crate::ledger::store::currency;
use crate::statement::{self, Session};

/// All courses.
pub async fn all<S: Session>(session: &S) -> Result<Vec<Course>, StoreError> {
    let sql = "select currency, anchor_millionths, mid_millionths, step from currency_course
        order by currency";
    let rows = statement::rows(session, sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Course {
                currency: currency(row, "currency")?,
                anchor_millionths: row.try_get("anchor_millionths")?,
                mid_millionths: row.try_get("mid_millionths")?,
                step: row.try_get("step")?,
            })
        })
        .collect()
}

/// Takes the right to move the rates if they have stood since `before`: raises the topic's version.
/// Of several gateways one gets it.
pub async fn take_turn<S: Session>(
    session: &S,
    before: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "update reference_topic set version = version + 1, changed_at = $2
        where topic = 'rates' and changed_at <= $1";
    let params: statement::Params<'_> =
        &[&OffsetDateTime::from(before), &OffsetDateTime::from(now)];
    Ok(statement::run(session, sql, params).await? == 1)
}

/// Stores a course after its step. The caller has the turn.
pub async fn store<S: Session>(session: &S, course: &Course) -> Result<(), StoreError> {
    let sql = "update currency_course set mid_millionths = $2, step = $3 where currency = $1";
    let code = course.currency.code();
    let params: statement::Params<'_> = &[&code, &course.mid_millionths, &course.step];
    statement::run(session, sql, params).await?;
    Ok(())
}
