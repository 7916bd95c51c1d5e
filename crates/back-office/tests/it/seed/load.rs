//! What a load writes, and what a second one does not.

use std::path::PathBuf;

use back_office::gateway::app::verify::verify;
use back_office::seed::{Customer, load, read};
use back_office::systems::{Config, System, reference};
use common::{CustomerId, Timestamp};
use platform::config::Database;
use platform::pg::Db;
use testkit::TestDb;

use crate::systems::database::{account_of, back_office_database, config};

/// 2026-02-02, some time in the morning.
const NOW_MS: i64 = 1_770_020_000_000;

fn customers(ids: std::ops::RangeInclusive<u64>) -> Vec<Customer> {
    let customer = |id| Customer {
        customer_id: CustomerId(id),
        phone: format!("+7900{id:07}").parse().unwrap(),
        name: "Anna Petrova".to_owned(),
    };
    ids.map(customer).collect()
}

/// A migrated ledger with the systems' schemas beside it.
async fn empty() -> (TestDb, Config) {
    let db = back_office_database().await;
    let config = config(&db);
    (db, config)
}

async fn seed(config: &Config, ids: std::ops::RangeInclusive<u64>) -> u64 {
    let now = Timestamp::from_unix_ms(NOW_MS);
    let loaded = load(config, customers(ids), now).await.unwrap();
    loaded.rows.iter().map(|(_, rows)| rows).sum()
}

async fn text(db: &TestDb, query: &str) -> String {
    let row = db.client().await.query_one(query, &[]).await.unwrap();
    row.get::<_, Option<String>>(0).unwrap_or_default()
}

async fn number(db: &TestDb, query: &str) -> i64 {
    db.client().await.query_one(query, &[]).await.unwrap().get(0)
}

/// Everything that belongs to customers up to `last`, in short.
async fn contents(db: &TestDb, last: u64) -> Vec<String> {
    let theirs = format!("substr(account, 9, 9)::bigint <= {last} and account like '40817%'");
    let entries = format!(
        "select md5(string_agg(e::text, ',' order by at, e::text)) from (
            select (e.debit_account, e.credit_account, e.amount_minor, e.booked_at, e.kind,
                e.description) as e, e.booked_at as at, a.account
            from entry e, lateral (values (e.debit_account), (e.credit_account)) as a (account)
        ) s where {theirs}"
    );
    let accounts = format!(
        "select md5(string_agg(a::text, ',' order by a.account_number)) from account a
        where customer_id <= {last}"
    );
    let mut contents = vec![text(db, &entries).await, text(db, &accounts).await];
    for system in System::ALL {
        let table = match system {
            System::Cards => "card",
            System::Deposits => "deposit",
            System::Billers | System::Topup | System::Cash => continue,
            System::Risk | System::Messages => continue,
            _ => "item",
        };
        let account = account_of(system);
        let rows = format!(
            "select md5(string_agg(t::text, ',' order by customer_id, id))
            from {account}.{table} t where customer_id <= {last}"
        );
        contents.push(text(db, &rows).await);
    }
    contents
}

/// How the tables are made: columns, constraints, indexes.
async fn shape(db: &TestDb) -> String {
    let shape = "select string_agg(line, E'\\n' order by line) from (
            select indexdef as line from pg_indexes where schemaname = 'public'
            union all
            select conrelid::regclass || ' ' || conname || ' ' || convalidated || ' '
                || pg_get_constraintdef(oid)
            from pg_constraint where connamespace = 'public'::regnamespace
        ) s";
    text(db, shape).await
}

pub(super) async fn books_are_right(db: &TestDb) {
    let defaults: Config =
        platform::config::load(back_office::systems::config::DEFAULTS, None).unwrap();
    let database = Database { url: db.url.clone(), ..defaults.database };
    let findings = verify(&Db::new(&database, "test").unwrap()).await.unwrap();
    assert_eq!(findings.count(), 0, "{:?}", findings.report()); // I16
}

#[tokio::test]
async fn a_second_load_changes_nothing_and_a_larger_one_adds_the_new() {
    let (db, config) = empty().await;
    let before = shape(&db).await;
    assert!(seed(&config, 1..=7).await > 0);
    books_are_right(&db).await;
    let seven = contents(&db, 7).await;
    assert_eq!(seed(&config, 1..=7).await, 0);
    assert_eq!(contents(&db, 7).await, seven);

    // Few new ones beside many, then many beside few: with the indexes in place and without.
    for last in [9, 40] {
        assert!(seed(&config, 1..=last).await > 0);
        books_are_right(&db).await;
        assert_eq!(contents(&db, 7).await, seven, "up to {last}");
        let rows = number(&db, "select count(*) from customer").await;
        assert_eq!(u64::try_from(rows).unwrap(), last);
    }
    assert_eq!(shape(&db).await, before, "nothing is missing after the loads");
}

