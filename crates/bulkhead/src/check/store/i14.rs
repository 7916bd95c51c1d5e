//! I14: automation moves one thing at a time, and one in ten minutes in the whole bank, except
//! while two persons have lifted that.

use super::register::resident;
use super::{Evidence, Found};
use crate::check::Violation;

/// Two moves of automation, of different homes, closer together than they may be.
const SQL: &str = "
    select m.home, m.slices[1] as slice, before.home as other,
           extract(epoch from m.began_at - before.began_at)::bigint as seconds
    from move m join move before
      on before.decided_by = 'automation' and before.move_id <> m.move_id
     and before.began_at <= m.began_at and before.began_at > m.began_at - interval '10 minutes'
     and (before.home, before.began_at) <> (m.home, m.began_at)
    where m.decided_by = 'automation'
      and not exists (
        select 1 from audit a
        where a.action = 'switch automation' and a.approved_by is not null
          and a.done_at <= m.began_at
          and (a.details ->> 'limit_lifted_until')::timestamptz >= m.began_at)";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let Some(archive) = evidence.archive()? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for row in archive.rows(SQL, &[]).await? {
        let (home, other): (String, String) = (row.get("home"), row.get("other"));
        let seconds: i64 = row.get("seconds");
        let who = resident(evidence, &home, row.get("slice")).await?;
        let what = format!("automation moved {home} {seconds} s after {other}");
        found.push(Violation::new(who, what));
    }
    Ok(found)
}
