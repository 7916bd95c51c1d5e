//! The scenes: what each drill does to the bank, what it waits for, and how it puts the bank back.

use std::time::Duration;

use common::placement::PlacementState;
use common::wire::archive::{Automation, MoveOrder, MoveState};
use common::{BlockName, Timestamp};
use platform::clock::Clock;
use tokio::time::{Instant, sleep};

use super::archive::Archive;
use super::figures::{Began, Record};
use super::watching::{Lags, read, recovery_point};
use super::{Kind, Teller, Wishes, store};
use crate::check::{Evidence, Holds};
use crate::failure::{Failure, Result};
use crate::faults::Verb;
use crate::load::Load;
use crate::load::figures::{Percentiles, tenths};
use crate::load::promises;
use crate::load::watch::Mark;
use crate::place::Place;
use crate::plan::Plan;
use crate::supervisor::FaultOrder;
use crate::supervisor::client::Supervisor;
use crate::up::wait_ready;

/// How long it may take until everybody is served again.
const SERVED_WITHIN: Duration = Duration::from_mins(2);
/// How long a move may take.
const MOVED_WITHIN: Duration = Duration::from_mins(5);
/// How long sessions go on at the owner in a planned move.
const KEEP_MS: i64 = 10_000;
/// For how long the limit is lifted: longer than a drill lasts.
const LIFTED_MS: i64 = 20 * 60_000;
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long the load goes on between the two parts of a drill.
const BETWEEN: Duration = Duration::from_secs(8);

/// A drill that is being played.
pub(super) struct Scene<'a> {
    place: &'a Place,
    wishes: &'a Wishes,
    load: &'a Load,
    tell: Teller,
    plan: Plan,
    supervisor: Supervisor,
    archive: Option<Archive>,
    /// What automation was like, while its limit is lifted.
    automation: Option<Automation>,
    /// What was broken and has to be healed.
    broken: Option<String>,
    lags: Lags,
    record: Record,
}

impl<'a> Scene<'a> {
    pub(super) async fn open(
        place: &'a Place,
        wishes: &'a Wishes,
        load: &'a Load,
        tell: Teller,
    ) -> Result<Self> {
        let plan = Plan::read(place)?;
        let supervisor = Supervisor::running(place)?;
        let archive = Archive::of(place, &plan)?;
        let target = match wishes.kind {
            Kind::Router => "router".to_owned(),
            Kind::Datacentre => wishes.data_centre.clone(),
            _ => wishes.block.clone(),
        };
        let record = Record {
            kind: wishes.kind.as_str().to_owned(),
            began_at: Began(Clock::system().now()),
            target,
            paused: wishes.pause,
            ..Record::default()
        };
        let mut scene = Self {
            place,
            wishes,
            load,
            tell,
            plan,
            supervisor,
            archive,
            automation: None,
            broken: None,
            lags: Lags::default(),
            record,
        };
        if matches!(wishes.kind, Kind::Forced | Kind::Datacentre) {
            scene.lift().await?;
        }
        Ok(scene)
    }

    /// Does it, and waits for what follows.
    pub(super) async fn play(&mut self) -> Result<()> {
        let lags = std::mem::take(&mut self.lags);
        let place = self.place;
        let outcome = tokio::select! {
            outcome = self.act() => outcome,
            failed = lags.watch(place) => failed,
        };
        self.lags = lags;
        outcome
    }

    async fn act(&mut self) -> Result<()> {
        match self.wishes.kind {
            Kind::Forced => {
                let block = self.wishes.block.clone();
                self.strike(&block).await?;
                self.served_again().await?;
                self.note_affected();
                self.take_stock(&block).await?;
                sleep(BETWEEN).await;
                self.heal().await?;
                self.pour_back().await
            }
            Kind::Planned | Kind::Urgent | Kind::Return => {
                let order = match self.wishes.kind {
                    Kind::Planned => MoveOrder::Planned,
                    _ => MoveOrder::Urgent,
                };
                self.load.mark(Some(&self.wishes.block));
                self.drain(order).await?;
                sleep(BETWEEN).await;
                if self.wishes.kind == Kind::Return {
                    let backup = self.backup()?;
                    self.load.mark(Some(backup.as_str()));
                }
                self.pour_back().await?;
                self.note_affected();
                Ok(())
            }
            Kind::Router => {
                let target = self.record.target.clone();
                self.strike(&target).await?;
                sleep(BETWEEN * 2).await;
                self.note_affected();
                self.heal().await
            }
            Kind::Datacentre => {
                let target = self.record.target.clone();
                self.strike(&target).await?;
                self.served_again().await?;
                self.note_affected();
                self.heal().await
            }
        }
    }

