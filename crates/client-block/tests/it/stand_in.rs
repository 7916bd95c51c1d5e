//! A stand-in for the gateway and for the message system, over real HTTP. It decides with the
//! gateway's own functions (`common::gateway::decide`), remembers what it was asked, and does what
//! a test's script says: refuses, hangs, loses answers, is away.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, routing::any};
use common::gateway::decide::{self, ExecuteStep, Known, VoidStep, raised, superseded};
use common::gateway::{Answer, Answered, Effect, Execute, Outcome, Void};
use common::operation::{Intent, OperationState, RejectReason, Terms};
use common::problem::Code;
use common::wire::gateway::{Account, Card, ResolvedPayee, RiskDecision};
use common::wire::systems::SendMessage;
use common::{CustomerId, Generation, Guards, OperationId};
use platform::config::Http;
use platform::http::{Problem, bind, serve};
use platform::{Clock, Tasks};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// What it does when it is asked.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// What a gateway does.
    Work,
    /// Says this to an EXECUTE or a VOID.
    Say(Answer),
    /// Refuses with a problem document.
    Refuse(Code),
    /// Answers with an error that is none of ours.
    Break,
    /// Is silent until it is released, then works.
    Hang,
    /// Works, and is silent about it until it is released.
    WorkThenHang,
}

/// A call that was made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `execute`, `void`, `risk/decisions`, `products/cards` …: the path without its version.
    pub(crate) what: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Script {
    next: VecDeque<Act>,
    always: Option<Act>,
}

/// What it holds. Tests change it as they like.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) accounts: HashMap<CustomerId, Vec<Account>>,
    pub(crate) cards: HashMap<CustomerId, Vec<Card>>,
    pub(crate) payees: HashMap<String, ResolvedPayee>,
    pub(crate) fences: HashMap<CustomerId, Generation>,
    pub(crate) known: HashMap<OperationId, Known>,
    pub(crate) risk: Option<RiskDecision>,
    pub(crate) reference: HashMap<&'static str, Value>,
    pub(crate) messages: Vec<SendMessage>,
    /// How many times an operation took effect.
    pub(crate) effects: HashMap<OperationId, u32>,
    calls: Vec<Call>,
    scripts: HashMap<String, Script>,
}

struct Inner {
    books: Mutex<Books>,
    released: Semaphore,
    clock: Clock,
}

/// The stand-in, listening.
pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
    tasks: Mutex<Option<Tasks>>,
}

impl StandIn {
    pub(crate) async fn start(clock: &Clock) -> Self {
        let inner = Arc::new(Inner {
            books: Mutex::default(),
            released: Semaphore::new(0),
            clock: clock.clone(),
        });
        let (tasks, address) = open("127.0.0.1:0".parse().unwrap(), &inner).await;
        Self { address, inner, tasks: Mutex::new(Some(tasks)) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.inner.books.lock().unwrap()
    }

    /// Refuses connections from now on.
    pub(crate) async fn go_away(&self) {
        let tasks = self.tasks.lock().unwrap().take();
        if let Some(tasks) = tasks {
            assert!(tasks.stop(Duration::from_secs(5)).await);
        }
    }

    /// Listens again, at the same address.
    pub(crate) async fn come_back(&self) {
        let (tasks, _) = open(self.address, &self.inner).await;
        *self.tasks.lock().unwrap() = Some(tasks);
    }

    /// From now on, whenever it is asked this.
    pub(crate) fn always(&self, what: &str, act: Act) {
        self.books().scripts.entry(what.to_owned()).or_default().always = Some(act);
    }

    /// The next time it is asked this, after what was said before.
    pub(crate) fn next(&self, what: &str, act: Act) {
        let mut books = self.books();
        let script = books.scripts.entry(what.to_owned()).or_default();
        script.next.push_back(act);
    }

    /// Lets `calls` silent calls go on.
    pub(crate) fn release(&self, calls: usize) {
        self.inner.released.add_permits(calls);
    }

    /// The calls of one sort, in order.
    pub(crate) fn calls(&self, what: &str) -> Vec<Call> {
        let books = self.books();
        let of_sort = books.calls.iter().filter(|call| call.what == what);
        of_sort.cloned().collect()
    }

    /// How often an operation took effect.
    pub(crate) fn effects(&self, id: OperationId) -> u32 {
        self.books().effects.get(&id).copied().unwrap_or(0)
    }

    /// The code in the last message to a phone.
    pub(crate) fn code(&self, phone: &str) -> String {
        let books = self.books();
        let mut to_him = books.messages.iter().rev();
        let last = to_him.find(|message| message.phone.as_str() == phone);
        let text = &last.expect("a message was sent").text;
        let (_, rest) = text.split_once("Code: ").expect("the text has a code");
        rest[..6].to_owned()
    }
}

#[derive(serde::Deserialize)]
struct Defaults {
    http: Http,
}

async fn open(address: SocketAddr, inner: &Arc<Inner>) -> (Tasks, SocketAddr) {
    let tasks = Tasks::new();
    let routes = Router::new().fallback(any(answer)).with_state((inner.clone(), tasks.clone()));
    let bound = bind(address).await.unwrap();
    let address = bound.address;
    let defaults = platform::config::PLATFORM_DEFAULTS;
    let bounds: Defaults = platform::config::load(defaults, None).unwrap();
    serve(&tasks, bound, routes, &bounds.http);
    (tasks, address)
}

async fn answer(
    State((inner, tasks)): State<(Arc<Inner>, Tasks)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let what = uri.path().trim_start_matches("/v1/").to_owned();
    let query = uri.query().unwrap_or("").to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let call = Call { what, query, headers, body };
    let act = inner.begin(&call);
    let silent = async {
        tokio::select! {
            permit = inner.released.acquire() => permit.unwrap().forget(),
            () = tasks.stop_signal().cancelled_owned() => {}
        }
    };
    match act {
        Act::Work => inner.work(&method, &call),
        Act::Say(answer) => Json(inner.answered(answer)).into_response(),
        Act::Refuse(code) => Problem::from(code).into_response(),
        Act::Break => (StatusCode::BAD_GATEWAY, "no problem document").into_response(),
        Act::Hang => {
            silent.await;
            inner.work(&method, &call)
        }
        Act::WorkThenHang => {
            let answer = inner.work(&method, &call);
            silent.await;
            answer
        }
    }
}

impl Inner {
    fn begin(&self, call: &Call) -> Act {
        let mut books = self.books.lock().unwrap();
        books.calls.push(call.clone());
        let script = books.scripts.get_mut(&call.what);
        let act = script.and_then(|s| s.next.pop_front().or_else(|| s.always.clone()));
        act.unwrap_or(Act::Work)
    }

