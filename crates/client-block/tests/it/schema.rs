//! What the schema itself refuses, and that hot statements read no whole table.

use common::placement::{Placement, PlacementState};
use common::ticket::Holder;
use common::{Generation, Revision};
use platform::pg::Connection;
use serde_json::json;
use testkit::eventually;

use crate::bank::{ANNA, ANNAS_PHONE, Bank, PASSWORD, Process, first_row};
use crate::operations::{cancel, confirm, freeze, own, taken, to_boris};
use crate::stand_in::Act;

const UUID: &str = "'00000000-0000-4000-8000-000000000001'";

/// A row that is in order, by table: columns and values.
const GOOD: &[(&str, &str, &str)] = &[
    (
        "placement",
        "home, slice, generation, owner, owner_since, state, sessions_from_generation, revision, \
         reason, decided_by",
        "'x', 1, 1, 'x', 1, 'active', 0, 1, '', ''",
    ),
    ("closed_customer", "customer_id, fence", "1, 2"),
    (
        "customer",
        "customer_id, home, slice, revision, login, phone, name, password_hash",
        "7, 'client-1', 1, 1, 'x', '+7', 'X', 'x'",
    ),
    ("used_ticket", "ticket_id, expires_at", "'\\x01', now()"),
    ("login_guard", "subject, failures, changed_at", "'x', 0, now()"),
    (
        "device",
        "device_id, customer_id, secret_hash, name, created_at",
        "ID, 7, '\\x01', 'x', now()",
    ),
    (
        "login_challenge",
        "challenge_id, customer_id, channel, device_name, code_hash, attempts_left, expires_at",
        "ID, 7, 'web', 'x', '\\x01', 5, now()",
    ),
    (
        "session",
        "session_id, customer_id, token_hash, channel, device_id, device_name, opened_at, \
         generation, epoch, seen_at, idle_until, expires_at",
        "ID, 7, '\\x01', 'web', ID, 'x', now(), 1, 0, now(), now(), now()",
    ),
    (
        "operation",
        "operation_id, customer_id, kind, intent, intent_hash, state, generation, version, \
         valid_until, created_at, updated_at, confirm_by, looks_like, outcome",
        "ID, 7, 'own_transfer', '{}', HASH, 'pending', 1, 1, now(), now(), now(), now(), '\\x01', \
         null",
    ),
    (
        "operation_token",
        "operation_id, customer_id, home, slice, due_at",
        "ID, 7, 'client-1', 1, now()",
    ),
    ("confirmation", "operation_id, code_hash, attempts_left, expires_at", "ID, '\\x01', 5, now()"),
    (
        "template",
        "template_id, customer_id, name, terms, version, created_at",
        "ID, 7, 'x', '{}', 1, now()",
    ),
    ("reference", "topic, version, as_of, items, checked_at", "'x', 1, now(), '[]', now()"),
    ("application", "reference, product_id, sealed, received_at", "'x', 'x', '\\x01', now()"),
    (
        "loosening",
        "change_id, customer_id, home, slice, generation, entity, asked_at",
        "ID, 7, 'x', 1, 1, '{}', now()",
    ),
    ("life", "alone, incarnation, fresh", "true, 'x', false"),
    ("batch", "batch, previous, hash, lines, composed_at", "1, '\\x01', '\\x01', '{1}', now()"),
    ("sealed_slice", "home, slice, generation, revision, sealed_at", "'x', 1, 1, 1, now()"),
    (
        "handed_over",
        "customer_id, home, slice, target, generation, handed_at",
        "7, 'x', 1, 'y', 2, now()",
    ),
    ("late_named", "home, slice, customer_id, revision", "'x', 1, 0, 2"),
    ("followed", "block, incarnation, batch", "'x', 'x', 1"),
    ("following", "alone, archive", "true, 'x'"),
    ("router_seen", "single, generation", "true, 1"),
];

