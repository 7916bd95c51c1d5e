//! The database refuses what must not be, whatever a program does: every constraint is hit once.

use common::money::{Currency, Money};
use testkit::TestDb;

use super::bench::{bench, rub};
use super::orders::{order, topup};

/// Which constraint a statement violates.
async fn violated(db: &TestDb, statement: &str) -> String {
    let refused = db.client().await.batch_execute(statement).await;
    let error = refused.expect_err(statement);
    let db_error = error.as_db_error().unwrap();
    db_error.constraint().unwrap_or_else(|| panic!("{statement}: {db_error}")).to_owned()
}

const ENTRY: &str = "insert into entry (operation_id, leg, debit_account, credit_account,
    amount_minor, currency, booked_at, kind, description) values";
const RECORD: &str = "insert into operation_record (operation_id, customer_id, intent_hash,
    generation, state, outcome, decided_at, recorded_at, entry_count) values";
const ACCOUNT: &str = "insert into account (account_number, customer_id, currency, kind, name,
    balance_minor, opened_at) values";

#[tokio::test]
async fn accounts_are_what_they_say() {
    let bench = bench().await;
    bench.customer(1, "Anna Petrova", 0).await;
    let cases = [
        (
            "('4081781000000000x003', 1, 'RUB', 'current', 'x', 0, now())",
            "account_number_is_digits",
        ),
        (
            "('40817840000000001003', 1, 'RUB', 'current', 'x', 0, now())",
            "account_currency_in_number",
        ),
        ("('40817810000000001003', 1, 'RUB', 'holding', 'x', 0, now())", "account_kind_known"),
        ("('40817810000000001003', null, 'RUB', 'current', 'x', 0, now())", "account_kind_known"),
        (
            "('40817810000000001003', 1, 'RUB', 'current', 'x', -1, now())",
            "account_never_below_zero",
        ),
        ("('40817810000000001003', 9, 'RUB', 'current', 'x', 0, now())", "account_customer_exists"),
        ("('40817810000000001001', 1, 'RUB', 'current', 'x', 0, now())", "account_pkey"),
    ];
    for (values, constraint) in cases {
        let found = violated(&bench.db, &format!("{ACCOUNT} {values}")).await;
        assert_eq!(found, constraint, "{values}");
    }
    let below = "update account set balance_minor = -1 where customer_id = 1";
    assert_eq!(violated(&bench.db, below).await, "account_never_below_zero");
    // The key that entries point at: one currency an account.
    let twice = "select count(*) from pg_constraint where conname = 'account_has_one_currency'";
    assert_eq!(bench.count(twice).await, 1);
}

#[tokio::test]
async fn entries_are_balanced_in_one_currency_and_once() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 0).await;
    let usd = bench.account(1, Money::zero(Currency::Usd), 1).await;
    let second = bench.account(1, rub(0), 2).await;
    let id = "'6813ac70-bfc7-8d58-811e-be926b17a433'";
    let hash = format!("'\\x{}'", "00".repeat(32));
    let record = format!("{RECORD} ({id}, 1, {hash}, 1, 'in_progress', null, null, now(), 0)");
    bench.db.client().await.batch_execute(&record).await.unwrap();
    let entry = |operation: &str, debit: &str, credit: &str, minor: i64, currency: &str| {
        format!(
            "{ENTRY} ({operation}, '{debit}', '{credit}', {minor}, '{currency}', now(), '', '')"
        )
    };
    let (anna, usd, second) = (anna.as_str(), usd.as_str(), second.as_str());
    let none = "null, null";
    let unknown = "'00000000-0000-0000-0000-000000000000', 1";
    let cases = [
        (entry(none, anna, second, 0, "RUB"), "entry_amount_positive"),
        (entry(none, anna, second, -5, "RUB"), "entry_amount_positive"),
        (entry(none, anna, anna, 1, "RUB"), "entry_between_two_accounts"),
        (entry(none, anna, usd, 1, "RUB"), "entry_credit_in_currency"),
        (entry(none, anna, usd, 1, "USD"), "entry_debit_in_currency"),
        (entry("null, 1", anna, second, 1, "RUB"), "entry_leg_with_operation"),
        (entry(&format!("{id}, null"), anna, second, 1, "RUB"), "entry_leg_with_operation"),
        (entry(unknown, anna, second, 1, "RUB"), "entry_operation_exists"),
    ];
    for (statement, constraint) in cases {
        assert_eq!(violated(&bench.db, &statement).await, constraint, "{statement}");
    }
    let once = entry(&format!("{id}, 1"), anna, second, 1, "RUB");
    bench.db.client().await.batch_execute(&once).await.unwrap();
    assert_eq!(violated(&bench.db, &once).await, "entry_once_per_operation");
}