    /// Puts the bank back, whatever happened.
    pub(super) async fn mend(&mut self) -> Result<()> {
        let healed = self.heal().await;
        if let (Some(archive), Some(before)) = (&self.archive, self.automation.take()) {
            archive.put_back(&before).await?;
            self.tell.say("Automation's limit is as it was.");
        }
        healed
    }

    /// The record of what was measured.
    pub(super) fn record(mut self) -> Record {
        self.record.archive_lag = Percentiles::of(self.lags.seen());
        self.record.load = self.load.summary();
        self.record
    }

    async fn lift(&mut self) -> Result<()> {
        let Some(archive) = &self.archive else { return Ok(()) };
        let until = Clock::system().now().plus_ms(LIFTED_MS);
        self.automation = Some(archive.lift_limit(until).await?);
        self.tell.say("Two administrators have lifted automation's limit for this drill.");
        Ok(())
    }

    /// Kills or pauses everything of a target. Customers' time runs from here.
    async fn strike(&mut self, target: &str) -> Result<()> {
        let verb = if self.wishes.pause { Verb::Pause } else { Verb::Kill };
        let concerned = self.blocks_of(target);
        self.broken = Some(target.to_owned());
        self.record.began_at = Began(Clock::system().now());
        self.load.mark_all(&concerned);
        let order = FaultOrder { verb, target: target.to_owned(), for_ms: None };
        self.supervisor.fault(&order).await?;
        self.tell.say(format!("{target}: every process and database is hit ({verb})."));
        Ok(())
    }

    /// The blocks that a target means.
    fn blocks_of(&self, target: &str) -> Vec<String> {
        let units = self.plan.units.iter();
        let mut blocks: Vec<String> = units
            .filter(|unit| unit.block == target || unit.data_center == target)
            .map(|unit| unit.block.clone())
            .collect();
        blocks.dedup();
        blocks
    }

