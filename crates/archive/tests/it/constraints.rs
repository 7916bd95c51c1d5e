//! The database refuses what must not be, whatever a program does: every constraint is hit once.

use super::bench::bench;

const ROW: &str = "insert into placement (home, slice, generation, owner, owner_since, state,
    target, target_incarnation, target_generation, sessions_from_generation, revision, reason,
    decided_by, version) values";
const ROUTER: &str = "insert into router (single, generation, leader, reason, decided_by) values";
const ID: &str = "'00000000-0000-4000-8000-000000000001'::uuid";
const BATCH: &str = "insert into batch (stream_id, batch, hash, applied_at) values";
const ENTITY: &str =
    "insert into entity values (1, 'k', 'e', '\\x01', false, true, false, 'client-1',
    1, 1, false, false, false, 0, 0, 0, 0, 'p', null,";
const CONFLICT: &str = "insert into entity_conflict (customer_id, kind, entity_id, why, stream_id,
    batch, order_key, payload, found_at) values";
const EVENT: &str = "insert into event (logged_at, stream_id, batch, number, kind, late, serving,
    body) values";

fn of_move(values: &str) -> String {
    format!(
        "insert into move (move_id, home, target, begun, reason, decided_by, began_at, stepped_at,
             ordered, slices, state)
         select {ID}, 'a', 'b', '{{}}', '', '', now(), now(), v.o, v.s::smallint[], v.t
         from (values {values}) v (o, s, t)"
    )
}

fn of_approval(values: &str) -> String {
    format!(
        "insert into approval (approval_id, action, reason, author, asked_at, expires_at, approver,
             used_at)
         select {ID}, 'x', 'y', 'anna', now(), now(), v.a, v.u::timestamptz
         from (values {values}) v (a, u)"
    )
}

fn of_loosening(values: &str) -> String {
    format!(
        "insert into loosening (change_id, customer_id, stream_id, applied, decided_at)
         select {ID}, v.* from (values {values}) v"
    )
}

/// The life `l` is the one that there is.
fn of_witness(values: &str) -> String {
    format!(
        "insert into witness (life, service, rows, excused_by, approved_by, heard_at)
         select coalesce(l.incarnation, v.life), 'router', v.r::jsonb, v.e, v.a, now()
         from (values {values}) v (life, r, e, a) left join life l on v.life = 'l'"
    )
}

/// Lives and the register.
fn of_the_register() -> Vec<(String, &'static str)> {
    let own = |statement: &str, values: &str| format!("{statement} {values}");
    vec![
        (
            "insert into life (incarnation, began_at) select incarnation, now() from life".into(),
            "life_incarnation_once",
        ),
        ("insert into life overriding system value select * from life".into(), "life_pkey"),
        ("insert into register_version (version) values (1)".into(), "register_version_pkey"),
        ("insert into register_version values (false, 1)".into(), "register_version_single"),
        (
            own(ROW, "('x', 64, 1, 'x', 1, 'active', null, null, null, 0, 1, '', '', 1)"),
            "placement_slice_range",
        ),
        (
            own(ROW, "('x', 1, 0, 'x', 1, 'active', null, null, null, 0, 1, '', '', 1)"),
            "placement_generation_positive",
        ),
        (
            own(ROW, "('x', 1, 1, 'x', 1, 'asleep', null, null, null, 0, 1, '', '', 1)"),
            "placement_state_known",
        ),
        (
            own(ROW, "('x', 1, 1, 'x', 1, 'active', null, null, null, 0, 0, '', '', 1)"),
            "placement_revision_positive",
        ),
        (
            own(ROW, "('client-1', 1, 1, 'x', 1, 'active', null, null, null, 0, 1, '', '', 1)"),
            "placement_pkey",
        ),
        (
            own(ROW, "('x', 1, 1, 'x', 1, 'active', 'y', null, 2, 0, 1, '', '', 1)"),
            "placement_target_whole",
        ),
        (
            own(ROW, "('x', 1, 1, 'x', 1, 'draining', 'y', null, null, 0, 1, '', '', 1)"),
            "placement_target_whole",
        ),
        (
            "insert into placement_history select home, slice, revision, placement, now()
             from placement_history"
                .into(),
            "placement_history_pkey",
        ),
        (
            "insert into block_life values ('a', 'b', now()), ('a', 'c', now())".into(),
            "block_life_pkey",
        ),
    ]
}

/// Streams and batches.
fn of_streams() -> Vec<(String, &'static str)> {
    let hash = format!("'\\x{}'", "00".repeat(32));
    let own = |statement: &str, values: &str| format!("{statement} {values}");
    vec![
        ("insert into stream overriding system value select * from stream".into(), "stream_pkey"),
        ("insert into stream (block, incarnation) values ('s', 'l')".into(), "stream_once"),
        (
            "insert into stream (block, incarnation, hash) values ('t', 'l', '\\x00')".into(),
            "stream_hash_whole",
        ),
        (own(BATCH, &format!("(99, 1, {hash}, now())")), "batch_of_stream"),
        (own(BATCH, &format!("(1, 0, {hash}, now())")), "batch_counts_from_one"),
        (own(BATCH, "(1, 2, '\\x00', now())"), "batch_hash_whole"),
        (own(BATCH, &format!("(1, 1, {hash}, now())")), "batch_pkey"),
        (
            "insert into unjudged_batch values (1, 1, '{}'), (1, 1, '{}')".into(),
            "unjudged_batch_pkey",
        ),
        ("insert into unjudged_batch values (1, 9, '{}')".into(), "unjudged_batch_of_batch"),
        (
            "insert into seal values ('a', 1, 'b', 'l', 1, false), ('a', 1, 'b', 'm', 1, false)"
                .into(),
            "seal_pkey",
        ),
    ]
}

