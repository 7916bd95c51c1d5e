//! Load: simulated customers who behave as the reference client does, at rates that do not follow
//! the bank's (open loop), with a record of what each was promised.
//!
//! One thread, few tasks, one set of connections: the bank and its customers share this machine.
//! It looks at the bank only from outside; the one exception is the phone on which codes arrive.

mod bank;
mod customer;
mod drive;
pub(crate) mod figures;
mod guest;
mod next;
mod orders;
pub(crate) mod promises;
mod routing;
mod sessions;
pub(crate) mod watch;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::bank::Bank;
pub(crate) use self::customer::Customer;
use self::figures::Summary;
pub(crate) use self::guest::Guest;
use self::promises::Promises;
use self::watch::{Mark, Together};
use crate::failure::{Failure, Result};
use crate::place::Place;

/// How much.
#[derive(Clone, Debug)]
pub(crate) struct Wishes {
    /// Customers with a session.
    pub(crate) sessions: usize,
    /// Reading calls a second.
    pub(crate) requests_per_s: u32,
    /// Orders, or steps of them, a second.
    pub(crate) orders_per_s: u32,
    /// The record of promises; none: `.bulkhead/promises.jsonl`.
    pub(crate) promises: Option<PathBuf>,
}

/// Customers at work.
pub(crate) struct Load {
    place: Place,
    wishes: Wishes,
    pub(super) bank: Arc<Bank>,
    pub(crate) customers: Vec<Arc<Customer>>,
    /// Everybody attempts something every two seconds.
    pub(crate) beat: AtomicBool,
    stop: CancellationToken,
    began: std::sync::Mutex<Option<Instant>>,
}

impl Load {
    /// Where promises are kept unless somebody wants them elsewhere.
    pub(crate) fn promises_of(place: &Place) -> PathBuf {
        place.file("promises.jsonl")
    }

    /// Gives everybody a session.
    pub(crate) async fn prepare(place: &Place, wishes: Wishes) -> Result<Self> {
        let path = wishes.promises.clone().unwrap_or_else(|| Self::promises_of(place));
        let bank = Arc::new(Bank::of(place, Promises::open(&path)?)?);
        let mut customers = sessions::customers(place, wishes.sessions)?;
        sessions::ramp(&bank, &customers).await?;
        sessions::keep(place, &customers)?;
        customers.retain(|customer| customer.has_session());
        if customers.is_empty() {
            let seen = bank.figures.summary(Duration::ZERO, Together::default()).text();
            let sentence = format!("Nobody could log in.\n{seen}");
            return Err(Failure::new("LOAD", sentence).mend("./bulkhead status"));
        }
        Ok(Self {
            place: place.clone(),
            wishes,
            bank,
            customers,
            beat: AtomicBool::new(false),
            stop: CancellationToken::new(),
            began: std::sync::Mutex::new(None),
        })
    }

    /// Where the customers' record is.
    pub(crate) fn promises_path(&self) -> PathBuf {
        self.bank.promises.path().to_owned()
    }

    /// Ends [`Self::run`] from elsewhere.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// What was measured since the last restart.
    pub(crate) fn summary(&self) -> Summary {
        let ran = self.began_at().map_or_else(Default::default, |began| began.elapsed());
        self.bank.figures.summary(ran, self.together(|_mark| true))
    }

    /// What was measured of those customers whom `which` picks.
    pub(crate) fn together(&self, which: impl Fn(&Mark) -> bool) -> Together {
        let marks = self.customers.iter().filter_map(|one| one.watch().seen().cloned());
        let marks: Vec<Mark> = marks.filter(which).collect();
        Together::of(&marks)
    }

    /// Something is done now to `block`, or to nothing in particular.
    pub(crate) fn mark(&self, block: Option<&str>) {
        let blocks: Vec<String> = block.into_iter().map(str::to_owned).collect();
        self.mark_all(&blocks);
    }

    /// Something is done now to all of these blocks.
    pub(crate) fn mark_all(&self, blocks: &[String]) {
        let now = Instant::now();
        for customer in &self.customers {
            let his = customer.block().filter(|block| blocks.contains(block));
            customer.watch().mark(now, his);
        }
    }

    /// How long after the event those to whom it was done were served again, each.
    pub(crate) fn served_after(&self) -> Vec<Duration> {
        let marks = self.customers.iter().filter_map(|one| one.watch().seen().cloned());
        let concerned = marks.filter(|mark| mark.away_from.is_some());
        concerned.filter_map(|mark| Some(mark.served? - mark.at)).collect()
    }

    /// Measures anew from here.
    pub(crate) fn restart_figures(&self) {
        self.bank.figures.restart();
        self.mark(None);
        *self.began.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Some(Instant::now());
    }

    /// Keeps sessions and devices for the next run.
    pub(crate) fn keep(&self) -> Result<()> {
        sessions::keep(&self.place, &self.customers)
    }

    /// Orders whose end nobody has seen.
    pub(crate) fn orders_open(&self) -> usize {
        self.customers.iter().filter(|one| one.waits_for_an_end()).count()
    }

    fn began_at(&self) -> Option<Instant> {
        *self.began.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