    fn answered(&self, answer: Answer) -> Answered {
        Answered { answer, gateway_time: self.clock.now() }
    }

    fn work(&self, method: &Method, call: &Call) -> Response {
        let mut books = self.books.lock().unwrap();
        let read = |name: &str| query_of(&call.query, name);
        let customer = read("customer_id").map(CustomerId);
        if let (Some(customer), Some(generation)) = (customer, read("generation")) {
            let fence = books.fences.get(&customer).copied();
            if superseded(fence, Generation(generation)).is_some() {
                return Problem::from(Code::Superseded).into_response();
            }
        }
        let (head, tail) = call.what.split_once('/').unwrap_or((&call.what, ""));
        match (method.as_str(), head) {
            ("POST", "execute") => {
                let request = serde_json::from_value(call.body.clone()).unwrap();
                Json(self.answered(self.execute(&mut books, &request))).into_response()
            }
            ("POST", "void") => {
                let request = serde_json::from_value(call.body.clone()).unwrap();
                Json(self.answered(self.void(&mut books, &request))).into_response()
            }
            ("POST", "messages") => {
                let message = serde_json::from_value(call.body.clone()).unwrap();
                books.messages.push(message);
                Json(json!({})).into_response()
            }
            ("POST", "risk") => {
                let decision = books.risk.unwrap_or(RiskDecision::Allow);
                Json(json!({ "decision": decision })).into_response()
            }
            ("POST", "payees") => {
                let by = call.body["phone"].as_str().or(call.body["account"].as_str());
                match by.and_then(|by| books.payees.get(by)) {
                    Some(found) => Json(found).into_response(),
                    None => Problem::from(Code::PayeeUnknown).into_response(),
                }
            }
            ("GET", "products") => {
                let items = items(&books, customer.unwrap(), tail);
                let list = json!({ "list": tail, "as_of": self.clock.now(), "items": items });
                Json(list).into_response()
            }
            ("GET", "accounts") => transactions(&books, customer.unwrap(), call),
            ("GET", "operations") => Json(json!({
                "code": "12345678", "expires_at": self.clock.now().plus_s(600),
                "amount": { "amount": "500.00", "currency": "RUB" },
            }))
            .into_response(),
            ("GET", "reference") => match books.reference.get(tail) {
                Some(reference) => Json(reference).into_response(),
                None => Problem::from(Code::NotFound).into_response(),
            },
            _ => Problem::from(Code::NotFound).into_response(),
        }
    }

