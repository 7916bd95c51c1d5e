//! The systems' tables refuse what must not be, and hot queries use their indexes.

use back_office::systems::{HOT_QUERIES, System};

use super::database::account_of;
use super::simulation::Simulation;

const ORDER: &str = "insert into taken_order (operation_id, customer_id, body, taken_at) values";
const CARD: &str = "insert into card (id, customer_id, name, last4, account, expires) values";
const DEPOSIT: &str = "insert into deposit (id, customer_id, operation_id, product_id, name,
    amount_minor, currency, rate_bp, opened_at, matures_on) values";
const CODE: &str = "insert into cash_code (operation_id, customer_id, code, amount_minor, currency,
    expires_at) values";
const DECISION: &str = "insert into decision (operation_id, customer_id, question, answer,
    decided_at) values";
/// An operation that exists, and one that does not.
const ID: &str = "'6813ac70-bfc7-8d58-811e-be926b17a433'";
const OTHER: &str = "'6813ac70-bfc7-8d58-811e-be926b17a434'";

/// Runs statements in a system's schema; the name of the constraint that the last one violates.
async fn violated(simulation: &Simulation, system: System, statement: &str) -> String {
    let client = simulation.db.client().await;
    let schema = format!("set search_path to {}", account_of(system));
    client.batch_execute(&schema).await.unwrap();
    let error = client.batch_execute(statement).await.expect_err(statement);
    let db_error = error.as_db_error().unwrap();
    db_error.constraint().unwrap_or_else(|| panic!("{statement}: {db_error}")).to_owned()
}

/// Each statement violates the constraint beside it.
async fn all_violated(simulation: &Simulation, cases: &[(System, String, &str)]) {
    for (system, statement, constraint) in cases {
        let found = violated(simulation, *system, statement).await;
        assert_eq!(found, *constraint, "{statement}");
    }
}

/// A simulation in which those who take orders have taken [`ID`].
async fn with_an_order() -> Simulation {
    let simulation = Simulation::start().await;
    let client = simulation.db.client().await;
    for system in [System::Cards, System::Deposits, System::Topup, System::Cash] {
        let schema = format!("set search_path to {}", account_of(system));
        client.batch_execute(&schema).await.unwrap();
        client.batch_execute(&order(ID, 1)).await.unwrap();
    }
    simulation
}

fn order(id: &str, customer: i64) -> String {
    format!("{ORDER} ({id}, {customer}, '{{}}', now())")
}

#[tokio::test]
async fn orders_cards_and_deposits_are_what_they_say() {
    use System::{Cards, Cash, Deposits, Topup};
    let simulation = with_an_order().await;
    for system in [Cards, Deposits, Topup, Cash] {
        let cases = [
            (system, order(ID, 1), "taken_order_pkey"),
            (system, order(OTHER, 0), "taken_order_customer_id_check"),
        ];
        all_violated(&simulation, &cases).await;
    }
    let card = |id, customer, last4, account, expires| {
        format!("{CARD} ('{id}', {customer}, 'x', '{last4}', '{account}', '{expires}')")
    };
    let account = "40817810000000001001";
    let whole = card("c", 1, "1234", account, "2030-01");
    let deposit = |id, customer, operation, minor, currency, rate| {
        let terms = format!("{minor}, '{currency}', {rate}, now(), now()");
        format!("{DEPOSIT} ('{id}', {customer}, {operation}, 'p', 'x', {terms})")
    };
    let one = deposit("1", 1, ID, 1, "RUB", 1);
    let same_order = format!("{one}; {}", deposit("2", 1, ID, 1, "RUB", 1));
    let same_id = format!("{one}; {}", deposit("1", 1, "null", 1, "RUB", 1));
    let cases = [
        (Cards, card("", 1, "1234", account, "2030-01"), "card_id_check"),
        (Cards, card("c", 0, "1234", account, "2030-01"), "card_customer_id_check"),
        (Cards, card("c", 1, "123x", account, "2030-01"), "card_last4_check"),
        (Cards, card("c", 1, "1234", "4081", "2030-01"), "card_account_check"),
        (Cards, card("c", 1, "1234", account, "01/30"), "card_expires_check"),
        (Cards, format!("{whole}; {whole}"), "card_pkey"),
        (Deposits, deposit("", 1, ID, 1, "RUB", 1), "deposit_id_check"),
        (Deposits, deposit("1", 0, ID, 1, "RUB", 1), "deposit_customer_id_check"),
        (Deposits, deposit("1", 1, ID, 0, "RUB", 1), "deposit_amount_minor_check"),
        (Deposits, deposit("1", 1, ID, 1, "GBP", 1), "deposit_currency_check"),
        (Deposits, deposit("1", 1, ID, 1, "RUB", -1), "deposit_rate_bp_check"),
        (Deposits, deposit("1", 1, OTHER, 1, "RUB", 1), "deposit_operation_id_fkey"),
        (Deposits, same_order, "deposit_operation_id_key"),
        (Deposits, same_id, "deposit_pkey"),
    ];
    all_violated(&simulation, &cases).await;
}

