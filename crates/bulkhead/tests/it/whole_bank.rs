//! The real bank, as `make up` starts it: a customer logs in on the web and pays another, who sees
//! it in his mobile app; a block dies; the books are right.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use bulkhead::browser::{Browser, code_in};
use bulkhead::loopback::{Answer, Request};
use serde_json::{Value, json};

use crate::bank::Bank;

const WITHIN: Duration = Duration::from_secs(10);
const DONE_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[test]
fn a_payment_crosses_the_bank_and_a_dead_block_stops_nobody_else() {
    build_programs();
    let bank = Bank::whole("whole", 17_000);
    let said = bank.succeed(&["up", "--customers", "100"]);
    assert!(said.contains("checked as a browser would"), "{said}");
    let logins = Logins::read(&bank);
    let (anna, boris) = (logins.first_of("client-2"), logins.first_of("client-1"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut mobile = Mobile::log_in(&bank, &logins.origin, boris).await;
        let before = mobile.balance().await;
        let mut web = Web::log_in(&bank, &logins.origin, anna).await;
        let operation = web.pay(&bank, anna, boris, "12.50").await;
        web.wait_until_executed(anna, &operation).await;
        assert_eq!(mobile.balance().await, before + 1250);

        bank.succeed(&["kill", "client-2"]);
        assert_eq!(mobile.balance().await, before + 1250);
        web.must_get_no_answer().await;
        bank.succeed(&["fail", "cards"]);
        bank.succeed(&["kill", "core"]);
        bank.succeed(&["heal", "--all"]);
        web.wait_until_executed(anna, &operation).await;
    });
    the_books_are_right(&bank);
    bank.succeed(&["down"]);
}

/// `cargo test -p bulkhead` builds only this crate's program.
fn build_programs() {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--bins"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(built.success());
}

fn the_books_are_right(bank: &Bank) {
    let config = bank.state().join("config/gateway-a.toml");
    let back_office = |task: &str| {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_bulkhead")).with_file_name("back-office");
        Command::new(program).arg(task).arg("--config").arg(&config).output().unwrap()
    };
    let verified = back_office("verify");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let journal = bank.state().join("ledger.journal");
    std::fs::write(&journal, back_office("journal").stdout).unwrap();
    let hledger = Command::new("hledger").arg("-f").arg(&journal).arg("check").output();
    let hledger = hledger.expect("hledger is there: `make test` installs it");
    assert!(hledger.status.success(), "{}", String::from_utf8_lossy(&hledger.stderr));
}

/// A demo customer.
struct Login {
    login: String,
    phone: String,
    password: String,
    home: String,
}

struct Logins {
    origin: String,
    all: Vec<Login>,
}

impl Logins {
    fn read(bank: &Bank) -> Self {
        let text = std::fs::read_to_string(bank.state().join("demo-logins.json")).unwrap();
        let list: Value = serde_json::from_str(&text).unwrap();
        let text_of = |one: &Value, field: &str| one[field].as_str().unwrap().to_owned();
        let login = |one: &Value| Login {
            login: text_of(one, "login"),
            phone: text_of(one, "phone"),
            password: text_of(one, "password"),
            home: text_of(one, "home"),
        };
        let all = list["logins"].as_array().unwrap().iter().map(login).collect();
        let router = bank.status()["router"]["address"].as_str().unwrap().to_owned();
        Self { origin: router.replace("127.0.0.1", "http://bank.localhost"), all }
    }

    fn first_of(&self, home: &str) -> &Login {
        self.all.iter().find(|one| one.home == home).unwrap()
    }
}

/// The newest code that was sent to a phone.
fn code_for(bank: &Bank, who: &Login) -> String {
    let text = bank.succeed(&["messages", "--phone", &who.phone, "-n", "1", "-o", "json"]);
    let messages: Value = serde_json::from_str(&text).unwrap();
    code_in(messages[0]["text"].as_str().unwrap()).unwrap()
}

/// A customer in a browser.
struct Web {
    browser: Browser,
    base: String,
}

impl Web {
    async fn log_in(bank: &Bank, origin: &str, who: &Login) -> Self {
        let mut browser = Browser::new(origin);
        let routed = browser.route(&who.login).await.unwrap();
        assert_eq!(routed.block.id.as_str(), who.home);
        let base = routed.block.urls.web;
        let login = json!({ "ticket": routed.ticket, "password": who.password });
        let answer = browser.post(&base, "/v1/sessions", &login, None).await.unwrap();
        let challenge = answer["challenge_id"].as_str().expect("a new device needs a code");
        let path = format!("/v1/sessions/challenges/{challenge}");
        let code = json!({ "code": code_for(bank, who) });
        browser.post(&base, &path, &code, None).await.unwrap();
        Self { browser, base }
    }

