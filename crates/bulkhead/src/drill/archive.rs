//! What a drill asks of the archive, as the launcher: the register, moves, and automation's limit,
//! which two administrators lift for the time of the drill and put back.

use std::time::Duration;

use common::placement::Placement;
use common::placement::moves::Step;
use common::wire::archive::actions::{self, LIFT_LIMIT};
use common::wire::archive::{
    Approval, Approve, AskApproval, Automation, ExcuseWitness, MoveOrder, MoveState, MoveView,
    PutAutomation, Register, RegisterQuery, SetStandby, Standby, StepRequest, Stepped, Who,
    Witnessed,
};
use common::{BlockName, Incarnation, SliceId, Timestamp};
use platform::random;
use platform::rpc::{Idempotent, Once, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::plan::{Kind, Plan};
use crate::services::{CALL_FAILED, Services};

const WITHIN: Duration = Duration::from_secs(5);
/// The demo's two administrators.
const AUTHOR: &str = "admin-1";
const APPROVER: &str = "admin-2";
const REASON: &str = "a drill";

/// The archive's API.
pub(super) struct Archive {
    services: Services,
    urls: Vec<String>,
}

impl Archive {
    /// The archive of this bank; none if it has none.
    pub(super) fn of(place: &Place, plan: &Plan) -> Result<Option<Self>> {
        let units = plan.units.iter();
        let urls: Vec<String> = units
            .filter(|unit| unit.kind == Kind::Service && unit.role.as_str() == "archive")
            .map(|unit| format!("http://{}", unit.address))
            .collect();
        let services = Services::of(place)?;
        Ok((!urls.is_empty()).then_some(Self { services, urls }))
    }

    /// Every row of the register.
    pub(super) async fn register(&self) -> Result<Vec<Placement>> {
        let query = RegisterQuery::default();
        let register: Register = self.post("/v1/register/read", &query).await?;
        Ok(register.rows)
    }

    /// Begins a move of these rows; any router goes on with it.
    pub(super) async fn start(
        &self,
        order: MoveOrder,
        home: &BlockName,
        rows: &[Placement],
        to: (BlockName, Incarnation),
        deadline: Option<Timestamp>,
    ) -> Result<Uuid> {
        let move_id = random::uuid();
        let (target, incarnation) = to;
        // A return goes in waves; the router takes the further ones.
        let first = if order == MoveOrder::Return { &rows[..rows.len().min(1)] } else { rows };
        let request = StepRequest {
            move_id: Some(move_id),
            order: Some(order),
            home: home.clone(),
            slices: first.iter().map(|row| (row.slice, row.revision)).collect(),
            whole: rows.iter().map(|row| row.slice).collect(),
            step: Step::Drain { target, incarnation },
            asker: None,
            deadline,
            each: true,
            reason: REASON.to_owned(),
            decided_by: Who::Person { name: AUTHOR.to_owned() },
            approval: None,
        };
        let stepped: Stepped = self.post("/v1/moves", &request).await?;
        let taken = stepped.outcomes.iter().filter(|one| one.refused.is_none()).count();
        if let Some(refused) = stepped.refused.filter(|_| taken == 0) {
            let sentence = format!("The archive refuses to begin the move: {refused:?}.");
            return Err(Failure::new("DRILL-REFUSED", sentence));
        }
        if taken == 0 {
            let first = stepped.outcomes.first().and_then(|one| one.refused);
            let sentence = format!("No slice of {home} can be moved: {first:?}.");
            return Err(Failure::new("DRILL-REFUSED", sentence));
        }
        Ok(move_id)
    }

    /// Where a move stands.
    pub(super) async fn state_of(&self, move_id: Uuid) -> Result<Option<MoveState>> {
        let moves: Vec<MoveView> = self.get("/v1/moves").await?;
        Ok(moves.iter().find(|one| one.move_id == move_id).map(|one| one.state))
    }

    /// Lets automation move more than one thing in ten minutes until then, with the leave of the
    /// second administrator. Returns what it was before.
    pub(super) async fn lift_limit(&self, until: Timestamp) -> Result<Automation> {
        let before: Automation = self.get("/v1/automation").await?;
        let leave = self.leave(LIFT_LIMIT).await?;
        self.set(before.held, Some(until), Some(leave)).await?;
        Ok(before)
    }

    /// Puts the limit back as it was.
    pub(super) async fn put_back(&self, before: &Automation) -> Result<()> {
        self.set(before.held, before.limit_lifted_until, None).await
    }

    /// Passes the owner of these rows by, with the leave of the second administrator.
    pub(super) async fn force(
        &self,
        home: &BlockName,
        rows: &[Placement],
        to: (BlockName, Incarnation),
    ) -> Result<()> {
        let (target, incarnation) = to;
        let slices: Vec<SliceId> = rows.iter().map(|row| row.slice).collect();
        let leave = self.leave(&actions::force(home, &slices, &target)).await?;
        let request = StepRequest {
            move_id: Some(random::uuid()),
            order: Some(MoveOrder::Forced),
            home: home.clone(),
            slices: rows.iter().map(|row| (row.slice, row.revision)).collect(),
            whole: slices,
            step: Step::Force { target, incarnation, drop_sessions: false },
            asker: None,
            deadline: None,
            each: true,
            reason: REASON.to_owned(),
            decided_by: Who::Person { name: AUTHOR.to_owned() },
            approval: Some(leave),
        };
        let stepped: Stepped = self.post("/v1/moves", &request).await?;
        let taken = stepped.outcomes.iter().any(|one| one.refused.is_none());
        if taken && stepped.refused.is_none() {
            return Ok(());
        }
        let sentence = format!("{home} cannot be moved by force: {:?}.", stepped.refused);
        Err(Failure::new("DRILL-REFUSED", sentence))
    }

    /// Lets the archive acknowledge without its standby.
    pub(super) async fn stand_alone(&self) -> Result<()> {
        let wish = SetStandby {
            alone: true,
            reason: REASON.to_owned(),
            decided_by: AUTHOR.to_owned(),
            approval: Some(self.leave(actions::STAND_ALONE).await?),
        };
        let _set: Standby = self.post("/v1/standby", &wish).await?;
        Ok(())
    }

    /// Whom a recovering archive has heard.
    pub(super) async fn witnesses(&self) -> Result<Witnessed> {
        self.get("/v1/witness").await
    }

    /// Recovers without a witness that is dead.
    pub(super) async fn excuse(&self, service: &str) -> Result<()> {
        let wish = ExcuseWitness {
            service: service.to_owned(),
            reason: REASON.to_owned(),
            decided_by: AUTHOR.to_owned(),
            approval: Some(self.leave(&actions::excuse(service)).await?),
        };
        let _heard: Witnessed = self.post("/v1/witness/excuse", &wish).await?;
        Ok(())
    }

    /// One administrator asks, the other gives leave.
    async fn leave(&self, action: &str) -> Result<Uuid> {
        let ask = AskApproval {
            action: action.to_owned(),
            reason: REASON.to_owned(),
            author: AUTHOR.to_owned(),
        };
        let asked: Approval = self.post("/v1/approvals", &ask).await?;
        let path = format!("/v1/approvals/{}/approve", asked.approval_id);
        let approve = Approve { approver: APPROVER.to_owned() };
        let given: Approval = self.post(&path, &approve).await?;
        Ok(given.approval_id)
    }

    async fn set(
        &self,
        held: bool,
        limit_lifted_until: Option<Timestamp>,
        approval: Option<Uuid>,
    ) -> Result<()> {
        let wish = PutAutomation {
            held,
            limit_lifted_until,
            reason: REASON.to_owned(),
            decided_by: AUTHOR.to_owned(),
            approval,
        };
        let mut failed = None;
        for url in &self.urls {
            match self.services.put(url, "/v1/automation", &wish, WITHIN).await {
                Err(failure) if failure.code() == CALL_FAILED => failed = Some(failure),
                outcome => return outcome,
            }
        }
        Err(failed.unwrap_or_else(nobody))
    }

    async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A> {
        let mut failed = None;
        for url in &self.urls {
            let request = Request::<Idempotent>::get(path);
            match self.services.call(url, request, WITHIN).await {
                Err(failure) if failure.code() == CALL_FAILED => failed = Some(failure),
                outcome => return outcome,
            }
        }
        Err(failed.unwrap_or_else(nobody))
    }

    /// Whichever process of it answers.
    async fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<A> {
        let mut failed = None;
        for url in &self.urls {
            let request = Request::<Once>::post(path, body);
            match self.services.call(url, request, WITHIN).await {
                Err(failure) if failure.code() == CALL_FAILED => failed = Some(failure),
                outcome => return outcome,
            }
        }
        Err(failed.unwrap_or_else(nobody))
    }
}

fn nobody() -> Failure {
    Failure::new(CALL_FAILED, "No process of the archive answers.")
}
