//! A small sound bank in real databases, in which each test spoils one thing: the check must find
//! it, and name the customer.

use std::path::PathBuf;

use common::incarnation::Incarnation;
use common::{CustomerId, OperationId, SliceId, Timestamp};
use testkit::TestDb;
use tokio_postgres::Config;

use super::evidence::{Database, Evidence, Holds};
use super::*;
use crate::load::promises::{Line, Told, What};

/// At home, and served by the backup.
const ANNA: CustomerId = CustomerId(7);
const BORIS: CustomerId = CustomerId(8);

struct Bank {
    home: TestDb,
    backup: TestDb,
    archive: TestDb,
    gateway: TestDb,
}

fn id_of(customer: CustomerId) -> OperationId {
    OperationId::derive(customer, "a-key-of-the-check")
}

fn slice_of(customer: CustomerId) -> i16 {
    i16::from(SliceId::of(customer).number())
}

fn life(nonce: u64) -> Incarnation {
    Incarnation { timeline: 1, system: 1, nonce }
}

async fn database(crate_name: &str) -> TestDb {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(crate_name).join("migrations");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let database = testkit::postgres().await.empty_database().await;
    let client = database.client().await;
    for file in files {
        client.batch_execute(&std::fs::read_to_string(&file).unwrap()).await.unwrap();
    }
    database
}

/// Puts ids, slices and lives into a statement.
fn filled(sql: &str) -> String {
    sql.replace("$anna_op", &id_of(ANNA).0.to_string())
        .replace("$boris_op", &id_of(BORIS).0.to_string())
        .replace("$anna_slice", &slice_of(ANNA).to_string())
        .replace("$boris_slice", &slice_of(BORIS).to_string())
        .replace("$home_life", &life(1).to_string())
        .replace("$backup_life", &life(2).to_string())
        .replace("$archive_life", &life(3).to_string())
        .replace("$hash", &format!("'\\x{}'", "11".repeat(32)))
        .replace("$first", &format!("'\\x{}'", "21".repeat(32)))
        .replace("$second", &format!("'\\x{}'", "22".repeat(32)))
        .replace("$start", &format!("'\\x{}'", "00".repeat(32)))
}

async fn run(database: &TestDb, sql: &str) {
    let sql = filled(sql);
    if let Err(error) = database.client().await.batch_execute(&sql).await {
        panic!("{sql}: {}", platform::failure::chain(&error));
    }
}

impl Bank {
    async fn sound() -> Self {
        let (home, backup, archive, gateway) = tokio::join!(
            database("client-block"),
            database("client-block"),
            database("archive"),
            database("back-office")
        );
        run(&gateway, include_str!("tests/gateway.sql")).await;
        run(&home, include_str!("tests/home.sql")).await;
        run(&backup, include_str!("tests/backup.sql")).await;
        run(&archive, include_str!("tests/archive.sql")).await;
        Self { home, backup, archive, gateway }
    }

    async fn evidence(&self, promises: Vec<Line>) -> Evidence {
        let mut evidence = Evidence {
            databases: Vec::new(),
            unreachable: Vec::new(),
            has_archive: true,
            promises: Some(promises),
        };
        let all = [
            (&self.home, "client-1", Holds::Customers),
            (&self.backup, "backup-2", Holds::Customers),
            (&self.archive, "archive", Holds::Archive),
            (&self.gateway, "core", Holds::Gateway),
        ];
        for (database, block, holds) in all {
            let config: Config = database.url.parse().unwrap();
            let name = format!("{block}-database");
            match Database::open(&name, block, holds, config).await {
                Ok(open) => evidence.databases.push(open),
                Err(why) => evidence.unreachable.push(format!("{name}: {why}")),
            }
        }
        evidence
    }

    async fn report(&self) -> Report {
        over(&self.evidence(promises()).await).await
    }

    /// The violations of one invariant, and of no other that is not meant as well.
    async fn violations(&self, invariant: &str) -> Vec<Violation> {
        let report = self.report().await;
        assert_eq!(report.outcome, Outcome::Violated, "{}", report.text());
        let found = report.invariants.iter().find(|one| one.invariant == invariant).unwrap();
        match &found.verdict {
            Verdict::Violated { violations } => violations.clone(),
            other => panic!("{invariant}: {other:?}"),
        }
    }

