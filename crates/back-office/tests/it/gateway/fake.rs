//! Foreign systems that behave as a test wants, and remember what they were told.
//!
//! One listener stands for all systems. Like the real ones it deduplicates by operation id.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use back_office::foreign::{CashDetails, CodeEnd, OrderAnswer, PlaceOrder};
use common::money::{Currency, Money};
use common::operation::RejectReason;
use common::problem::Code;
use common::wire::gateway::{CashCodeShown, RiskAnswer, RiskDecision};
use common::{OperationId, Timestamp};
use platform::config::Peer;
use platform::http::Problem;
use serde_json::{Value, json};

const SYSTEMS: [&str; 17] = [
    "cards",
    "deposits",
    "billers",
    "topup",
    "cash",
    "risk",
    "loans",
    "insurance",
    "pension",
    "investments",
    "loyalty",
    "taxes",
    "subscriptions",
    "limits",
    "credit-history",
    "messages",
    "nobody",
];

/// How orders are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Done.
    Fine,
    /// Refused with this reason.
    Refuses(RejectReason),
    /// Takes the order and never answers.
    HangsAfterEffect,
    /// Takes the order and answers with an error.
    FailsAfterEffect,
    /// Fails before anything happens.
    FailsBefore,
}

#[derive(Debug)]
struct Memory {
    mood: Mood,
    code_end: CodeEnd,
    code_expires_at: Timestamp,
    /// Every call, repeated ones included.
    calls: Vec<PlaceOrder>,
    answers: HashMap<OperationId, OrderAnswer>,
    /// How often a code was asked to be closed.
    closes: u32,
}

/// All fake systems of a test.
#[derive(Clone)]
pub(crate) struct Fakes {
    memory: Arc<Mutex<Memory>>,
    address: String,
}

impl Fakes {
    pub(crate) async fn start() -> Self {
        let memory = Arc::new(Mutex::new(Memory {
            mood: Mood::Fine,
            code_end: CodeEnd::Open,
            code_expires_at: Timestamp::from_unix_ms(4_000_000_000_000),
            calls: Vec::new(),
            answers: HashMap::new(),
            closes: 0,
        }));
        let routes = Router::new()
            .route("/v1/orders", post(order))
            .route("/v1/customers/{id}/items", get(items))
            .route("/v1/codes/{operation}", get(show_code))
            .route("/v1/codes/{operation}/close", post(close_code))
            .route("/v1/decisions", post(decide))
            .with_state(memory.clone());
        let bound = platform::http::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = format!("http://{}", bound.address);
        let config = back_office::config::Config::load(None).unwrap();
        platform::http::serve(&platform::Tasks::new(), bound, routes, &config.http);
        Self { memory, address }
    }

    pub(crate) fn peers(&self) -> BTreeMap<String, Peer> {
        let peer = Peer::at(self.address.clone());
        SYSTEMS.iter().map(|name| ((*name).to_owned(), peer.clone())).collect()
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.memory.lock().unwrap().mood = mood;
    }

    /// Codes expire at once, and have ended like this.
    pub(crate) fn codes_end(&self, end: CodeEnd) {
        self.memory.lock().unwrap().code_end = end;
    }

    pub(crate) fn codes_expire_at(&self, at: Timestamp) {
        self.memory.lock().unwrap().code_expires_at = at;
    }

    pub(crate) fn calls(&self) -> Vec<PlaceOrder> {
        self.memory.lock().unwrap().calls.clone()
    }

    /// How many orders took effect.
    pub(crate) fn effects(&self) -> usize {
        self.memory.lock().unwrap().answers.len()
    }

    pub(crate) fn closes(&self) -> u32 {
        self.memory.lock().unwrap().closes
    }
}

type Shared = State<Arc<Mutex<Memory>>>;

async fn order(State(memory): Shared, Json(placed): Json<PlaceOrder>) -> Response {
    let (mood, answer) = {
        let mut memory = memory.lock().unwrap();
        memory.calls.push(placed.clone());
        let mood = memory.mood;
        if mood == Mood::FailsBefore {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        let expires_at = memory.code_expires_at;
        let details = json!(CashDetails { expires_at });
        let fresh = match mood {
            Mood::Refuses(reason) => OrderAnswer::Refused { reason },
            _ => OrderAnswer::Done { reference: "R-1".to_owned(), details },
        };
        (mood, memory.answers.entry(placed.operation_id).or_insert(fresh).clone())
    };
    match mood {
        Mood::HangsAfterEffect => std::future::pending().await,
        Mood::FailsAfterEffect => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => Json(answer).into_response(),
    }
}

async fn items(Path(id): Path<u64>) -> Json<Value> {
    let as_of = Timestamp::from_unix_ms(1_700_000_000_000);
    Json(json!({"as_of": as_of, "items": [{"id": id.to_string(), "name": "n", "status": "s"}]}))
}

async fn show_code(State(memory): Shared, Path(_): Path<OperationId>) -> Response {
    let memory = memory.lock().unwrap();
    if memory.mood == Mood::FailsBefore {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let shown = CashCodeShown {
        code: "123456".to_owned(),
        expires_at: memory.code_expires_at,
        amount: Money::from_minor(100_000, Currency::Rub),
    };
    Json(shown).into_response()
}

async fn close_code(State(memory): Shared, Path(_): Path<OperationId>) -> Json<CodeEnd> {
    let mut memory = memory.lock().unwrap();
    memory.closes += 1;
    Json(memory.code_end)
}

/// In a mood to refuse, it knows the operation with another question.
async fn decide(State(memory): Shared) -> Response {
    match memory.lock().unwrap().mood {
        Mood::FailsBefore => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Refuses(_) => Problem::from(Code::IdempotencyMismatch).into_response(),
        _ => Json(RiskAnswer { decision: RiskDecision::StepUp }).into_response(),
    }
}

/// A moment that has passed by any clock.
pub(crate) fn long_ago() -> Timestamp {
    Timestamp::from_unix_ms(1_000)
}