#[tokio::test]
async fn records_are_consistent() {
    let bench = bench().await;
    let id = "'6813ac70-bfc7-8d58-811e-be926b17a433'";
    let record = |hash: usize, rest: &str| {
        let hash = "00".repeat(hash);
        format!("{RECORD} ({id}, 1, '\\x{hash}', 1, {rest})")
    };
    let cases = [
        (record(31, "'in_progress', null, null, now(), 0"), "operation_intent_hash_is_sha256"),
        (record(32, "'lost', '{}', now(), now(), 0"), "operation_state_known"),
        (record(32, "'executed', null, null, now(), 0"), "operation_outcome_when_ended"),
        (record(32, "'in_progress', '{}', now(), now(), 0"), "operation_outcome_when_ended"),
        (record(32, "'executed', '{}', null, now(), 0"), "operation_outcome_when_ended"),
        (record(32, "'executed', '{}', now(), now(), -1"), "operation_entries_not_negative"),
    ];
    for (statement, constraint) in cases {
        assert_eq!(violated(&bench.db, &statement).await, constraint, "{statement}");
    }
    let good = record(32, "'executed', '{}', now(), now(), 0");
    bench.db.client().await.batch_execute(&good).await.unwrap();
    assert_eq!(violated(&bench.db, &good).await, "operation_record_pkey");
}

#[tokio::test]
async fn the_rest_is_bounded_too() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    bench.customer(2, "Boris Kim", 0).await;
    bench.fakes.set(super::fake::Mood::FailsBefore);
    bench.execute(&order(1, "k", topup(&anna, rub(100)))).await;
    let id = "'00000000-0000-0000-0000-000000000000'";
    let cases = [
        ("insert into customer values (0, 1, null, 'x')".to_owned(), "customer_id_positive"),
        (
            "update customer set phone = '+79000000001' where customer_id = 2".to_owned(),
            "customer_phone_unique",
        ),
        ("insert into customer values (1, 1, null, 'x')".to_owned(), "customer_pkey"),
        (
            format!("insert into foreign_intent values ({id}, 'cash', '{{}}', '{{}}', now())"),
            "foreign_intent_operation_exists",
        ),
        (
            format!("insert into cash_code values ({id}, '{{}}', now(), now())"),
            "cash_code_operation_exists",
        ),
        ("update foreign_intent set attempt = -1".to_owned(), "foreign_intent_attempt"),
        ("insert into fence values (1, -1)".to_owned(), "fence_not_negative"),
        (
            "insert into ledger_checkpoint values ('40817810000000099001', 1, 0)".to_owned(),
            "ledger_checkpoint_account_exists",
        ),
        ("update daily_use set used_minor = -1".to_owned(), "daily_use_not_negative"),
        ("update daily_limit set most_minor = 0".to_owned(), "daily_limit_positive"),
        ("update fee_rule set share_bp = 10001".to_owned(), "fee_rule_bounds"),
        ("update fee_rule set least_minor = most_minor + 1".to_owned(), "fee_rule_bounds"),
        ("update currency_course set mid_millionths = 0".to_owned(), "currency_course_positive"),
        ("update product set kind = 'stamp'".to_owned(), "product_kind_known"),
        ("update product set rate_bp = -1".to_owned(), "product_rate_not_negative"),
        ("update product set least_minor = most_minor + 1".to_owned(), "product_bounds"),
        ("update biller set reference_digits = 0".to_owned(), "biller_reference_digits"),
        (format!("insert into booking values ({id}, '\\x00', now())"), "booking_hash_is_sha256"),
    ];
    for (statement, constraint) in cases {
        assert_eq!(violated(&bench.db, &statement).await, constraint, "{statement}");
    }
    bench.execute(&order(1, "c", super::orders::cash(&anna, rub(10_000), rub(5_000)))).await;
    bench.fakes.set(super::fake::Mood::Fine);
    let codes = "select count(*) from cash_code";
    testkit::eventually("the code is there", || async { bench.count(codes).await == 1 }).await;
    let attempt = "update cash_code set attempt = -1";
    assert_eq!(violated(&bench.db, attempt).await, "cash_code_attempt");
}
