//! Hot queries use their indexes: none reads a whole table.

use back_office::gateway::store::{cash, customers, intents, migrations, records};
use back_office::ledger::store::{check, history};
use testkit::TestDb;

/// Enough rows that a sequential scan would be the wrong choice, and fresh statistics.
async fn filled() -> TestDb {
    let db = testkit::postgres().await.database(&migrations()).await;
    let rows = "
        insert into customer select n, 1, '+7900' || lpad(n::text, 7, '0'), 'A B'
            from generate_series(1, 3000) n;
        insert into account (account_number, customer_id, currency, kind, name, opened_at)
            select '40817810' || lpad(n::text, 9, '0') || '001', n, 'RUB', 'current', 'x', now()
            from generate_series(1, 3000) n;
        insert into entry (debit_account, credit_account, amount_minor, currency, booked_at, kind,
                description)
            select '301028100000000000' || lpad((n % 16)::text, 2, '0'),
                '40817810' || lpad((1 + n % 3000)::text, 9, '0') || '001', 1, 'RUB', now(),
                'incoming', 'x'
            from generate_series(1, 30000) n;
        insert into operation_record (operation_id, customer_id, intent_hash, generation, state,
                outcome, decided_at, recorded_at)
            select gen_random_uuid(), 1 + n % 3000, decode(repeat('00', 32), 'hex'), 1, 'cancelled',
                '{}', now(), now()
            from generate_series(1, 30000) n;
        insert into foreign_intent select operation_id, 'cards', '{}', '{}', now() + interval '1 h'
            from operation_record;
        insert into cash_code select operation_id, '{}', now(), now() + interval '1 h'
            from operation_record;
        insert into fence select n, 1 from generate_series(1, 3000) n;
        insert into ledger_checkpoint select account_number, 1, 0 from account";
    let client = db.client().await;
    client.batch_execute(rows).await.unwrap();
    client.batch_execute("vacuum analyze").await.unwrap();
    db
}

/// The plan of a statement whose parameters are given as literals.
async fn plan(db: &TestDb, sql: &str, parameters: &[&str]) -> String {
    let mut text = sql.to_owned();
    for (n, literal) in parameters.iter().enumerate().rev() {
        text = text.replace(&format!("${}", n + 1), literal);
    }
    let rows = db.client().await.query(&format!("explain {text}"), &[]).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}

#[tokio::test]
async fn no_hot_query_scans_a_table() {
    let db = filled().await;
    let account = "'40817810000000042001'";
    let soon = "now() + interval '1 minute'";
    let queries: [(&str, &[&str]); 7] = [
        (history::PAGE, &[account, "9223372036854775807", "21"]),
        (records::JOURNAL, &["42", "now() - interval '72 h'"]),
        (intents::CLAIM, &["now()", soon, "50"]),
        (cash::CLAIM, &["now()", soon, "50"]),
        (customers::BY_PHONE, &["'+79000000042'", "'RUB'"]),
        (check::COMPARE, &["array['40817810000000042001', '40817810000000043001']"]),
        ("select generation from fence where customer_id = $1 for update", &["42"]),
    ];
    for (sql, parameters) in queries {
        let plan = plan(&db, sql, parameters).await;
        let scans: Vec<&str> = plan
            .lines()
            // The entries' primary key leads along all of them: as bad as a scan.
            .filter(|line| line.contains("Seq Scan") || line.contains("entry_pkey"))
            .collect();
        assert!(scans.is_empty(), "{sql}\n{plan}");
    }
}
