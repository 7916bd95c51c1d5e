//! A small bank around the block under test: its database, its Redis, a back office that is a
//! stand-in, two customers, and any number of the block's processes.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use client_block::app::register;
use client_block::app::sessions::Channel;
use client_block::config::{Config, DEFAULTS};
use client_block::http::{channel_routes, internal_routes};
use client_block::{Block, MIGRATIONS};
use common::fingerprint::sha256;
use common::placement::{Placement, Stamp};
use common::ticket::{Holder, Ticket, TicketKey};
use common::{BlockName, Currency, CustomerId, Generation, Revision, SliceId, Timestamp};
use platform::config::Peer;
use platform::http::{Ready, bind, serve};
use platform::identity::token_hash;
use platform::{Clock, Tasks, random};
use serde_json::json;
use testkit::{TestDb, postgres, redis};

use crate::client::{Client, Reply};
use crate::stand_in::StandIn;

pub(crate) const BLOCK: &str = "client-1";
pub(crate) const ORIGIN: &str = "http://bank.localhost:7000";
pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const ANNA: CustomerId = CustomerId(1);
pub(crate) const BORIS: CustomerId = CustomerId(2);
pub(crate) const ANNAS_PHONE: &str = "+79000000001";
pub(crate) const BORIS_PHONE: &str = "+79000000002";

/// What the processes of a block share.
pub(crate) struct Bank {
    pub(crate) db: TestDb,
    pub(crate) redis_url: String,
    pub(crate) clock: Clock,
    pub(crate) gateway: StandIn,
    pub(crate) messages: StandIn,
}

/// A process of the block, listening for both channels and for other services.
pub(crate) struct Process {
    pub(crate) block: Block,
    pub(crate) ready: Ready,
    pub(crate) tasks: Tasks,
    pub(crate) web: SocketAddr,
    pub(crate) mobile: SocketAddr,
    pub(crate) internal: SocketAddr,
}

impl Bank {
    /// A bank in which Anna and Boris are customers and the block serves them under generation 1.
    pub(crate) async fn new() -> Self {
        let bank = Self::empty().await;
        let rows = [ANNA, BORIS].map(first_row);
        crate::data::insert(&bank, &rows).await;
        bank
    }

    /// A bank without customers and without a register.
    pub(crate) async fn empty() -> Self {
        let clock = Clock::by_hand(Timestamp::from_unix_ms(1_800_000_000_000));
        let bank = Self {
            db: postgres().await.database(&MIGRATIONS).await,
            redis_url: redis().await,
            gateway: StandIn::start(&clock).await,
            messages: StandIn::start(&clock).await,
            clock,
        };
        crate::data::fill(&bank.gateway);
        bank
    }

    pub(crate) fn config(&self) -> Config {
        let service = format!(
            "{DEFAULTS}\n[service]\nname = \"{BLOCK}\"\nprocess = \"{BLOCK}-test\"\n\
             role = \"client\"\ndata_center = \"dc-a\"\n"
        );
        let mut config: Config = platform::config::load(&service, None).unwrap();
        config.database.url.clone_from(&self.db.url);
        config.database.pool_max = 6;
        config.redis.url.clone_from(&self.redis_url);
        config.identity.token = "block-token".to_owned();
        for caller in ["router", "launcher", "gateway"] {
            let hash = token_hash(&format!("{caller}-token"));
            config.identity.callers.insert(caller.to_owned(), hash);
        }
        for (name, stand_in) in [("gateway", &self.gateway), ("messages", &self.messages)] {
            let url = stand_in.url();
            config.peers.insert(name.to_owned(), Peer::at(url));
        }
        config.ticket_keys.insert(BLOCK.to_owned(), hex::encode(secret(BLOCK)));
        config.web.allowed_origins = vec![ORIGIN.to_owned()];
        config.web.cookie_domain = "my.bank.localhost".to_owned();
        config.catch_up.pause_ms = 20;
        // A stand-in that comes back is to be asked at once; tests of the rest say so.
        config.rpc.rest_ms = 0;
        // All tests come from one address and share a Redis.
        config.limits.logins_per_minute = 1_000_000;
        config.limits.applications_per_hour = 1_000_000;
        config
    }

    pub(crate) async fn process(&self) -> Process {
        self.process_with(|_| {}).await
    }

    pub(crate) async fn process_with(&self, change: impl FnOnce(&mut Config)) -> Process {
        let mut config = self.config();
        change(&mut config);
        let tasks = Tasks::new();
        let block = Block::new(config, self.clock.clone(), tasks.clone()).unwrap();
        register::reload(&block).await.unwrap();
        let ready = Ready::new();
        ready.set(true);
        let web = channel_routes(&block, Channel::Web, ready.clone());
        let mobile = channel_routes(&block, Channel::Mobile, ready.clone());
        let internal = internal_routes(&block, ready.clone());
        let mut addresses = Vec::new();
        for routes in [web, mobile, internal] {
            let bound = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
            addresses.push(bound.address);
            serve(&tasks, bound, routes, &block.config.http);
        }
        Process {
            block,
            ready,
            tasks,
            web: addresses[0],
            mobile: addresses[1],
            internal: addresses[2],
        }
    }

