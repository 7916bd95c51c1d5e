//! All runners of a bank, and orders to several of them at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use common::wire::systems::SystemMode;
use platform::Tasks;
use tokio::sync::{mpsc, oneshot};

use super::api::Refusal;
use super::runner::{Board, Envelope, Order, Runner};
use super::systems::SystemsControl;
use super::{FaultOrder, Report};
use crate::faults::{Target, Verb, resolve};
use crate::place::Place;
use crate::plan::{Kind, Plan};

/// Orders that may wait for one process.
const ORDERS_MAX: usize = 16;

/// The bank as its supervisor holds it.
#[derive(Clone)]
pub(super) struct Bank {
    place: Place,
    tasks: Tasks,
    board: Board,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    orders: BTreeMap<String, mpsc::Sender<Envelope>>,
    /// Counts the faults of each target, so that a timed heal does not undo a later fault.
    faults: BTreeMap<String, u64>,
}

impl Bank {
    pub(super) fn new(place: Place, tasks: Tasks) -> Self {
        Self { place, tasks, board: Board::default(), inner: Arc::default() }
    }

    /// The state of every process.
    pub(super) fn reports(&self) -> Vec<Report> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts these processes of the plan as it is on disk now; those that run with another
    /// configuration or program are restarted, and what the plan no longer has is stopped.
    pub(super) async fn start(&self, names: &[String]) -> Result<(), Refusal> {
        let plan = self.plan()?;
        let mut waiting = Vec::new();
        for gone in self.names().into_iter().filter(|name| plan.unit(name).is_none()) {
            waiting.push(self.send(&plan, &gone, Order::Stop).await?);
        }
        for name in names {
            let unit = plan.unit(name).ok_or_else(|| unknown(name))?;
            let order = Order::Start(Box::new(unit.clone()));
            waiting.push(self.send(&plan, name, order).await?);
        }
        all(waiting).await
    }

    /// Carries out a fault, and plans its end if it has one.
    pub(super) async fn fault(&self, order: FaultOrder) -> Result<(), Refusal> {
        let plan = self.plan()?;
        let target = resolve(&plan, &order.target).map_err(|failure| refuse(&failure))?;
        match &target {
            Target::System(system) => {
                let mode = order.verb.system_mode().ok_or_else(|| Refusal {
                    code: "NO-SUCH-FAULT".into(),
                    sentence: format!("A system cannot be asked to {}.", order.verb),
                })?;
                self.systems(&plan)?.set(system, mode).await?;
            }
            Target::Block(units) | Target::Part(units) | Target::DataCenter { units, .. } => {
                if let Some(who) = only_for(&plan, order.verb, units) {
                    return Err(Refusal {
                        code: "NO-SUCH-FAULT".into(),
                        sentence: format!("Only {who} can {}.", order.verb),
                    });
                }
                self.order_all(&plan, units, || Order::Fault(order.verb)).await?;
            }
        }
        let number = self.count_fault(&order.target);
        if let Some(for_ms) = order.for_ms {
            self.heal_later(order.target, number, Duration::from_millis(for_ms));
        }
        Ok(())
    }

    /// Undoes whatever was done to the target, or everything.
    pub(super) async fn heal(&self, target: Option<&str>) -> Result<(), Refusal> {
        let plan = self.plan()?;
        let Some(word) = target else {
            self.count_all_faults();
            let units: Vec<String> = plan.units.iter().map(|unit| unit.name.clone()).collect();
            self.order_all(&plan, &units, || Order::Heal).await?;
            return self.heal_systems(&plan).await;
        };
        self.count_fault(word);
        match resolve(&plan, word).map_err(|failure| refuse(&failure))? {
            Target::System(system) => self.systems(&plan)?.set(&system, SystemMode::Up).await,
            Target::Block(units) | Target::Part(units) => {
                self.order_all(&plan, &units, || Order::Heal).await
            }
            Target::DataCenter { units, links } => {
                let all = [links, units].concat();
                self.order_all(&plan, &all, || Order::Heal).await
            }
        }
    }

    /// Ends everything in an orderly way: first what serves, then what it stands on.
    pub(super) async fn stop(&self) -> Result<(), Refusal> {
        let plan = self.plan().unwrap_or_default();
        let known = self.names();
        let is_service =
            |name: &String| plan.unit(name).is_none_or(|unit| unit.kind == Kind::Service);
        let (services, servers): (Vec<String>, Vec<String>) =
            known.into_iter().partition(is_service);
        for wave in [services, servers] {
            let mut waiting = Vec::new();
            for name in &wave {
                waiting.push(self.send(&plan, name, Order::Stop).await?);
            }
            all(waiting).await?;
        }
        Ok(())
    }

