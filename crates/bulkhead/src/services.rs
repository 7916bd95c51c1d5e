//! Calls to the bank's services with the launcher's identity, through `platform::rpc`.

use std::time::Duration;

use platform::config::Rpc;
use platform::rpc::{CallError, Caller, Idempotent, Peer, Repeat, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, Result};
use crate::place::{Place, read_if_there};
use crate::secrets::{LAUNCHER, Secrets};

/// Bounds of the launcher's calls: few, small, on this machine.
pub(crate) const BOUNDS: Rpc = Rpc {
    connect_timeout_ms: 500,
    idle_max: 4,
    in_flight_max: 64,
    answer_max_bytes: 16 * 1024 * 1024,
    // It asks services that are just starting, again and again.
    rest_ms: 0,
    doubt_ms: 0,
};

/// The code of a call that got no answer of the service itself.
pub const CALL_FAILED: &str = "CALL-FAILED";

/// The launcher as a caller of services.
pub struct Services {
    token: String,
}

impl Services {
    /// With the identity that the last `up` made.
    pub fn of(place: &Place) -> Result<Self> {
        let secrets = read_secrets(place)?.unwrap_or_default();
        let token = secrets.services.get(LAUNCHER).cloned().ok_or_else(|| {
            Failure::new("NOT-STARTED", "The bank has not been started here yet.").mend("make up")
        })?;
        Ok(Self { token })
    }

    /// Sets something at a service, repeating once what was lost.
    pub async fn put(
        &self,
        url: &str,
        path: &str,
        body: &impl Serialize,
        within: Duration,
    ) -> Result<()> {
        let request = Request::<Idempotent>::put(path, body);
        let _answer: serde_json::Value = self.call(url, request, within).await?;
        Ok(())
    }

    /// Reads something from a service.
    pub async fn get<A: DeserializeOwned>(
        &self,
        url: &str,
        path: &str,
        query: &impl Serialize,
        within: Duration,
    ) -> Result<A> {
        self.call(url, Request::<Idempotent>::get(path).query(query), within).await
    }

    /// Makes one call.
    pub async fn call<A: DeserializeOwned, R: Repeat>(
        &self,
        url: &str,
        request: Request<R>,
        within: Duration,
    ) -> Result<A> {
        self.peer(url)?.call(request, within).await.map_err(|error| failed(&error))
    }

    /// A service that is called often.
    pub fn peer(&self, url: &str) -> Result<Peer> {
        let caller = Caller { service: LAUNCHER.to_owned(), token: self.token.clone() };
        Peer::new(url, url, caller, &BOUNDS)
            .map_err(|error| Failure::new(CALL_FAILED, format!("{error}.")))
    }
}

/// The secrets of this checkout, once they are made.
pub fn read_secrets(place: &Place) -> Result<Option<Secrets>> {
    let path = place.file("secrets.toml");
    let Some(text) = read_if_there(&path)? else {
        return Ok(None);
    };
    toml::from_str(&text).map(Some).map_err(|error| {
        let reason = error.message().to_owned();
        Failure::new("UP-FILE", format!("{} is damaged: {reason}.", path.display()))
            .mend("make reset && make up    # deletes the bank's data")
    })
}

pub(crate) fn failed(error: &CallError) -> Failure {
    if let Some(problem) = error.problem() {
        let fields = problem.errors.iter().map(|one| format!(" {} {}.", one.field, one.detail));
        let sentence = problem.detail.clone() + &fields.collect::<String>();
        return Failure::refused(problem.code.clone(), sentence);
    }
    Failure::new(CALL_FAILED, format!("The call failed: {error}."))
        .mend("./bulkhead status    # then: ./bulkhead logs <process>")
}
