//! A data centre is lost. Automation may lack a majority or the archive and then moves nothing;
//! what is left is one prepared action: promote, excuse the dead witnesses, move the dead blocks.
//!
//! Its approval is kept here and not at the archive, which may have died there: one administrator
//! asks, another approves, and for each step that needs leave this router then asks and approves at
//! the archive in the names of these two. It gives leave for nothing that lies elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::BlockName;
use common::problem::{Code, Refusal};
use common::wire::archive::{
    Approval, ApprovalState, Approve, AskApproval, ExcuseWitness, SetStandby, Standby, Witnessed,
    actions,
};
use common::wire::disaster::{Disaster, DisasterStep, Excuse, LeaveForStep, StandAlone};
use common::wire::ops::AskLeave;
use common::wire::watch::Seen;
use platform::rpc::Request;
use platform::{Failure, random};
use serde_json::json;
use uuid::Uuid;

use super::approvals::ask;
use super::audit;
use super::moves::archive;
use crate::shared::Shared;

/// What was asked for here, newest last.
#[derive(Default)]
pub struct Leaves(Mutex<Vec<Approval>>);

/// How many are kept.
const KEPT: usize = 100;

impl Leaves {
    fn all(&self) -> MutexGuard<'_, Vec<Approval>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The action for a data centre, with what the router can see of its steps.
pub fn prepared(shared: &Shared, data_center: &str) -> Result<Disaster, Failure> {
    let there = |name: &str| lies_in(shared, name, data_center);
    let names = shared.config.data_centers.keys().filter(|name| there(name));
    let names: Vec<&String> = names.collect();
    if names.is_empty() {
        return Err(Refusal::new(Code::NotFound).detail("There is no such data centre.").into());
    }
    let sights = shared.prober.sights().blocks;
    let mut seen = sights.iter().filter(|sight| there(sight.block.as_str())).peekable();
    let looks_dead = seen.peek().is_some() && seen.all(|sight| sight.seen != Seen::Well);
    let mut steps = vec![DisasterStep::Archive];
    steps.extend(names.iter().map(|name| DisasterStep::Excuse { service: (*name).clone() }));
    let leader = shared.leading.row().map(|row| row.leader);
    steps.extend(
        leader
            .filter(|leader| there(leader.as_str()))
            .map(|leader| DisasterStep::Router { leader }),
    );
    steps.extend(moves(shared, data_center));
    let (data_center, action) = (data_center.to_owned(), actions::survive(data_center));
    Ok(Disaster { data_center, looks_dead, action, steps })
}

/// The data centres in which every block looks dead.
pub fn lost(shared: &Shared) -> Vec<Disaster> {
    let mut names: Vec<&String> = shared.config.data_centers.values().collect();
    names.sort();
    names.dedup();
    let all = names.into_iter().filter_map(|name| prepared(shared, name).ok());
    all.filter(|disaster| disaster.looks_dead).collect()
}

/// What the dead blocks there own, toward the home's backup, or home.
fn moves(shared: &Shared, data_center: &str) -> Vec<DisasterStep> {
    let mut found: BTreeMap<(BlockName, BlockName), Vec<_>> = BTreeMap::new();
    for row in shared.register.rows() {
        if !lies_in(shared, row.owner.as_str(), data_center) {
            continue;
        }
        let home_lives = !lies_in(shared, row.home.as_str(), data_center);
        let backup = || shared.config.backups.get(&row.home).cloned();
        let target = if home_lives { Some(row.home.clone()) } else { backup() };
        if let Some(target) = target.filter(|it| !lies_in(shared, it.as_str(), data_center)) {
            found.entry((row.home, target)).or_default().push(row.slice);
        }
    }
    let step = |((home, target), slices)| DisasterStep::Move { home, slices, target };
    found.into_iter().map(step).collect()
}

fn lies_in(shared: &Shared, service: &str, data_center: &str) -> bool {
    shared.config.data_centers.get(service).is_some_and(|there| there == data_center)
}

/// An administrator asks for the leave of the whole action; nothing if it is about something else.
pub fn ask_leave(shared: &Shared, author: &str, wish: &AskLeave) -> Option<Approval> {
    let known = |name: &String| actions::survive(name) == wish.action;
    shared.config.data_centers.values().find(|name| known(name))?;
    let lasting = i64::try_from(shared.config.ops.leave_ms).unwrap_or(i64::MAX);
    let asked = Approval {
        approval_id: random::uuid(),
        action: wish.action.clone(),
        reason: wish.reason.clone(),
        author: author.to_owned(),
        approver: None,
        state: ApprovalState::Waiting,
        expires_at: shared.now().plus_ms(lasting),
    };
    let mut all = shared.leaves.all();
    all.push(asked.clone());
    let over = all.len().saturating_sub(KEPT);
    all.drain(..over);
    Some(asked)
}

/// What was asked for here, newest first.
pub fn list(shared: &Shared) -> Vec<Approval> {
    let now = shared.now();
    let shown = |known: &Approval| {
        let over = known.expires_at <= now;
        let state = if over { ApprovalState::Expired } else { known.state };
        Approval { state, ..known.clone() }
    };
    shared.leaves.all().iter().rev().map(shown).collect()
}

/// Another administrator approves it; nothing if it was not asked for here.
pub fn approve(shared: &Shared, approver: &str, id: Uuid) -> Option<Result<Approval, Failure>> {
    let now = shared.now();
    let mut all = shared.leaves.all();
    let known = all.iter_mut().find(|known| known.approval_id == id)?;
    if known.author.eq_ignore_ascii_case(approver) {
        let refusal = Refusal::new(Code::Forbidden).detail("Who has asked cannot approve.");
        return Some(Err(refusal.into()));
    }
    if known.expires_at <= now {
        return Some(Err(Code::ApprovalInvalid.into()));
    }
    known.approver = Some(approver.to_owned());
    known.state = ApprovalState::Given;
    Some(Ok(known.clone()))
}

/// The archive's leave for one step, in the names of who asked for the action and who approved it.
pub async fn leave(
    shared: &Shared,
    administrator: &str,
    data_center: &str,
    wish: &LeaveForStep,
) -> Result<Approval, Failure> {
    archive(shared)?;
    let given = list(shared).into_iter().find(|known| known.approval_id == wish.approval);
    let given = given.filter(|known| {
        known.action == actions::survive(data_center)
            && known.state == ApprovalState::Given
            && known.author == administrator
    });
    let given = given.ok_or(Code::ApprovalInvalid)?;
    let approver = given.approver.clone().ok_or(Code::ApprovalInvalid)?;
    let there = |service: &str| lies_in(shared, service, data_center);
    let action = match &wish.step {
        DisasterStep::Archive => Some(actions::STAND_ALONE.to_owned()),
        DisasterStep::Excuse { service } => there(service).then(|| actions::excuse(service)),
        DisasterStep::Move { home, slices, target } => {
            let rows = shared.register.rows();
            let mut own = rows.iter().filter(|row| row.home == *home);
            let dead = own.all(|row| !slices.contains(&row.slice) || there(row.owner.as_str()));
            dead.then(|| actions::force(home, slices, target))
        }
        DisasterStep::Router { .. } => None,
    };
    let action = action.ok_or_else(|| {
        let detail = "This step needs no leave, or is about something that lies elsewhere.";
        Refusal::new(Code::InvalidRequest).field("step", detail)
    })?;
    let details = json!({ "action": action, "approval": given.approval_id, "by": approver });
    audit::note(shared, administrator, "use leave", details).await?;
    let author = administrator.to_owned();
    let body = AskApproval { action, reason: given.reason, author };
    let asked: Approval = ask(shared, Request::post("/v1/approvals", &body)).await?;
    let path = format!("/v1/approvals/{}/approve", asked.approval_id);
    ask(shared, Request::post_with_id(path, &Approve { approver })).await
}

/// Lets the archive go on without its standby, or wait for it again.
pub async fn stand_alone(
    shared: &Shared,
    decided_by: String,
    wish: &StandAlone,
) -> Result<Standby, Failure> {
    let details = json!({
        "from": !wish.alone, "to": wish.alone, "reason": wish.reason, "approval": wish.approval,
    });
    audit::note(shared, &decided_by, "stand alone", details).await?;
    let StandAlone { alone, reason, approval } = wish.clone();
    let body = SetStandby { alone, reason, decided_by, approval };
    ask(shared, Request::post("/v1/standby", &body)).await
}

/// Whom an archive that recovers still has to hear.
pub async fn witnesses(shared: &Shared) -> Result<Witnessed, Failure> {
    ask(shared, Request::get("/v1/witness")).await
}

/// Lets it recover without one of them.
pub async fn excuse(
    shared: &Shared,
    decided_by: String,
    wish: &Excuse,
) -> Result<Witnessed, Failure> {
    let details = json!({
        "service": wish.service, "reason": wish.reason, "approval": wish.approval,
    });
    audit::note(shared, &decided_by, "excuse", details).await?;
    let Excuse { service, reason, approval } = wish.clone();
    let body = ExcuseWitness { service, reason, decided_by, approval };
    ask(shared, Request::post("/v1/witness/excuse", &body)).await
}
