//! The command's side of the supervisor's control API.

use std::io;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::api::{Address, HealOrder, Names, Refusal, Reports, TOKEN_HEADER};
use super::{FaultOrder, Report, http};
use crate::failure::{Failure, Result};
use crate::loopback::Request;
use crate::place::{Place, read_if_there};

/// A supervisor that runs.
#[derive(Clone, Debug)]
pub struct Supervisor {
    address: Address,
}

impl Supervisor {
    /// The supervisor of this checkout, if it is alive.
    pub fn find(place: &Place) -> Result<Option<Self>> {
        let Some(text) = read_if_there(&place.supervisor())? else {
            return Ok(None);
        };
        let Ok(address) = serde_json::from_str::<Address>(&text) else {
            return Ok(None);
        };
        if address.identity.is_paused() {
            // Somebody froze it by hand; a frozen supervisor helps nobody.
            address.identity.signal(Signal::SIGCONT);
        }
        Ok(address.identity.is_alive().then_some(Self { address }))
    }

    /// The same, or a failure that says how to start it.
    pub fn running(place: &Place) -> Result<Self> {
        Self::find(place)?
            .ok_or_else(|| Failure::new("NOT-RUNNING", "The bank is not running.").mend("make up"))
    }

    /// Where it is and what it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The state of every process.
    pub async fn reports(&self) -> Result<Vec<Report>> {
        let reports: Reports = self.ask("GET", "/v1/reports", None::<&()>).await?;
        Ok(reports.reports)
    }

    /// Starts processes of the plan.
    pub async fn start(&self, names: Vec<String>) -> Result<()> {
        self.order("/v1/start", &Names { names }).await
    }

    /// Carries out a fault.
    pub async fn fault(&self, order: &FaultOrder) -> Result<()> {
        self.order("/v1/fault", order).await
    }

    /// Undoes one fault, or all.
    pub async fn heal(&self, target: Option<String>) -> Result<()> {
        self.order("/v1/heal", &HealOrder { target }).await
    }

    /// Stops everything, the supervisor last.
    pub async fn shutdown(&self) -> Result<()> {
        self.order("/v1/shutdown", &()).await
    }

    async fn order(&self, path: &str, order: &impl Serialize) -> Result<()> {
        let _nothing: serde_json::Value = self.ask("POST", path, Some(order)).await?;
        Ok(())
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        order: Option<&impl Serialize>,
    ) -> Result<A> {
        let body = order
            .map(serde_json::to_string)
            .transpose()
            .map_err(|error| Failure::new("SUPERVISOR", format!("An order: {error}.")))?;
        let request = Request {
            method,
            address: &self.address.listen,
            path,
            headers: vec![(TOKEN_HEADER, self.address.token.clone())],
            body,
        };
        let answer = request.send(http::ORDER_WITHIN).await.map_err(|error| self.silent(&error))?;
        if answer.status == 409
            && let Ok(refusal) = serde_json::from_str::<Refusal>(&answer.body)
        {
            return Err(Failure::refused(refusal.code, refusal.sentence));
        }
        serde_json::from_str(&answer.body).map_err(|_unexpected| {
            let sentence = format!("The supervisor answered {} to {path}.", answer.status);
            Failure::new("SUPERVISOR", sentence).mend("make down; make up")
        })
    }

    fn silent(&self, error: &io::Error) -> Failure {
        let pid = self.address.identity.pid;
        Failure::new("SUPERVISOR", format!("The supervisor (process {pid}) is silent: {error}."))
            .mend(format!("kill -9 {pid}; make up"))
    }
}

/// How often something that is waited for is looked at.
pub const LOOK_EVERY: Duration = Duration::from_millis(50);