    /// A fresh ticket, as the router seals it.
    pub(crate) fn ticket(&self, holder: Holder) -> String {
        self.ticket_with(holder, |_| {})
    }

    pub(crate) fn ticket_with(&self, holder: Holder, change: impl FnOnce(&mut Ticket)) -> String {
        let customer = match holder {
            Holder::Customer(customer) => customer,
            Holder::Decoy(_) => CustomerId(77),
        };
        let mut ticket = Ticket {
            id: random::bytes(),
            holder,
            issued_at: self.clock.now(),
            stamp: Stamp {
                home: name(BLOCK),
                slice: SliceId::of(customer),
                revision: Revision(1),
                generation: Generation(1),
                owner: name(BLOCK),
            },
        };
        change(&mut ticket);
        TicketKey::new(name(BLOCK), &secret(BLOCK)).seal(&ticket, random::bytes())
    }

    /// Number of rows that `query` (a whole statement with one number) gives.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        let client = self.db.client().await;
        client.query_one(query, &[]).await.unwrap().get(0)
    }

    /// Number of rows, table by table.
    pub(crate) async fn rows(&self) -> Vec<(String, i64)> {
        let client = self.db.client().await;
        let sql = "
            select tablename::text, (xpath('/row/n/text()', query_to_xml(
                format('select count(*) as n from %I', tablename), false, true, ''))
                )[1]::text::bigint
            from pg_tables where schemaname = 'public' order by 1";
        let rows = client.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    pub(crate) async fn sql(&self, statements: &str) {
        self.db.client().await.batch_execute(statements).await.unwrap();
    }

    /// Logs a customer in on the mobile channel, from his known device.
    pub(crate) async fn anna(&self, process: &Process) -> Client {
        self.mobile(process, ANNA).await
    }

    pub(crate) async fn boris(&self, process: &Process) -> Client {
        self.mobile(process, BORIS).await
    }

    pub(crate) async fn mobile(&self, process: &Process, customer: CustomerId) -> Client {
        let reply = self.log_in(process, customer).await;
        let token = reply.ok()["token"].as_str().unwrap().to_owned();
        process.bearer(&token)
    }

    /// The same in a browser.
    pub(crate) async fn browser(&self, process: &Process, customer: CustomerId) -> Client {
        let body = json!({
            "ticket": self.ticket(Holder::Customer(customer)), "password": PASSWORD,
        });
        let device = format!("__Secure-bulkhead-device={}", device_secret(customer));
        let page = Client::page(process.web).with("cookie", &device);
        let reply = page.post("/v1/sessions", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let session = reply.cookies().remove(0).1;
        let pair = session.split(';').next().unwrap();
        Client::page(process.web).with("cookie", pair)
    }

    pub(crate) async fn log_in(&self, process: &Process, customer: CustomerId) -> Reply {
        let body = json!({
            "ticket": self.ticket(Holder::Customer(customer)), "password": PASSWORD,
            "device_token": device_secret(customer), "device_name": "telephone",
        });
        let reply = process.phone().post("/v1/sessions", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply
    }
}

impl Process {
    /// A mobile application that nobody has logged in on.
    pub(crate) fn phone(&self) -> Client {
        Client::stranger(self.mobile)
    }

    pub(crate) fn bearer(&self, token: &str) -> Client {
        self.phone().with("authorization", &format!("Bearer {token}"))
    }

    /// Another service, by its own name and token.
    pub(crate) fn service(&self, caller: &str) -> Client {
        Client::stranger(self.internal)
            .with("bulkhead-service", caller)
            .with("bulkhead-token", &format!("{caller}-token"))
    }

    /// Starts what runs without requests: the register's copy, catch-up, reference data, cleaning.
    pub(crate) fn start_worker(&self) {
        client_block::worker::start_common(&self.block);
        client_block::worker::start_worker(&self.block);
    }

    pub(crate) async fn stop(&self) {
        assert!(self.tasks.stop(Duration::from_secs(15)).await);
    }

    /// Puts rows of the register as the launcher does.
    pub(crate) async fn place(&self, rows: &[Placement]) -> Reply {
        let body = json!({ "rows": rows });
        self.service("launcher").put("/internal/v1/placements", &body).await
    }
}

pub(crate) fn name(text: &str) -> BlockName {
    text.parse().unwrap()
}

pub(crate) fn secret(block: &str) -> [u8; 32] {
    sha256(block.as_bytes())
}

pub(crate) fn device_secret(customer: CustomerId) -> String {
    format!("the secret of the telephone of {customer}")
}

pub(crate) fn first_row(customer: CustomerId) -> Placement {
    Placement::first(name(BLOCK), SliceId::of(customer), "test")
}

/// The `n`-th account of a customer in a currency.
pub(crate) fn account(customer: CustomerId, currency: Currency, n: u64) -> String {
    let digits = currency.account_digits();
    format!("40817{digits}{:012}", customer.0 * 100 + n)
}

/// A hash of [`PASSWORD`] that costs next to nothing; its parameters stand in it.
pub(crate) fn cheap_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let params = Params::new(8, 1, 1, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
    })
}
