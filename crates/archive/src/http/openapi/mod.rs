//! The archive's API document: `openapi/archive.json`.

mod moves;

use common::leading::RouterRow;
use common::placement::Placement;
use common::problem::Code;
use common::wire::archive::{
    Batch, BatchAnswer, Changes, ChangesQuery, ExcuseWitness, LoadQuery, Loaded, Loosen, Loosened,
    Page, PromoteRouter, Register, RegisterQuery, SliceQuery, Witness, Witnessed,
};
use common::wire::router::{Placements, PlacementsAdopted};
use common::wire::watch::{Sights, WatchDatabase};
use common::{BlockName, SliceId};
use platform::http::openapi::{
    About, CALLER, Operation, SERVICE, document as make, get, health, post, put,
};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

const DESCRIPTION: &str = "\
What the blocks have replicated, the register of ownership, and what people have approved. Every \
answer names the life of the archive's database that gave it; an answer of an older life counts \
for nothing.

What the rules say no to is an outcome with status 200.";

const TAGS: &[(&str, &str)] = &[
    ("streams", "What blocks send, each for itself."),
    ("customers", "What blocks load, each for itself."),
    ("register", "Who may serve whom."),
    ("recovery", "What a new life of the archive's database hears."),
    ("moves", "Steps of moves, and where each stands."),
    ("approvals", "Leave of a second person."),
    ("automation", "The switch of automatic failover, and its limit."),
    ("standby", "Whether what is acknowledged is in two copies."),
    ("sights", "What is seen of the blocks from here."),
];

/// The document.
pub fn document() -> OpenApi {
    let about = About {
        title: "Bulkhead archive",
        description: DESCRIPTION,
        tags: TAGS,
        closed: &[],
        schemes: Vec::new(),
    };
    let known = |operation: Operation| {
        operation.security(SERVICE).refuses(CALLER).refuses(&[Code::NotReady, Code::Busy])
    };
    let operations = streams()
        .into_iter()
        .chain(customers())
        .chain(register())
        .chain(recovery())
        .chain(moves::moves())
        .chain(moves::people())
        .chain(moves::standby())
        .map(known);
    make(about, operations.chain(sights()).chain(health()))
}

fn stream() -> Value {
    json!({ "block": "client-1", "incarnation": LIFE })
}

const LIFE: &str = "00000001-0000000000000007-00000000000000ff";
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn streams() -> [Operation; 2] {
    let event = json!({
        "home": "client-1", "slice": 12, "generation": 1, "written_at": "2026-01-31T12:00:00Z",
        "body": { "event": "heartbeat" },
    });
    let batch = json!({
        "stream": stream(), "batch": 1, "previous": START, "hash": START,
        "events": [event.to_string()],
    });
    let changes = json!({ "stream": stream(), "cursor": [[stream(), 1]], "limit": 100 });
    [
        post("/v1/batches", "batch", "Apply a batch of a block's outbox, once")
            .about(
                "Batches of a stream form a chain. The archive refuses no event: what it cannot \
                 read it stores as it came.",
            )
            .tag("streams")
            .body::<Batch>(batch)
            .gives::<BatchAnswer>(200, "What became of it.")
            .refuses(&[Code::InvalidRequest]),
        post("/v1/changes", "changes", "What others wrote in the slices of a block")
            .about("The cursor names the last batch of each stream that was followed.")
            .tag("streams")
            .body::<ChangesQuery>(changes)
            .gives::<Changes>(200, "What is new, and where the cursor stands after it.")
            .refuses(&[Code::InvalidRequest]),
    ]
}

fn customers() -> [Operation; 3] {
    let load = json!({
        "stream": stream(), "home": "client-1", "slice": 12, "generation": 1, "customers": [1],
        "permission_only": false,
    });
    let slice = json!({ "home": "client-1", "slice": 12, "after": 0, "limit": 100 });
    let loosen = json!({
        "stream": stream(), "change_id": "0190d5b4-6f00-7000-8000-000000000001",
        "home": "client-1", "slice": 12, "generation": 1,
        "entity": {
            "customer_id": 1, "kind": "customer", "entity_id": "1", "order_key": "01",
            "final": false, "open": false, "payload": {},
        },
    });
    [
        post("/v1/load", "load", "All that the archive holds of some customers of one slice")
            .body::<LoadQuery>(load)
            .gives::<Loaded>(200, "Those who may be loaded."),
        post("/v1/slices/customers", "customersOfSlice", "Who lives in a slice")
            .body::<SliceQuery>(slice)
            .gives::<Page>(200, "A page of them."),
        post("/v1/loosenings", "loosen", "Loosen something, if the caller serves the customer")
            .about("The verdict is for good: the same id gets the same.")
            .body::<Loosen>(loosen)
            .gives::<Loosened>(200, "Whether it stands."),
    ]
    .map(|operation| operation.tag("customers").refuses(&[Code::InvalidRequest]))
}