/// Constraint, its table, and what in the good row to change into what to hit it. Nothing to
/// change means: the same row twice.
const HITS: &[(&str, &str, &str, &str)] = &[
    ("placement_pkey", "placement", "", ""),
    ("placement_slice_range", "placement", "'x', 1, 1", "'x', 64, 1"),
    ("placement_slice_range", "placement", "'x', 1, 1", "'x', -1, 1"),
    ("placement_generation_positive", "placement", "'x', 1, 1", "'x', 2, 0"),
    (
        "placement_state_known",
        "placement",
        "'x', 1, 1, 'x', 1, 'active'",
        "'x', 2, 1, 'x', 1, 'lost'",
    ),
    (
        "placement_revision_positive",
        "placement",
        "'x', 1, 1, 'x', 1, 'active', 0, 1",
        "'x', 2, 1, 'x', 1, 'active', 0, 0",
    ),
    ("closed_customer_pkey", "closed_customer", "", ""),
    ("closed_customer_fence_positive", "closed_customer", "1, 2", "2, 0"),
    ("customer_pkey", "customer", "", ""),
    ("customer_id_positive", "customer", "7, ", "0, "),
    ("used_ticket_pkey", "used_ticket", "", ""),
    ("login_guard_pkey", "login_guard", "", ""),
    ("login_guard_failures_range", "login_guard", "'x', 0", "'y', -1"),
    ("device_pkey", "device", "", ""),
    ("device_customer_id_fkey", "device", "ID, 7", "ID2, 8"),
    ("login_challenge_pkey", "login_challenge", "", ""),
    ("login_challenge_customer_id_fkey", "login_challenge", "ID, 7", "ID2, 8"),
    (
        "login_challenge_attempts_range",
        "login_challenge",
        "ID, 7, 'web', 'x', '\\x01', 5",
        "ID2, 7, 'web', 'x', '\\x01', -1",
    ),
    (
        "login_challenge_attempts_range",
        "login_challenge",
        "ID, 7, 'web', 'x', '\\x01', 5",
        "ID2, 7, 'web', 'x', '\\x01', 11",
    ),
    ("session_pkey", "session", "'\\x01'", "'\\x02'"),
    ("session_token_hash_key", "session", "ID, 7, ", "ID2, 7, "),
    ("session_customer_id_fkey", "session", "ID, 7, '\\x01'", "ID2, 8, '\\x02'"),
    ("operation_pkey", "operation", "", ""),
    (
        "operation_intent_hash_length",
        "operation",
        "ID, 7, 'own_transfer', '{}', HASH",
        "ID2, 7, 'own_transfer', '{}', '\\x01'",
    ),
    ("operation_state_known", "operation", "'pending'", "'lost'"),
    ("operation_ends_with_an_outcome", "operation", "'pending'", "'executed'"),
    ("operation_ends_with_an_outcome", "operation", "'pending'", "'rejected'"),
    ("operation_ends_with_an_outcome", "operation", "'pending'", "'cancelled'"),
    ("operation_ends_with_an_outcome", "operation", "'pending'", "'expired'"),
    ("operation_ends_with_an_outcome", "operation", "null", "'{}'"),
    ("operation_token_pkey", "operation_token", "", ""),
    ("operation_token_operation_id_fkey", "operation_token", "ID, ", "ID2, "),
    ("confirmation_pkey", "confirmation", "", ""),
    ("confirmation_operation_id_fkey", "confirmation", "ID, ", "ID2, "),
    ("confirmation_attempts_range", "confirmation", "5, ", "11, "),
    ("confirmation_attempts_range", "confirmation", "5, ", "-1, "),
    ("template_pkey", "template", "", ""),
    ("reference_pkey", "reference", "", ""),
    ("application_pkey", "application", "", ""),
    ("loosening_pkey", "loosening", "", ""),
    ("life_pkey", "life", "", ""),
    ("life_is_one", "life", "true", "false"),
    ("batch_pkey", "batch", "", ""),
    ("sealed_slice_pkey", "sealed_slice", "", ""),
    ("handed_over_pkey", "handed_over", "", ""),
    ("late_named_pkey", "late_named", "", ""),
    ("followed_pkey", "followed", "", ""),
    ("following_pkey", "following", "", ""),
    ("following_is_one", "following", "true", "false"),
    ("router_seen_pkey", "router_seen", "", ""),
    ("router_seen_is_one", "router_seen", "true", "false"),
];

