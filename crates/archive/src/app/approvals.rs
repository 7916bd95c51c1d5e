//! A second person's leave: once, for one action, for some time.

use common::problem::{Code, Refusal};
use common::wire::archive::{Approval, ApprovalState, Approve, AskApproval};
use platform::Failure;
use platform::pg::Transaction;
use uuid::Uuid;

use crate::archive::Archive;
use crate::store::{approval, standby};

/// The longest text that is taken of a person.
const TEXT_MAX: usize = 500;
/// How many are listed.
const LISTED: i64 = 100;

/// One person asks.
pub async fn ask(archive: &Archive, asked: &AskApproval) -> Result<Approval, Failure> {
    for (field, text) in
        [("action", &asked.action), ("reason", &asked.reason), ("author", &asked.author)]
    {
        must_be_text(field, text)?;
    }
    let mut connection = archive.people.connection().await?;
    let tx = connection.transaction().await?;
    // People must be able to decide what to do about a standby that is away.
    standby::commit_locally(&tx).await?;
    let (now, approval_id) = (archive.now(), platform::random::uuid());
    let expires_at = now.plus_s(archive.bounds.approval_s);
    approval::ask(&tx, approval_id, asked, (now, expires_at)).await?;
    let asked = approval::hold(&tx, approval_id, now).await?;
    tx.commit().await?;
    asked.ok_or_else(|| Failure::Broken("an approval is gone".to_owned()))
}

/// The newest.
pub async fn list(archive: &Archive) -> Result<Vec<Approval>, Failure> {
    let connection = archive.people.connection().await?;
    Ok(approval::newest(&connection, LISTED, archive.now()).await?)
}

/// Another person gives it. Given twice by the same person it is given once.
pub async fn approve(
    archive: &Archive,
    approval_id: Uuid,
    given: &Approve,
) -> Result<Approval, Failure> {
    must_be_text("approver", &given.approver)?;
    let mut connection = archive.people.connection().await?;
    let tx = connection.transaction().await?;
    standby::commit_locally(&tx).await?;
    let now = archive.now();
    let found = approval::hold(&tx, approval_id, now).await?.ok_or(Code::NotFound)?;
    if same_person(&found.author, &given.approver) {
        let detail = "Who has asked cannot approve.";
        return Err(Refusal::new(Code::Forbidden).detail(detail).into());
    }
    let again = found.state == ApprovalState::Given
        && found.approver.as_deref() == Some(given.approver.as_str());
    if !again && found.state != ApprovalState::Waiting {
        return Err(Code::ApprovalInvalid.into());
    }
    approval::give(&tx, approval_id, &given.approver).await?;
    let found = approval::hold(&tx, approval_id, now).await?;
    tx.commit().await?;
    found.ok_or_else(|| Failure::Broken("an approval is gone".to_owned()))
}

/// Why an approval does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// None was named.
    Needed,
    /// It is of something else, not given, used, or too old.
    Invalid,
}

impl From<Lacking> for Failure {
    fn from(lacking: Lacking) -> Self {
        match lacking {
            Lacking::Needed => Code::ApprovalNeeded.into(),
            Lacking::Invalid => Code::ApprovalInvalid.into(),
        }
    }
}

/// Uses an approval up, in the transaction of what it approves. Gives the approver.
pub async fn use_up(
    archive: &Archive,
    tx: &Transaction<'_>,
    approval_id: Option<Uuid>,
    action: &str,
) -> Result<Result<String, Lacking>, Failure> {
    let Some(approval_id) = approval_id else { return Ok(Err(Lacking::Needed)) };
    let now = archive.now();
    let found = approval::hold(tx, approval_id, now).await?;
    let good = found
        .filter(|found| found.state == ApprovalState::Given && found.action == action)
        .and_then(|found| found.approver);
    let Some(approver) = good else { return Ok(Err(Lacking::Invalid)) };
    approval::use_up(tx, approval_id, now).await?;
    Ok(Ok(approver))
}

/// Names of persons are compared without case and spaces around.
fn same_person(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// A text of a person: not empty, not endless, and one that can be stored.
pub fn must_be_text(field: &str, text: &str) -> Result<(), Failure> {
    let good =
        !text.trim().is_empty() && text.len() <= TEXT_MAX && !text.chars().any(char::is_control);
    if good {
        return Ok(());
    }
    let detail = format!("`{field}` must be a text of at most {TEXT_MAX} bytes.");
    Err(Refusal::new(Code::InvalidRequest).detail(detail).into())
}