    async fn must_find(&self, invariant: &str, whom: CustomerId) {
        let violations = self.violations(invariant).await;
        let named = violations.iter().any(|one| one.customer_id == Some(whom.as_i64()));
        assert!(named, "{whom:?} is not named in {violations:?}");
    }
}

/// What Anna and Boris were told.
fn promises() -> Vec<Line> {
    let told = |customer_id, told| Line {
        at: Timestamp::from_unix_ms(0),
        customer_id,
        what: What::Told {
            operation_id: id_of(customer_id),
            told,
            state: None,
            block: "client-1".to_owned(),
        },
    };
    vec![told(ANNA, Told::Done), told(BORIS, Told::Accepted)]
}

#[tokio::test]
async fn a_sound_bank_is_ok() {
    let report = Bank::sound().await.report().await;
    assert_eq!(report.outcome, Outcome::Ok, "{}", report.text());
    let numbers: Vec<&str> = report.invariants.iter().map(|one| one.invariant).collect();
    assert_eq!(numbers.len(), 17, "{numbers:?}");
}

#[tokio::test]
async fn what_cannot_be_reached_is_never_ok() {
    let bank = Bank::sound().await;
    bank.backup.cut_off().await;
    let report = bank.report().await;
    assert_eq!(report.outcome, Outcome::Incomplete, "{}", report.text());
    bank.archive.cut_off().await;
    let report = bank.report().await;
    assert_eq!(report.outcome, Outcome::Incomplete, "{}", report.text());
    assert_eq!(report.unreachable.len(), 2);
}

#[tokio::test]
async fn i1_a_second_effect() {
    let bank = Bank::sound().await;
    let sql = "
        drop index entry_once_per_operation;
        insert into entry (operation_id, leg, debit_account, credit_account, amount_minor, currency,
                           booked_at, kind, description)
        select operation_id, leg, debit_account, credit_account, amount_minor, currency, booked_at,
               kind, description from entry where operation_id = '$anna_op';";
    run(&bank.gateway, sql).await;
    bank.must_find("I1", ANNA).await;
}

#[tokio::test]
async fn i2_another_intent_under_the_same_id() {
    let bank = Bank::sound().await;
    let sql = "update operation set intent_hash = $first where operation_id = '$anna_op'";
    run(&bank.home, sql).await;
    bank.must_find("I2", ANNA).await;
}

#[tokio::test]
async fn i3_accepted_and_in_no_second_place() {
    let bank = Bank::sound().await;
    run(&bank.archive, "delete from entity where entity_id = '$boris_op'").await;
    run(&bank.gateway, "delete from operation_record where operation_id = '$boris_op'").await;
    bank.must_find("I3", BORIS).await;

    let bank = Bank::sound().await;
    run(&bank.gateway, "update operation_record set state = 'rejected' where customer_id = 7")
        .await;
    bank.must_find("I3", ANNA).await;
}

#[tokio::test]
async fn i4_a_generation_that_two_have_used() {
    let bank = Bank::sound().await;
    let sql = "
        update placement set owner = 'backup-2', revision = 9, state = 'moved'
        where slice = $anna_slice";
    run(&bank.home, sql).await;
    bank.must_find("I4", ANNA).await;
}

#[tokio::test]
async fn i5_an_effect_behind_the_fence() {
    let bank = Bank::sound().await;
    run(&bank.gateway, "update fence set generation = 0 where customer_id = 7").await;
    bank.must_find("I5", ANNA).await;

    let bank = Bank::sound().await;
    let sql = "
        insert into operation_record (operation_id, customer_id, intent_hash, generation, state,
                                      outcome, decided_at, recorded_at)
        values ('00000000-0000-8000-8000-000000000001', 7, $hash, 2, 'cancelled', '{}',
                now() - interval '1 hour', now() - interval '1 hour');
        update fence set generation = 2 where customer_id = 7;";
    run(&bank.gateway, sql).await;
    bank.must_find("I5", ANNA).await;
}

#[tokio::test]
async fn i6_an_event_that_the_archive_has_lost() {
    let bank = Bank::sound().await;
    run(&bank.archive, "delete from event where customer_id = 7").await;
    bank.must_find("I6", ANNA).await;

    let bank = Bank::sound().await;
    run(&bank.archive, "delete from entity where customer_id = 7").await;
    bank.must_find("I6", ANNA).await;

    let bank = Bank::sound().await;
    let sql = "
        update outbox set id = default, batch = null, written_at = now() - interval '1 hour'
        where id = 1;
        update batch set lines = '{1000}';";
    run(&bank.home, sql).await;
    bank.must_find("I6", ANNA).await;
}

