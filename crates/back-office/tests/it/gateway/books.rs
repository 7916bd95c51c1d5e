//! The books after a mixed load with faults: right by our own check, and by an independent tool.

use std::io::Write as _;
use std::process::{Command, Stdio};

use back_office::foreign::CodeEnd;
use back_office::gateway::app::verify;
use back_office::journal;
use back_office::ledger::chart::{Purpose, STRIPES};
use common::gateway::Execute;
use common::money::{Currency, Money};
use common::operation::RejectReason;
use platform::Clock;

use super::bench::{Bench, bench, bench_with, rub};
use super::execute::rate_of;
use super::fake::{Mood, long_ago};
use super::orders::{bill, cash, deposit, exchange, freeze, order, own_transfer, topup, transfer};

/// Every kind of order, some of which cannot be, by three customers.
async fn mixed_orders(bench: &Bench) -> Vec<Execute> {
    let rate = rate_of(bench, Currency::Usd, Currency::Rub).await;
    let mut orders = Vec::new();
    let mut accounts = Vec::new();
    for id in 1..=3 {
        let main = bench.customer(id, &format!("Name{id}; (odd) | Nr{id}"), 3_000_000).await;
        let second = bench.account(id, rub(500_000), 2).await;
        let usd = bench.account(id, Money::from_minor(70_000, Currency::Usd), 1).await;
        accounts.push((main, second, usd));
    }
    for round in 0..6_i64 {
        for id in 1..=3_u64 {
            let at = usize::try_from(id - 1).unwrap();
            let (main, second, usd) = &accounts[at];
            let payee = &accounts[(at + 1) % 3].0;
            let amount = rub(1_000 + round * 777);
            let fee = |amount: Money| rub((amount.minor() * 50 + 9_999) / 10_000);
            let sell = Money::from_minor(900 + round, Currency::Usd);
            let terms = [
                own_transfer(main, second, amount),
                transfer(main, payee, None, amount, fee(amount)),
                bill(main, amount, rub(1_000)),
                topup(second, amount),
                deposit(main, rub(1_000_000), 1_450),
                cash(main, rub(10_000), rub(5_000)),
                freeze("card-1"),
                exchange(usd, main, sell, rate, 100),
                own_transfer(second, main, rub(900_000_000)),
            ];
            for (n, terms) in terms.into_iter().enumerate() {
                orders.push(order(id, &format!("{round}-{n}"), terms));
            }
        }
    }
    orders
}

async fn run_mixed_load(bench: &Bench) {
    bench.fakes.codes_expire_at(long_ago());
    let orders = mixed_orders(bench).await;
    let moods = [
        Mood::Fine,
        Mood::FailsAfterEffect,
        Mood::Refuses(RejectReason::SystemRefused),
        Mood::FailsBefore,
    ];
    for (chunk, mood) in orders.chunks(20).zip(moods.into_iter().cycle()) {
        bench.fakes.set(mood);
        let twice = chunk.iter().chain(chunk).map(|order| bench.execute(order));
        futures_util::future::join_all(twice).await;
    }
    bench.fakes.set(Mood::Fine);
    bench.fakes.codes_end(CodeEnd::Redeemed);
    let open = "select (select count(*) from foreign_intent) + (select count(*) from cash_code)";
    testkit::eventually("everything has ended", || async { bench.count(open).await == 0 }).await;
}

/// What hledger says to the journal; it is installed by `make test`.
fn hledger(journal: &[u8], arguments: &[&str]) -> String {
    let started = Command::new("hledger")
        .args(["-f", "-"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.expect("hledger is needed to verify the books: scripts/install-test");
    child.stdin.take().unwrap().write_all(journal).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "hledger {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_books_are_right_after_a_mixed_load_with_faults() {
    let bench = bench().await;
    run_mixed_load(&bench).await;
    bench.assert_books_are_right().await;

    let mut text = Vec::new();
    journal::app::export(&bench.pool(), &mut text).await.unwrap();
    hledger(&text, &["check", "-s"]);
    let totals = hledger(&text, &["balance", "--depth", "1", "-O", "csv"]);
    let last = totals.lines().last().unwrap();
    assert_eq!(last, "\"total\",\"0\"", "{totals}");
    let transactions = hledger(&text, &["print", "-O", "csv"]);
    assert!(transactions.lines().count() > 200, "the journal holds the load");

    // The tool notices a balance that is not what the entries say.
    let broken = String::from_utf8(text).unwrap().replacen("  0.00 RUB = ", "  0.00 RUB = 1", 1);
    let checked = std::panic::catch_unwind(|| hledger(broken.as_bytes(), &["check", "-s"]));
    assert!(checked.is_err());
}

#[tokio::test]
async fn broken_books_are_noticed() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let second = bench.account(1, rub(0), 2).await;
    let done = order(1, "k", own_transfer(&anna, &second, rub(5)));
    bench.execute(&done).await;
    bench.assert_books_are_right().await;
    let breakages = [
        "update account set balance_minor = balance_minor + 1 where customer_id = 1",
        "update operation_record set entry_count = 2",
        "delete from entry where operation_id is not null",
    ];
    for breakage in breakages {
        bench.db.client().await.batch_execute(breakage).await.unwrap();
        let findings = verify::verify(&bench.pool()).await.unwrap();
        assert!(findings.count() > 0, "{breakage}");
        assert_eq!(findings.report().len(), findings.count());
    }
    let findings = verify::verify(&bench.pool()).await.unwrap();
    assert_eq!(findings.unbalanced.len(), 1);
    assert!(findings.drifted.len() >= 2);
    assert_eq!(findings.miscounted.len(), 1);
}

#[tokio::test]
async fn the_continuous_check_notices_what_breaks_after_it_has_passed() {
    let quick = |config: &mut back_office::config::Config| config.gateway.check_tick_ms = 20;
    let bench = bench_with(quick, Clock::system()).await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let checkpoints = "select count(*) from ledger_checkpoint where sum_minor = 100000";
    testkit::eventually("the account was proven", || async { bench.count(checkpoints).await == 1 })
        .await;
    bench.pay_in(&anna, rub(11)).await;
    let moved = "select count(*) from ledger_checkpoint where sum_minor = 100011";
    testkit::eventually("so was the rest", || async { bench.count(moved).await == 1 }).await;
    // A wrong checkpoint is no finding: the account is summed from the beginning.
    let client = bench.db.client().await;
    client.batch_execute("update ledger_checkpoint set sum_minor = 7").await.unwrap();
    testkit::eventually("it was corrected", || async { bench.count(moved).await == 1 }).await;
    // A wrong balance is: the account loses its checkpoint and does not get it back.
    let broken = "update account set balance_minor = 5 where customer_id = 1";
    client.batch_execute(broken).await.unwrap();
    testkit::eventually("it was noticed", || async { bench.count(moved).await == 0 }).await;
    let findings = verify::verify(&bench.pool()).await.unwrap();
    assert_eq!((findings.unbalanced.len(), findings.drifted.len()), (1, 1));
}

#[tokio::test]
async fn every_account_of_the_chart_exists() {
    let bench = bench().await;
    for purpose in Purpose::all() {
        for currency in Currency::ALL {
            for stripe in 0..STRIPES {
                let account = purpose.account(currency, stripe);
                assert_eq!(bench.balance(&account).await, 0, "{purpose:?} {currency} {stripe}");
            }
        }
    }
}