    async fn order_all(
        &self,
        plan: &Plan,
        names: &[String],
        order: impl Fn() -> Order,
    ) -> Result<(), Refusal> {
        let mut waiting = Vec::new();
        for name in names {
            waiting.push(self.send(plan, name, order()).await?);
        }
        all(waiting).await
    }

    /// Hands an order to a process's runner, making the runner first if there is none.
    async fn send(
        &self,
        plan: &Plan,
        name: &str,
        order: Order,
    ) -> Result<oneshot::Receiver<Result<(), String>>, Refusal> {
        let orders = self.orders_of(plan, name).ok_or_else(|| unknown(name))?;
        let (done, promise) = oneshot::channel();
        orders.send((order, done)).await.map_err(|_closed| unknown(name))?;
        Ok(promise)
    }

    fn orders_of(&self, plan: &Plan, name: &str) -> Option<mpsc::Sender<Envelope>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(orders) = inner.orders.get(name) {
            return Some(orders.clone());
        }
        let (sender, receiver) = mpsc::channel(ORDERS_MAX);
        let runner = Runner::new(plan.unit(name)?.clone(), self.board.clone());
        self.tasks.spawn("runner", runner.run(receiver));
        inner.orders.insert(name.to_owned(), sender.clone());
        Some(sender)
    }

    fn names(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.orders.keys().cloned().collect()
    }

    fn heal_later(&self, target: String, number: u64, after: Duration) {
        let bank = self.clone();
        let stop = self.tasks.stop_signal();
        self.tasks.spawn("heal later", async move {
            tokio::select! {
                () = tokio::time::sleep(after) => {}
                () = stop.cancelled() => return,
            }
            if bank.fault_number(&target) == number
                && let Err(refusal) = bank.heal(Some(&target)).await
            {
                tracing::error!(%target, sentence = refusal.sentence, "could not be healed");
            }
        });
    }

    fn fault_number(&self, target: &str) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.faults.get(target).copied().unwrap_or_default()
    }

    fn count_fault(&self, target: &str) -> u64 {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let number = inner.faults.entry(target.to_owned()).or_default();
        *number = number.wrapping_add(1);
        *number
    }

    fn count_all_faults(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for number in inner.faults.values_mut() {
            *number = number.wrapping_add(1);
        }
    }

    async fn heal_systems(&self, plan: &Plan) -> Result<(), Refusal> {
        if plan.systems_control.is_none() {
            return Ok(());
        }
        let control = self.systems(plan)?;
        for system in &plan.systems {
            control.set_patiently(system, SystemMode::Up).await?;
        }
        Ok(())
    }

    fn systems(&self, plan: &Plan) -> Result<SystemsControl, Refusal> {
        SystemsControl::new(&self.place, plan).map_err(|failure| refuse(&failure))
    }

    fn plan(&self) -> Result<Plan, Refusal> {
        Plan::read(&self.place).map_err(|failure| refuse(&failure))
    }
}

async fn all(waiting: Vec<oneshot::Receiver<Result<(), String>>>) -> Result<(), Refusal> {
    let mut outcome = Ok(());
    for promise in waiting {
        let answer = promise.await.unwrap_or_else(|_gone| Err("Its supervision ended.".into()));
        if let Err(sentence) = answer {
            outcome = Err(Refusal { code: "UP-CANNOT-START".into(), sentence });
        }
    }
    outcome
}

/// Who alone can do this, if these processes cannot.
fn only_for(plan: &Plan, verb: Verb, units: &[String]) -> Option<&'static str> {
    let is_link = |name: &String| plan.unit(name).is_some_and(|unit| unit.between.is_some());
    match verb {
        Verb::Slow | Verb::Fail => Some("back-office systems"),
        Verb::Cut if !units.iter().all(is_link) => Some("links be asked to"),
        _ => None,
    }
}

fn unknown(name: &str) -> Refusal {
    Refusal { code: "UNKNOWN-TARGET".into(), sentence: format!("The plan has no {name}.") }
}

fn refuse(failure: &crate::failure::Failure) -> Refusal {
    Refusal { code: failure.code().to_owned(), sentence: failure.sentence().to_owned() }
}
