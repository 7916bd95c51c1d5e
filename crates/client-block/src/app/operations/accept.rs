//! Group acceptance: orders that arrive while a commit runs share the next one. A few writers,
//! each with its queue, chosen by customer; each takes whatever has queued up, without waiting for
//! more, so that a single order is as quick as it would be alone.

use std::sync::Arc;

use common::block::viewing::must_look_again;
use common::join::operation::Marks;
use common::problem::{Code, Refusal};
use common::{BlockName, CustomerId, Generation, Guards};
use platform::config::ConfigError;
use platform::pg::Db;
use platform::{Failure, Tasks};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::write::entity;
use crate::app::register::answer;
use crate::config;
use crate::store::acceptance::{self, Arrival, Guarding, Stored};

/// The writers' queues.
#[derive(Clone, Debug)]
pub struct Acceptance {
    queues: Arc<[mpsc::Sender<Waiting>]>,
}

/// What became of an order, or why nothing did.
pub type Taken = Result<Accepted, Failure>;

/// A stored order.
#[derive(Debug)]
pub enum Accepted {
    /// Committed just now.
    New(Box<Arrival>),
    /// The key was used before, or another process of this block was quicker with it.
    Known,
    /// It looks like another order; that may be the same one, stored before.
    LooksAlike,
}

struct Waiting {
    arrival: Box<Arrival>,
    answer: oneshot::Sender<Taken>,
}

impl Acceptance {
    /// Starts the writers as tasks.
    pub fn start(
        config: &config::Acceptance,
        tasks: &Tasks,
        db: &Db,
        name: &BlockName,
    ) -> Result<Self, ConfigError> {
        if config.writers == 0 || config.batch == 0 || config.queue_max == 0 {
            let text = "acceptance.writers, batch and queue_max must be at least 1";
            return Err(ConfigError::Inconsistent(text.to_owned()));
        }
        let queue = |_| {
            let (sender, receiver) = mpsc::channel(config.queue_max);
            let writer = Writer {
                queue: Arc::new(Mutex::new(receiver)),
                batch: config.batch,
                db: db.clone(),
                name: name.clone(),
            };
            tasks.supervise("accept orders", move || run(writer.clone()));
            sender
        };
        Ok(Self { queues: (0..config.writers).map(queue).collect() })
    }

    /// Stores an order; comes back after its commit.
    pub async fn take_in(&self, arrival: Arrival) -> Taken {
        let full = || Refusal::new(Code::Busy).retry_after_ms(500);
        let queue = self.queue_of(arrival.scope.customer).ok_or_else(full)?;
        let (answer, taken) = oneshot::channel();
        let waiting = Waiting { arrival: Box::new(arrival), answer };
        queue.try_send(waiting).map_err(|_| full())?;
        // The writer died with the order in its hands: it may or may not be stored.
        taken.await.unwrap_or_else(|_| Err(Code::Internal.into()))
    }

    fn queue_of(&self, customer: CustomerId) -> Option<&mpsc::Sender<Waiting>> {
        let queues = u64::try_from(self.queues.len()).ok()?;
        self.queues.get(usize::try_from(customer.0.checked_rem(queues)?).ok()?)
    }
}

#[derive(Clone)]
struct Writer {
    queue: Arc<Mutex<mpsc::Receiver<Waiting>>>,
    batch: usize,
    db: Db,
    name: BlockName,
}

async fn run(writer: Writer) {
    let mut queue = writer.queue.lock().await;
    let mut batch = Vec::with_capacity(writer.batch);
    while queue.recv_many(&mut batch, writer.batch).await > 0 {
        let (arrivals, answers): (Vec<Arrival>, Vec<_>) =
            batch.drain(..).map(|waiting| (*waiting.arrival, waiting.answer)).unzip();
        for (answer, taken) in answers.into_iter().zip(writer.write(arrivals).await) {
            // A client that has gone does not need to be told; its order is stored all the same.
            drop(answer.send(taken));
        }
    }
}

