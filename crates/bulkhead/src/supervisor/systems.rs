//! Switching the simulated back-office systems, through their control listener.

use std::time::Duration;

use common::problem::Code;
use common::wire::systems::SystemMode;
use tokio::time::{Instant, sleep};

use super::api::Refusal;
use super::client::LOOK_EVERY;
use crate::failure::Result;
use crate::place::Place;
use crate::plan::Plan;
use crate::services::{CALL_FAILED, Services};

/// How long a switch may take.
const WITHIN: Duration = Duration::from_secs(5);
/// How long a process that was only just started may take to listen.
const START_WITHIN: Duration = Duration::from_secs(20);

/// The control listener of the systems.
pub(super) struct SystemsControl {
    services: Services,
    url: String,
}

impl SystemsControl {
    pub(super) fn new(place: &Place, plan: &Plan) -> Result<Self> {
        let url = plan.systems_control.clone().unwrap_or_default();
        Ok(Self { services: Services::of(place)?, url })
    }

    /// Puts a system into a mode.
    pub(super) async fn set(
        &self,
        system: &str,
        mode: SystemMode,
    ) -> std::result::Result<(), Refusal> {
        let path = format!("/control/v1/systems/{system}");
        self.services.put(&self.url, &path, &mode, WITHIN).await.map_err(|failure| Refusal {
            code: failure.code().to_owned(),
            sentence: failure.sentence().to_owned(),
        })
    }

    /// The same for a process that may only just have been started.
    pub(super) async fn set_patiently(
        &self,
        system: &str,
        mode: SystemMode,
    ) -> std::result::Result<(), Refusal> {
        let deadline = Instant::now() + START_WITHIN;
        loop {
            match self.set(system, mode).await {
                Err(refusal) if is_too_early(&refusal) && Instant::now() < deadline => {
                    sleep(LOOK_EVERY).await;
                }
                outcome => return outcome,
            }
        }
    }
}

fn is_too_early(refusal: &Refusal) -> bool {
    [CALL_FAILED, Code::NotReady.as_str()].contains(&refusal.code.as_str())
}
