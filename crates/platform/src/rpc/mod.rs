//! The one way to call another service: a pooled client with the caller's identity, the trace and
//! the deadline of the request it works for. A call says in its type whether it may be repeated.
//!
//! A service may be reachable at several addresses, processes over one database: the first that
//! works is kept to, and the next one is called when it does not.

mod endpoint;
mod error;
mod request;
mod rest;

use std::sync::Arc;
use std::time::Duration;

use common::problem::ProblemDocument;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower::retry::budget::{Budget as _, TpsBudget};

use endpoint::{Endpoint, Round};
pub use error::CallError;
pub use request::{Idempotent, Once, Repeat, Request};

use crate::config::{ConfigError, Rpc};
use crate::context::{Context, deadline_in, left_until};
use crate::identity::{SERVICE_HEADER, TOKEN_HEADER};

/// Header with the time that is left for the answer, in milliseconds.
pub const DEADLINE_HEADER: &str = "bulkhead-deadline-ms";

/// Header of a call that is made while somebody's request waits for it; what tasks ask for by
/// themselves goes without. The gateway takes it for a sign of life of the caller (protocol §3).
pub const PURPOSE_HEADER: &str = "bulkhead-purpose";

/// Header with the generation of the router's row under which a router acts (protocol §3).
pub const ROUTER_HEADER: &str = "bulkhead-router-generation";

/// Who we are towards other services.
#[derive(Clone)]
pub struct Caller {
    /// Our name.
    pub service: String,
    /// Our secret.
    pub token: String,
}

/// Another service.
#[derive(Clone)]
pub struct Peer {
    name: Arc<str>,
    endpoints: Arc<[Endpoint]>,
    caller: Arc<Caller>,
    client: reqwest::Client,
    in_flight: Arc<Semaphore>,
    retries: Arc<TpsBudget>,
    answer_max_bytes: usize,
}

impl Peer {
    /// The service `name` at `base` (scheme and authority), called as `caller`.
    pub fn new(name: &str, base: &str, caller: Caller, rpc: &Rpc) -> Result<Self, ConfigError> {
        Self::over(name, &[base.to_owned()], caller, rpc)
    }

