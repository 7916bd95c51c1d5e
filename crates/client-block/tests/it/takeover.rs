//! A customer's block is lost and the backup block takes him over: the archive, the bank's own back
//! office and both blocks in one process, over real HTTP and real databases.

use std::time::Duration;

use archive::service::Started;
use common::placement::Stamp;
use common::ticket::{Holder, Ticket, TicketKey};
use common::{Currency, CustomerId, Generation, Revision, SliceId};
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
use crate::core::{Core, account, token_of};
use crate::operations::{Sent, becomes, id_of, new_key, rub, taken};

const BACKUP: &str = "backup-2";

/// Between Anna's own accounts: no code, may wait.
fn own(amount: &str) -> Value {
    json!({
        "kind": "own_transfer", "from_account": account(ANNA, Currency::Rub, 1),
        "to_account": account(ANNA, Currency::Rub, 2), "amount": rub(amount),
    })
}

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
    // Under the generation of the router's row, of which the archive tells the block.
    let router = process.service("router").with("bulkhead-router-generation", "1");
    eventually("home takes Anna in", || async { router.put(&path, &profile).await.status == 204 })
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
    let at = backup.clock.now();
    let sql = format!(
        "update register_version set version = version + 1;
         update placement set owner = '{BACKUP}', owner_incarnation = '{life}', generation = 2,
             owner_since = 2, state = 'moved', revision = 2, reason = 'test',
             version = (select version from register_version);
         insert into placement_history (home, slice, revision, placement, set_at)
         select home, slice, revision, to_jsonb(p) - 'version', '{at}' from placement p"
    );
    shelf.db.client().await.batch_execute(&sql).await.unwrap();
}

async fn resume(bank: &Bank, process: &Process, token: &str) -> crate::client::Reply {
    let body = json!({ "ticket": ticket_to_backup(bank, ANNA, 2), "token": token });
    process.phone().post("/v1/sessions/resumption", &body).await
}

/// Resumes once the backup has heard of the move.
async fn resumed(bank: &Bank, process: &Process, token: &str) -> crate::client::Client {
    eventually("the session goes on at the backup", || async {
        resume(bank, process, token).await.status == 200
    })
    .await;
    process.bearer(token)
}

/// Answers with the code that Anna was sent last.
async fn confirm(office: &Core, anna: &crate::client::Client, id: common::OperationId) {
    let code = json!({ "code": office.code(ANNAS_PHONE).await });
    anna.post(&format!("/v1/operations/{id}/confirmation"), &code).await.ok();
}

/// What there is once Anna's home is lost, with one order of hers done and one left open.
struct Lost {
    backup: Bank,
    office: Core,
    after: Process,
    shelf: Shelf,
    token: String,
    done: Sent,
    open: (String, Value),
}

async fn lose_home() -> Lost {
    let (first, backup_bank) = (Bank::empty().await, Bank::empty().await);
    let mut office = Core::start(&first.clock).await;
    let shelf = Shelf::start(&first).await;
    let before = home(&first, &office, &shelf).await;
    let after = backup(&backup_bank, &office, &shelf).await;
    let lives = "select count(*) from life";
    eventually("the backup has a life", || async { backup_bank.number(lives).await == 1 }).await;
    let token = first.log_in(&before, ANNA).await.ok()["token"].as_str().unwrap().to_owned();
    let anna = before.bearer(&token);
    let done = taken(&anna, &own("10.00")).await;
    becomes(&first, &anna, done.id, "executed").await;
    let intent = anna.review(&own("20.00")).await;
    let key = new_key();
    let order = office.without_gateway(anna.order(&key, &intent)).await;
    assert_eq!(order.ok()["state"], "pending");
    archived(&first).await;
    assert!(before.tasks.stop(Duration::from_secs(15)).await);
    Lost { backup: backup_bank, office, after, shelf, token, done, open: (key, intent) }
}

