//! The archive's API document: `openapi/archive.json`.

use common::placement::Placement;
use common::problem::Code;
use common::wire::archive::{
    Batch, BatchAnswer, LoadQuery, Loaded, Page, Register, RegisterQuery, SliceQuery,
};
use common::wire::router::{Placements, PlacementsAdopted};
use common::{BlockName, SliceId};
use platform::http::openapi::{
    About, CALLER, Operation, SERVICE, document as make, health, post, put,
};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

const DESCRIPTION: &str = "\
What the blocks have replicated, the register of ownership, and what people have approved. Every \
answer names the life of the archive's database that gave it; an answer of an older life counts for \
nothing.

What the rules say no to is an outcome with status 200.";

const TAGS: &[(&str, &str)] = &[
    ("streams", "What blocks send, each for itself."),
    ("customers", "What blocks load, each for itself."),
    ("register", "Who may serve whom."),
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
    let operations = streams().into_iter().chain(register()).map(known);
    make(about, operations.chain(health()))
}

fn stream() -> Value {
    json!({ "block": "client-1", "incarnation": LIFE })
}

const LIFE: &str = "00000001-0000000000000007-00000000000000ff";
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn streams() -> [Operation; 3] {
    let event = json!({
        "home": "client-1", "slice": 12, "generation": 1, "written_at": "2026-01-31T12:00:00Z",
        "body": { "event": "heartbeat" },
    });
    let batch = json!({
        "stream": stream(), "batch": 1, "previous": START, "hash": START,
        "events": [event.to_string()],
    });
    let load = json!({
        "stream": stream(), "home": "client-1", "slice": 12, "generation": 1, "customers": [1],
        "permission_only": false,
    });
    let slice = json!({ "home": "client-1", "slice": 12, "after": 0, "limit": 100 });
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
        post("/v1/load", "load", "All that the archive holds of some customers of one slice")
            .tag("customers")
            .body::<LoadQuery>(load)
            .gives::<Loaded>(200, "Those who may be loaded.")
            .refuses(&[Code::InvalidRequest]),
        post("/v1/slices/customers", "customersOfSlice", "Who lives in a slice")
            .tag("customers")
            .body::<SliceQuery>(slice)
            .gives::<Page>(200, "A page of them.")
            .refuses(&[Code::InvalidRequest]),
    ]
}

fn register() -> [Operation; 2] {
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
    ]
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
        testkit::openapi::compare_routes(&document, &[include_str!("mod.rs")], &[]);
    }
}
