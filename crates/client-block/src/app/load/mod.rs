//! Loading: taking customers over from the archive, on demand for whoever shows up (protocol §6).
//!
//! One load a customer is under way at a time in a process; further requests of his wait for the
//! same one. What waits is taken together, slice by slice, so that the archive is asked for many
//! customers at once. All of it is bounded: the queue, the loads at once, how long a request waits.

pub mod absent;
pub mod archive;
pub mod fetch;
pub mod follow;
pub mod join;
pub mod rows;
pub mod served;
pub mod settle;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use common::problem::{Code, Refusal};
use common::{BlockName, CustomerId, Generation, SliceId};
use platform::Failure;
use tokio::sync::{Mutex, Semaphore, mpsc, watch};

use self::fetch::Group;
use crate::block::{Block, Scope};
use crate::config::ms;

/// What became of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// He is loaded.
    Loaded,
    /// Not now; he comes back in a moment.
    Later,
    /// A newer owner was seen.
    Gone,
    /// He has passed on meanwhile, or nobody knows him.
    Nobody,
}

/// A customer who is to be loaded.
#[derive(Clone, Debug)]
struct Wanted {
    scope: Scope,
    generation: Generation,
    ask: bool,
}

type Flights = HashMap<(CustomerId, Generation), watch::Receiver<Option<Outcome>>>;
type Landings = HashMap<(CustomerId, Generation), watch::Sender<Option<Outcome>>>;

/// The loads of a process that requests wait for.
#[derive(Debug)]
pub struct Loads {
    queue: mpsc::Sender<Wanted>,
    waiting: Mutex<mpsc::Receiver<Wanted>>,
    flights: std::sync::Mutex<(Flights, Landings)>,
    /// Started alone: whose journal was asked for under our generation.
    verified: std::sync::Mutex<HashSet<CustomerId>>,
}

impl Loads {
    /// With room for so many customers.
    pub fn new(queue_max: usize) -> Self {
        let (queue, waiting) = mpsc::channel(queue_max);
        Self {
            queue,
            waiting: Mutex::new(waiting),
            flights: std::sync::Mutex::default(),
            verified: std::sync::Mutex::default(),
        }
    }

    /// Waits for the customer's load under `generation`, which this call begins unless it is under
    /// way. `ask`: he has to be handed over first.
    pub async fn wait(
        &self,
        block: &Block,
        scope: &Scope,
        generation: Generation,
        ask: bool,
    ) -> Result<Outcome, Refusal> {
        let mut flight = self.flight(scope, generation, ask)?;
        let landed = tokio::time::timeout(
            ms(block.config.loading.wait_ms),
            flight.wait_for(Option::is_some),
        );
        if let Ok(Ok(outcome)) = landed.await {
            return Ok(outcome.unwrap_or(Outcome::Later));
        }
        // Not in time, or whoever loads has died: he comes back, and it is begun anew.
        self.land(scope.customer, generation, Outcome::Later);
        Ok(Outcome::Later)
    }

    /// Was his journal asked for since the block started alone?
    pub fn is_verified(&self, customer: CustomerId) -> bool {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).contains(&customer)
    }

    /// It was.
    pub fn verified(&self, customer: CustomerId) {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).insert(customer);
    }

    fn flight(
        &self,
        scope: &Scope,
        generation: Generation,
        ask: bool,
    ) -> Result<watch::Receiver<Option<Outcome>>, Refusal> {
        let key = (scope.customer, generation);
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.0.get(&key) {
            return Ok(flight.clone());
        }
        let wanted = Wanted { scope: scope.clone(), generation, ask };
        let full = |_| Refusal::new(Code::Busy).retry_after_ms(1_000);
        self.queue.try_send(wanted).map_err(full)?;
        let (landing, flight) = watch::channel(None);
        flights.0.insert(key, flight.clone());
        flights.1.insert(key, landing);
        Ok(flight)
    }

    fn land(&self, customer: CustomerId, generation: Generation, outcome: Outcome) {
        let key = (customer, generation);
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.0.remove(&key);
        if let Some(landing) = flights.1.remove(&key) {
            landing.send_replace(Some(outcome));
        }
    }
}

/// Loads whoever is waited for, until the process stops.
pub async fn run(block: Block) {
    let mut waiting = block.loads.waiting.lock().await;
    let places = Arc::new(Semaphore::new(block.config.loading.at_once));
    let mut taken = Vec::new();
    while waiting.recv_many(&mut taken, block.config.loading.batch).await > 0 {
        for group in groups(taken.drain(..)) {
            // A place for each group: what waits meanwhile is taken together the next time.
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let block = block.clone();
            let tasks = block.tasks.clone();
            tasks.spawn("load a group", async move {
                load_group(&block, &group).await;
                drop(place);
            });
        }
    }
}

async fn load_group(block: &Block, group: &Group) {
    let done = match fetch::load(block, group).await {
        Ok(done) => done,
        Err(error) => {
            let slice = group.slice.number();
            tracing::warn!(home = %group.home, slice, %error, "a load failed");
            Vec::new()
        }
    };
    let mut done: HashMap<CustomerId, Outcome> = done.into_iter().collect();
    for customer in &group.customers {
        let outcome = done.remove(customer).unwrap_or(Outcome::Later);
        block.loads.land(*customer, group.generation, outcome);
    }
}

fn groups(wanted: impl Iterator<Item = Wanted>) -> Vec<Group> {
    let mut groups: BTreeMap<(BlockName, SliceId, Generation, bool), Vec<CustomerId>> =
        BTreeMap::new();
    for Wanted { scope, generation, ask } in wanted {
        groups.entry((scope.home, scope.slice, generation, ask)).or_default().push(scope.customer);
    }
    let group = |((home, slice, generation, ask), customers)| Group {
        home,
        slice,
        generation,
        ask,
        customers,
    };
    groups.into_iter().map(group).collect()
}

/// The refusal that an outcome is for the client; none if he is loaded.
pub fn refusal(outcome: Outcome) -> Result<(), Failure> {
    match outcome {
        Outcome::Loaded => Ok(()),
        Outcome::Gone => Err(Code::PlacementMoved.into()),
        Outcome::Later | Outcome::Nobody => {
            let detail = "The customer's data has yet to be loaded here.";
            let refusal = Refusal::new(Code::PlacementBehind).detail(detail);
            Err(refusal.retry_after_ms(1_000).into())
        }
    }
}