#[tokio::test]
async fn codes_decisions_items_and_messages_are_what_they_say() {
    use System::{Cash, Loans, Messages, Risk};
    let simulation = with_an_order().await;
    let code = |operation, customer, code, minor, currency| {
        format!("{CODE} ({operation}, {customer}, '{code}', {minor}, '{currency}', now())")
    };
    let open = code(ID, 1, "12345678", 1, "RUB");
    let same_digits = code(OTHER, 1, "12345678", 1, "RUB");
    let decision =
        |customer, answer| format!("{DECISION} ({ID}, {customer}, '{{}}', '{answer}', now())");
    let message = format!("insert into message values ({ID}, '', '', '', now())");
    let cases = [
        (Cash, code(OTHER, 1, "12345678", 1, "RUB"), "cash_code_operation_id_fkey"),
        (Cash, code(ID, 0, "12345678", 1, "RUB"), "cash_code_customer_id_check"),
        (Cash, code(ID, 1, "1234567", 1, "RUB"), "cash_code_code_check"),
        (Cash, code(ID, 1, "12345678", 0, "RUB"), "cash_code_amount_minor_check"),
        (Cash, code(ID, 1, "12345678", 1, "GBP"), "cash_code_currency_check"),
        (Cash, format!("{open}; {open}"), "cash_code_pkey"),
        (Cash, format!("{open}; {}; {same_digits}", order(OTHER, 1)), "cash_code_open"),
        (Cash, format!("{open}; update cash_code set state = 'lost'"), "cash_code_state_check"),
        (Risk, decision(0, "allow"), "decision_customer_id_check"),
        (Risk, decision(1, "maybe"), "decision_answer_check"),
        (Risk, format!("{0}; {0}", decision(1, "allow")), "decision_pkey"),
        (Risk, "insert into known_payee values (0, 'p')".into(), "known_payee_customer_id_check"),
        (Risk, "insert into known_payee values (1, 'p'), (1, 'p')".into(), "known_payee_pkey"),
        (Loans, "insert into item values (0, '1', '{}')".into(), "item_customer_id_check"),
        (Loans, "insert into item values (1, '', '{}')".into(), "item_id_check"),
        (Loans, "insert into item values (1, '1', '{}'), (1, '1', '{}')".into(), "item_pkey"),
        (Loans, "insert into setting values ('a', '1'), ('a', '1')".into(), "setting_pkey"),
        (Messages, format!("{message}; {message}"), "message_pkey"),
    ];
    all_violated(&simulation, &cases).await;
}

/// Enough rows that reading them all would be the wrong choice.
const ROWS: &str = "
    insert into sys_loans.item select n, '1', '{}' from generate_series(1, 9000) n;
    insert into sys_cards.card
        select 'c' || n, n, 'x', '1234', '40817810000000001001', '2030-01', n % 9 = 0
        from generate_series(1, 9000) n;
    insert into sys_deposits.deposit
        select n, n, null, 'p', 'x', 1, 'RUB', 1, now(), now() from generate_series(1, 9000) n;
    insert into sys_cash.taken_order
        select gen_random_uuid(), 1, '{}', '{}', now() from generate_series(1, 9000) n;
    insert into sys_cash.cash_code
        select operation_id, 1, lpad((row_number() over ())::text, 8, '0'), 1, 'RUB', now()
        from sys_cash.taken_order;
    insert into sys_messages.message
        select gen_random_uuid(), '+7900' || n % 500, 'x', 'x', now()
        from generate_series(1, 9000) n;";

#[tokio::test]
async fn no_hot_query_reads_a_whole_table() {
    let simulation = Simulation::start().await;
    let client = simulation.db.client().await;
    client.batch_execute(ROWS).await.unwrap();
    client.batch_execute("vacuum analyze").await.unwrap();
    for (system, sql) in HOT_QUERIES {
        let schema = format!("set search_path to {}", account_of(system));
        client.batch_execute(&schema).await.unwrap();
        let literal = match system {
            System::Cash => "'00000042'",
            System::Messages if sql.contains("$2") => "'+790042'",
            _ => "42",
        };
        let text = format!("explain {}", sql.replace("$1", literal).replace("$2", "10"));
        let rows = client.query(&text, &[]).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}");
        assert!(!plan.contains("Sort"), "{sql}\n{plan}");
    }
}
