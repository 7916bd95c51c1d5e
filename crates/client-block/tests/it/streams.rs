//! The block with an archive: what it ships, what it answers meanwhile, how it starts, and what it
//! does when the archive or its own database has a new life.

use common::incarnation::StreamId;
use common::placement::{Placement, PlacementState};
use common::wire::archive::EventBody;
use common::{Generation, Revision, SliceId};
use serde_json::json;
use testkit::eventually;

use crate::archive::{Archive, life};
use crate::bank::{ANNA, BORIS, Bank, Process, first_row, name};
use crate::client::Client;
use crate::operations::{becomes, new_key, own, send, taken};
use crate::stand_in::Act;

/// A bank with an archive that has the block's rows.
pub(crate) async fn bank() -> (Bank, Archive) {
    let bank = Bank::new().await;
    let archive = Archive::start(&[ANNA, BORIS].map(first_row)).await;
    (bank, archive)
}

/// A process that serves, worker and all.
pub(crate) async fn serving(bank: &Bank, archive: &Archive) -> Process {
    let process = started(bank, archive).await;
    serves(&process, "serving").await;
    process
}

pub(crate) async fn started(bank: &Bank, archive: &Archive) -> Process {
    let process = bank.process_with(|config| archive.serve(config)).await;
    process.start_worker();
    process
}

pub(crate) async fn serves(process: &Process, phase: &str) {
    let router = process.service("router");
    eventually(&format!("it is {phase}"), || async {
        let report = router.get("/internal/v1/report").await;
        report.status == 200 && report.json()["phase"] == phase
    })
    .await;
}

pub(crate) async fn answers(client: &Client, code: &str) {
    eventually(code, || async {
        let reply = client.get("/v1/operations").await;
        let ok = reply.status == 200;
        if code == "ok" { ok } else { !ok && reply.code() == code }
    })
    .await;
}

#[tokio::test]
async fn what_is_written_reaches_the_archive_and_is_accepted_when_it_has() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let opened = bank.log_in(&process, ANNA).await.ok();
    assert_eq!(opened["durable"], true);
    let anna = process.bearer(opened["token"].as_str().unwrap());
    assert_eq!(archive.told("session", opened["session_id"].as_str().unwrap()), 1);

    bank.gateway.always("execute", Act::Break);
    let sent = taken(&anna, &own("10.00")).await;
    let reply = sent.reply.ok();
    assert_ne!(reply["state"], "executed");
    assert_eq!(reply["durability"], "accepted");
    assert!(archive.told("operation", &sent.id.to_string()) >= 1);

    archive.go_away().await;
    let saved = taken(&anna, &own("11.00")).await;
    assert_eq!(saved.reply.ok()["durability"], "saved", "the archive is away");
    assert_eq!(bank.log_in(&process, ANNA).await.ok()["durable"], false);
    let path = saved.id.to_string();
    assert_eq!(anna.operation(&path).await["durability"], "saved");
    let again = anna.order(&saved.key, &saved.intent).await;
    assert_eq!(again.ok()["durability"], "saved");

    archive.come_back().await;
    eventually("it is accepted", || async {
        anna.operation(&path).await["durability"] == "accepted"
    })
    .await;
    let page = anna.get("/v1/operations").await.ok();
    let open = page["items"].as_array().unwrap();
    assert!(open.iter().all(|operation| operation["durability"] == "accepted"), "{page}");
    bank.gateway.always("execute", Act::Work);
    becomes(&bank, &anna, saved.id, "executed").await;
    process.stop().await;
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_comes_again_byte_for_byte() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    archive.holds().lose = usize::MAX;
    let sent = taken(&anna, &own("10.00")).await;
    eventually("the archive has it and nobody knows", || async {
        archive.told("operation", &sent.id.to_string()) > 0
    })
    .await;
    // The worker dies with the batch in flight; another one goes on.
    process.stop().await;
    let more = "select count(*) from outbox where batch is null";
    let again = started(&bank, &archive).await;
    archive.holds().lose = 0;
    serves(&again, "serving").await;
    eventually("nothing waits", || async { bank.number(more).await == 0 }).await;
    eventually("it came again", || async { archive.holds().again > 0 }).await;
    assert_eq!(archive.holds().streams.len(), 1, "the same life, the same stream");
    // The stand-in has compared the bytes. Every line went into one batch, and once.
    let twice = "
        select count(*) from (select unnest(lines) as line from batch) l group by line
        having count(*) > 1";
    let client = bank.db.client().await;
    assert!(client.query(twice, &[]).await.unwrap().is_empty());
    again.stop().await;
}

