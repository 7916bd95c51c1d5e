//! The clock of the load: so many calls and orders a second, whatever the bank answers. A customer
//! does one thing at a time; who is still waiting is passed over, and if all are, that is counted.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use platform::random;
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::Load;
use super::bank::Bank;
use super::customer::Customer;
use super::next::Because;
use super::orders::get;
use crate::failure::{Failure, Result};

/// During a drill everybody attempts something at least this often.
const BEAT: Duration = Duration::from_millis(1_800);
const BEATS_EVERY: Duration = Duration::from_millis(20);
/// How many customers are looked at for one that is free.
const LOOKS: usize = 64;
/// After the load orders are followed to their end, at most so long.
const SETTLE_WITHIN: Duration = Duration::from_secs(30);
const SETTLE_EVERY: Duration = Duration::from_millis(20);

/// What a customer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Read,
    Order(u64),
    Beat,
    Follow,
}

/// Whose turn it is.
struct Turns<'a> {
    load: &'a Load,
    running: JoinSet<Result<()>>,
    next_reader: usize,
    next_orderer: usize,
    ordered: u64,
}

impl Load {
    /// Runs until somebody stops it; then lets orders come to their end.
    pub(crate) async fn run(&self) -> Result<()> {
        self.restart_figures();
        let half = self.customers.len() / 2;
        // Amounts of their own for every run, so that no order looks like one of the last run.
        let mut turns = Turns {
            load: self,
            running: JoinSet::new(),
            next_reader: 0,
            next_orderer: half,
            ordered: random::below(9_000),
        };
        turns.work().await?;
        turns.settle().await?;
        self.keep()
    }
}

impl Turns<'_> {
    async fn work(&mut self) -> Result<()> {
        let mut reads = ticks(self.load.wishes.requests_per_s);
        let mut orders = ticks(self.load.wishes.orders_per_s);
        let mut beats = interval(BEATS_EVERY);
        beats.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                () = self.load.stop.cancelled() => return Ok(()),
                _ = reads.tick(), if self.load.wishes.requests_per_s > 0 => self.read(),
                _ = orders.tick(), if self.load.wishes.orders_per_s > 0 => self.order(),
                _ = beats.tick(), if self.load.beat.load(Ordering::Relaxed) => self.beats(),
            }
            self.reap()?;
        }
    }

    /// Everybody who waits for the end of an order looks again, for a while.
    async fn settle(&mut self) -> Result<()> {
        let deadline = Instant::now() + SETTLE_WITHIN;
        let mut looks = interval(SETTLE_EVERY);
        let mut at = 0;
        while Instant::now() < deadline && (self.load.orders_open() > 0 || !self.running.is_empty())
        {
            looks.tick().await;
            self.reap()?;
            let waiting = self.load.customers.iter().filter(|one| one.waits_for_an_end());
            let waiting: Vec<_> = waiting.collect();
            at += 1;
            if let Some(customer) = waiting.get(at % waiting.len().max(1)) {
                let due = customer.watch().is_due(Instant::now(), Duration::from_secs(1));
                if due {
                    self.start(customer, Turn::Follow);
                }
            }
        }
        self.running.abort_all();
        Ok(())
    }

    fn read(&mut self) {
        for _ in 0..LOOKS {
            self.next_reader = (self.next_reader + 1) % self.load.customers.len();
            let customer = &self.load.customers[self.next_reader];
            if self.start(customer, Turn::Read) {
                return self.load.bank.figures.offered();
            }
        }
        self.load.bank.figures.busy();
    }

    fn order(&mut self) {
        self.ordered += 1;
        for _ in 0..LOOKS {
            self.next_orderer = (self.next_orderer + 1) % self.load.customers.len();
            let customer = &self.load.customers[self.next_orderer];
            if self.start(customer, Turn::Order(self.ordered)) {
                return self.load.bank.figures.offered();
            }
        }
        self.load.bank.figures.busy();
    }

    /// Whoever has tried nothing for a while does; whoever is told that there is no connection
    /// presses “try now”.
    fn beats(&mut self) {
        let now = Instant::now();
        for customer in &self.load.customers {
            let due = customer.watch().is_due(now, BEAT);
            if due && !self.start(customer, Turn::Beat) {
                customer.watch().insists(now);
                customer.wake();
            }
        }
    }

    /// Begins a turn, if the customer is free.
    fn start(&mut self, customer: &Arc<Customer>, turn: Turn) -> bool {
        let Ok(mine) = Arc::clone(&customer.turn).try_lock_owned() else { return false };
        let bank = Arc::clone(&self.load.bank);
        let customer = Arc::clone(customer);
        let other = random::below(self.load.customers.len() as u64);
        let other = usize::try_from(other).unwrap_or_default();
        let payee = self.load.customers[other].login.phone.clone();
        self.running.spawn(async move {
            let _mine = mine;
            customer.take_turn(&bank, turn, &payee).await
        });
        true
    }

    fn reap(&mut self) -> Result<()> {
        while let Some(done) = self.running.try_join_next() {
            done.map_err(|error| Failure::new("LOAD", format!("{error}.")))??;
        }
        Ok(())
    }
}

impl Customer {
    async fn take_turn(&self, bank: &Bank, turn: Turn, payee: &str) -> Result<()> {
        if !self.has_session() {
            let came_in = self.log_in(bank).await?;
            return self.ended(bank, came_in);
        }
        let outcome = match turn {
            Turn::Order(nth) if payee != self.login.phone => self.order(bank, payee, nth).await?,
            Turn::Read | Turn::Follow if self.waits_for_an_end() => self.follow(bank).await?,
            Turn::Beat => self.call(bank, &get("operations", PAGE.to_owned())).await.map(drop),
            Turn::Read | Turn::Order(_) | Turn::Follow => {
                let (kind, path) = READS[usize::try_from(random::below(10)).unwrap_or_default()];
                self.call(bank, &get(kind, path.to_owned())).await.map(drop)
            }
        };
        self.ended(bank, outcome)
    }

    fn ended(
        &self,
        bank: &Bank,
        outcome: std::result::Result<(), super::customer::GaveUp>,
    ) -> Result<()> {
        let Err(gave_up) = outcome else { return Ok(()) };
        bank.figures.error_seen(gave_up.kind());
        if gave_up.because == Because::Reauthenticate {
            self.session_ended(bank, &gave_up.code)?;
        }
        Ok(())
    }
}

const PAGE: &str = "/v1/operations?limit=5";
/// What people look at, out of ten times.
const READS: [(&str, &str); 10] = [
    ("overview", "/v1/overview"),
    ("accounts", "/v1/accounts"),
    ("accounts", "/v1/accounts"),
    ("accounts", "/v1/accounts"),
    ("accounts", "/v1/accounts"),
    ("operations", PAGE),
    ("operations", PAGE),
    ("operations", PAGE),
    ("cards", "/v1/cards"),
    ("rates", "/v1/reference/rates"),
];

fn ticks(per_second: u32) -> Interval {
    let mut ticks = interval(Duration::from_secs(1) / per_second.max(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    ticks
}
