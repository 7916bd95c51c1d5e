//! Load and what it found: a bounded stream of requests over open connections, and a distribution
//! of the times that they took.

pub(crate) mod drive;
mod histogram;
mod http;

pub(crate) use histogram::Histogram;

use crate::failure::Result;
use crate::machine::processor::used_us;

/// What one turn under load came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turn {
    /// Requests or transactions that succeeded.
    pub(crate) done: u64,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
    /// Processor time of the processes that are accounted for, in microseconds.
    pub(crate) processor_us: u64,
    /// 50th, 95th and 99th percentile, in microseconds.
    pub(crate) percentiles: [u64; 3],
}

impl Turn {
    /// Per second.
    pub(crate) fn rate(&self) -> f64 {
        real(self.done) / self.seconds.max(f64::MIN_POSITIVE)
    }

    /// Processor time of each, in microseconds.
    pub(crate) fn processor_us_each(&self) -> f64 {
        real(self.processor_us) / real(self.done.max(1))
    }
}

/// Runs a turn and notes how much of the processors a process and its descendants used.
pub(crate) async fn metered(
    process: u32,
    turn: impl Future<Output = Result<Turn>>,
) -> Result<Turn> {
    let before = used_us(process);
    let turn = turn.await?;
    Ok(Turn { processor_us: used_us(process).saturating_sub(before), ..turn })
}

/// As a number to be divided.
#[expect(clippy::cast_precision_loss, reason = "figures to be read have few digits")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}