#[tokio::test]
async fn an_idle_block_gives_signs_of_life() {
    let (bank, archive) = bank().await;
    let process = bank
        .process_with(|config| {
            archive.serve(config);
            config.archive.heartbeat_ms = 50;
        })
        .await;
    process.start_worker();
    eventually("a heartbeat", || async { archive.has(&EventBody::Heartbeat) }).await;
    process.stop().await;
}

#[tokio::test]
async fn nobody_is_served_before_the_register_was_read() {
    let (bank, archive) = bank().await;
    let before = bank.process().await;
    let token = bank.log_in(&before, ANNA).await.ok()["token"].as_str().unwrap().to_owned();
    before.stop().await;
    archive.go_away().await;
    let process = started(&bank, &archive).await;
    let web = bank.process_with(|config| archive.serve(config)).await;
    client_block::worker::start_common(&web.block);
    for client in [process.bearer(&token), web.bearer(&token)] {
        let reply = client.get("/v1/operations").await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "placement-behind"));
    }
    archive.come_back().await;
    for client in [process.bearer(&token), web.bearer(&token)] {
        answers(&client, "ok").await;
    }
    // Once it serves, losing the archive and the worker changes nothing.
    process.stop().await;
    archive.go_away().await;
    web.bearer(&token).get("/v1/operations").await.ok();
    web.stop().await;
}

#[tokio::test]
async fn another_process_hears_that_its_order_is_archived() {
    let (bank, archive) = bank().await;
    let worker = serving(&bank, &archive).await;
    let web = bank
        .process_with(|config| {
            archive.serve(config);
            config.archive.accept_wait_ms = 10_000;
        })
        .await;
    client_block::worker::start_common(&web.block);
    let anna = web.bearer(bank.log_in(&worker, ANNA).await.ok()["token"].as_str().unwrap());
    answers(&anna, "ok").await;
    bank.gateway.always("execute", Act::Break);
    let sent = taken(&anna, &own("10.00")).await;
    assert_eq!(sent.reply.ok()["durability"], "accepted");
    worker.stop().await;
    web.stop().await;
}

#[tokio::test]
async fn what_was_late_closes_until_the_row_says_anew_that_it_is_ours() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let (anna, boris) = (bank.anna(&process).await, bank.boris(&process).await);
    archive.holds().late = Some((first_row(ANNA), Revision(2)));
    taken(&anna, &own("10.00")).await;
    answers(&anna, "placement-behind").await;
    boris.get("/v1/operations").await.ok();
    let row = Placement { revision: Revision(2), ..first_row(ANNA) };
    archive.set(row);
    answers(&anna, "ok").await;
    process.stop().await;
}

