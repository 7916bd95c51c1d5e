//! The router's API document: `openapi/router.json`. One document for both listeners; the groups
//! say which is which.

mod disasters;
mod failover;

use common::CustomerId;
use common::problem::Code;
use common::wire::router::{
    Bootstrap, ChangeLogin, ChangePhone, DirectoryEntry, NewCustomer, Placements,
    PlacementsAdopted, RouteAnswer, RouteQuery,
};
use common::wire::watch::{Sights, WatchDatabase};
use platform::http::openapi::{
    ANYBODY, About, CALLER, Operation, SERVICE, document as make, get, health, post, put,
};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use super::ops::BlockList;

const DESCRIPTION: &str = "\
The router tells every client which block serves him and gives him a ticket that opens one login \
there. It owns the directory of customers and keeps a copy of the register of ownership. It is \
not on the path of customers' data. Each of its three listeners serves its own part of this \
document at `/openapi.json`.";

const TAGS: &[(&str, &str)] = &[
    ("routing", "For everybody, on the public listener."),
    ("problems", "Pages about refusals, on the public listener."),
    ("customers", "The directory, on the listener for administrators."),
    ("register", "Who serves what, on the listener for administrators."),
    ("administrators", "Their sessions, on their listener."),
    ("moves", "Of slices between blocks, on the listener for administrators."),
    ("approvals", "Leave of a second person, on the listener for administrators."),
    ("disasters", "The loss of a data centre, on the listener for administrators."),
    ("routers", "Which router leads, on the listener for administrators."),
    ("automation", "Moves of dead blocks' customers, on the listener for administrators."),
    ("services", "For other services, on a listener of their own."),
];

/// The whole document.
pub fn document() -> OpenApi {
    made_of(public().into_iter().chain(customers()).chain(of_administrators()).chain(services()))
}

/// What the public listener serves of it.
pub(super) fn of_public() -> OpenApi {
    made_of(public())
}

/// What the listener for administrators serves of it.
pub(super) fn of_ops() -> OpenApi {
    made_of(customers().into_iter().chain(of_administrators()))
}

fn of_administrators() -> impl Iterator<Item = Operation> {
    register().into_iter().chain(failover::operations()).chain(disasters::operations())
}

/// What the listener for other services serves of it.
pub(super) fn of_internal() -> OpenApi {
    made_of(services())
}

fn made_of(operations: impl IntoIterator<Item = Operation>) -> OpenApi {
    let about = About {
        title: "Bulkhead router",
        description: DESCRIPTION,
        tags: TAGS,
        closed: &["RouteRequest"],
        schemes: vec![failover::scheme()],
    };
    make(about, operations.into_iter().map(Operation::at_some).chain(health()))
}

fn public() -> [Operation; 4] {
    let page = |operation: Operation| {
        operation.tag("problems").gives_text("text/html", "A page for people.")
    };
    [
        post("/v1/route", "route", "Which block serves whoever asks, and a ticket for it")
            .about(
                "A login or phone that nobody has is answered as any other: nobody learns here \
                 which exist. A visitor gets a guest block and no ticket. Who names the block that \
                 failed him is answered by what the archive knows now.",
            )
            .tag("routing")
            .body::<RouteQuery>(json!({ "login": "anna.petrova1" }))
            .gives::<RouteAnswer>(200, "Where to go.")
            .refuses(&[
                Code::InvalidRequest,
                Code::TicketInvalid,
                Code::TicketExpired,
                Code::TooManyRequests,
                Code::NotReady,
            ]),
        get("/v1/bootstrap", "bootstrap", "What a client needs before anybody has logged in")
            .tag("routing")
            .gives::<Bootstrap>(200, "The bank, and a guest block."),
        page(get("/problems", "listProblems", "All codes of refusals")),
        page(get("/problems/{code}", "explainProblem", "What a code means and what to do"))
            .path::<String>("code", "The code.")
            .refuses(&[Code::InvalidQuery, Code::NotFound]),
    ]
    .map(|operation| operation.security(ANYBODY))
}