    /// The service `name` at each of `bases`, the most wanted first, called as `caller`.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes HTTP clients")]
    pub fn over(
        name: &str,
        bases: &[String],
        caller: Caller,
        rpc: &Rpc,
    ) -> Result<Self, ConfigError> {
        if bases.is_empty() {
            return Err(ConfigError::Inconsistent(format!("peers.{name} has no address")));
        }
        install_crypto();
        let client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_millis(rpc.connect_timeout_ms))
            .pool_max_idle_per_host(rpc.idle_max)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| ConfigError::Inconsistent(format!("HTTP client: {error}")))?;
        // At most a fifth of the calls may be repeats, and one a second when there are few.
        let retries = TpsBudget::new(Duration::from_secs(10), 1, 0.2);
        Ok(Self {
            name: name.into(),
            endpoints: bases.iter().map(|base| Endpoint::new(base, rpc)).collect(),
            caller: Arc::new(caller),
            client,
            in_flight: Arc::new(Semaphore::new(rpc.in_flight_max)),
            retries: Arc::new(retries),
            answer_max_bytes: rpc.answer_max_bytes,
        })
    }

    /// The service's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Could it not be reached just now, and is it therefore left alone? A call would fail at once.
    pub fn rests(&self) -> bool {
        self.endpoints.iter().all(Endpoint::rests)
    }

    /// Calls with at most `within`, and never longer than the request being served still has.
    ///
    /// An address that cannot be reached costs nothing: the next one is called. A call that may be
    /// repeated is made a second time, where time and budget allow, when the first was lost, at
    /// another address if there is one.
    pub async fn call<T, R>(&self, request: Request<R>, within: Duration) -> Result<T, CallError>
    where
        T: DeserializeOwned,
        R: Repeat,
    {
        let deadline = deadline(within);
        let Ok(_place) = self.in_flight.try_acquire() else {
            return Err(self.failed(CallError::TooManyInFlight { peer: self.name.to_string() }));
        };
        let mut round = Round::new(&self.endpoints);
        let Some((at, mut answer)) = self.reach(&mut round, &request, deadline).await else {
            return Err(self.failed(CallError::Resting { peer: self.name.to_string() }));
        };
        self.retries.deposit();
        let lost = matches!(answer, Err(CallError::NotSent { .. } | CallError::Lost { .. }));
        let again = R::MAY_BE_REPEATED && lost && !left_until(deadline).is_zero();
        if again && self.retries.withdraw() {
            let second = match self.reach(&mut round, &request, deadline).await {
                None => self.attempt(at, &request, deadline).await,
                Some((_, second)) => second,
            };
            answer = of_both(answer, second);
        }
        answer.map_err(|error| self.failed(error))
    }

    /// Calls one address after another until one took the call; nothing if none may be called.
    async fn reach<'a, T, R>(
        &self,
        round: &mut Round<'a>,
        request: &Request<R>,
        deadline: Instant,
    ) -> Option<(&'a Endpoint, Result<T, CallError>)>
    where
        T: DeserializeOwned,
    {
        let mut answer = None;
        while let Some(endpoint) = round.next() {
            let this = self.attempt(endpoint, request, deadline).await;
            let not_sent = matches!(this, Err(CallError::NotSent { .. }));
            answer = Some((endpoint, this));
            if !not_sent {
                break;
            }
        }
        answer
    }

    fn failed(&self, error: CallError) -> CallError {
        let labels = [("peer", self.name.to_string()), ("why", error.word().to_owned())];
        metrics::counter!("rpc_failures_total", &labels).increment(1);
        error
    }

    async fn attempt<T, R>(
        &self,
        endpoint: &Endpoint,
        request: &Request<R>,
        deadline: Instant,
    ) -> Result<T, CallError>
    where
        T: DeserializeOwned,
    {
        let left = left_until(deadline);
        // A call that was not made for want of time says nothing of the service.
        if left.is_zero() {
            return Err(CallError::NoTimeLeft { peer: self.name.to_string() });
        }
        let sending = self.send(endpoint, request, left);
        let answer = match tokio::time::timeout_at(deadline, sending).await {
            Ok(result) => result,
            Err(_) => Err(CallError::TimedOut { peer: self.name.to_string() }),
        };
        if endpoint.note(answer.as_ref().err()) {
            let (peer, at) = (&self.name, endpoint.base());
            tracing::warn!(%peer, at, "cannot be reached; left alone for a while");
        }
        answer
    }

    async fn send<T, R>(
        &self,
        endpoint: &Endpoint,
        request: &Request<R>,
        left: Duration,
    ) -> Result<T, CallError>
    where
        T: DeserializeOwned,
    {
        let url = format!("{}{}", endpoint.base(), request.path_and_query());
        let served = Context::current();
        let context = served.unwrap_or_else(|| Context::fresh(left));
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let mut outgoing = self
            .client
            .request(request.method().clone(), url)
            .header(HeaderName::from_static(SERVICE_HEADER), &self.caller.service)
            .header(HeaderName::from_static(TOKEN_HEADER), &self.caller.token)
            .header(HeaderName::from_static(DEADLINE_HEADER), left_ms)
            .header(HeaderName::from_static("traceparent"), context.traceparent());
        if let Some(generation) = request.router_generation() {
            outgoing = outgoing.header(HeaderName::from_static(ROUTER_HEADER), generation);
        }
        if let Some(bearer) = request.authorization() {
            outgoing = outgoing.header(AUTHORIZATION, bearer);
        }
        if served.is_some() {
            outgoing = outgoing.header(HeaderName::from_static(PURPOSE_HEADER), "customer");
        }
        if let Some(body) = request.body() {
            outgoing = outgoing.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let answer = outgoing.send().await.map_err(|error| self.transport(error))?;
        let status = answer.status();
        let body = self.read(answer).await?;
        if status.is_success() {
            let body: &[u8] = if body.is_empty() { b"null" } else { &body };
            return serde_json::from_slice(body).map_err(|source| self.unreadable(source));
        }
        match serde_json::from_slice::<ProblemDocument>(&body) {
            Ok(problem) => Err(CallError::Refused { problem: Box::new(problem) }),
            Err(_) => {
                Err(CallError::NotOurs { peer: self.name.to_string(), status: status.as_u16() })
            }
        }
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Vec<u8>, CallError> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.transport(error))? {
            if body.len() + chunk.len() > self.answer_max_bytes {
                return Err(CallError::TooLarge { peer: self.name.to_string() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn transport(&self, source: reqwest::Error) -> CallError {
        let peer = self.name.to_string();
        if source.is_connect() || source.is_builder() {
            CallError::NotSent { peer, source }
        } else {
            CallError::Lost { peer, source }
        }
    }

    fn unreadable(&self, source: serde_json::Error) -> CallError {
        CallError::Unreadable { peer: self.name.to_string(), source }
    }
}

/// What two attempts at one call amount to. If the first may have been heard, then that the second
/// was not made does not mean that nothing happened.
fn of_both<T>(first: Result<T, CallError>, second: Result<T, CallError>) -> Result<T, CallError> {
    match (&first, &second) {
        (Err(heard), Err(unmade)) if !heard.surely_not_done() && unmade.surely_not_done() => first,
        _ => second,
    }
}

/// The earlier of `within` from now and the deadline of the request being served.
fn deadline(within: Duration) -> Instant {
    let own = deadline_in(within);
    Context::current().map_or(own, |context| context.deadline.min(own))
}

/// Chooses the cryptography that TLS clients use; without it none can be made.
fn install_crypto() {
    // An error only says that it was chosen before.
    drop(rustls::crypto::ring::default_provider().install_default());
}