fn spelled(values: &str) -> String {
    values
        .replace("ID2", "'00000000-0000-4000-8000-000000000002'")
        .replace("ID", UUID)
        .replace("HASH", "decode(repeat('00', 32), 'hex')")
}

#[tokio::test]
async fn every_constraint_is_hit() {
    let bank = Bank::empty().await;
    let client = bank.db.client().await;
    for (table, columns, values) in GOOD {
        let sql = format!("insert into {table} ({columns}) values ({})", spelled(values));
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    for (constraint, table, from, to) in HITS {
        let (_, columns, values) = GOOD.iter().find(|(name, ..)| name == table).unwrap();
        assert!(values.contains(from), "{constraint}: {from} in {values}");
        let values = spelled(&values.replacen(from, to, 1));
        let sql = format!("insert into {table} ({columns}) values ({values})");
        let error = client.batch_execute(&sql).await.expect_err(&sql);
        let found = error.as_db_error().and_then(|error| error.constraint());
        assert_eq!(found, Some(*constraint), "{sql}: {error:?}");
    }
    let all = "
        select conname::text from pg_constraint c join pg_class t on t.oid = c.conrelid
        where t.relnamespace = 'public'::regnamespace and t.relname <> '_sqlx_migrations'
            and c.contype in ('c', 'f', 'p', 'u')";
    for row in client.query(all, &[]).await.unwrap() {
        let name: &str = row.get(0);
        let hit = HITS.iter().any(|(constraint, ..)| *constraint == name);
        // A generated identity cannot collide.
        assert!(hit || name == "outbox_pkey", "no test hits {name}");
    }
}

/// Tables that may be read whole, by which statements (a part of their text), and why.
const MAY_SCAN: &[(&str, &str, &str)] = &[
    ("placement", "", "a copy of the register: at most 64 rows a home"),
    ("closed_customer", "", "only customers who are closed here"),
    ("life", "", "one row"),
    ("router_seen", "", "one row"),
    ("sealed_slice", "", "at most 64 rows a home, for seconds"),
    ("handed_over", "", "only while slices drain"),
    ("late_named", "", "only what is closed here, for seconds"),
    ("reference", "", "five topics"),
    ("followed", "", "one row a stream"),
    ("following", "", "one row"),
    ("operation_token", "with waiting as", "a report over the unfinished, for people and moves"),
    ("operation_token", "as all_of_them", "a gauge over the unfinished, every two seconds"),
];

/// The tables that a plan reads whole although nobody said why.
fn scanned<'a>(plan: &'a str, statement: &str) -> Vec<&'a str> {
    let tables = plan
        .lines()
        .filter_map(|line| line.split_once("Seq Scan on "))
        .map(|(_, rest)| rest.split(' ').next().unwrap_or(""));
    let said =
        |table: &str| MAY_SCAN.iter().any(|(may, by, _)| *may == table && statement.contains(by));
    tables.filter(|table| !said(table)).collect()
}

