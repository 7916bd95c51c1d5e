//! `bulkhead wait ready`: for scripts.

use std::time::Duration;

use crate::failure::Result;
use crate::place::Place;
use crate::plan::Plan;
use crate::supervisor::client::Supervisor;
use crate::up::wait_ready_within;

pub(super) async fn run(place: &Place, timeout: Duration) -> Result<()> {
    let plan = Plan::read(place)?;
    let supervisor = Supervisor::running(place)?;
    wait_ready_within(&plan, &supervisor, timeout).await?;
    Ok(())
}
