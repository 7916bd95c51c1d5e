use std::io::Write as _;
use std::path::PathBuf;

use reqwest::Method;
use router_block::app::import::{ImportError, Imported, import};
use router_block::store;
use serde_json::{Value, json};
use testkit::eventually;

use crate::bank::{Bank, Router, register};

struct Customers(PathBuf);

impl Customers {
    fn write(lines: impl IntoIterator<Item = Value>) -> Self {
        let path = std::env::temp_dir().join(format!("{}.ndjson", uuid::Uuid::new_v4()));
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        for line in lines {
            writeln!(file, "{line}").unwrap();
        }
        file.flush().unwrap();
        Self(path)
    }
}

impl Drop for Customers {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn line(id: u64) -> Value {
    let cohort = if id.is_multiple_of(50) { "staff" } else { "regular" };
    let home = match (cohort, id % 2) {
        ("staff", _) => "pilot",
        (_, 0) => "client-2",
        _ => "client-1",
    };
    json!({
        "customer_id": id, "login": format!("Customer.{id}"), "phone": format!("+79{id:09}"),
        "name": format!("Ann\\a\tof {id}").replace('\t', " "), "home": home, "cohort": cohort,
        "password_hash": "$argon2id$v=19$m=19456,t=2,p=1$x$y",
    })
}

async fn run(bank: &Bank, file: &Customers) -> Result<Imported, ImportError> {
    let config = bank.config();
    let db = store::pool(&config.database, "import").unwrap();
    import(&db, &file.0, config.import.chunk_bytes).await
}

#[tokio::test]
async fn a_second_import_changes_nothing_and_new_ids_lie_above() {
    let bank = Bank::new().await;
    let file = Customers::write((1..=20_000).map(line));
    let done = run(&bank, &file).await.unwrap();
    assert_eq!(done, Imported { lines: 20_000, added: 20_000 });
    let router = Router::start(bank.config(), &bank.clock).await;
    router.ops(Method::PUT, "/ops/v1/placements", &register()).await;
    let index = &router.running.shared.index;
    for id in [1, 777, 20_000_u64] {
        for key in [format!("customer.{id}"), format!("+79{id:09}")] {
            assert_eq!(index.find(&key).unwrap().customer.0, id);
        }
    }
    assert_eq!(router.login("customer.50").await.block.id.as_str(), "pilot");
    let entry = router.ops(Method::GET, "/ops/v1/customers/777", &json!(null)).await.json();
    assert_eq!((&entry["name"], &entry["settled"]), (&json!("Ann\\a of 777"), &json!(true)));

    let path = "/ops/v1/customers/7/login";
    router.ops(Method::PUT, path, &json!({ "login": "renamed" })).await;
    let again = run(&bank, &file).await.unwrap();
    assert_eq!(again, Imported { lines: 20_000, added: 0 });
    assert_eq!(index.find("renamed").unwrap().customer.0, 7);
    assert!(index.find("customer.7").is_none());
    assert_eq!(router.create("anna.petrova", "+79000000000").await, 20_001);

    // While the router runs, what is new arrives by the feed.
    let more = Customers::write([line(20_002), line(20_003)]);
    assert_eq!(run(&bank, &more).await.unwrap().added, 2);
    eventually("the index has them", || async {
        index.find("customer.20003").is_some_and(|found| found.customer.0 == 20_003)
    })
    .await;
    assert_eq!(router.create("boris.volkov", "+78000000099").await, 20_004);
}

#[tokio::test]
async fn all_lines_or_none() {
    let bank = Bank::new().await;
    let mut same_login = line(3);
    same_login["login"] = json!("CUSTOMER.1");
    let mut no_phone = line(3);
    no_phone["phone"] = json!("12");
    let mut no_id = line(3);
    no_id["customer_id"] = json!(0);
    let mut no_name = line(3);
    no_name["name"] = json!("");
    for bad in [same_login, no_phone, no_id, no_name, json!([])] {
        let file = Customers::write([line(1), line(2), bad.clone()]);
        assert!(run(&bank, &file).await.is_err(), "{bad}");
    }
    let client = bank.db.client().await;
    let count = client.query_one("select count(*) from customer", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 0);
    let missing = Customers(PathBuf::from("/nonexistent/customers.ndjson"));
    assert!(matches!(run(&bank, &missing).await, Err(ImportError::File { .. })));
    let empty = Customers::write([]);
    assert_eq!(run(&bank, &empty).await.unwrap(), Imported { lines: 0, added: 0 });
}