    fn execute(&self, books: &mut Books, request: &Execute) -> Answer {
        let now = self.clock.now();
        let known = books.known.get(&request.operation_id);
        let fence = books.fences.get(&request.customer_id).copied();
        let outcome = match decide::execute(known, fence, request, now, Guards::ALL) {
            ExecuteStep::Answer(answer) => return answer,
            ExecuteStep::Store(outcome) => outcome,
            ExecuteStep::Validate => {
                let raised = raised(fence, request.generation);
                books.fences.insert(request.customer_id, raised);
                apply(books, request, now)
            }
        };
        let known = Known {
            customer_id: request.customer_id,
            intent_hash: request.intent_hash,
            outcome: Some(outcome.clone()),
        };
        books.known.insert(request.operation_id, known);
        Answer::Outcome(outcome)
    }

    fn void(&self, books: &mut Books, request: &Void) -> Answer {
        let known = books.known.get(&request.operation_id);
        let fence = books.fences.get(&request.customer_id).copied();
        match decide::void(known, fence, request, self.clock.now(), Guards::ALL) {
            VoidStep::Answer(answer) => answer,
            VoidStep::Store(outcome) => {
                let raised = raised(fence, request.generation);
                books.fences.insert(request.customer_id, raised);
                let known = Known {
                    customer_id: request.customer_id,
                    intent_hash: request.intent_hash,
                    outcome: Some(outcome.clone()),
                };
                books.known.insert(request.operation_id, known);
                Answer::Outcome(outcome)
            }
        }
    }
}

/// The second validation, as far as these tests need it: is there enough money?
fn apply(books: &mut Books, request: &Execute, now: common::Timestamp) -> Outcome {
    let ended = |state, reason, effect| Outcome { state, decided_at: now, reason, effect };
    let Ok(intent) = Intent::from_value(&request.intent) else {
        let reason = Some(RejectReason::NotUnderstood);
        return ended(OperationState::Rejected, reason, None);
    };
    let debit = intent.terms.debit().unwrap();
    if let Some(debit) = &debit {
        let own = books.accounts.entry(request.customer_id).or_default();
        let account = own.iter_mut().find(|own| own.account == *debit.account);
        let left = account.as_ref().map(|own| own.balance.checked_sub(debit.most).unwrap());
        match (account, left) {
            (Some(account), Some(left)) if left.minor() >= 0 => account.balance = left,
            _ => {
                let reason = Some(RejectReason::InsufficientFunds);
                return ended(OperationState::Rejected, reason, None);
            }
        }
    }
    if let Terms::CardFreeze(card) | Terms::CardUnfreeze(card) = &intent.terms {
        let frozen = matches!(intent.terms, Terms::CardFreeze(_));
        let cards = books.cards.entry(request.customer_id).or_default();
        cards.iter_mut().filter(|own| own.id == card.card_id).for_each(|own| own.frozen = frozen);
    }
    *books.effects.entry(request.operation_id).or_default() += 1;
    let effect = Effect {
        reference: format!("R-{}", request.operation_id),
        debited: debit.map(|debit| debit.most),
        credited: None,
        fee: None,
        rate: None,
        adjusted: false,
        foreign_reference: None,
    };
    ended(OperationState::Executed, None, Some(effect))
}

fn items(books: &Books, customer: CustomerId, list: &str) -> Value {
    match list {
        "accounts" => json!(books.accounts.get(&customer).cloned().unwrap_or_default()),
        "cards" => json!(books.cards.get(&customer).cloned().unwrap_or_default()),
        other => json!([{ "id": format!("{other}-1"), "name": other, "status": "active" }]),
    }
}

/// Three entries; the cursor is the number of those already shown.
fn transactions(books: &Books, customer: CustomerId, call: &Call) -> Response {
    let account = call.what.split('/').nth(1).unwrap_or("");
    let own = books.accounts.get(&customer);
    if !own.is_some_and(|own| own.iter().any(|own| own.account.as_str() == account)) {
        return Problem::from(Code::AccountUnknown).into_response();
    }
    let cursor = call.query.split('&').find_map(|pair| pair.strip_prefix("cursor="));
    let Ok(shown) = cursor.map_or(Ok(0), str::parse::<u64>) else {
        return Problem::from(Code::InvalidQuery).into_response();
    };
    let limit = query_of(&call.query, "limit").unwrap();
    let entry = |n: u64| {
        json!({
            "id": format!("t-{n}"), "booked_at": "2026-01-01T00:00:00Z", "description": "Coffee",
            "amount": { "amount": "-3.00", "currency": "RUB" },
        })
    };
    let until = (shown + limit).min(3);
    let items: Vec<Value> = (shown..until).map(entry).collect();
    let next = (until < 3).then(|| until.to_string());
    Json(json!({ "items": items, "next": next })).into_response()
}

fn query_of(query: &str, name: &str) -> Option<u64> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.parse().ok())
}