/// Customers and what they have.
fn of_customers() -> Vec<(String, &'static str)> {
    let hash = format!("'\\x{}'", "00".repeat(32));
    let own = |statement: &str, values: &str| format!("{statement} {values}");
    vec![
        ("insert into customer values (0, 'a', 1)".into(), "customer_id_positive"),
        ("insert into customer values (1, 'a', 64)".into(), "customer_slice_range"),
        ("insert into customer values (1, 'a', 1, 'b', null)".into(), "customer_handed_whole"),
        ("insert into customer values (1, 'a', 1), (1, 'b', 1)".into(), "customer_pkey"),
        ("insert into customer_load values (1, 99, 1, now())".into(), "customer_load_of_stream"),
        (
            "insert into customer_load values (1, 1, 1, now()), (1, 1, 1, now())".into(),
            "customer_load_pkey",
        ),
        ("insert into slice_load values ('a', 1, 1), ('a', 1, 1)".into(), "slice_load_pkey"),
        (format!("{ENTITY} '\\x00', 1)"), "entity_fingerprint_whole"),
        (format!("{ENTITY} {hash}, 0)"), "entity_writes_positive"),
        (format!("{ENTITY} {hash}, 1); {ENTITY} {hash}, 1)"), "entity_pkey"),
        (
            own(CONFLICT, "(1, 'k', 'e', 'mood', 1, 1, '\\x01', 'p', now())"),
            "entity_conflict_why_known",
        ),
        (
            own(CONFLICT, "(1, 'k', 'e', 'two_ends', 1, 1, '\\x01', 'p', now())")
                + "; insert into entity_conflict overriding system value
                     select * from entity_conflict",
            "entity_conflict_pkey",
        ),
    ]
}

/// What people decide, and the log.
fn of_decisions() -> Vec<(String, &'static str)> {
    let own = |statement: &str, values: &str| format!("{statement} {values}");
    vec![
        (of_move("('x', '{1}', 'running')"), "move_ordered_known"),
        (of_move("('planned', '{}', 'running')"), "move_has_slices"),
        (of_move("('planned', '{1}', 'asleep')"), "move_state_known"),
        (of_move("('planned', '{1}', 'done'), ('planned', '{1}', 'done')"), "move_pkey"),
        (of_approval("('a', null), ('a', null)"), "approval_pkey"),
        (of_approval("('anna', null)"), "approval_by_another"),
        (of_approval("(null, now())"), "approval_used_if_given"),
        ("insert into automation default values".into(), "automation_pkey"),
        ("insert into automation (single) values (false)".into(), "automation_single"),
        (own(ROUTER, "(true, 1, 'a', '', '')"), "router_pkey"),
        (own(ROUTER, "(false, 1, 'a', '', '')"), "router_single"),
        (own(ROUTER, "(true, 0, 'a', '', '')"), "router_generation_positive"),
        (own(ROUTER, "(true, 1, '', '', '')"), "router_leader_named"),
        ("insert into router_history select * from router_history".into(), "router_history_pkey"),
        (of_loosening("(1, 99, true, now())"), "loosening_of_stream"),
        (of_loosening("(1, 1, true, now()), (1, 1, true, now())"), "loosening_pkey"),
        (
            "insert into audit (done_at, action, done_by, reason, details)
             values (now(), 'a', 'b', 'c', '{}');
             insert into audit overriding system value select * from audit"
                .into(),
            "audit_pkey",
        ),
        (of_witness("('nobody', '[]', null, null)"), "witness_of_life"),
        (of_witness("('l', '[]', null, null), ('l', '[]', null, null)"), "witness_pkey"),
        (of_witness("('l', '[]', 'anna', null)"), "witness_excused_by_two"),
        (of_witness("('l', null, null, null)"), "witness_says_something"),
        (own(EVENT, "(now(), 1, 1, 0, 'dream', 'on_time', 1, '')"), "event_kind_known"),
        (own(EVENT, "(now(), 1, 1, 0, 'raw', 'never', 1, '')"), "event_late_known"),
        (
            "insert into raw_event (stream_id, batch, number, late, serving, body)
             values (1, 1, 1, 'slice', 1, ''), (1, 1, 1, 'slice', 1, '')"
                .into(),
            "raw_event_pkey",
        ),
    ]
}

#[tokio::test]
async fn every_constraint_refuses_what_it_must() {
    let bench = bench().await;
    let hash = "00".repeat(32);
    bench
        .sql(&format!(
            "insert into stream (block, incarnation) values ('s', 'l');
             {BATCH} (1, 1, '\\x{hash}', now())"
        ))
        .await;
    let client = bench.db.client().await;
    let mut hit = std::collections::BTreeSet::new();
    for (statement, constraint) in
        [of_the_register(), of_streams(), of_customers(), of_decisions()].concat()
    {
        let refused = client.batch_execute(&statement).await;
        let error = refused.expect_err(&statement);
        let found = error.as_db_error().unwrap_or_else(|| panic!("{statement}: {error:?}"));
        assert_eq!(found.constraint(), Some(constraint), "{statement}: {found}");
        hit.insert(constraint.to_owned());
    }
    let all = "
        select conname::text from pg_constraint c
        join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
        where n.nspname = 'public' and t.relname <> '_sqlx_migrations' and c.contype <> 'n'
            and not t.relispartition";
    let all = client.query(all, &[]).await.unwrap();
    for row in all {
        let name: String = row.get(0);
        assert!(hit.contains(&name), "{name} is never hit");
    }
}