#[tokio::test]
async fn a_new_life_of_the_archive_is_witnessed_and_sent_everything_that_it_lacks() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    bank.gateway.always("execute", Act::Break);
    let sent = taken(&anna, &own("10.00")).await;
    let path = sent.id.to_string();
    assert_eq!(anna.operation(&path).await["durability"], "accepted");
    {
        // Restored from before the block's first batch.
        let mut holds = archive.holds();
        holds.life = life(2);
        holds.streams.clear();
        holds.recovering = true;
    }
    eventually("the block witnesses that it has sent everything again", || async {
        archive.holds().witnesses.iter().any(|witness| witness.resent)
    })
    .await;
    assert_eq!(archive.holds().witnesses[0].life, life(2));
    assert!(archive.told("operation", &path) > 0);
    assert_eq!(anna.operation(&path).await["durability"], "accepted");
    let unjudged = "select count(*) from batch where unjudged";
    assert!(bank.number(unjudged).await > 0, "stored, and not judged");
    anna.get("/v1/operations").await.ok();

    archive.holds().recovering = false;
    eventually("everything is judged", || async { bank.number(unjudged).await == 0 }).await;
    // The earlier life speaks up once more: nobody listens.
    archive.holds().life = life(1);
    let late = taken(&anna, &own("11.00")).await;
    assert_eq!(late.reply.ok()["durability"], "saved");
    process.stop().await;
}

#[tokio::test]
async fn a_promoted_database_claims_before_it_serves() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    archive.go_away().await;
    bank.gateway.always("execute", Act::Break);
    let tail = taken(&anna, &own("10.00")).await;
    // As a promotion leaves it: the server is in another life than the one that is written.
    let promoted = "
        update life set incarnation = '00000000' || substr(incarnation, 9), phase = 'serving'";
    bank.sql(promoted).await;
    answers(&anna, "placement-behind").await;
    archive.come_back().await;
    serves(&process, "serving").await;
    let row = archive.holds().rows.iter().find(|row| row.slice == SliceId::of(ANNA)).cloned();
    let row = row.unwrap();
    assert!(row.owner_incarnation.is_some());
    assert_eq!((row.generation, row.owner_since), (Generation(2), Generation(2)));
    // Until everybody is joined, which may be done by now.
    assert!(matches!(row.state, PlacementState::Returning | PlacementState::Active));
    // What the earlier life had not shipped goes into the new stream, which begins anew.
    assert_eq!(archive.holds().streams.len(), 2);
    eventually("the tail is exported", || async {
        archive.told("operation", &tail.id.to_string()) > 0
    })
    .await;
    eventually("everybody is loaded under the new generation", || async {
        bank.number("select count(*) from customer where loaded_generation = 2").await == 2
    })
    .await;
    answers(&anna, "ok").await;
    process.stop().await;
}

#[tokio::test]
async fn a_database_that_was_outlived_is_closed_for_good() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    archive.holds().outlived = true;
    answers(&anna, "placement-moved").await;
    archive.holds().outlived = false;
    process.stop().await;
    let again = started(&bank, &archive).await;
    answers(&anna.at(again.mobile), "placement-moved").await;
    again.stop().await;
}

#[tokio::test]
async fn who_sleeps_inside_the_gate_is_ended() {
    let (bank, archive) = bank().await;
    let process = bank
        .process_with(|config| {
            archive.serve(config);
            config.register.gate_grace_ms = 50;
        })
        .await;
    process.start_worker();
    serves(&process, "serving").await;
    let anna = bank.anna(&process).await;
    let intent = anna.review(&own("10.00")).await;
    // Somebody holds what an order has to write: it falls asleep inside the gate.
    let holder = bank.db.client().await;
    holder.batch_execute("begin; lock table operation in share mode").await.unwrap();
    let key = new_key();
    let moved = Placement {
        owner: name("backup"),
        state: PlacementState::Moved,
        generation: Generation(2),
        owner_since: Generation(2),
        revision: Revision(2),
        ..first_row(ANNA)
    };
    bank.gateway.always("execute", Act::Break);
    let row = [moved];
    let adoption = async {
        let asleep = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'
                and query like '%with input as%'";
        eventually("the order sleeps", || async { bank.number(asleep).await > 0 }).await;
        process.place(&row).await.ok()
    };
    let (ordered, adopted) = tokio::join!(anna.order(&key, &intent), adoption);
    assert_eq!(adopted["adopted"], 1);
    assert_ne!(ordered.status, 201, "{}", ordered.text);
    holder.batch_execute("rollback").await.unwrap();
    assert_eq!(bank.number("select count(*) from operation").await, 0);
    assert_eq!(anna.get("/v1/operations").await.code(), "placement-moved");
    process.stop().await;
}

