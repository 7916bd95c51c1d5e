//! A simulated customer and his device: the shell of the reference client
//! (`web/api-client/src/client.ts`). It keeps block, ticket, session and device, sends what the
//! decision in `next` says, and asks both routers when its block fails.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::CustomerId;
use common::problem::ProblemDocument;
use platform::random;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::bank::Bank;
use super::next::limits::QUOTA_MAX;
use super::next::{Action, Answer, Because, Event, Phase, State, Word};
use super::orders::Order;
use super::watch::Watch;
use super::wire::{Ask, Lost, Reply};

/// How long a send may take, as in the reference client: reading, changing something, opening a
/// session or what may not be repeated.
const READ_WITHIN: Duration = Duration::from_secs(4);
const CHANGE_WITHIN: Duration = Duration::from_secs(6);
const PATIENT_WITHIN: Duration = Duration::from_secs(12);
/// Where a block takes a session up.
const RESUMPTION: &str = "/v1/sessions/resumption";
/// What the list of devices says.
pub(super) const DEVICE_NAME: &str = "bulkhead load";
const SESSION_COOKIE: &str = "__Secure-bulkhead-session";
const DEVICE_COOKIE: &str = "__Secure-bulkhead-device";

/// Which application he uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Channel {
    Web,
    Mobile,
}

/// What a person needs to log in: a line of `demo-logins.json`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Login {
    pub(crate) login: String,
    pub(crate) phone: String,
    pub(crate) password: String,
    pub(crate) home: String,
}

/// Where he is served, as a router said last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct At {
    pub(crate) block: String,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) ticket: String,
}

/// What the device keeps, also from one run to the next.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) at: Option<At>,
    /// The session's secret and its id.
    pub(crate) session: Option<(String, Uuid)>,
    /// At which block it was last good; another one has to take it up first.
    #[serde(default)]
    pub(crate) session_at: Option<String>,
    /// It was said to be in two compartments.
    #[serde(default)]
    pub(crate) durable: bool,
    pub(crate) device: Option<String>,
}

/// One customer.
pub(crate) struct Customer {
    pub(crate) customer_id: CustomerId,
    pub(crate) login: Login,
    pub(crate) channel: Channel,
    /// Held by whatever he is doing: one thing at a time.
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
    pub(super) known: Mutex<Known>,
    watch: Mutex<Watch>,
    wake: Notify,
}

/// What he knows at the moment.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) kept: Kept,
    quota: u32,
    /// The router that answered last.
    pub(super) router: usize,
    /// His accounts with their currencies, once he has looked.
    pub(super) accounts: Vec<(String, String)>,
    /// The order whose end he has not seen.
    pub(super) order: Option<Order>,
}

/// A call to his block.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    /// For the figures.
    pub(super) kind: &'static str,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Body,
    pub(super) key: Option<String>,
    /// May not be sent again unless it is known that nothing was done.
    pub(super) once: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Body {
    #[default]
    None,
    Json(String),
    /// Password and ticket: the ticket may be another one at each attempt.
    Password,
    /// The ticket, and the session that is to go on.
    Ticket,
}

/// Why a call was given up, and the server's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GaveUp {
    pub(super) because: Because,
    pub(super) code: String,
}

impl Customer {
    pub(crate) fn new(login: Login, kept: Kept) -> Option<Self> {
        // The demo's phones carry the customer's number.
        let customer_id = CustomerId(login.phone.strip_prefix("+7900")?.parse().ok()?);
        let mobile = customer_id.0.is_multiple_of(3);
        let watch = Watch::of(kept.durable);
        let known = Known { kept, quota: QUOTA_MAX, router: 0, accounts: Vec::new(), order: None };
        Some(Self {
            customer_id,
            login,
            channel: if mobile { Channel::Mobile } else { Channel::Web },
            turn: Arc::default(),
            known: Mutex::new(known),
            watch: Mutex::new(watch),
            wake: Notify::new(),
        })
    }

    /// What his device keeps.
    pub(crate) fn kept(&self) -> Kept {
        self.known().kept.clone()
    }

    /// The block that serves him, as far as he knows.
    pub(crate) fn block(&self) -> Option<String> {
        self.known().kept.at.as_ref().map(|at| at.block.clone())
    }

    /// Has he a session, as far as he knows?
    pub(crate) fn has_session(&self) -> bool {
        self.known().kept.session.is_some()
    }

    /// Has he an order of which he does not know the end?
    pub(crate) fn waits_for_an_end(&self) -> bool {
        self.known().order.is_some()
    }

    /// He does not want to wait: “try now”.
    pub(crate) fn wake(&self) {
        self.wake.notify_waiters();
    }

