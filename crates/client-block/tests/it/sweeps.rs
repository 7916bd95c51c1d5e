//! The same trouble at every operation that can be refused for it: each gets its code there too.

use std::collections::BTreeSet;

use common::Revision;
use common::placement::Placement;
use common::ticket::{Holder, Ticket, TicketKey};
use reqwest::Method;
use serde_json::json;
use testkit::openapi::{Sample, samples};

use crate::bank::{ANNA, Bank, ORIGIN, PASSWORD, Process, device_secret, first_row, name, secret};
use crate::client::{Client, Reply};
use crate::operations::{new_key, own, send};

/// The block, and a guest block over the same database.
struct Doors {
    customers: Process,
    guests: Process,
}

/// Every group of operations with the listeners that do not have it.
const ELSEWHERE: [(&str, [&str; 2]); 7] = [
    ("sessions", ["guest", "internal"]),
    ("products", ["guest", "internal"]),
    ("operations", ["guest", "internal"]),
    ("templates", ["guest", "internal"]),
    ("reference", ["internal", "internal"]),
    ("visitors", ["customers", "internal"]),
    ("internal", ["customers", "guest"]),
];

impl Doors {
    async fn open(bank: &Bank) -> Self {
        let guests = bank.process_with(|config| "guest".clone_into(&mut config.service.role));
        Self { guests: guests.await, customers: bank.process().await }
    }

    /// Who may ask for the operation, without being a customer.
    fn caller(&self, sample: &Sample) -> Client {
        match sample.tag.as_str() {
            "visitors" => self.guests.phone(),
            "internal" => self.customers.service("router"),
            _ => self.customers.phone(),
        }
    }
}

async fn ask(client: &Client, sample: &Sample) -> Reply {
    let method = Method::from_bytes(sample.method.as_bytes()).unwrap();
    let mut request = client.request(method, &sample.target);
    for (name, value) in &sample.headers {
        request = request.header(name, value);
    }
    match &sample.body {
        Some(body) => request.body("application/json", body.clone()).send().await,
        None => request.send().await,
    }
}

/// Samples of the operations that can be refused with `code`.
fn refused_with(code: &str) -> Vec<Sample> {
    let all = samples("block").into_iter();
    let found: Vec<_> = all.filter(|sample| sample.codes.contains(code)).collect();
    assert!(!found.is_empty(), "{code}");
    found
}

async fn is_refused(client: &Client, sample: &Sample, code: &str) {
    let reply = ask(client, sample).await;
    assert_eq!(reply.code(), code, "{} {}", sample.operation, sample.target);
}

#[tokio::test]
async fn listeners_without_an_operation_say_so() {
    let bank = Bank::empty().await;
    let doors = Doors::open(&bank).await;
    for sample in refused_with("not-found") {
        let (_, others) = ELSEWHERE.iter().find(|(tag, _)| *tag == sample.tag).unwrap();
        for other in others {
            let client = match *other {
                "guest" => doors.guests.phone(),
                "customers" => doors.customers.phone(),
                _ => doors.customers.service("router"),
            };
            is_refused(&client, &sample, "not-found").await;
        }
    }
}