#[tokio::test]
async fn the_report_says_what_a_move_needs_to_know() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    bank.gateway.always("execute", Act::Break);
    send(&anna, &own("10.00")).await.reply.ok();
    let router = process.service("router");
    eventually("everything is shipped", || async {
        router.get("/internal/v1/report").await.ok()["unsent"] == 0
    })
    .await;
    let report = router.get("/internal/v1/report").await.ok();
    assert_eq!(report["block"], "client-1");
    assert_eq!((&report["sessions"], &report["unfinished"]), (&json!(1), &json!(1)));
    assert_eq!(report["settings"]["sessions.idle_s"], "900");
    assert_eq!(report["to_load"], json!([]));
    let stream = StreamId {
        block: name("client-1"),
        incarnation: report["incarnation"].as_str().unwrap().parse().unwrap(),
    };
    let last = archive.holds().streams[&stream].last().map(|batch| batch.batch);
    assert!(report["head"]["batch"].as_u64() <= last);
    let without = bank.process().await;
    drop(without);
    process.stop().await;
}

#[tokio::test]
async fn acknowledged_lines_go_when_the_replay_window_is_over() {
    let (bank, archive) = bank().await;
    let process = serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    bank.gateway.always("execute", Act::Break);
    let sent = taken(&anna, &own("10.00")).await;
    let line = format!("select line from operation where operation_id = '{}'", sent.id);
    let line = bank.number(&line).await;
    let kept = format!("select count(*) from outbox where id = {line}");
    let later = format!(
        "select count(*) from batch where acknowledged_at is not null
            and batch > (select batch from outbox where id = {line})"
    );
    eventually("a later batch", || async { bank.number(&later).await > 0 }).await;
    process.stop().await;
    assert_eq!(bank.number(&kept).await, 1);
    bank.clock.advance_ms(86_400_001);
    archive.go_away().await;
    // A line that nobody has acknowledged stays, however old.
    bank.sql(
        "insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key,
        open, final, payload, written_at)
        values (1, 'client-1', 0, 1, 'template', 'x', '\\x01', false, false, '{}', '2020-01-01')",
    )
    .await;
    let again = started(&bank, &archive).await;
    eventually("it is gone", || async { bank.number(&kept).await == 0 }).await;
    let waiting = "select count(*) from outbox where entity_id = 'x'";
    assert_eq!(bank.number(waiting).await, 1);
    let last = "select count(*) from batch where batch = (select acknowledged from life)";
    assert_eq!(bank.number(last).await, 1, "the next batch is chained to it");
    again.stop().await;
}

#[tokio::test]
async fn imported_customers_are_told_of_once() {
    let bank = Bank::empty().await;
    let line = |id: u64, home: &str| {
        json!({
            "customer_id": id, "login": format!("c{id}"), "phone": "+79000000101", "name": "C",
            "home": home, "password_hash": "x",
        })
    };
    let text = [line(101, "client-1"), line(102, "client-2"), line(103, "client-1")]
        .map(|line| line.to_string())
        .join("\n");
    let file = std::env::temp_dir().join(format!("import-{}.jsonl", new_key()));
    std::fs::write(&file, text).unwrap();
    for expected in [2, 0] {
        let taken = client_block::import::run(&bank.config(), &file).await.unwrap();
        assert_eq!(taken, expected);
    }
    std::fs::remove_file(&file).unwrap();
    let told = "select count(*) from outbox o join customer c using (customer_id)
        where o.kind = 'customer' and o.slice = c.slice and o.payload->>'login' = c.login";
    assert_eq!(bank.number(told).await, 2);
}
