//! What a drill asks of the bank, as its two demo administrators over the operations API: the
//! register, moves, and automation's limit, which they lift for the time of the drill and put back.

use common::placement::Placement;
use common::wire::archive::actions::LIFT_LIMIT;
use common::wire::archive::{Approval, Automation, MoveOrder, MoveState};
use common::wire::ops::{AskLeave, AutomationView, MoveBegun, Moves, OrderMove, SwitchAutomation};
use common::wire::router::Placements;
use common::{BlockName, Timestamp};
use platform::Clock;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::commands::ops::Operations;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::plan::{Kind, Plan};
use crate::up::admins;

/// Why, in every record.
pub(super) const REASON: &str = "a drill";

/// The two administrators, who log in when they are first needed.
pub(super) struct Archive {
    place: Place,
    author: OnceCell<Operations>,
    approver: OnceCell<Operations>,
}

impl Archive {
    /// Those of this bank; none if it has no archive: then nothing is moved.
    pub(super) fn of(place: &Place, plan: &Plan) -> Option<Self> {
        let mut units = plan.units.iter();
        let known = units.any(|unit| unit.kind == Kind::Service && unit.role.as_str() == "archive");
        known.then(|| Self {
            place: place.clone(),
            author: OnceCell::new(),
            approver: OnceCell::new(),
        })
    }

    /// Who orders.
    pub(super) async fn author(&self) -> Result<&Operations> {
        self.author.get_or_try_init(|| self.person(0)).await
    }

    /// Who approves.
    async fn approver(&self) -> Result<&Operations> {
        self.approver.get_or_try_init(|| self.person(1)).await
    }

    async fn person(&self, number: usize) -> Result<Operations> {
        let known = admins::read(&self.place)?;
        let admin = known.get(number).ok_or_else(|| {
            let text = "This bank has fewer than two administrators.";
            Failure::new("NO-ADMINISTRATOR", text).mend("make up")
        })?;
        Operations::log_in(&self.place, Some(&admin.name)).await
    }

    /// Every row of the register.
    pub(super) async fn register(&self) -> Result<Vec<Placement>> {
        let all: Placements = self.author().await?.get("/ops/v1/placements").await?;
        Ok(all.rows)
    }

    /// Begins a move of these rows; any router goes on with it.
    pub(super) async fn start(
        &self,
        order: MoveOrder,
        home: &BlockName,
        rows: &[Placement],
        target: &BlockName,
        keep_ms: i64,
    ) -> Result<Uuid> {
        let wish = OrderMove {
            home: home.clone(),
            slices: rows.iter().map(|row| row.slice).collect(),
            order,
            target: Some(target.clone()),
            keep_sessions_ms: u64::try_from(keep_ms).unwrap_or(0),
            drop_sessions: false,
            by_cut: false,
            reason: REASON.to_owned(),
            approval: None,
        };
        let begun: MoveBegun = self.author().await?.post("/ops/v1/moves", &wish).await?;
        if begun.slices.is_empty() {
            let first = begun.refused.first();
            let sentence = format!("No slice of {home} can be moved: {:?} {first:?}.", begun.why);
            return Err(Failure::new("DRILL-REFUSED", sentence));
        }
        Ok(begun.move_id)
    }

    /// Where a move stands.
    pub(super) async fn state_of(&self, move_id: Uuid) -> Result<Option<MoveState>> {
        let all: Moves = self.author().await?.get("/ops/v1/moves").await?;
        Ok(all.moves.iter().find(|one| one.move_id == move_id).map(|one| one.state))
    }

    /// Lets automation move more than one thing in ten minutes for so long, with the leave of the
    /// second administrator. Returns what it was before.
    pub(super) async fn lift_limit(&self, lasting_ms: i64) -> Result<Automation> {
        let author = self.author().await?;
        let view: AutomationView = author.get("/ops/v1/automation").await?;
        let before = view.automation.ok_or_else(|| {
            let text = "The archive does not say whether automation may move.";
            Failure::new("DRILL-NO-ARCHIVE", text).mend("./bulkhead status")
        })?;
        let leave = self.leave(LIFT_LIMIT).await?;
        self.switch(before.held, lasting_ms, Some(leave)).await?;
        Ok(before)
    }

    /// Puts the limit back as it was.
    pub(super) async fn put_back(&self, before: &Automation) -> Result<()> {
        let now = Clock::system().now();
        let left = |until: Timestamp| until.ms_since(now).max(0);
        self.switch(before.held, before.limit_lifted_until.map_or(0, left), None).await
    }

    /// One administrator asks, the other gives leave.
    pub(super) async fn leave(&self, action: &str) -> Result<Uuid> {
        let ask = AskLeave { action: action.to_owned(), reason: REASON.to_owned() };
        let asked: Approval = self.author().await?.post("/ops/v1/approvals", &ask).await?;
        let path = format!("/ops/v1/approvals/{}/approve", asked.approval_id);
        let given: Approval = self.approver().await?.post(&path, &serde_json::Value::Null).await?;
        Ok(given.approval_id)
    }

    async fn switch(&self, held: bool, lift_ms: i64, approval: Option<Uuid>) -> Result<()> {
        let lift_limit_ms = u64::try_from(lift_ms).unwrap_or(0);
        let wish = SwitchAutomation { held, lift_limit_ms, reason: REASON.to_owned(), approval };
        let _now: Automation = self.author().await?.put("/ops/v1/automation", &wish).await?;
        Ok(())
    }
}