/// Everything that a customer and a worker do, over one connection.
async fn live(bank: &Bank, process: &Process) {
    let anna = bank.anna(process).await;
    taken(&anna, &own("10.00")).await;
    let sent = taken(&anna, &to_boris("10.00")).await;
    anna.post(&format!("/v1/operations/{}/code", sent.id), &json!({})).await.ok();
    confirm(bank, &anna, sent.id).await.ok();
    let sent = taken(&anna, &to_boris("11.00")).await;
    let page = anna.get("/v1/operations?limit=1").await.ok();
    let next = page["next"].as_str().unwrap();
    anna.get(&format!("/v1/operations?limit=1&cursor={next}")).await.ok();
    cancel(&anna, sent.id).await.ok();
    bank.gateway.next("execute", Act::Break);
    taken(&anna, &freeze()).await;
    anna.get("/v1/accounts").await.ok();
    let template = json!({ "name": "x", "terms": own("1.00") });
    let template = anna.post("/v1/templates", &template).await.ok();
    anna.get("/v1/templates").await.ok();
    let path = format!("/v1/templates/{}", template["template_id"].as_str().unwrap());
    assert_eq!(anna.delete(&path).await.status, 204);
    anna.get("/v1/sessions").await.ok();
    bank.clock.advance_ms(400_000);
    anna.get("/v1/sessions").await.ok();
    let ticket = bank.ticket(Holder::Customer(ANNA));
    let body = json!({ "ticket": ticket, "password": PASSWORD, "device_token": "unknown" });
    let needed = process.phone().post("/v1/sessions", &body).await.ok();
    let path = format!("/v1/sessions/challenges/{}", needed["challenge_id"].as_str().unwrap());
    process.phone().post(&path, &json!({ "code": "wrong" })).await.problem();
    let code = json!({ "code": bank.messages.code(ANNAS_PHONE) });
    process.phone().post(&path, &code).await.ok();
    let change = json!({ "current": PASSWORD, "new": PASSWORD });
    assert_eq!(anna.put("/v1/password", &change).await.status, 204);
    let anna = bank.anna(process).await;
    assert_eq!(anna.delete("/v1/sessions").await.status, 204);
    let anna = bank.anna(process).await;
    assert_eq!(anna.delete("/v1/sessions/current").await.status, 204);
    process.phone().get("/v1/reference/fees").await.ok();
    process.start_worker();
    eventually("the worker has been around", || async {
        bank.clock.advance_ms(500);
        bank.number("select count(*) from operation_token").await == 0
    })
    .await;
}

const FILL: &str = "
    insert into customer (customer_id, home, slice, revision, login, phone, name, password_hash)
    select n, 'client-1', n % 64, 1, n::text, '+7', 'X', 'x' from generate_series(100, 10000) n;
    insert into device (device_id, customer_id, secret_hash, name, created_at)
    select gen_random_uuid(), customer_id, decode(md5(customer_id::text), 'hex'), 'x', now()
    from customer;
    insert into session (session_id, customer_id, token_hash, channel, device_id, device_name,
        opened_at, generation, epoch, seen_at, idle_until, expires_at)
    select gen_random_uuid(), customer_id, decode(md5(customer_id::text || k), 'hex'), 'web',
        gen_random_uuid(), 'x', now(), 1, 0, now(), now(), now() + k * interval '1 day'
    from customer, generate_series(1, 3) k where customer_id > 99;
    insert into login_challenge (challenge_id, customer_id, channel, device_name, code_hash,
        attempts_left, expires_at)
    select gen_random_uuid(), customer_id, 'web', 'x', 'x', 5, now() from customer;
    insert into login_guard (subject, failures, changed_at)
    select 'customer:' || customer_id, 0, now() from customer where customer_id > 99;
    insert into used_ticket
    select decode(md5(n::text), 'hex'), now() from generate_series(1, 9999) n;
    insert into operation (operation_id, customer_id, kind, intent, intent_hash, state,
        generation, version, valid_until, created_at, updated_at, confirm_by, looks_like,
        debit_account, most_minor)
    select gen_random_uuid(), customer_id, 'own_transfer', '{}', decode(repeat('00', 32), 'hex'),
        'pending', 1, 1, now(), now() - k * interval '1 hour', now(), now(), 'x', 'a', 1
    from customer, generate_series(1, 3) k where customer_id > 99;
    insert into operation_token (operation_id, customer_id, home, slice, due_at)
    select operation_id, customer_id, 'client-1', customer_id % 64,
        '2100-01-01'::timestamptz + random() * interval '9 days' from operation
    on conflict do nothing;
    insert into confirmation (operation_id, code_hash, attempts_left, expires_at)
    select operation_id, 'x', 5, now() from operation on conflict do nothing;
    insert into template (template_id, customer_id, name, terms, version, created_at)
    select gen_random_uuid(), customer_id, 'x', '{}', 1, now() from customer;
    insert into loosening (change_id, customer_id, home, slice, generation, entity, asked_at,
        applied, resolved_at)
    select gen_random_uuid(), customer_id, 'client-1', 1, 1, '{}', now(),
        case when customer_id % 9 > 0 then true end, now() + customer_id * interval '1 minute'
    from customer;
    insert into batch (batch, previous, hash, lines, composed_at, acknowledged_at)
    select n, 'x', 'x', array[n], now(), now() from generate_series(100001, 109999) n;
    insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key, open,
        final, batch)
    select n, 'client-1', n % 64, 1, 'x', n::text, 'x', false, false, 100000 + n
    from generate_series(1, 9999) n;
    insert into application (reference, product_id, sealed, received_at)
    select n::text, 'x', 'x', now() from generate_series(1, 9999) n;
    analyze;";

