//! Every route of the block, and who may call it. The list is compared with the routes file, so
//! that a new route cannot be forgotten here.

use reqwest::Method;
use serde_json::{Value, json};

use crate::bank::{Bank, PASSWORD};
use crate::operations::{own, to_boris};

/// Where a route is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// The channels of a block with customers.
    Customers,
    /// The channels of a guest block.
    Visitors,
    /// Both.
    Both,
    /// The listener for other services.
    Internal,
}

/// Who may call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Anybody,
    /// Anybody; on the web channel only the bank's own pages.
    OwnPage,
    /// A customer with a live session.
    Customer,
    /// These services.
    Services(&'static [&'static str]),
}

pub(crate) struct Route {
    pub(crate) door: Door,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) who: Who,
    /// A body that would be understood, where one is expected.
    pub(crate) body: Option<Value>,
}

const ID: &str = "00000000-0000-4000-8000-000000000000";

impl Route {
    /// The path with something in each of its places.
    pub(crate) fn sample(&self) -> String {
        self.path
            .replace("/customers/{id}", "/customers/77")
            .replace("{id}", ID)
            .replace("{list}", "cards")
            .replace("{account}", "40817810000000000101")
            .replace("{reference}", "A-1")
    }
}

/// All of them.
#[rustfmt::skip]
pub(crate) fn routes(bank: &Bank) -> Vec<Route> {
    use Door::{Customers, Internal, Visitors};
    use Who::{Anybody, Customer, OwnPage, Services};
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    const PUT: Method = Method::PUT;
    const DELETE: Method = Method::DELETE;
    let row = |door, method, path, who, body| Route { door, method, path, who, body };
    let ticket = bank.ticket(common::ticket::Holder::Decoy(1));
    let login = json!({ "ticket": ticket, "password": PASSWORD });
    let resumption = json!({ "ticket": "made up", "token": "made up" });
    let answer = json!({ "execute": false, "asked": 1, "cancel_asked": 0 });
    let code = || Some(json!({ "code": "123456" }));
    let password = json!({ "current": PASSWORD, "new": "long enough" });
    let order = json!({ "intent": { "terms": own("1.00"), "valid_until": bank.clock.now() } });
    let withdrawn = order.clone();
    let template = json!({ "name": "x", "terms": own("1.00") });
    let profile = json!({
        "revision": 1, "login": "x-y-z", "phone": "+79000000077", "name": "X",
        "password": "long enough",
    });
    let application = json!({ "product_id": "l-1", "name": "X", "phone": "+79000000077" });
    let at = common::SliceId::of(common::CustomerId(77));
    let hand_over = json!({ "customer_id": 77, "home": "client-1", "slice": at, "generation": 2 });
    let seals = json!({ "home": "client-1", "slices": [] });
    let both = Services(&["router", "launcher"]);
    let mut all = vec![
        row(Customers, POST, "/v1/sessions", OwnPage, Some(login)),
        row(Customers, GET, "/v1/sessions", Customer, None),
        row(Customers, DELETE, "/v1/sessions", Customer, None),
        row(Customers, POST, "/v1/sessions/resumption", OwnPage, Some(resumption)),
        row(Customers, POST, "/v1/sessions/challenges/{id}", OwnPage, code()),
        row(Customers, DELETE, "/v1/sessions/current", Customer, None),
        row(Customers, DELETE, "/v1/sessions/{id}", Customer, None),
        row(Customers, PUT, "/v1/password", Customer, Some(password)),
        row(Customers, GET, "/v1/overview", Customer, None),
        row(Customers, GET, "/v1/products/{list}", Customer, None),
        row(Customers, GET, "/v1/accounts", Customer, None),
        row(Customers, GET, "/v1/accounts/{account}/transactions", Customer, None),
        row(Customers, GET, "/v1/cards", Customer, None),
        row(Customers, GET, "/v1/loans", Customer, None),
        row(Customers, GET, "/v1/deposits", Customer, None),
        row(Customers, POST, "/v1/operations/review", Customer, Some(to_boris("1.00"))),
        row(Customers, POST, "/v1/operations", Customer, Some(order)),
        row(Customers, GET, "/v1/operations", Customer, None),
        row(Customers, POST, "/v1/operations/cancellation", Customer, Some(withdrawn)),
        row(Customers, GET, "/v1/operations/{id}", Customer, None),
        row(Customers, POST, "/v1/operations/{id}/confirmation", Customer, code()),
        row(Customers, POST, "/v1/operations/{id}/code", Customer, None),
        row(Customers, POST, "/v1/operations/{id}/cancellation", Customer, None),
        row(Customers, POST, "/v1/operations/{id}/answer", Customer, Some(answer)),
        row(Customers, GET, "/v1/operations/{id}/cash-code", Customer, None),
        row(Customers, GET, "/v1/notice", Customer, None),
        row(Customers, GET, "/v1/templates", Customer, None),
        row(Customers, POST, "/v1/templates", Customer, Some(template)),
        row(Customers, DELETE, "/v1/templates/{id}", Customer, None),
        row(Visitors, GET, "/v1/calculators/loan", Anybody, None),
        row(Visitors, GET, "/v1/calculators/deposit", Anybody, None),
        row(Visitors, POST, "/v1/applications", OwnPage, Some(application)),
        row(Visitors, GET, "/v1/applications/{reference}", Anybody, None),
        row(Internal, PUT, "/internal/v1/customers/{id}", Services(&["router"]), Some(profile)),
        row(Internal, GET, "/internal/v1/placements", both, None),
        row(Internal, PUT, "/internal/v1/placements", both, Some(json!({ "rows": [] }))),
        row(Internal, POST, "/internal/v1/hand-overs", Services(&[]), Some(hand_over)),
        row(Internal, POST, "/internal/v1/seals", both, Some(seals)),
        row(Internal, GET, "/internal/v1/report", both, None),
    ];
    all.extend(reference());
    all
}

/// What is the same for everybody.
fn reference() -> Vec<Route> {
    let row =
        |path| Route { door: Door::Both, method: Method::GET, path, who: Who::Anybody, body: None };
    let all = [
        "/v1/reference/rates",
        "/v1/reference/branches",
        "/v1/reference/products",
        "/v1/reference/billers",
        "/v1/reference/fees",
    ];
    all.map(row).into()
}

/// The routes that the routes file opens: `POST /v1/sessions` …, sorted.
pub(crate) fn opened() -> Vec<String> {
    let text = include_str!("../../src/http/mod.rs");
    let mut found = Vec::new();
    for piece in text.split(".route(").skip(1) {
        let path = piece.split('"').nth(1).unwrap();
        let end = closing(piece);
        for method in ["get", "post", "put", "delete", "patch", "any", "options", "head"] {
            for (at, _) in piece[..end].match_indices(&format!("{method}(")) {
                let before = piece[..at].chars().next_back().unwrap();
                if !before.is_alphanumeric() && before != '_' {
                    found.push(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
    }
    found.sort();
    found
}

/// Where the parenthesis that is open before the text is closed.
fn closing(text: &str) -> usize {
    let mut open = 1;
    let close = text.find(|c| {
        open += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        open == 0
    });
    close.unwrap()
}