    /// What is measured of him.
    pub(crate) fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call to his block, as the reference client makes it.
    pub(super) async fn call(&self, bank: &Bank, call: &Call) -> Result<Reply, GaveUp> {
        let began = Instant::now();
        self.watch().began(began);
        let answer = self.run(bank, call).await;
        match &answer {
            Ok(_) => {
                bank.figures.served(call.kind, began);
                let block = self.block().unwrap_or_default();
                self.watch().useful(Instant::now(), &block);
                // Whoever answers a customer has his session.
                self.known().kept.session_at = Some(block);
            }
            Err(gave_up) => self.watch().gave_up(gave_up),
        }
        answer
    }

    async fn run(&self, bank: &Bank, call: &Call) -> Result<Reply, GaveUp> {
        let mut state = State::fresh(!call.once, self.known().quota);
        let mut event = Event::Start { moved: self.moved(call) };
        let mut answer: Result<Reply, Lost> = Err(Lost::Broken);
        loop {
            state.quota = self.known().quota;
            let (after, action) = state.next(&event);
            state = after;
            self.known().quota = state.quota;
            match action {
                Some(Action::Send) => {
                    answer = self.send(bank, call).await;
                    event = self.event(bank, &answer, false);
                }
                Some(Action::Resume) => {
                    answer = self.send(bank, &resumption()).await;
                    event = self.event(bank, &answer, true);
                }
                Some(Action::Route) => {
                    let routed = self.route_again(bank, &answer).await;
                    let moved = Some(self.moved(call));
                    event =
                        if routed { Event::Routed { moved } } else { Event::Unrouted { moved } };
                }
                Some(Action::Wait { ms }) => {
                    event = self.pause(bank, Duration::from_millis(ms), state.phase).await;
                    if let Event::Timer { moved } = &mut event {
                        *moved = Some(self.moved(call));
                    }
                }
                Some(Action::Deliver) => {
                    return answer.map_err(|lost| gave_up(Because::Unknown, lost));
                }
                Some(Action::GiveUp { because }) => {
                    return Err(match answer {
                        Ok(reply) => GaveUp { because, code: reply.code() },
                        Err(lost) => gave_up(because, lost),
                    });
                }
                None => return Err(GaveUp { because: Because::Unknown, code: "nothing".into() }),
            }
        }
    }

    /// Has the session yet to be taken up at the block that is known now?
    fn moved(&self, call: &Call) -> bool {
        let known = self.known();
        let block = known.kept.at.as_ref().map(|at| &at.block);
        let session_at = known.kept.session_at.as_ref();
        let opens = matches!(call.body, Body::Password);
        !opens && known.kept.session.is_some() && session_at.is_some() && session_at != block
    }

    fn event(&self, bank: &Bank, answer: &Result<Reply, Lost>, resumes: bool) -> Event {
        let random = random::below(1_000);
        let reply = match answer {
            Ok(reply) if resumes && reply.is_good() => {
                self.known().kept.session_at = self.block();
                return Event::Resumed;
            }
            Ok(reply) => reply,
            Err(lost) => {
                bank.figures.unseen(lost.as_str());
                self.watch().trouble(Instant::now());
                let late = *lost == Lost::Silent;
                let (status, next, retry_after_ms) = (None, None, None);
                return if resumes {
                    Event::Unresumed { status, next, retry_after_ms, late, random }
                } else {
                    Event::Lost { offline: false, late, random }
                };
            }
        };
        if !reply.is_good() {
            bank.figures.unseen(&reply.code());
            self.watch().trouble(Instant::now());
        }
        let (next, code, retry_after_ms) = reply.said();
        let status = reply.status;
        if resumes {
            let status = Some(status);
            return Event::Unresumed { status, next, retry_after_ms, late: false, random };
        }
        Event::Answer(Answer { status, next, code, retry_after_ms, random })
    }

    async fn pause(&self, bank: &Bank, lasts: Duration, phase: Phase) -> Event {
        if phase != Phase::Suspended {
            sleep(lasts).await;
            return Event::Timer { moved: None };
        }
        bank.figures.suspended();
        self.watch().suspended();
        tokio::select! {
            () = sleep(lasts) => Event::Timer { moved: None },
            () = self.wake.notified() => Event::Wake,
        }
    }

    async fn send(&self, bank: &Bank, call: &Call) -> Result<Reply, Lost> {
        let kept = self.kept();
        let Some(at) = kept.at else { return Err(Lost::Refused) };
        let body = match &call.body {
            Body::None => None,
            Body::Json(text) => Some(text.clone()),
            Body::Password => Some(self.password(&at.ticket, kept.device.as_deref())),
            Body::Ticket => {
                let token = kept.session.as_ref().map(|(secret, _)| secret.as_str());
                Some(self.ticket(&at.ticket, token))
            }
        };
        let mut headers = Vec::new();
        if let Some(key) = &call.key {
            headers.push(("idempotency-key", key.clone()));
        }
        let session = kept.session.map(|(secret, _)| secret);
        match self.channel {
            Channel::Web => {
                headers.push(("origin", bank.origin.clone()));
                if call.method != "GET" {
                    headers.push(("bulkhead-client", "web".to_owned()));
                }
                let cookies = [(SESSION_COOKIE, session), (DEVICE_COOKIE, kept.device)];
                let line: Vec<String> = cookies
                    .into_iter()
                    .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
                    .collect();
                if !line.is_empty() {
                    headers.push(("cookie", line.join("; ")));
                }
            }
            Channel::Mobile => {
                headers.extend(session.map(|token| ("authorization", format!("Bearer {token}"))));
            }
        }
        let from = matches!(call.body, Body::Password | Body::Ticket).then(|| self.address());
        let (host, port) = (at.host, at.port);
        let path = call.path.clone();
        let ask = Ask { method: call.method, port, host, path, headers, body, from };
        bank.wire.ask(&ask, call.within()).await
    }