#[tokio::test]
async fn the_same_day_makes_the_same() {
    let mut made = Vec::new();
    for _ in 0..2 {
        let (db, config) = empty().await;
        seed(&config, 1_001..=1_060).await;
        made.push(contents(&db, 2_000).await);
    }
    assert_eq!(made[0], made[1]);
    assert!(made[0].iter().all(|digest| !digest.is_empty()));
}

#[tokio::test]
async fn histories_are_long_for_the_first_thousand_and_in_order_for_all() {
    let (db, config) = empty().await;
    seed(&config, 990..=1_020).await;
    let touching = |id: u64| {
        let account = format!("40817810{id:09}001");
        let sides = format!("'{account}' in (debit_account, credit_account)");
        format!("select count(*) from entry where {sides}")
    };
    assert!(number(&db, &touching(995)).await > 150);
    let few = number(&db, &touching(1_011)).await;
    assert!((15..40).contains(&few), "{few}");
    let span = "select extract(day from max(booked_at) - min(booked_at))::bigint from entry";
    assert!(number(&db, span).await >= 180);
    let future =
        format!("select count(*) from entry where booked_at >= to_timestamp({})", NOW_MS / 1_000);
    assert_eq!(number(&db, &future).await, 0);
    // The ledger numbers entries as they come, and shows them by number.
    let unordered = "select count(*) from (
            select booked_at, lag(booked_at) over (partition by account order by entry_id) as before
            from entry e, lateral (values (debit_account), (credit_account)) as a (account)
            where account like '40817%'
        ) s where before > booked_at";
    assert_eq!(number(&db, unordered).await, 0);
}

#[tokio::test]
async fn cards_draw_on_accounts_that_their_customers_have() {
    let (db, config) = empty().await;
    seed(&config, 1_001..=1_200).await;
    let stray = "select count(*) from sys_cards.card c left join account a
        on a.account_number = c.account and a.customer_id = c.customer_id
        where a.account_number is null";
    assert_eq!(number(&db, stray).await, 0);
    let without = "select count(*) from customer c
        where not exists (select 1 from sys_cards.card k where k.customer_id = c.customer_id)";
    assert_eq!(number(&db, without).await, 0);
}

#[tokio::test]
async fn the_systems_know_the_same_billers_and_deposits_as_the_gateway() {
    let (db, _) = empty().await;
    let client = db.client().await;
    let billers = "select biller_id, reference_digits from biller where offered order by 1";
    let billers = client.query(billers, &[]).await.unwrap();
    let mut known: Vec<(String, i32)> = reference::BILLERS
        .iter()
        .map(|biller| (biller.id.to_owned(), biller.reference_digits.try_into().unwrap()))
        .collect();
    known.sort();
    let told: Vec<(String, i32)> = billers.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(told, known);

    let sql = "select name, currency, rate_bp, terms_months, least_minor, most_minor
        from product where product_id = $1 and kind = 'deposit' and offered";
    for product in &reference::DEPOSITS {
        let row = client.query_one(sql, &[&product.id]).await.unwrap();
        let terms: Vec<i32> = row.get(3);
        let terms: Vec<u32> = terms.into_iter().map(|term| term.try_into().unwrap()).collect();
        assert_eq!(row.get::<_, &str>(0), product.name);
        assert_eq!(row.get::<_, &str>(1), product.currency.code());
        assert_eq!(u32::try_from(row.get::<_, i32>(2)).unwrap(), product.rate_bp);
        assert_eq!(terms, product.terms_months);
        let bounds = (row.get::<_, i64>(4), row.get::<_, i64>(5));
        assert_eq!(bounds, (product.least_minor, product.most_minor));
    }
    let count = "select count(*) from product where kind = 'deposit' and offered";
    assert_eq!(number(&db, count).await, 4);
}

#[test]
fn a_file_is_read_or_its_bad_line_named() {
    let directory = std::env::temp_dir().join(format!("bulkhead-seed-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = |name: &str, text: &str| -> PathBuf {
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let line = |id: u64| {
        format!(
            r#"{{"customer_id":{id},"phone":"+7900000000{id}","name":"A B","home":"client-1"}}"#
        )
    };
    let good = file("good", &format!("{}\n\n{}\n{}\n", line(2), line(1), line(2)));
    let ids: Vec<u64> = read(&good).unwrap().iter().map(|c| c.customer_id.0).collect();
    assert_eq!(ids, [1, 2]);
    let bad = file("bad", &format!("{}\n{{}}\n", line(1)));
    let error = read(&bad).unwrap_err().to_string();
    assert!(error.ends_with("line 2: not a customer"), "{error}");
    assert!(read(&directory.join("none")).is_err());
    std::fs::remove_dir_all(&directory).unwrap();
}