#[tokio::test]
async fn i7_a_row_that_went_too_early() {
    let bank = Bank::sound().await;
    run(&bank.home, "delete from outbox where id = 1").await;
    bank.must_find("I7", ANNA).await;
}

#[tokio::test]
async fn i8_an_end_that_the_gateway_does_not_know() {
    let bank = Bank::sound().await;
    let sql = "update operation set state = 'cancelled' where operation_id = '$anna_op'";
    run(&bank.home, sql).await;
    bank.must_find("I8", ANNA).await;

    let bank = Bank::sound().await;
    let sql = "
        update entity set final = true, payload = replace(payload, 'executed', 'expired')
        where customer_id = 7";
    run(&bank.archive, sql).await;
    bank.must_find("I8", ANNA).await;
}

#[tokio::test]
async fn i10_an_effect_after_its_time() {
    let bank = Bank::sound().await;
    let sql = "
        update operation_record set recorded_at = '2030-01-01T00:00:00Z' where customer_id = 7";
    run(&bank.gateway, sql).await;
    bank.must_find("I10", ANNA).await;
}

#[tokio::test]
async fn i12_a_notice_that_ended_too_early() {
    let bank = Bank::sound().await;
    run(&bank.archive, "delete from customer_load").await;
    bank.must_find("I12", BORIS).await;

    let bank = Bank::sound().await;
    run(&bank.backup, "delete from operation where customer_id = 8").await;
    bank.must_find("I12", BORIS).await;
}

#[tokio::test]
async fn i13_a_fork_and_a_gap() {
    let bank = Bank::sound().await;
    run(&bank.archive, "update batch set hash = $second; update stream set hash = $second;").await;
    bank.must_find("I13", ANNA).await;

    let bank = Bank::sound().await;
    run(&bank.archive, "update stream set batch = 2 where block = 'client-1'").await;
    bank.must_find("I13", ANNA).await;
}

#[tokio::test]
async fn i14_two_moves_of_automation_within_ten_minutes() {
    let bank = Bank::sound().await;
    let sql = "
        insert into move (move_id, ordered, home, target, slices, begun, state, reason, decided_by,
                          began_at, stepped_at)
        values ('00000000-0000-4000-8000-000000000002', 'forced', 'client-1', 'backup-2',
                '{$anna_slice}', '{}', 'done', 'refused', 'automation', now(), now()),
               ('00000000-0000-4000-8000-000000000003', 'forced', 'client-2', 'backup-1', '{0}',
                '{}', 'done', 'refused', 'automation', now() - interval '9 minutes', now());";
    run(&bank.archive, sql).await;
    bank.must_find("I14", ANNA).await;

    let lifted = "
        insert into audit (done_at, action, done_by, approved_by, reason, details)
        values (now() - interval '20 minutes', 'switch automation', 'anna', 'boris', 'a drill',
                jsonb_build_object('held', false,
                                   'limit_lifted_until', now() + interval '1 hour'))";
    run(&bank.archive, lifted).await;
    let report = bank.report().await;
    assert_eq!(report.outcome, Outcome::Ok, "{}", report.text());
}

#[tokio::test]
async fn i16_money_from_nowhere() {
    let bank = Bank::sound().await;
    run(
        &bank.gateway,
        "update account set balance_minor = balance_minor + 1 where customer_id = 7",
    )
    .await;
    bank.must_find("I16", ANNA).await;

    let bank = Bank::sound().await;
    run(&bank.gateway, "update operation_record set entry_count = 2 where customer_id = 7").await;
    bank.must_find("I16", ANNA).await;
}

#[tokio::test]
async fn i17_an_effect_that_a_complete_view_lacks() {
    let bank = Bank::sound().await;
    let sql = "
        update operation_record set state = 'executed', outcome = '{}', decided_at = now()
        where customer_id = 8";
    run(&bank.gateway, sql).await;
    run(&bank.backup, "delete from operation where customer_id = 8").await;
    bank.must_find("I17", BORIS).await;
}
