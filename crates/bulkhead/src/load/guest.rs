//! One customer by himself, for the tour: he logs in, looks, orders once and follows it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Customer;
use super::bank::Bank;
use super::next::Because;
use super::orders::get;
use super::promises::{self, Promises, Told, What};
use super::sessions;
use crate::failure::{Failure, Result};
use crate::place::Place;

const LOOK_EVERY: Duration = Duration::from_millis(300);
/// Among how many customers he is looked for.
const AMONG: usize = 1_000;

/// A customer and his device.
pub(crate) struct Guest {
    bank: Bank,
    customer: Arc<Customer>,
    payee: String,
}

impl Guest {
    /// The last demo customer of a block, so that those of the load stay untouched.
    pub(crate) async fn come(place: &Place, block: &str, path: &Path) -> Result<Self> {
        let bank = Bank::of(place, Promises::open(path)?)?;
        let all = sessions::customers(place, AMONG)?;
        let his = |one: &&Arc<Customer>| one.login.home == block;
        let Some(customer) = all.iter().rev().find(his).map(Arc::clone) else {
            let sentence = format!("{block} has no demo customer.");
            return Err(Failure::new("UNKNOWN-TARGET", sentence));
        };
        let payee = all.first().map(|one| one.login.phone.clone()).unwrap_or_default();
        if let Err(gave_up) = customer.log_in(&bank).await? {
            let sentence = format!("He cannot log in: {}.", gave_up.kind());
            return Err(Failure::new("TOUR-LOGIN", sentence).mend("./bulkhead status"));
        }
        customer.watch().mark(Instant::now(), None);
        Ok(Self { bank, customer, payee })
    }

    /// His name to log in.
    pub(crate) fn name(&self) -> &str {
        &self.customer.login.login
    }

    /// How often he had to log in, the first time included.
    pub(crate) fn logins(&self) -> u32 {
        1 + self.customer.watch().seen().map_or(0, |mark| mark.logins)
    }

    /// Looks once. Who serves him, if somebody does.
    pub(crate) async fn look(&self) -> Result<Option<String>> {
        let path = "/v1/operations?limit=5".to_owned();
        match self.customer.call(&self.bank, &get("operations", path)).await {
            Ok(_) => Ok(self.customer.block()),
            Err(gave_up) if gave_up.because == Because::Reauthenticate => {
                self.customer.session_ended(&self.bank, &gave_up.code)?;
                let sentence = format!("He was asked to log in: {}.", gave_up.kind());
                Err(Failure::new("TOUR-LOGIN", sentence))
            }
            Err(_not_now) => Ok(None),
        }
    }

    /// Orders once: reviewed, kept, sent, and sent again under the same key until it is heard.
    pub(crate) async fn order_and_follow(&self) -> Result<()> {
        let nth = platform::random::below(9_000) * 4;
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let stepped = self.customer.order(&self.bank, &self.payee, nth).await?;
            match stepped {
                Ok(()) => return Ok(()),
                Err(gave_up) if Instant::now() >= deadline => {
                    let sentence = format!("The payment cannot be ordered: {}.", gave_up.kind());
                    return Err(Failure::new("TOUR-PAYMENT", sentence));
                }
                Err(_not_now) => sleep(LOOK_EVERY).await,
            }
        }
    }

    /// Waits until his payment is done, and counts how often he was told so.
    pub(crate) async fn until_done(&self, within: Duration) -> Result<usize> {
        let deadline = Instant::now() + within;
        while self.customer.waits_for_an_end() && Instant::now() < deadline {
            // Trouble is no end: he looks again.
            if self.customer.follow(&self.bank).await?.is_err() {
                sleep(LOOK_EVERY).await;
            }
            sleep(LOOK_EVERY).await;
        }
        let lines = promises::read(self.bank.promises.path())?;
        let own = lines.iter().filter(|line| line.customer_id == self.customer.customer_id);
        let mut last = None;
        for line in own {
            match &line.what {
                What::Kept { operation_id, .. } => last = Some((*operation_id, 0)),
                What::Told { operation_id, told: Told::Done, .. } => {
                    last = last.map(|(id, n)| (id, n + usize::from(id == *operation_id)));
                }
                _ => {}
            }
        }
        match last {
            Some((_, done)) if done > 0 => Ok(done),
            _ => Err(Failure::new("TOUR-PAYMENT", "His payment was not done in time.")),
        }
    }
}
