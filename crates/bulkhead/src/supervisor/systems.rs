//! Switching the simulated back-office systems, through their control listener.

use std::time::Duration;

use common::wire::systems::SystemMode;

use super::api::Refusal;
use crate::failure::Result;
use crate::place::Place;
use crate::plan::Plan;
use crate::services::Services;

/// How long a switch may take.
const WITHIN: Duration = Duration::from_secs(5);

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
}