#[tokio::test]
async fn every_listener_says_what_it_serves() {
    let bank = Bank::empty().await;
    let doors = Doors::open(&bank).await;
    let clients = [
        ("customers", doors.customers.phone()),
        ("customers", Client::stranger(doors.customers.web)),
        ("guest", doors.guests.phone()),
        ("internal", doors.customers.service("router")),
    ];
    let mut seen = BTreeSet::new();
    for (door, client) in clients {
        let document = client.get("/openapi.json").await.ok();
        let operations = document["paths"].as_object().unwrap().values();
        let operations = operations.flat_map(|item| item.as_object().unwrap().values());
        for operation in operations {
            let tag = operation["tags"][0].as_str().unwrap();
            let elsewhere = ELSEWHERE.iter().find(|(group, _)| *group == tag);
            let not_here = elsewhere.is_some_and(|(_, others)| others.contains(&door));
            assert!(!not_here, "{door} {tag}");
            seen.insert(operation["operationId"].as_str().unwrap().to_owned());
        }
    }
    let all: BTreeSet<String> = samples("block").into_iter().map(|one| one.operation).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn bodies_that_are_too_large_or_answers_that_are_late() {
    let bank = Bank::empty().await;
    let doors = Doors::open(&bank).await;
    let late = |client: Client| client.with("bulkhead-deadline-ms", "0");
    for sample in refused_with("deadline-exceeded") {
        is_refused(&late(doors.caller(&sample)), &sample, "deadline-exceeded").await;
    }
    for mut sample in refused_with("body-too-large") {
        sample.body = Some(" ".repeat(70_000));
        is_refused(&doors.caller(&sample), &sample, "body-too-large").await;
    }
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let bank = Bank::new().await;
    let doors = Doors::open(&bank).await;
    let page = bank.browser(&doors.customers, ANNA).await;
    for sample in refused_with("origin-refused") {
        let web = if sample.tag == "visitors" { doors.guests.web } else { doors.customers.web };
        let evil = page.at(web).without("origin").with("origin", &format!("{ORIGIN}.evil"));
        is_refused(&evil, &sample, "origin-refused").await;
    }
}

/// Codes that a customer with a live session gets at every operation once `happened`.
async fn at_every_operation_of_anna(bank: &Bank, code: &str, happened: impl AsyncFnOnce(&Process)) {
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let ticket = bank.ticket(Holder::Customer(ANNA));
    let login = json!({ "ticket": ticket, "password": PASSWORD });
    let challenge = process.phone().post("/v1/sessions", &login).await.ok();
    let challenge = challenge["challenge_id"].as_str().unwrap().to_owned();
    let message = bank.messages.code(crate::bank::ANNAS_PHONE);
    happened(&process).await;
    for mut sample in refused_with(code) {
        match sample.operation.as_str() {
            // Refused for more reasons; it has tests of its own.
            "openSession" | "resumeSession" => {}
            "answerChallenge" => {
                sample.target = format!("/v1/sessions/challenges/{challenge}");
                sample.body = Some(json!({ "code": message }).to_string());
                is_refused(&process.phone(), &sample, code).await;
            }
            "putCustomer" => is_refused(&process.service("router"), &sample, code).await,
            _ => is_refused(&anna, &sample, code).await,
        }
    }
}

#[tokio::test]
async fn customers_of_another_block_are_sent_there() {
    let bank = Bank::new().await;
    at_every_operation_of_anna(&bank, "placement-moved", async |process| {
        let moved = Placement { owner: name("client-2"), revision: Revision(2), ..first_row(ANNA) };
        process.place(&[moved]).await.ok();
    })
    .await;
}

#[tokio::test]
async fn customers_of_whom_the_register_says_nothing_wait_for_it() {
    let bank = Bank::new().await;
    at_every_operation_of_anna(&bank, "placement-behind", async |process| {
        bank.sql("delete from placement").await;
        client_block::app::register::reload(&process.block).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_block_without_its_database_is_not_ready() {
    let bank = Bank::new().await;
    let doors = Doors::open(&bank).await;
    let elsewhere = "redis://127.0.0.1:1";
    let without_cache = bank.process_with(|config| elsewhere.clone_into(&mut config.redis.url));
    let process = without_cache.await;
    let anna = bank.anna(&process).await;
    let ticket = bank.ticket(Holder::Customer(ANNA));
    bank.db.cut_off().await;
    process.ready.set(false);
    for mut sample in refused_with("not-ready") {
        if sample.operation == "openSession" {
            let login = json!({ "ticket": ticket, "password": PASSWORD });
            sample.body = Some(login.to_string());
        }
        if sample.operation == "resumeSession" {
            sample.body = Some(json!({ "ticket": ticket, "token": "made up" }).to_string());
        }
        let client = match sample.tag.as_str() {
            "visitors" => doors.guests.phone(),
            "internal" => process.service("router"),
            _ => anna.clone(),
        };
        is_refused(&client, &sample, "not-ready").await;
    }
}

#[tokio::test]
async fn a_full_hashing_pool_says_when_to_come_back() {
    let bank = Bank::new().await;
    let change = |config: &mut client_block::config::Config| {
        config.passwords.at_once = 1;
        config.passwords.queue_max = 0;
    };
    let process = bank.process_with(change).await;
    let anna = bank.anna(&process).await;
    let _place = process.block.passwords.place().unwrap();
    for mut sample in refused_with("busy") {
        let client = match sample.tag.as_str() {
            "internal" => process.service("router"),
            _ => anna.clone(),
        };
        sample.target = sample.target.replace("customers/1", "customers/77");
        // Whose passwords are hashed; a backup block says it of everything else.
        if ["changePassword", "putCustomer"].contains(&sample.operation.as_str()) {
            is_refused(&client, &sample, "busy").await;
        }
    }
}

/// A backup block to which Anna's slice has come, with room for so many requests of her home.
async fn full_backup(bank: &Bank, burst: u32) -> (Process, Client, String) {
    const BACKUP: &str = "backup-2";
    let change = |config: &mut client_block::config::Config| {
        BACKUP.clone_into(&mut config.service.name);
        "backup".clone_into(&mut config.service.role);
        config.ticket_keys.insert(BACKUP.to_owned(), hex::encode(secret(BACKUP)));
        config.admission = Some(client_block::config::Admission { burst, per_second: 1 });
    };
    bank.sql(&format!("update placement set owner = '{BACKUP}'")).await;
    let process = bank.process_with(change).await;
    let mut ticket = Ticket {
        id: platform::random::bytes(),
        holder: Holder::Customer(ANNA),
        issued_at: bank.clock.now(),
        stamp: first_row(ANNA).stamp(),
    };
    ticket.stamp.owner = name(BACKUP);
    let key = TicketKey::new(name(BACKUP), &secret(BACKUP));
    let login = json!({
        "ticket": key.seal(&ticket, platform::random::bytes()), "password": PASSWORD,
        "device_token": device_secret(ANNA),
    });
    let opened = process.phone().post("/v1/sessions", &login).await.ok();
    let anna = process.bearer(opened["token"].as_str().unwrap());
    ticket.id = platform::random::bytes();
    (process, anna, key.seal(&ticket, platform::random::bytes()))
}

#[tokio::test]
async fn a_backup_that_is_full_turns_everything_away() {
    let bank = Bank::new().await;
    let (process, anna, ticket) = full_backup(&bank, 3).await;
    // The clock stands still: what she asks for uses the bucket up.
    for code in ["session-unknown", "session-unknown", "busy"] {
        let path = format!("/v1/sessions/{}", platform::random::uuid());
        assert_eq!(anna.delete(&path).await.code(), code);
    }
    for mut sample in refused_with("busy") {
        sample.body = match sample.operation.as_str() {
            "openSession" => Some(json!({ "ticket": ticket, "password": PASSWORD }).to_string()),
            "resumeSession" => Some(json!({ "ticket": ticket, "token": "x" }).to_string()),
            "putCustomer" => continue,
            _ => sample.body,
        };
        let reply = ask(&anna, &sample).await;
        assert_eq!(reply.code(), "busy", "{}", sample.operation);
        assert!(!reply.header("retry-after").is_empty(), "{}", sample.operation);
    }
    // Its own customers and those who were turned away are told apart by time only.
    bank.clock.advance_ms(60_000);
    anna.get("/v1/templates").await.ok();
    process.stop().await;
}

#[tokio::test]
async fn a_full_queue_of_orders_says_when_to_come_back() {
    let bank = Bank::new().await;
    let change = |config: &mut client_block::config::Config| {
        config.acceptance.writers = 1;
        config.acceptance.batch = 1;
        config.acceptance.queue_max = 1;
    };
    let process = bank.process_with(change).await;
    let anna = bank.anna(&process).await;
    let mut other = bank.db.client().await;
    let lock = other.transaction().await.unwrap();
    lock.batch_execute("lock table outbox in access exclusive mode").await.unwrap();
    // One is being written, one waits. Whoever is answered first was refused, and lets them go.
    let lock = tokio::sync::Mutex::new(Some(lock));
    let order = async |amount: &str| {
        let reply = send(&anna, &own(amount)).await.reply;
        if let Some(lock) = lock.lock().await.take() {
            assert_eq!(reply.code(), "busy");
            lock.rollback().await.unwrap();
        }
    };
    tokio::join!(order("1.00"), order("2.00"), order("3.00"), order("4.00"));
}

#[tokio::test]
async fn what_needs_reference_data_waits_for_it() {
    let bank = Bank::new().await;
    let doors = Doors::open(&bank).await;
    let anna = bank.anna(&doors.customers).await;
    let draft = json!({
        "kind": "bill_payment", "from_account": crate::operations::first(), "biller_id": "b-1",
        "reference": "123456", "amount": { "amount": "1.00", "currency": "RUB" },
    });
    bank.sql("delete from reference").await;
    let terms = json!({
        "kind": "bill_payment", "from_account": draft["from_account"], "biller_id": "b-1",
        "biller_name": "b", "reference": "123456", "amount": draft["amount"],
        "fee": { "amount": "0.00", "currency": "RUB" },
    });
    let valid_until = bank.clock.now().plus_s(60);
    let intent = json!({ "terms": terms, "valid_until": valid_until });
    let reply = anna.order(&new_key(), &intent).await;
    assert_eq!(reply.code(), "back-office-unavailable", "{}", reply.text);
    for sample in refused_with("back-office-unavailable") {
        if sample.operation == "apply" {
            is_refused(&doors.guests.phone(), &sample, "back-office-unavailable").await;
        }
    }
}

#[tokio::test]
async fn operations_that_nobody_ordered_are_unknown() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    for sample in refused_with("operation-unknown") {
        is_refused(&anna, &sample, "operation-unknown").await;
    }
}