fn sights() -> [Operation; 2] {
    let moved = json!({ "block": "client-1", "at": "127.0.0.1:7158" });
    [
        get("/internal/v1/sights", "sights", "What is seen of the blocks from here")
            .gives::<Sights>(200, "Block by block."),
        put(
            "/internal/v1/sights/database",
            "watchDatabase",
            "Look at a block's database elsewhere",
        )
        .about("For the launcher: the block's standby was promoted.")
        .body::<WatchDatabase>(moved)
        .gives_nothing(204, "It is looked at there.", &[])
        .refuses(&[Code::NotFound]),
    ]
    .map(|operation| operation.tag("sights").security(SERVICE).refuses(CALLER))
}

fn register() -> [Operation; 4] {
    let first = Placements { rows: first_row().into_iter().collect() };
    [
        post("/v1/register/read", "readRegister", "The register, or what has changed of it")
            .about("A block names its stream, so that the archive meets the life of its database.")
            .tag("register")
            .body::<RegisterQuery>(json!({ "stream": stream(), "since": 0 }))
            .gives::<Register>(200, "The rows, and what the archive says of itself."),
        put("/v1/register/first", "seedRegister", "Write the first rows: those that are absent")
            .about("For the launcher.")
            .tag("register")
            .body::<Placements>(json!(first))
            .gives::<PlacementsAdopted>(200, "How many were absent."),
        get("/v1/router", "readRouter", "Which router leads")
            .tag("register")
            .gives::<RouterRow>(200, "The router's row."),
        post("/v1/router", "promoteRouter", "Make a router the one that leads")
            .about(
                "A compare-and-set on the row's generation. From then on steps and switches of \
                 routers of an older generation are refused.",
            )
            .tag("register")
            .body::<PromoteRouter>(json!({
                "leader": "router-backup", "expected": 1, "reason": "the router burned",
                "decided_by": "anna",
            }))
            .gives::<RouterRow>(200, "The row as it is now; it may have been so before.")
            .refuses(&[Code::InvalidRequest, Code::RouterSuperseded]),
    ]
}

fn recovery() -> [Operation; 3] {
    let first: Vec<Placement> = first_row().into_iter().collect();
    let witness = json!({ "life": LIFE, "resent": true, "rows": first });
    let excuse = json!({
        "service": "client-1", "reason": "it burned", "decided_by": "anna", "approval": null,
    });
    [
        post("/v1/witness", "witness", "Hand in a copy of the register")
            .about(
                "To an archive that recovers. A block's counts once everything that it wrote \
                 before it knew of this life has been sent again.",
            )
            .body::<Witness>(witness)
            .gives::<Witnessed>(200, "Who is still missing."),
        get("/v1/witness", "witnesses", "Who is still missing")
            .gives::<Witnessed>(200, "Nobody, if the archive does not recover."),
        post("/v1/witness/excuse", "excuseWitness", "Recover without a witness")
            .about("Needs a second person.")
            .body::<ExcuseWitness>(excuse)
            .gives::<Witnessed>(200, "Who is still missing.")
            .refuses(&[Code::InvalidRequest, Code::ApprovalNeeded, Code::ApprovalInvalid]),
    ]
    .map(|operation| operation.tag("recovery"))
}

fn first_row() -> Option<Placement> {
    let home: BlockName = "client-1".parse().ok()?;
    Some(Placement::first(home, SliceId::try_from(12).ok()?, "launcher"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_is_what_the_code_says() {
        let document = super::document().to_pretty_json().unwrap();
        testkit::openapi::compare_document("archive", &document);
        let probe = include_str!("../../../../platform/src/probe/mod.rs");
        testkit::openapi::compare_routes(&document, &[include_str!("../mod.rs"), probe], &[]);
    }
}
