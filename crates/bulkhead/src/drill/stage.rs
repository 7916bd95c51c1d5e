//! The stage: what drills and the tour do to the bank, and how they put it back. Faults go through
//! the supervisor, moves through the operations API; whether and when the bank moves somebody by
//! itself is the bank's own affair.

use std::time::Duration;

use common::BlockName;
use common::placement::PlacementState;
use common::wire::archive::{Automation, MoveOrder, MoveState};
use tokio::time::{Instant, sleep};

use super::archive::Archive;
use super::watching::read;
use super::{Teller, store};
use crate::check::{Evidence, Holds};
use crate::failure::{Failure, Result};
use crate::faults::Verb;
use crate::place::Place;
use crate::plan::{Plan, Unit};
use crate::supervisor::FaultOrder;
use crate::supervisor::client::Supervisor;
use crate::up::{read_topology, wait_ready};

/// How long a move may take.
const MOVED_WITHIN: Duration = Duration::from_mins(5);
/// For how long the limit is lifted: longer than a drill lasts.
const LIFTED_MS: i64 = 20 * 60_000;
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A bank to which something is done.
pub(crate) struct Stage<'a> {
    pub(super) place: &'a Place,
    pub(super) tell: Teller,
    pub(super) plan: Plan,
    /// The home whose customers are moved.
    pub(super) block: String,
    supervisor: Supervisor,
    archive: Option<Archive>,
    /// What automation was like, while its limit is lifted.
    automation: Option<Automation>,
    /// What was broken and has to be healed.
    broken: Vec<String>,
}

impl<'a> Stage<'a> {
    pub(crate) fn open(place: &'a Place, block: &str, tell: Teller) -> Result<Self> {
        let plan = Plan::read(place)?;
        let archive = Archive::of(place, &plan);
        let supervisor = Supervisor::running(place)?;
        let block = block.to_owned();
        Ok(Self {
            place,
            tell,
            plan,
            block,
            supervisor,
            archive,
            automation: None,
            broken: Vec::new(),
        })
    }

    /// Puts the bank back, whatever happened.
    pub(crate) async fn mend(&mut self) -> Result<()> {
        let healed = self.heal().await;
        if let (Some(archive), Some(before)) = (&self.archive, self.automation.take()) {
            archive.put_back(&before).await?;
            self.tell.say("Automation's limit is as it was.");
        }
        healed
    }

    /// Lets automation move although it has moved something within ten minutes.
    pub(crate) async fn lift(&mut self) -> Result<()> {
        let Some(archive) = &self.archive else { return Ok(()) };
        self.automation = Some(archive.lift_limit(LIFTED_MS).await?);
        self.tell.say("Two administrators have lifted automation's limit for this drill.");
        Ok(())
    }

    /// Kills or pauses everything of these targets.
    pub(crate) async fn strike(&mut self, targets: &[&str], verb: Verb) -> Result<()> {
        for target in targets {
            self.broken.push((*target).to_owned());
            let order = FaultOrder { verb, target: (*target).to_owned(), for_ms: None };
            self.supervisor.fault(&order).await?;
        }
        self.tell.say(format!("Hit ({verb}): {}.", targets.join(", ")));
        Ok(())
    }

    /// The blocks that these targets mean.
    pub(super) fn blocks_of(&self, targets: &[&str]) -> Vec<String> {
        let hit = |name: &str| targets.contains(&name);
        // Who serves customers there; a standby of a block elsewhere does not.
        let units = self.plan.units.iter().filter(|unit| !unit.channels.is_empty());
        let mut blocks: Vec<String> = units
            .filter(|unit| hit(&unit.block) || hit(&unit.data_center))
            .map(|unit| unit.block.clone())
            .collect();
        blocks.sort();
        blocks.dedup();
        blocks
    }

    /// The router's processes and database in the data centre where it lies; not what stands by
    /// for it in the other one.
    pub(super) fn leading_router(&self) -> Vec<String> {
        let leads = Plan::read(self.place).ok().and_then(|plan| plan.leading_router);
        let Some(router) = leads.and_then(|name| self.plan.unit(&name)) else {
            return Vec::new();
        };
        let own =
            |unit: &&Unit| unit.block == router.block && unit.data_center == router.data_center;
        self.plan.units.iter().filter(own).map(|unit| unit.name.clone()).collect()
    }

