//! The scenes: what each drill does to the bank, what it waits for, and how it puts the bank back.

use std::time::Duration;

use common::wire::archive::MoveOrder;
use platform::clock::Clock;
use tokio::time::{Instant, sleep};

use super::figures::{Began, Record};
use super::stage::Stage;
use super::watching::{Lags, recovery_point};
use super::{Kind, Teller, Wishes};
use crate::check::Evidence;
use crate::failure::Result;
use crate::faults::Verb;
use crate::load::Load;
use crate::load::figures::{Percentiles, tenths};
use crate::load::promises;
use crate::load::watch::Mark;
use crate::place::Place;

/// How long it may take until everybody is served again.
const SERVED_WITHIN: Duration = Duration::from_mins(2);
/// How long sessions go on at the owner in a planned move.
const KEEP_MS: i64 = 10_000;
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long the load goes on between the two parts of a drill.
const BETWEEN: Duration = Duration::from_secs(8);

/// A drill that is being played.
pub(super) struct Scene<'a> {
    stage: Stage<'a>,
    wishes: &'a Wishes,
    load: &'a Load,
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
        let stage = Stage::open(place, &wishes.block, tell)?;
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
        let mut scene = Self { stage, wishes, load, lags: Lags::default(), record };
        if matches!(wishes.kind, Kind::Forced | Kind::Datacentre) {
            scene.stage.lift().await?;
        }
        Ok(scene)
    }

    /// Does it, and waits for what follows.
    pub(super) async fn play(&mut self) -> Result<()> {
        let lags = std::mem::take(&mut self.lags);
        let place = self.stage.place;
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
                self.strike(&[&block]).await?;
                self.served_again().await?;
                self.note_affected();
                self.take_stock(&block).await?;
                sleep(BETWEEN).await;
                self.stage.heal().await?;
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
                    let backup = self.stage.backup()?;
                    self.load.mark(Some(backup.as_str()));
                }
                self.pour_back().await?;
                self.note_affected();
                Ok(())
            }
            Kind::Router => {
                let units = self.stage.leading_router();
                let units: Vec<&str> = units.iter().map(String::as_str).collect();
                self.strike(&units).await?;
                sleep(BETWEEN * 2).await;
                self.note_affected();
                self.stage.heal().await
            }
            Kind::Datacentre => {
                let target = self.record.target.clone();
                self.strike(&[&target]).await?;
                let began = Instant::now();
                self.stage.prepared_action(&target).await?;
                self.served_again().await?;
                self.record.action_ms = Some(tenths(began.elapsed().as_secs_f64() * 1e3));
                self.note_affected();
                self.stage.heal().await
            }
        }
    }

    /// Puts the bank back, whatever happened.
    pub(super) async fn mend(&mut self) -> Result<()> {
        self.stage.mend().await
    }

    /// The record of what was measured.
    pub(super) fn record(mut self) -> Record {
        self.record.archive_lag = Percentiles::of(self.lags.seen());
        self.record.load = self.load.summary();
        self.record
    }

    /// Kills or pauses everything of a target. Customers' time runs from here.
    async fn strike(&mut self, targets: &[&str]) -> Result<()> {
        let verb = if self.wishes.pause { Verb::Pause } else { Verb::Kill };
        let concerned = self.stage.blocks_of(targets);
        self.record.began_at = Began(Clock::system().now());
        self.load.mark_all(&concerned);
        self.stage.strike(targets, verb).await
    }

    async fn drain(&mut self, order: MoveOrder) -> Result<()> {
        let keep_ms = if order == MoveOrder::Planned { KEEP_MS } else { 0 };
        let took = self.stage.drain(order, keep_ms).await?;
        self.record.drained_ms = Some(tenths(took.as_secs_f64() * 1e3));
        Ok(())
    }

    async fn pour_back(&mut self) -> Result<()> {
        let took = self.stage.pour_back().await?;
        self.record.poured_back_ms = Some(tenths(took.as_secs_f64() * 1e3));
        Ok(())
    }

    /// Waits until everybody concerned has had a useful answer from elsewhere.
    async fn served_again(&mut self) -> Result<()> {
        let deadline = Instant::now() + SERVED_WITHIN;
        loop {
            let all = self.load.together(concerned);
            if all.served == all.customers || Instant::now() >= deadline {
                let (served, customers) = (all.served, all.customers);
                self.stage.tell.say(format!("{served} of {customers} customers are served again."));
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
        let evidence = Evidence::gather(self.stage.place, None).await?;
        let lines = promises::read(&self.load.promises_path())?;
        let at = self.record.began_at.0;
        let point = recovery_point(&evidence, &lines, block, at).await?;
        self.record.recovery_point_ms = tenths(point.as_secs_f64() * 1e3);
        Ok(())
    }
}

/// Was it done to this customer's block?
fn concerned(mark: &Mark) -> bool {
    mark.away_from.is_some()
}
