//! A customer's block is lost and the backup block takes him over: the archive, the bank's own back
//! office and both blocks in one process, over real HTTP and real databases.

use std::time::Duration;

use archive::service::Started;
use common::placement::Stamp;
use common::ticket::{Holder, Ticket, TicketKey};
use common::{CustomerId, Generation, Revision, SliceId};
use platform::Tasks;
use platform::config::Peer;
use platform::identity::token_hash;
use platform::random;
use platform::rpc::{Caller, Idempotent, Peer as RpcPeer, Request};
use serde_json::{Value, json};
use testkit::{TestDb, eventually, postgres};

use crate::bank::{
    ANNA, ANNAS_PHONE, BLOCK, Bank, PASSWORD, Process, device_secret, first_row, name, secret,
};
use crate::core::{Core, token_of};
use crate::operations::{becomes, id_of, new_key, own, send};

const BACKUP: &str = "backup-2";

/// The archive, running.
pub(crate) struct Shelf {
    db: TestDb,
    started: Started,
    _tasks: Tasks,
}

impl Shelf {
    /// With the rows of Anna's slice, at home.
    pub(crate) async fn start(bank: &Bank) -> Self {
        let db = postgres().await.database(&archive::store::MIGRATIONS).await;
        let mut config = archive::config::Config::load(None).unwrap();
        config.listen.internal = "127.0.0.1:0".parse().ok();
        config.database.url.clone_from(&db.url);
        config.archive.look_ms = 20;
        for service in [BLOCK, BACKUP, "launcher"] {
            let hash = token_hash(&token_of(service));
            config.identity.callers.insert(service.to_owned(), hash);
        }
        let tasks = Tasks::new();
        let started = archive::service::start(&config, bank.clock.clone(), &tasks).await.unwrap();
        let shelf = Self { db, started, _tasks: tasks };
        eventually("the archive is ready", || async { shelf.started.ready.is_set() }).await;
        let rows = json!({ "rows": [first_row(ANNA)] });
        let seed = Request::put("/v1/register/first", &rows);
        shelf.ask::<Value>(bank, "launcher", seed).await;
        shelf
    }

    /// Asks it in the name of a service.
    pub(crate) async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        bank: &Bank,
        service: &str,
        request: Request<Idempotent>,
    ) -> T {
        let caller = Caller { service: service.to_owned(), token: token_of(service) };
        let base = format!("http://{}", self.started.internal.unwrap());
        let peer = RpcPeer::new("archive", &base, caller, &bank.config().rpc).unwrap();
        peer.call(request, Duration::from_secs(5)).await.unwrap()
    }

    /// Makes a process of a block use this archive and this back office, under the block's name.
    fn serve(&self, office: &Core, config: &mut client_block::Config, block: &str) {
        office.serve_as(config, block);
        let url = format!("http://{}", self.started.internal.unwrap());
        config.peers.insert("archive".to_owned(), Peer::at(url));
        config.service.name = block.to_owned();
        config.ticket_keys.insert(block.to_owned(), hex::encode(secret(block)));
        config.loading.pause_ms = 30;
        config.archive.register_ms = 50;
        config.register.reload_ms = 30;
    }
}

/// Anna's home, with her known device, ordered through the router's own door.
async fn home(bank: &Bank, office: &Core, shelf: &Shelf) -> Process {
    let process = bank.process_with(|config| shelf.serve(office, config, BLOCK)).await;
    process.start_worker();
    let row = "select count(*) from placement where owner = 'client-1'";
    eventually("home has its row", || async { bank.number(row).await == 1 }).await;
    let profile = json!({
        "revision": 1, "login": "anna", "phone": ANNAS_PHONE, "name": "Anna Petrova",
        "password": PASSWORD,
    });
    let path = format!("/internal/v1/customers/{ANNA}");
    eventually("home takes Anna in", || async {
        process.service("router").put(&path, &profile).await.status == 204
    })
    .await;
    let hash = hex::encode(common::fingerprint::sha256(device_secret(ANNA).as_bytes()));
    bank.sql(&format!(
        "insert into device (device_id, customer_id, secret_hash, name, created_at)
         values (gen_random_uuid(), 1, '\\x{hash}', 'telephone', now())"
    ))
    .await;
    process
}

async fn backup(bank: &Bank, office: &Core, shelf: &Shelf) -> Process {
    let process = bank
        .process_with(|config| {
            shelf.serve(office, config, BACKUP);
            "backup".clone_into(&mut config.service.role);
        })
        .await;
    process.start_worker();
    process
}

