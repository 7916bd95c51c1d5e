//! The operations API as an administrator uses it: a session at one router that the other knows
//! too, and whichever of them answers.

use std::time::Duration;

use common::problem::Code;
use common::wire::ops::{LogIn, LoggedIn};
use platform::Clock;
use platform::rpc::{Caller, Idempotent, Once, Peer, Repeat, Request};
use platform::totp::{Secret, step};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, Result};
use crate::place::{Place, read_if_there, write_private};
use crate::plan::Plan;
use crate::services::{BOUNDS, failed};
use crate::up::admins::{self, Admin};

/// A first step waits for other services.
const WITHIN: Duration = Duration::from_secs(8);
/// Between two attempts while the present codes are used up.
const PAUSE: Duration = Duration::from_secs(5);
/// After so many a code that was not used has come.
const ATTEMPTS: usize = 8;
/// A session that ends sooner is not used any more.
const LEAST_MS: i64 = 60_000;

/// An administrator with a session.
pub(crate) struct Operations {
    peer: Peer,
    session: LoggedIn,
}

impl Operations {
    /// With the session of the administrator `who`, or of the first one: the one that was opened
    /// before, or a new one.
    pub(crate) async fn log_in(place: &Place, who: Option<&str>) -> Result<Self> {
        let known = admins::read(place)?;
        let found = known.iter().find(|admin| who.is_none_or(|who| who == admin.name));
        let admin = found.ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|admin| admin.name.as_str()).collect();
            let text = format!("There is no such administrator; known: {}.", names.join(", "));
            Failure::new("NO-ADMINISTRATOR", text).mend("make up")
        })?;
        let urls = Plan::read(place)?.operations_at;
        if urls.is_empty() {
            return Err(Failure::new("NO-ROUTER", "This bank has no router."));
        }
        let nobody = Caller { service: String::new(), token: String::new() };
        let peer = Peer::over("operations API", &urls, nobody, &BOUNDS)
            .map_err(|error| Failure::new("CALL-FAILED", format!("{error}.")))?;
        let file = place.file(&format!("session-{}.json", admin.name));
        if let Some(session) = read_if_there(&file)?.and_then(|text| kept(&text)) {
            let operations = Self { peer: peer.clone(), session };
            if operations.is_known().await {
                return Ok(operations);
            }
        }
        let session = open(&peer, admin).await?;
        let text = serde_json::to_string(&session)
            .map_err(|error| Failure::new("OUTPUT", format!("{error}.")))?;
        write_private(&file, &text)?;
        Ok(Self { peer, session })
    }

    /// Whose session it is.
    pub(crate) fn session(&self) -> &LoggedIn {
        &self.session
    }

    /// Reads something.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.call(Request::<Idempotent>::get(path)).await
    }

    /// Orders something.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        self.call(Request::<Once>::post(path, body)).await
    }

    /// Sets something.
    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        self.call(Request::<Idempotent>::put(path, body)).await
    }

    async fn call<T: DeserializeOwned, R: Repeat>(&self, request: Request<R>) -> Result<T> {
        let request = request.bearer(&self.session.token);
        self.peer.call(request, WITHIN).await.map_err(|error| failed(&error))
    }

    /// A bank that was reset knows no session of before.
    async fn is_known(&self) -> bool {
        let request = Request::<Idempotent>::get("/ops/v1/automation").bearer(&self.session.token);
        let answer = self.peer.call::<serde_json::Value, _>(request, WITHIN).await;
        !answer.is_err_and(|error| error.is_refusal(Code::Unauthenticated))
    }
}

fn kept(text: &str) -> Option<LoggedIn> {
    let session: LoggedIn = serde_json::from_str(text).ok()?;
    let left_ms = session.expires_at.ms_since(Clock::system().now());
    (left_ms > LEAST_MS).then_some(session)
}

/// A code opens one session: where the present one was used a moment ago, the next one does, and
/// after that only waiting helps.
async fn open(peer: &Peer, admin: &Admin) -> Result<LoggedIn> {
    let secret = Secret::parse(&admin.totp_secret)
        .map_err(|error| Failure::new("UP-FILE", format!("{}: {error}.", admins::FILE)))?;
    let clock = Clock::system();
    let mut last = Failure::new("LOGIN", "No session was opened.");
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        for later in [0, 1] {
            let code = secret.code(step(clock.now().unix_ms()) + later);
            let (name, password) = (admin.name.clone(), admin.password.clone());
            let wish = LogIn { name, password, code };
            let request = Request::<Once>::post("/ops/v1/login", &wish);
            match peer.call::<LoggedIn, _>(request, WITHIN).await {
                Ok(session) => return Ok(session),
                Err(error) if error.is_refusal(Code::CredentialsWrong) => last = failed(&error),
                Err(error) => return Err(failed(&error)),
            }
        }
    }
    Err(last)
}