/// Explains what a connection has prepared; gives the number of statements.
async fn explained(connection: &Connection) -> usize {
    connection.batch_execute("set plan_cache_mode = force_generic_plan").await.unwrap();
    let prepared = "
        select name, statement, coalesce(array_length(parameter_types, 1), 0) as parameters
        from pg_prepared_statements where not from_sql";
    let prepared = connection.query(prepared, &[]).await.unwrap();
    let explainable = ["select", "insert", "update", "delete", "with"];
    let mut explained = 0;
    for row in prepared {
        let (name, statement): (&str, &str) = (row.get("name"), row.get("statement"));
        let parameters: i32 = row.get("parameters");
        let first = statement.split_whitespace().next().unwrap_or("");
        if !explainable.contains(&first) || statement.contains("pg_prepared_statements") {
            continue;
        }
        let nulls = vec!["null"; usize::try_from(parameters).unwrap()].join(", ");
        let nulls = if parameters == 0 { String::new() } else { format!("({nulls})") };
        let explain = format!("explain execute {name}{nulls}");
        let lines = connection.query(&explain, &[]).await;
        let lines = lines.unwrap_or_else(|error| panic!("{explain}: {statement}: {error:?}"));
        let plan: Vec<String> = lines.iter().map(|line| line.get(0)).collect();
        let plan = plan.join("\n");
        let scanned = scanned(&plan, statement);
        assert!(scanned.is_empty(), "{scanned:?} read whole by {statement}\n{plan}");
        explained += 1;
    }
    explained
}

#[tokio::test]
async fn hot_statements_read_no_whole_table() {
    let bank = Bank::new().await;
    // One connection for customers and one for the rest: whoever takes a second of his while he
    // holds one waits in vain.
    let process = bank
        .process_with(|config| {
            config.database.pool_max = 1;
            config.background.pool_max = 1;
        })
        .await;
    live(&bank, &process).await;
    bank.sql(FILL).await;
    let customers = explained(&process.block.db.connection().await.unwrap()).await;
    let repairs = process.block.in_background();
    let repairs = explained(&repairs.db.connection().await.unwrap()).await;
    assert!(customers > 35, "only {customers} statements were seen");
    assert!(repairs > 5, "only {repairs} statements of the background were seen");
}

/// What the relay, the follower, adoption and background loads do. Anna's slice has come back from
/// another block, so that she has to be loaded.
#[tokio::test]
async fn statements_of_streams_read_no_whole_table() {
    let (bank, archive) = crate::streams::bank().await;
    let process = crate::streams::serving(&bank, &archive).await;
    let anna = bank.anna(&process).await;
    bank.gateway.always("execute", Act::Break);
    taken(&anna, &own("10.00")).await;
    archive.set(Placement {
        state: PlacementState::Returning,
        generation: Generation(3),
        owner_since: Generation(3),
        revision: Revision(3),
        ..first_row(ANNA)
    });
    let loaded = "select count(*) from customer where loaded_generation = 3";
    eventually("Anna is loaded", || async { bank.number(loaded).await == 1 }).await;
    let settled = "select count(*) from placement where state = 'active' and generation = 3";
    eventually("her slice is settled", || async { bank.number(settled).await == 1 }).await;
    process.service("launcher").get("/internal/v1/report").await.ok();
    process.stop().await;
    bank.sql(FILL).await;
    for (block, least) in [(process.block.clone(), 30), (process.block.in_background(), 30)] {
        let mut connections = Vec::new();
        for _ in 0..6 {
            connections.push(block.db.connection().await.unwrap());
        }
        let mut all = 0;
        for connection in &connections {
            all += explained(connection).await;
        }
        assert!(all > least, "only {all} statements were seen");
    }
}