fn customers() -> [Operation; 4] {
    let new = json!({
        "login": "anna.petrova1", "phone": "+79000000001", "name": "Anna Petrova",
        "password": "correct horse battery staple", "cohort": "regular",
    });
    let one = |operation: Operation| {
        operation
            .path::<CustomerId>("id", "Which customer.")
            .refuses(&[Code::InvalidQuery, Code::CustomerUnknown])
    };
    let told_later = "Done here; home block or payee directory are still to be told.";
    let changed = |operation: Operation| {
        one(operation)
            .gives::<DirectoryEntry>(200, "Done, and everybody knows.")
            .gives::<DirectoryEntry>(202, told_later)
    };
    [
        post("/ops/v1/customers", "createCustomer", "Create a customer")
            .about("The same request again is the same customer.")
            .body::<NewCustomer>(new)
            .gives::<DirectoryEntry>(201, "A new customer.")
            .gives::<DirectoryEntry>(202, told_later)
            .gives::<DirectoryEntry>(200, "The same request was fulfilled before.")
            .refuses(&[
                Code::InvalidRequest,
                Code::LoginTaken,
                Code::PhoneTaken,
                Code::NoRoom,
                Code::Busy,
                Code::BackOfficeUnavailable,
                Code::RouterSuperseded,
            ]),
        one(get("/ops/v1/customers/{id}", "getCustomer", "A customer as the directory has him"))
            .gives::<DirectoryEntry>(200, "The customer."),
        changed(put("/ops/v1/customers/{id}/login", "changeLogin", "Give a customer a new login"))
            .body::<ChangeLogin>(json!({ "login": "anna.petrova2" }))
            .refuses(&[Code::InvalidRequest, Code::LoginTaken, Code::RouterSuperseded]),
        changed(put("/ops/v1/customers/{id}/phone", "changePhone", "Give a customer a new phone"))
            .body::<ChangePhone>(json!({ "phone": "+79000000002" }))
            .refuses(&[Code::PhoneTaken, Code::RouterSuperseded]),
    ]
    .map(|operation| {
        operation.tag("customers").security(SERVICE).refuses(CALLER).refuses(&[Code::NotReady])
    })
}

fn row() -> Value {
    json!({
        "home": "client-1", "slice": 12, "generation": 1, "owner": "client-1",
        "owner_incarnation": null, "owner_since": 1, "state": "active", "target": null,
        "target_generation": null, "sessions_from_generation": 0, "revision": 1,
        "reason": "first start", "decided_by": "launcher",
    })
}

fn services() -> [Operation; 4] {
    [
        get("/internal/v1/placements", "getCopy", "The router's copy of the register")
            .gives::<Placements>(200, "All rows."),
        put("/internal/v1/placements", "pushRows", "Rows that another router has changed")
            .about("Older rows change nothing. A row counts from the next ticket on.")
            .body::<Placements>(json!({ "rows": [row()] }))
            .gives::<PlacementsAdopted>(200, "How many were new."),
        get("/internal/v1/sights", "getSights", "What is seen of the blocks from here")
            .gives::<Sights>(200, "Block by block."),
        put(
            "/internal/v1/sights/database",
            "watchDatabase",
            "Look at a block's database elsewhere",
        )
        .about("For the launcher: the block's standby was promoted.")
        .body::<WatchDatabase>(json!({ "block": "client-1", "at": "127.0.0.1:7158" }))
        .gives_nothing(204, "It is looked at there.", &[])
        .refuses(&[Code::NotFound]),
    ]
    .map(|operation| operation.tag("services").security(SERVICE).refuses(CALLER))
}

fn register() -> [Operation; 3] {
    [
        failover::look(get(
            "/ops/v1/placements",
            "getPlacements",
            "The router's copy of the register",
        ))
        .gives::<Placements>(200, "All rows."),
        put("/ops/v1/placements", "putPlacements", "Rows of the register")
            .about("Older rows change nothing. A row counts from the next ticket on.")
            .body::<Placements>(json!({ "rows": [row()] }))
            .gives::<PlacementsAdopted>(200, "How many were new.")
            .security(SERVICE)
            .refuses(CALLER)
            .refuses(&[Code::InvalidRequest, Code::NotReady]),
        failover::look(get("/ops/v1/blocks", "listBlocks", "The blocks, and how full they are"))
            .gives::<BlockList>(200, "By name."),
    ]
    .map(|operation| operation.tag("register"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_is_what_the_code_says() {
        let document = super::document().to_pretty_json().unwrap();
        testkit::openapi::compare_document("router", &document);
        let probe = include_str!("../../../../platform/src/probe/mod.rs");
        let own = [include_str!("../public/mod.rs"), include_str!("../ops/mod.rs")];
        let files = [own[0], own[1], include_str!("../internal.rs"), probe];
        testkit::openapi::compare_routes(&document, &files, &["GET /", "GET /{*path}"]);
    }
}