    /// Heals what was struck.
    pub(crate) async fn heal(&mut self) -> Result<()> {
        if self.broken.is_empty() {
            return Ok(());
        }
        for target in self.broken.clone() {
            self.supervisor.heal(Some(target)).await?;
        }
        wait_ready(&self.plan, &self.supervisor).await?;
        self.tell.say(format!("Healed: {}.", self.broken.join(", ")));
        self.broken.clear();
        Ok(())
    }

    /// Moves the block's customers to its backup. Returns how long it took.
    pub(super) async fn drain(&self, order: MoveOrder, keep_ms: i64) -> Result<Duration> {
        let began = Instant::now();
        let target = self.backup()?;
        self.move_to(order, &target, keep_ms).await?;
        self.tell.say(format!("{} serves nobody any more.", self.block));
        Ok(began.elapsed())
    }

    /// Brings the block's customers home. Returns how long it took until all were loaded there.
    pub(crate) async fn pour_back(&self) -> Result<Duration> {
        let began = Instant::now();
        let home = self.home()?;
        self.move_to(MoveOrder::Return, &home, 0).await?;
        let deadline = Instant::now() + MOVED_WITHIN;
        while Instant::now() < deadline {
            let rows = self.archive()?.register().await?;
            let own = rows.iter().filter(|row| row.home == home);
            let mut back = own.map(|row| row.state == PlacementState::Active && row.owner == home);
            if back.all(|back| back) && self.to_load().await? == 0 {
                self.tell.say(format!("{home} serves its customers again."));
                return Ok(began.elapsed());
            }
            sleep(LOOK_EVERY).await;
        }
        let sentence = format!("{home} has not got all its customers back.");
        Err(Failure::new("DRILL-NOT-BACK", sentence).mend("./bulkhead ops placements"))
    }

    async fn move_to(&self, order: MoveOrder, target: &BlockName, keep_ms: i64) -> Result<()> {
        let home = self.home()?;
        let archive = self.archive()?;
        let mut rows = archive.register().await?;
        rows.retain(|row| row.home == home && row.owner != *target);
        if rows.is_empty() {
            return Ok(());
        }
        let id = archive.start(order, &home, &rows, target, keep_ms).await?;
        let until = Instant::now() + MOVED_WITHIN;
        while Instant::now() < until {
            match archive.state_of(id).await? {
                Some(MoveState::Done) => return Ok(()),
                Some(MoveState::Aborted) => {
                    return Err(Failure::new("DRILL-ABORTED", "The move was given up."));
                }
                Some(MoveState::Running) | None => sleep(LOOK_EVERY).await,
            }
        }
        let sentence = format!("The move of {home} to {target} did not end.");
        Err(Failure::new("DRILL-NOT-MOVED", sentence))
    }

    async fn to_load(&self) -> Result<i64> {
        let evidence = Evidence::gather(self.place, None).await?;
        let mut all = evidence.leading(Holds::Customers);
        match all.find(|one| one.block == self.block) {
            Some(one) => read(one, store::to_load(&one.client, &one.block).await),
            None => Ok(i64::MAX),
        }
    }

    pub(super) fn archive(&self) -> Result<&Archive> {
        self.archive.as_ref().ok_or_else(|| {
            Failure::new("DRILL-NO-ARCHIVE", "This bank has no archive: nothing can be moved.")
        })
    }

    fn home(&self) -> Result<BlockName> {
        BlockName::try_from(self.block.clone())
            .map_err(|error| Failure::new("UNKNOWN-TARGET", format!("{error}.")))
    }

    /// Who stands in for the home.
    pub(super) fn backup(&self) -> Result<BlockName> {
        let topology = read_topology(self.place)?;
        let name = topology.backups.get(&self.block).cloned().unwrap_or_default();
        BlockName::try_from(name).map_err(|_none| {
            Failure::new("DRILL-NO-BACKUP", format!("{} has no backup.", self.block))
        })
    }
}