/// A fresh ticket to the backup, as the router seals it after the move.
fn ticket_to_backup(bank: &Bank, customer: CustomerId, revision: u64) -> String {
    let ticket = Ticket {
        id: random::bytes(),
        holder: Holder::Customer(customer),
        issued_at: bank.clock.now(),
        stamp: Stamp {
            home: name(BLOCK),
            slice: SliceId::of(customer),
            revision: Revision(revision),
            generation: Generation(revision),
            owner: name(BACKUP),
        },
    };
    TicketKey::new(name(BACKUP), &secret(BACKUP)).seal(&ticket, random::bytes())
}

/// Everything that home has written is archived.
async fn archived(bank: &Bank) {
    let waiting = "
        select (select count(*) from outbox where batch is null)
            + (select count(*) from batch where batch > (select acknowledged from life))";
    eventually("everything is archived", || async { bank.number(waiting).await == 0 }).await;
}

/// The owner is lost: the archive passes it by.
async fn force(shelf: &Shelf, backup: &Bank) {
    let life: String = {
        let client = backup.db.client().await;
        client.query_one("select incarnation from life", &[]).await.unwrap().get(0)
    };
    let sql = format!(
        "update placement set owner = '{BACKUP}', owner_incarnation = '{life}', generation = 2,
             owner_since = 2, state = 'moved', revision = 2, issued = 2, reason = 'test'"
    );
    shelf.db.client().await.batch_execute(&sql).await.unwrap();
}

async fn resume(bank: &Bank, process: &Process, token: &str) -> crate::client::Reply {
    let body = json!({ "ticket": ticket_to_backup(bank, ANNA, 2), "token": token });
    process.phone().post("/v1/sessions/resumption", &body).await
}

#[tokio::test]
async fn the_backup_takes_over_from_a_lost_home() {
    let (first, second) = (Bank::empty().await, Bank::empty().await);
    let mut office = Core::start(&first.clock).await;
    let shelf = Shelf::start(&first).await;
    let (before, after) =
        (home(&first, &office, &shelf).await, backup(&second, &office, &shelf).await);
    let lives = "select count(*) from life";
    eventually("the backup has a life", || async { second.number(lives).await == 1 }).await;

    let token = first.log_in(&before, ANNA).await.ok()["token"].as_str().unwrap().to_owned();
    let anna = before.bearer(&token);
    let done = send(&anna, &own("10.00")).await;
    becomes(&first, &anna, done.id, "executed").await;
    let intent = anna.review(&own("20.00")).await;
    let key = new_key();
    let order = office.without_gateway(anna.order(&key, &intent)).await;
    assert_eq!(order.ok()["state"], "pending");
    archived(&first).await;
    assert!(before.tasks.stop(Duration::from_secs(15)).await);
    first.sql("update operation_token set due_at = 'infinity'").await;

    // Nobody knows her at the backup, and it does not serve her before the move.
    let early = resume(&second, &after, &token).await;
    assert_ne!(early.status, 200, "{}", early.text);
    force(&shelf, &second).await;
    let mut resumed = early;
    for _ in 0..100 {
        resumed = resume(&second, &after, &token).await;
        if resumed.status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(resumed.ok()["name"], "Anna Petrova", "{}", resumed.text);

    let anna = after.bearer(&token);
    let again = anna.order(&done.key, &done.intent).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.ok()["state"], "executed");
    let open = id_of(ANNA, &key);
    becomes(&second, &anna, open, "executed").await;
    let once = anna.order(&key, &intent).await;
    assert_eq!((once.ok()["state"].clone(), once.status.as_u16()), (json!("executed"), 200));
    let executed = "select count(*) from operation_record where state = 'executed'";
    assert_eq!(office.number(executed).await, 2, "each once");
    office.assert_books_are_right().await;

    let notice = anna.get("/v1/notice").await.ok();
    assert_eq!((&notice["notice"], &notice["view"]), (&Value::Null, &json!("complete")));
    let loaded = "select loaded_generation from customer where customer_id = 1 and loaded_fenced";
    assert_eq!(second.number(loaded).await, 2);
    // A new order under the new generation; what the old one knew is fenced.
    let sent = send(&anna, &own("30.00")).await;
    becomes(&second, &anna, sent.id, "executed").await;
}
