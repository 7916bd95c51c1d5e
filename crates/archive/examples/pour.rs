//! Events a second that one archive takes in, over HTTP, in batches of 1,000: `cargo run --release
//! -p archive --example pour -- 60 2` sends 60 batches from each of 2 streams.
//!
//! It starts a PostgreSQL of its own, which does not wait for the disk, or takes the empty database
//! of `BULKHEAD_POUR_URL`.

use std::time::Duration;

use archive::config::Config;
use archive::service;
use archive::store::MIGRATIONS;
use common::archive::stream::BatchKey;
use common::incarnation::{Head, StreamId};
use common::placement::Placement;
use common::wire::archive::{Batch, BatchAnswer, EntityWritten, Event, EventBody, Marks, Told};
use common::wire::router::{Placements, PlacementsAdopted};
use common::{BlockName, CustomerId, Generation, Incarnation, SliceId, Timestamp};
use futures_util::future::try_join_all;
use platform::identity::token_hash;
use platform::rpc::{Caller, Peer, Request};
use platform::service::Fatal;
use platform::{Clock, Tasks};
use serde_json::json;

const EVENTS: u64 = 1_000;
const CUSTOMERS: u64 = 20_000;
const WITHIN: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<(), Fatal> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| arguments.next().map_or(Ok(default), |text| text.parse());
    let (batches, streams) = (number(40)?, number(1)?);
    let url = match std::env::var("BULKHEAD_POUR_URL") {
        Ok(url) => url,
        Err(_) => testkit::postgres().await.empty_database().await.url,
    };
    platform::schema::migrate(&url, &MIGRATIONS).await?;
    let mut config = Config::load(None)?;
    config.database.url = url;
    config.listen.internal = Some("127.0.0.1:0".parse()?);
    config.identity.callers.insert("launcher".to_owned(), token_hash("launcher"));
    let blocks: Vec<BlockName> =
        (1..=streams).map(|n| format!("client-{n}").parse()).collect::<Result<_, _>>()?;
    for block in &blocks {
        config.identity.callers.insert(block.to_string(), token_hash(block.as_str()));
    }
    let tasks = Tasks::new();
    let started = service::start(&config, Clock::system(), &tasks).await?;
    testkit::eventually("the archive is ready", || async { started.ready.is_set() }).await;
    let base = format!("http://{}", started.internal.ok_or("no listener")?);
    let peer = |service: &str| {
        let caller = Caller { service: service.to_owned(), token: service.to_owned() };
        Peer::new("archive", &base, caller, &config.rpc)
    };
    let rows = blocks.iter().flat_map(|home| {
        SliceId::all().map(|slice| Placement::first(home.clone(), slice, "launcher"))
    });
    let first = Request::put("/v1/register/first", &Placements { rows: rows.collect() });
    let _: PlacementsAdopted = peer("launcher")?.call(first, WITHIN).await?;
    let clock = Clock::system();
    let began = clock.now();
    try_join_all(blocks.iter().map(|block| pour(block, peer(block.as_str()), batches))).await?;
    let took_ms = clock.now().ms_since(began).max(1);
    let events = batches * streams * EVENTS;
    let rate = events * 1_000 / u64::try_from(took_ms)?;
    println!("{events} events of {streams} streams in {took_ms} ms: {rate} a second");
    tasks.stop(Duration::from_secs(1)).await;
    Ok(())
}

async fn pour(
    block: &BlockName,
    peer: Result<Peer, platform::config::ConfigError>,
    batches: u64,
) -> Result<(), Fatal> {
    let peer = peer?;
    let incarnation = Incarnation { timeline: 1, system: 1, nonce: 1 };
    let stream = StreamId { block: block.clone(), incarnation };
    let mut head = Head::START;
    for batch in 0..batches {
        let events: Result<Vec<String>, _> =
            (0..EVENTS).map(|n| serde_json::to_string(&event(block, batch * EVENTS + n))).collect();
        let events = events?;
        let bytes: Vec<&[u8]> = events.iter().map(String::as_bytes).collect();
        let key = BatchKey::following(head, &bytes);
        let (previous, hash) = (key.previous, key.hash);
        let batch = Batch { stream: stream.clone(), batch: key.batch, previous, hash, events };
        let said: BatchAnswer = peer.call(Request::post("/v1/batches", &batch), WITHIN).await?;
        if !matches!(said.answer, Told::Acknowledged(_)) {
            return Err(format!("{:?}", said.answer).into());
        }
        head = key.head();
    }
    Ok(())
}

/// An operation: ordered first, and executed 5,000 events later.
fn event(home: &BlockName, n: u64) -> Event {
    let ended = n % 10_000 >= 5_000;
    let which = if ended { n - 5_000 } else { n };
    let customer_id = CustomerId(1 + which % CUSTOMERS);
    let state = if ended { "executed" } else { "pending" };
    let entity = EntityWritten {
        customer_id,
        kind: "operation".to_owned(),
        entity_id: format!(
            "{:08x}-0000-8000-8000-{:012x}",
            which.wrapping_mul(2_654_435_761) & 0xffff_ffff,
            which
        ),
        order_key: if ended { "030000000000000001" } else { "010000000000000001" }.to_owned(),
        final_: ended,
        open: !ended,
        marks: Marks::default(),
        payload: json!({
            "kind": "own_transfer", "state": state,
            "intent": { "terms": {
                "kind": "own_transfer", "from_account": "40817810000000000001",
                "to_account": "40817810000000000002",
                "amount": { "amount": "100.00", "currency": "RUB" },
            } },
            "intent_hash": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
            "valid_until": "2026-01-31T12:00:00Z", "created_at": "2026-01-31T12:00:00Z",
        }),
    };
    Event {
        home: home.clone(),
        slice: SliceId::of(customer_id),
        generation: Generation(1),
        written_at: Timestamp::from_unix_ms(0),
        body: EventBody::Entity(entity),
    }
}
