//! A data centre is lost: the prepared action, carried out step by step. The operations command and
//! the drill share it. Every step looks first whether it is still to be done, so that an action
//! which broke off is gone on with by beginning it again.

use std::fmt::Display;
use std::time::Duration;

use common::wire::archive::{Approval, MoveOrder, Standby, Witnessed, actions};
use common::wire::disaster::{Disaster, DisasterStep, Excuse, LeaveForStep, StandAlone};
use common::wire::ops::{MoveBegun, OrderMove};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::commands::ops::Operations;
use crate::commands::ops::promote::promote;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::servers::{Pair, Servers};
use crate::topology::{Block, Role};
use crate::up::{alone, read_topology};

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a step may take that waits for others: the archive's recovery, a move.
const WITHIN: Duration = Duration::from_mins(1);

/// The action, with the leave of a second administrator.
pub(crate) struct Action<'a> {
    pub(crate) place: &'a Place,
    /// The administrator who asked for it.
    pub(crate) operations: &'a Operations,
    /// The data centre that is lost.
    pub(crate) data_center: &'a str,
    /// The leave that the second one gave.
    pub(crate) approval: Uuid,
    pub(crate) reason: &'a str,
}

/// What is prepared for the loss of a data centre.
pub(crate) async fn prepared(operations: &Operations, data_center: &str) -> Result<Disaster> {
    operations.get(&format!("/ops/v1/data-centers/{data_center}")).await
}

impl Action<'_> {
    /// Carries it out; `say` hears of every step that is done.
    pub(crate) async fn carry_out(&self, say: &impl Fn(&dyn Display)) -> Result<()> {
        self.archive(say).await?;
        self.recovery(say).await?;
        self.router(say).await?;
        self.moves(say).await
    }

    /// Promotes the archive's standby, or lets the archive go on without its own.
    async fn archive(&self, say: &impl Fn(&dyn Display)) -> Result<()> {
        let Some((block, pair)) = self.pair_of(Role::Archive)? else { return Ok(()) };
        if self.holds(&block, pair) {
            let primary = promote(self.place, self.operations, &block.name, self.reason).await?;
            say(&format!("{primary} takes writes now."));
            return Ok(());
        }
        let standby = pair.primary.other().data_center(&block) == self.data_center;
        if !standby || pair.barred || pair.alone {
            return Ok(());
        }
        let wish = StandAlone {
            alone: true,
            reason: self.reason.to_owned(),
            approval: Some(self.leave(DisasterStep::Archive).await?),
        };
        let _set: Standby = self.operations.post("/ops/v1/standby", &wish).await?;
        alone(self.place, &block.name).await?;
        say(&"The archive goes on without its standby.");
        Ok(())
    }

    /// Excuses every witness that lies there, until the archive decides again.
    async fn recovery(&self, say: &impl Fn(&dyn Display)) -> Result<()> {
        let deadline = Instant::now() + WITHIN;
        let steps = prepared(self.operations, self.data_center).await?.steps;
        while Instant::now() < deadline {
            // A standby that was only just promoted is not found at once.
            let heard: Result<Witnessed> = self.operations.get("/ops/v1/witnesses").await;
            let Ok(heard) = heard else {
                sleep(LOOK_EVERY).await;
                continue;
            };
            if !heard.recovering {
                return Ok(());
            }
            for service in heard.missing {
                let step = DisasterStep::Excuse { service: service.clone() };
                if !steps.contains(&step) {
                    continue;
                }
                let approval = Some(self.leave(step).await?);
                let reason = self.reason.to_owned();
                let wish = Excuse { service: service.clone(), reason, approval };
                let _heard: Witnessed =
                    self.operations.post("/ops/v1/witnesses/excuse", &wish).await?;
                say(&format!("{service} is excused."));
            }
            sleep(LOOK_EVERY).await;
        }
        let sentence = "The archive has not recovered: a witness is missing.";
        Err(Failure::new("RECOVERING", sentence).mend("./bulkhead status"))
    }

    /// Promotes the router's database, and the router beside it.
    async fn router(&self, say: &impl Fn(&dyn Display)) -> Result<()> {
        let Some((block, pair)) = self.pair_of(Role::Router)? else { return Ok(()) };
        if !self.holds(&block, pair) {
            return Ok(());
        }
        let deadline = Instant::now() + WITHIN;
        loop {
            // The row is known once a router has read the archive that has just recovered.
            match promote(self.place, self.operations, &block.name, self.reason).await {
                Ok(primary) => {
                    say(&format!("{primary} takes writes now."));
                    return Ok(());
                }
                Err(failure) if Instant::now() >= deadline => return Err(failure),
                Err(failure) if WAITS.contains(&failure.code()) => sleep(LOOK_EVERY).await,
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Moves what blocks there own, until nothing of it is left.
    async fn moves(&self, say: &impl Fn(&dyn Display)) -> Result<()> {
        let deadline = Instant::now() + WITHIN;
        loop {
            let steps = prepared(self.operations, self.data_center).await?.steps;
            let mut last = None;
            for step in steps {
                let DisasterStep::Move { home, target, .. } = &step else { continue };
                let told = format!("{target} takes the customers of {home} over.");
                match self.force(&step).await {
                    Ok(()) => say(&told),
                    Err(failure) => last = Some(failure),
                }
            }
            let left = prepared(self.operations, self.data_center).await?.steps;
            if !left.iter().any(|step| matches!(step, DisasterStep::Move { .. })) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let text = "Blocks that are lost still own slices.";
                let failure = last.unwrap_or_else(|| Failure::new("NOT-MOVED", text));
                return Err(failure);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn force(&self, step: &DisasterStep) -> Result<()> {
        let DisasterStep::Move { home, slices, target } = step else { return Ok(()) };
        let order = OrderMove {
            home: home.clone(),
            slices: slices.clone(),
            order: MoveOrder::Forced,
            target: Some(target.clone()),
            keep_sessions_ms: 0,
            drop_sessions: false,
            by_cut: false,
            reason: self.reason.to_owned(),
            approval: Some(self.leave(step.clone()).await?),
        };
        let begun: MoveBegun = self.operations.post("/ops/v1/moves", &order).await?;
        if begun.why.is_none() && begun.refused.is_empty() {
            return Ok(());
        }
        let slices = actions::ranges(slices);
        let sentence = format!("{home} {slices} was not moved: {:?}.", begun.why);
        Err(Failure::new("NOT-MOVED", sentence))
    }

    /// The archive's leave for a step.
    async fn leave(&self, step: DisasterStep) -> Result<Uuid> {
        let path = format!("/ops/v1/data-centers/{}/leave", self.data_center);
        let wish = LeaveForStep { approval: self.approval, step };
        let given: Approval = self.operations.post(&path, &wish).await?;
        Ok(given.approval_id)
    }

    fn pair_of(&self, role: Role) -> Result<Option<(Block, Pair)>> {
        let topology = read_topology(self.place)?;
        let block = topology.block_of(role).filter(|block| block.standby.is_some()).cloned();
        let servers = Servers::read(self.place)?;
        Ok(block.map(|block| {
            let pair = servers.of(&block);
            (block, pair)
        }))
    }

    /// Did the server lie there that takes writes?
    fn holds(&self, block: &Block, pair: Pair) -> bool {
        pair.primary.data_center(block) == self.data_center
    }
}

/// Refusals that end by themselves while an archive recovers.
const WAITS: [&str; 3] = ["not-ready", "router-superseded", "NO-ARCHIVE"];