/// What became of an order in a transaction that was committed.
type Verdict = Result<Stored, Refusal>;

impl Writer {
    /// Stores a batch. If it fails as a whole, each order is tried alone: one that cannot be
    /// stored must not take the others with it.
    async fn write(&self, mut arrivals: Vec<Arrival>) -> Vec<Taken> {
        if arrivals.len() > 1 {
            match self.transact(&mut arrivals).await {
                Ok(verdicts) => return arrivals.into_iter().zip(verdicts).map(taken).collect(),
                Err(error) => {
                    tracing::warn!(%error, orders = arrivals.len(), "a batch failed; one by one");
                }
            }
        }
        let mut all = Vec::with_capacity(arrivals.len());
        for mut arrival in arrivals {
            match self.transact(std::slice::from_mut(&mut arrival)).await {
                Ok(verdicts) => all.extend(std::iter::once(arrival).zip(verdicts).map(taken)),
                Err(error) => all.push(Err(error)),
            }
        }
        all
    }

    async fn transact(&self, arrivals: &mut [Arrival]) -> Result<Vec<Verdict>, Failure> {
        let mut connection = self.db.connection().await?;
        let tx = connection.transaction().await?;
        let guarding = acceptance::enter_gates(&tx, arrivals).await?;
        let mut refused = Vec::with_capacity(arrivals.len());
        for (arrival, guarding) in arrivals.iter_mut().zip(guarding) {
            let admission = let_in(&self.name, arrival, &guarding);
            let fenced = guarding.standing.fenced;
            refused.push(admission.map(|generation| put_under(generation, fenced, arrival)).err());
        }
        let guarded = arrivals.iter().zip(&refused);
        let admitted: Vec<&Arrival> =
            guarded.filter(|(_, refused)| refused.is_none()).map(|(arrival, _)| arrival).collect();
        let stored = acceptance::store(&tx, &admitted).await?;
        tx.commit().await?;
        metrics::histogram!("acceptance_batch_orders").record(batch_size(admitted.len()));
        let mut stored = stored.into_iter().map(Ok);
        Ok(refused.into_iter().filter_map(|no| no.map(Err).or_else(|| stored.next())).collect())
    }
}

/// The generation to store an order under: its customer is served here, its session is alive, and
/// he has seen what is known of him.
fn let_in(me: &BlockName, arrival: &Arrival, guarding: &Guarding) -> Result<Generation, Refusal> {
    let Guarding { standing, session } = guarding;
    let generation = answer(&standing.access(me, None))?;
    let now = arrival.operation.created_at;
    let lives =
        standing.row.as_ref().zip(session.as_ref()).is_some_and(|(row, it)| it.is_live(row, now));
    if !lives {
        return Err(Code::SessionExpired.into());
    }
    if must_look_again(arrival.as_of, generation, standing.fenced) {
        return Err(Code::LookAgain.into());
    }
    Ok(generation)
}

/// The order was made under the generation of the copy in memory; the row behind the gate counts.
/// What is ordered while the gateway could not be fenced for him says so for good.
fn put_under(generation: Generation, fenced: bool, arrival: &mut Arrival) {
    let marks = Marks::ordered(fenced, Guards::ALL);
    if (arrival.operation.generation, arrival.operation.marks) != (generation, marks) {
        arrival.operation.generation = generation;
        arrival.operation.marks = marks;
        arrival.entity = entity(generation, &arrival.operation);
    }
}

fn taken((mut arrival, verdict): (Arrival, Verdict)) -> Taken {
    match verdict? {
        Stored::New(line) => {
            arrival.operation.line = Some(line);
            Ok(Accepted::New(Box::new(arrival)))
        }
        Stored::Known => Ok(Accepted::Known),
        Stored::LooksAlike => Ok(Accepted::LooksAlike),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a histogram of small numbers")]
fn batch_size(orders: usize) -> f64 {
    orders as f64
}