#[tokio::test]
async fn the_backup_takes_over_from_a_lost_home() {
    let lost = lose_home().await;
    let Lost { backup, office, after, token, done, open: (key, intent), .. } = &lost;
    // It does not serve her before the move.
    assert_ne!(resume(backup, after, token).await.status, 200);
    force(&lost.shelf, backup).await;
    let anna = resumed(backup, after, token).await;
    let stolen = after.bearer("a made up token");
    assert_eq!(stolen.get("/v1/operations").await.code(), "unauthenticated");

    let again = anna.order(&done.key, &done.intent).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.ok()["state"], "executed");
    let open = id_of(ANNA, key);
    becomes(backup, &anna, open, "executed").await;
    let once = anna.order(key, intent).await;
    assert_eq!((once.status.as_u16(), &once.ok()["state"]), (200, &json!("executed")));
    let executed = "select count(*) from operation_record where state = 'executed'";
    assert_eq!(office.number(executed).await, 2, "each once");

    let notice = anna.get("/v1/notice").await.ok();
    assert_eq!((&notice["notice"], &notice["view"]), (&Value::Null, &json!("complete")));
    let loaded = "select loaded_generation from customer where customer_id = 1 and loaded_fenced";
    assert_eq!(backup.number(loaded).await, 2);
    // Her session went on with its token: the first payment needs another proof, the next none.
    let review = anna.post("/v1/operations/review", &own("30.00")).await.ok();
    assert_eq!(review["code_needed"], true);
    assert_eq!(taken(&anna, &own("31.00")).await.reply.ok()["state"], "awaiting_confirmation");
    let sent = taken(&anna, &own("30.00")).await;
    let shown = sent.reply.ok();
    let waits = (&json!("awaiting_confirmation"), &json!(true));
    assert_eq!((&shown["state"], &shown["code_sent"]), waits);
    confirm(office, &anna, sent.id).await;
    becomes(backup, &anna, sent.id, "executed").await;
    let next = taken(&anna, &own("32.00")).await;
    assert_ne!(next.reply.ok()["state"], "awaiting_confirmation");
    becomes(backup, &anna, next.id, "executed").await;
    let told = "select count(*) from outbox where kind = 'session' and event like '%\"proved\":2%'";
    eventually("the archive is told of it", || async { backup.number(told).await > 0 }).await;
    office.assert_books_are_right().await;
}

#[tokio::test]
async fn without_the_gateway_she_is_served_and_nothing_is_executed() {
    let mut lost = lose_home().await;
    let open = id_of(ANNA, &lost.open.0);
    force(&lost.shelf, &lost.backup).await;
    let (backup, after, token) = (&lost.backup, &lost.after, &lost.token);
    let without = async {
        let anna = resumed(backup, after, token).await;
        let notice = anna.get("/v1/notice").await.ok();
        assert_eq!((&notice["notice"], &notice["view"]), (&json!("joining"), &json!("as_of")));
        assert_eq!(notice["being_checked"][0]["operation_id"], json!(open));
        backup.clock.advance_ms(10_000);
        assert_eq!(anna.operation(&open.to_string()).await["state"], "pending");
        anna
    };
    let anna = lost.office.without_gateway(without).await;
    becomes(backup, &anna, open, "executed").await;
    let notice = anna.get("/v1/notice").await.ok();
    assert_eq!((&notice["notice"], &notice["view"]), (&Value::Null, &json!("complete")));
    let executed = "select count(*) from operation_record where state = 'executed'";
    assert_eq!(lost.office.number(executed).await, 2);
    lost.office.assert_books_are_right().await;
}

/// What the archive knows of the home's database was another cluster's, made before this one.
async fn of_an_older_cluster(shelf: &Shelf) {
    let older = "substr(incarnation, 1, 9) || '0000000000000001' || substr(incarnation, 26)";
    let sql = format!(
        "update stream set incarnation = {older} where block = '{BLOCK}';
         update block_life set incarnation = {older} where block = '{BLOCK}'"
    );
    shelf.db.client().await.batch_execute(&sql).await.unwrap();
}

#[tokio::test]
async fn a_home_that_is_made_anew_claims_and_loads_what_it_owned() {
    let (first, anew) = (Bank::empty().await, Bank::empty().await);
    let office = Core::start(&first.clock).await;
    let shelf = Shelf::start(&first).await;
    let before = home(&first, &office, &shelf).await;
    let token = first.log_in(&before, ANNA).await.ok()["token"].as_str().unwrap().to_owned();
    let done = taken(&before.bearer(&token), &own("10.00")).await;
    becomes(&first, &before.bearer(&token), done.id, "executed").await;
    archived(&first).await;
    assert!(before.tasks.stop(Duration::from_secs(15)).await);
    of_an_older_cluster(&shelf).await;

    // The same block over an empty database: it is nobody's first life.
    let after = anew.process_with(|config| shelf.serve(&office, config, BLOCK)).await;
    after.start_worker();
    let claimed = "
        select count(*) from placement join life on owner_incarnation = incarnation
        where generation = 2 and owner_since = 2";
    eventually("it has claimed", || async { anew.number(claimed).await == 1 }).await;
    let loaded = "select count(*) from customer where loaded_generation = 2";
    eventually("Anna is loaded", || async { anew.number(loaded).await == 1 }).await;
    let anna = after.bearer(&token);
    eventually("she goes on", || async { anna.get("/v1/operations").await.status == 200 }).await;
    assert_eq!(anna.operation(&done.id.to_string()).await["state"], "executed");
    let settled = "select count(*) from placement where state = 'active' and generation = 2";
    eventually("it is settled", || async { anew.number(settled).await == 1 }).await;
    let sent = taken(&anna, &own("20.00")).await;
    becomes(&anew, &anna, sent.id, "executed").await;
    office.assert_books_are_right().await;
    assert!(after.tasks.stop(Duration::from_secs(15)).await);
}
