//! How much of other homes' customers this block takes on (protocol §9): a token bucket for each
//! home, in which the more urgent classes of requests find something left when the others do not.
//! Its own customers are never turned away here. Each process has its own buckets.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use common::BlockName;
use common::block::admission::{Admission, Bucket, Budget, Class, admit};
use common::problem::{Code, Refusal};
use platform::random;

use crate::block::Block;
use crate::config;

/// The buckets of a process.
#[derive(Debug)]
pub struct Admissions {
    budget: Option<Budget>,
    buckets: Mutex<HashMap<BlockName, Bucket>>,
}

impl Admissions {
    /// With what the configuration allows each home; nothing configured: everything.
    pub fn new(config: Option<&config::Admission>) -> Self {
        let budget = config.map(|it| Budget { burst: it.burst, per_second: it.per_second });
        Self { budget, buckets: Mutex::default() }
    }

    /// Takes a request of a customer of `home` on, or says when to come back.
    pub fn take_on(&self, block: &Block, home: &BlockName, class: Class) -> Result<(), Refusal> {
        let Some(budget) = self.budget.filter(|_| *home != block.name) else { return Ok(()) };
        let now = block.clock.now();
        let jitter = u16::try_from(random::below(1_000)).unwrap_or(0);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.get(home).copied().unwrap_or_else(|| Bucket::full(budget, now));
        let (left, admission) = admit(bucket, budget, class, jitter, now);
        buckets.insert(home.clone(), left);
        match admission {
            Admission::Admitted => Ok(()),
            Admission::RetryAfterMs(ms) => {
                metrics::counter!("requests_turned_away_total", "home" => home.to_string())
                    .increment(1);
                Err(Refusal::new(Code::Busy).retry_after_ms(u64::from(ms)))
            }
        }
    }
}