    fn ticket(&self, ticket: &str, token: Option<&str>) -> String {
        let mut body = serde_json::json!({ "ticket": ticket });
        if let (Channel::Mobile, Some(token)) = (self.channel, token) {
            body["token"] = token.into();
        }
        body.to_string()
    }

    /// An address of his own, all of them on this machine.
    fn address(&self) -> Ipv4Addr {
        let [.., high, middle, low] = self.customer_id.0.to_be_bytes();
        Ipv4Addr::new(127, 64 | (high & 63), middle, low.max(1))
    }

    fn password(&self, ticket: &str, device: Option<&str>) -> String {
        let mut body = serde_json::json!({
            "ticket": ticket,
            "password": self.login.password,
            "device_name": DEVICE_NAME,
        });
        if let (Channel::Mobile, Some(device)) = (self.channel, device) {
            body["device_token"] = device.into();
        }
        body.to_string()
    }

    /// Keeps what a session-opening answer brought: cookies or tokens.
    pub(super) fn keep_session(&self, reply: &Reply, body: &serde_json::Value) -> Option<Uuid> {
        let session_id = body["session_id"].as_str()?.parse().ok()?;
        let (token, device) = match self.channel {
            Channel::Mobile => {
                let text = |name: &str| body[name].as_str().map(str::to_owned);
                (text("token"), text("device_token"))
            }
            Channel::Web => (reply.cookie(SESSION_COOKIE), reply.cookie(DEVICE_COOKIE)),
        };
        let durable = body["durable"].as_bool().unwrap_or(false);
        let token = token?;
        self.watch().durable = durable;
        let mut known = self.known();
        known.kept.durable = durable;
        known.kept.session = Some((token, session_id));
        known.kept.session_at = known.kept.at.as_ref().map(|at| at.block.clone());
        known.kept.device = device.or(known.kept.device.take());
        Some(session_id)
    }
}

impl Call {
    fn within(&self) -> Duration {
        match self.body {
            Body::Password => PATIENT_WITHIN,
            _ if self.once => PATIENT_WITHIN,
            _ if self.method == "GET" => READ_WITHIN,
            _ => CHANGE_WITHIN,
        }
    }
}

fn resumption() -> Call {
    let path = RESUMPTION.to_owned();
    Call { kind: "resumption", method: "POST", path, body: Body::Ticket, ..Call::default() }
}

impl GaveUp {
    /// The word in reports.
    pub(crate) fn kind(&self) -> String {
        let because = serde_json::to_value(self.because).unwrap_or_default();
        format!("{}: {}", because.as_str().unwrap_or_default(), self.code)
    }
}

impl Reply {
    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status) || self.status == 304
    }

    fn problem(&self) -> Option<serde_json::Value> {
        let is_problem = self.header("content-type")?.starts_with("application/problem+json");
        is_problem.then(|| serde_json::from_str(&self.body).ok()).flatten()
    }

    /// The server's word for what went wrong, or the status.
    pub(super) fn code(&self) -> String {
        let problem = serde_json::from_str::<ProblemDocument>(&self.body);
        problem.map_or_else(|_none| self.status.to_string(), |problem| problem.code.clone())
    }

    /// What the server says comes next, why, and when.
    fn said(&self) -> (Option<Word>, Option<String>, Option<u64>) {
        let problem = self.problem().unwrap_or_default();
        let header = self.header("bulkhead-next").and_then(word);
        let next = header.or_else(|| problem["next"].as_str().and_then(word));
        let seconds = self.header("retry-after").and_then(|s| s.parse::<u64>().ok());
        let ms = problem["retry_after_ms"].as_u64().or(seconds.map(|s| s * 1_000));
        (next, problem["code"].as_str().map(str::to_owned), ms)
    }

    fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.iter().filter(|(header, _)| header == "set-cookie");
        lines
            .filter_map(|(_, line)| line.split(';').next()?.trim().split_once('='))
            .find_map(|(found, value)| (found == name).then(|| value.to_owned()))
    }
}

fn gave_up(because: Because, lost: Lost) -> GaveUp {
    GaveUp { because, code: lost.as_str().to_owned() }
}

fn word(text: &str) -> Option<Word> {
    serde_json::from_value(text.into()).ok()
}