    async fn pay(&mut self, bank: &Bank, who: &Login, payee: &Login, amount: &str) -> String {
        let accounts: Value = self.browser.get(&self.base, "/v1/accounts").await.unwrap();
        let draft = json!({
            "kind": "customer_transfer",
            "from_account": roubles(&accounts)["account"],
            "payee": { "phone": payee.phone },
            "amount": { "amount": amount, "currency": "RUB" },
        });
        let path = "/v1/operations/review";
        let review = self.browser.post(&self.base, path, &draft, None).await.unwrap();
        let order = json!({ "intent": review["intent"] });
        let key = Some("a-key-of-the-whole-bank-test");
        let ordered = self.browser.post(&self.base, "/v1/operations", &order, key).await.unwrap();
        let id = ordered["operation_id"].as_str().unwrap().to_owned();
        if ordered["state"] == "awaiting_confirmation" {
            let path = format!("/v1/operations/{id}/confirmation");
            let code = json!({ "code": code_for(bank, who) });
            self.browser.post(&self.base, &path, &code, None).await.unwrap();
        }
        let again = self.browser.post(&self.base, "/v1/operations", &order, key).await.unwrap();
        assert_eq!(again["operation_id"], id.as_str(), "the same key is the same operation");
        id
    }

    /// Wherever the customer is served meanwhile.
    async fn wait_until_executed(&mut self, who: &Login, operation: &str) {
        let path = format!("/v1/operations/{operation}");
        let mut looks = tokio::time::interval(LOOK_EVERY);
        let executed = async {
            loop {
                looks.tick().await;
                // A block that was just healed may ask for a moment's patience, or another serves.
                match self.browser.get::<Value>(&self.base, &path).await {
                    Ok(seen) if seen["state"] == "executed" => break,
                    Ok(_not_yet) => {}
                    Err(_elsewhere) => {
                        if let Ok(routed) = self.browser.route(&who.login).await {
                            self.base = routed.block.urls.web;
                        }
                    }
                }
            }
        };
        tokio::time::timeout(DONE_WITHIN, executed).await.expect("the payment is made");
    }

    async fn must_get_no_answer(&mut self) {
        let answer: Result<Value, _> = self.browser.get(&self.base, "/v1/accounts").await;
        answer.unwrap_err();
    }
}

/// A customer in the mobile app.
struct Mobile {
    address: String,
    token: String,
}

impl Mobile {
    async fn log_in(bank: &Bank, origin: &str, who: &Login) -> Self {
        let routed = Browser::new(origin).route(&who.phone).await.unwrap();
        let (_, port) = routed.block.urls.mobile.rsplit_once(':').unwrap();
        let address = format!("127.0.0.1:{port}");
        let login = json!({ "ticket": routed.ticket, "password": who.password });
        let request = Request::post(&address, "/v1/sessions", login.to_string());
        let answer = read(&request.send(WITHIN).await.unwrap());
        let path = format!("/v1/sessions/challenges/{}", answer["challenge_id"].as_str().unwrap());
        let code = json!({ "code": code_for(bank, who) });
        let request = Request::post(&address, &path, code.to_string());
        let answer = read(&request.send(WITHIN).await.unwrap());
        let token = answer["token"].as_str().unwrap().to_owned();
        Self { address, token }
    }

    /// The rouble account's balance in kopecks.
    async fn balance(&mut self) -> i64 {
        let request = Request::get(&self.address, "/v1/accounts")
            .header("authorization", format!("Bearer {}", self.token));
        let accounts = read(&request.send(WITHIN).await.unwrap());
        let amount = roubles(&accounts)["balance"]["amount"].as_str().unwrap().to_owned();
        amount.replace('.', "").parse().unwrap()
    }
}

fn read(answer: &Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

fn roubles(accounts: &Value) -> &Value {
    let items = accounts["items"].as_array().expect("a list of accounts");
    let found = items.iter().find(|one| one["balance"]["currency"] == "RUB");
    found.unwrap_or_else(|| panic!("no rouble account in {accounts}"))
}