    /// Waits until everybody concerned has had a useful answer from elsewhere.
    async fn served_again(&mut self) -> Result<()> {
        let deadline = Instant::now() + SERVED_WITHIN;
        loop {
            let all = self.load.together(concerned);
            if all.served == all.customers || Instant::now() >= deadline {
                let (served, customers) = (all.served, all.customers);
                self.tell.say(format!("{served} of {customers} customers are served again."));
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
    }

    fn note_affected(&mut self) {
        self.record.affected = self.load.together(concerned);
        self.record.others = self.load.together(|mark| !concerned(mark));
        let mut times = self.load.served_after();
        times.sort();
        let ms = |time: &Duration| tenths(time.as_secs_f64() * 1e3);
        self.record.first_served_ms = times.first().map(ms);
        let most = usize::try_from(self.record.affected.customers * 99 / 100).unwrap_or(0);
        self.record.most_served_ms = times.get(most.saturating_sub(1)).map(ms);
    }

    /// What the dead block alone has.
    async fn take_stock(&mut self, block: &str) -> Result<()> {
        let evidence = Evidence::gather(self.place, None).await?;
        let lines = promises::read(&self.load.promises_path())?;
        let at = self.record.began_at.0;
        let point = recovery_point(&evidence, &lines, block, at).await?;
        self.record.recovery_point_ms = tenths(point.as_secs_f64() * 1e3);
        Ok(())
    }

    async fn heal(&mut self) -> Result<()> {
        let Some(target) = self.broken.clone() else { return Ok(()) };
        self.supervisor.heal(Some(target.clone())).await?;
        wait_ready(&self.plan, &self.supervisor).await?;
        self.broken = None;
        self.tell.say(format!("{target} is healed."));
        Ok(())
    }

    /// Moves the block's customers to its backup.
    async fn drain(&mut self, order: MoveOrder) -> Result<()> {
        let began = Instant::now();
        let target = self.backup()?;
        let keep = (order == MoveOrder::Planned).then(|| Clock::system().now().plus_ms(KEEP_MS));
        self.move_to(order, &target, keep).await?;
        self.record.drained_ms = Some(tenths(began.elapsed().as_secs_f64() * 1e3));
        self.tell.say(format!("{} serves nobody any more.", self.wishes.block));
        Ok(())
    }

    /// Brings the block's customers home.
    async fn pour_back(&mut self) -> Result<()> {
        let began = Instant::now();
        let home = self.home()?;
        self.move_to(MoveOrder::Return, &home, None).await?;
        let deadline = Instant::now() + MOVED_WITHIN;
        while Instant::now() < deadline {
            let rows = self.archive()?.register().await?;
            let own = rows.iter().filter(|row| row.home == home);
            let mut back = own.map(|row| row.state == PlacementState::Active && row.owner == home);
            if back.all(|back| back) && self.to_load().await? == 0 {
                self.record.poured_back_ms = Some(tenths(began.elapsed().as_secs_f64() * 1e3));
                self.tell.say(format!("{home} serves its customers again."));
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
        let sentence = format!("{home} has not got all its customers back.");
        Err(Failure::new("DRILL-NOT-BACK", sentence).mend("./bulkhead ops placements"))
    }

    async fn move_to(
        &mut self,
        order: MoveOrder,
        target: &BlockName,
        deadline: Option<Timestamp>,
    ) -> Result<()> {
        let home = self.home()?;
        let archive = self.archive()?;
        let mut rows = archive.register().await?;
        rows.retain(|row| row.home == home && row.owner != *target);
        if rows.is_empty() {
            return Ok(());
        }
        let life = self.life_of(target).await?;
        let id = archive.begin(order, &home, &rows, (target.clone(), life), deadline).await?;
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

    async fn life_of(&self, block: &BlockName) -> Result<common::Incarnation> {
        let evidence = Evidence::gather(self.place, None).await?;
        let mut all = evidence.leading(Holds::Customers);
        let database = all.find(|one| one.block == block.as_str()).ok_or_else(|| {
            Failure::new("DRILL-DATABASE", format!("The database of {block} is not reached."))
        })?;
        let life = read(database, store::life(&database.client).await)?;
        life.and_then(|life| life.parse().ok()).ok_or_else(|| {
            let sentence = format!("{block} has not begun a life yet: its worker has not run.");
            Failure::new("DRILL-DATABASE", sentence)
        })
    }

    async fn to_load(&self) -> Result<i64> {
        let evidence = Evidence::gather(self.place, None).await?;
        let mut all = evidence.leading(Holds::Customers);
        match all.find(|one| one.block == self.wishes.block) {
            Some(one) => read(one, store::to_load(&one.client, &one.block).await),
            None => Ok(i64::MAX),
        }
    }

    fn archive(&self) -> Result<&Archive> {
        self.archive.as_ref().ok_or_else(|| {
            Failure::new("DRILL-NO-ARCHIVE", "This bank has no archive: nothing can be moved.")
        })
    }

    fn home(&self) -> Result<BlockName> {
        BlockName::try_from(self.wishes.block.clone())
            .map_err(|error| Failure::new("UNKNOWN-TARGET", format!("{error}.")))
    }

    /// The backup in the other data centre.
    fn backup(&self) -> Result<BlockName> {
        let units = &self.plan.units;
        let own = units.iter().find(|unit| unit.block == self.wishes.block);
        let own = own.map(|unit| unit.data_center.clone()).unwrap_or_default();
        let mut all = units.iter().filter(|unit| unit.role.as_str() == "backup");
        let found = all.find(|unit| unit.data_center != own);
        let name = found.map(|unit| unit.block.clone()).unwrap_or_default();
        BlockName::try_from(name).map_err(|_none| {
            Failure::new("DRILL-NO-BACKUP", format!("{} has no backup.", self.wishes.block))
        })
    }
}

/// Was it done to this customer's block?
fn concerned(mark: &Mark) -> bool {
    mark.away_from.is_some()
}
