//! Hot statements use their indexes: none reads a whole table. The statements are those that a
//! connection has prepared while it served every kind of request.

use common::wire::archive::{ChangesQuery, RegisterQuery, SliceQuery};
use common::{CustomerId, Generation};

use super::bench::{Bench, Block, bench_with, entity, event, hand_over, name, operation, slice};
use common::wire::archive::EventBody;

/// Enough rows that reading a whole table would be the wrong choice, and fresh statistics.
const FILL: &str = "
    insert into customer select n, 'client-' || (1 + n % 9), n % 64 from generate_series(1, 30000) n
        on conflict do nothing;
    insert into stream (stream_id, block, incarnation) overriding system value
        select 1000 + n, 's' || n, 'l' from generate_series(1, 60) n;
    insert into batch select 1001 + n % 60, 100 + n, decode(repeat('00', 32), 'hex'), now()
        from generate_series(1, 30000) n;
    insert into entity select 1 + n % 30000, 'operation', n::text, '\\x01', false, n % 100 = 0,
            false, 'client-' || (1 + n % 9), n % 64, 1, false, false, false, 0, 0, 0, 0, '{}', null,
            decode(repeat('00', 32), 'hex'), 1
        from generate_series(1, 60000) n on conflict do nothing;
    insert into event select now() + (n % 2) * interval '1 day', 1001 + n % 60, 100 + n / 100, 0,
            'entity', 'client-' || (1 + n % 9), n % 64, 1 + n % 30000, 1, 'on_time', 1, null, '{}'
        from generate_series(1, 60000) n;
    insert into customer_load select n, 1001 + n % 60, 1, now() from generate_series(1, 30000) n
        on conflict do nothing;
    insert into slice_load select 'h' || n, n % 64, 1 from generate_series(1, 3000) n;
    insert into seal select 'h' || n, n % 64, 'b', 'l', 1, false from generate_series(1, 3000) n;
    insert into raw_event select 1, n, 0, 'client-1', 1, n, 'slice', 1, '', now()
        from generate_series(1, 3000) n;
    insert into placement select 'h' || n, n % 64, 1, 'o' || n, null, 1, 'active', null, null, null,
            0, 1, '', '', 1
        from generate_series(1, 3000) n;
    insert into block_life select 'o' || n, 'l', now() from generate_series(1, 3000) n;
    insert into loosening select gen_random_uuid(), n, 1001 + n % 60, true, now()
        from generate_series(1, 3000) n;
    insert into move select gen_random_uuid(), 'planned', 'h' || n, 't', '{1}', '{1}', null, 'done',
            null, '', '', null, now(), now()
        from generate_series(1, 3000) n;
    insert into approval select gen_random_uuid(), 'x', 'y', 'a', null, now(), now(), null
        from generate_series(1, 3000) n;
    analyze";

/// Tables that are read whole, and why that is right.
const SMALL: &[&str] = &[
    // One row a life, a block's life, or one at all.
    "life",
    "stream",
    "register_version",
    "automation",
    "router",
];

/// Statements that may read a whole table, by a part of each.
const WHOLE: &[&str] = &[
    // This test's own.
    "pg_prepared_statements",
    // Is there anything at all?
    "from placement limit 1",
    // A block's rows are a good part of the register.
    "where owner = $1 or target = $1",
];

async fn live(bench: &Bench) {
    let (mut home, backup) = (Block::new("client-1", 1), Block::new("backup-2", 1));
    let mut late = Block::new("client-2", 1);
    let version = bench.register().await.version;
    home.send(
        bench,
        &[
            entity(1, operation(1, "a", "01", "pending")),
            hand_over(1, 1, "backup-2", 2),
            event(1, 1, EventBody::Seal),
            event(1, 1, EventBody::Unseal),
            event(1, 1, EventBody::Heartbeat),
        ],
    )
    .await;
    let batch = late.batch(&[entity(1, operation(1, "a", "01", "pending"))]);
    late.send_batch(bench, &batch).await;
    late.offer(bench, &batch).await;
    bench.load(&home.load(1, 1)).await;
    for open_only in [true, false] {
        let (home, slice, after) = (name("client-1"), slice(1), CustomerId(0));
        let query = SliceQuery { home, slice, after, open_only, limit: 10 };
        let _: serde_json::Value =
            bench.post("client-1", "/v1/slices/customers", &query).await.unwrap();
    }
    let stream = home.stream.clone();
    let query = ChangesQuery { stream, cursor: Vec::new(), limit: 10 };
    let _: serde_json::Value = bench.post("client-1", "/v1/changes", &query).await.unwrap();
    let query = RegisterQuery { stream: Some(home.stream.clone()), since: Some(version) };
    let _: serde_json::Value = bench.post("client-1", "/v1/register/read", &query).await.unwrap();
    let drain = super::moves::drain(&backup, super::moves::slices(&[9], 1));
    super::moves::take(bench, &drain).await;
    let wish = super::loosenings::wish(&home, 1, 1, "01");
    assert_eq!(wish.generation, Generation(1));
    super::loosenings::applied(bench, &wish).await;
}

#[tokio::test]
async fn no_hot_statement_reads_a_whole_table() {
    // One connection for each kind of work, so that it has prepared all of it.
    let bench = bench_with(|config| config.database.pool_max = 1).await;
    bench.seed(&["client-1", "client-2"]).await;
    live(&bench).await;
    bench.sql(FILL).await;
    let (mut explained, mut findings) = (0, Vec::new());
    for pool in [&bench.started.archive.db, &bench.started.archive.writing] {
        let connection = pool.connection().await.unwrap();
        let prepared = "
            select name, statement, coalesce(array_length(parameter_types, 1), 0) as parameters
            from pg_prepared_statements where not from_sql";
        for row in connection.query(prepared, &[]).await.unwrap() {
            let (name, statement): (&str, &str) = (row.get("name"), row.get("statement"));
            let parameters: i32 = row.get("parameters");
            let explainable = ["select", "insert", "update", "delete", "with"];
            let first = statement.split_whitespace().next().unwrap_or("");
            let whole = WHOLE.iter().any(|whole| statement.contains(whole));
            if !explainable.contains(&first) || whole {
                continue;
            }
            let nulls = vec!["null"; usize::try_from(parameters).unwrap()].join(", ");
            let nulls = if parameters == 0 { String::new() } else { format!("({nulls})") };
            let lines = connection.query(&format!("explain execute {name}{nulls}"), &[]).await;
            let lines = lines.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
            let plan: Vec<String> = lines.iter().map(|line| line.get(0)).collect();
            let scans = plan
                .iter()
                .filter_map(|line| line.split_once("Seq Scan on "))
                .filter(|(_, table)| !SMALL.contains(&table.split(' ').next().unwrap_or_default()));
            if scans.count() > 0 {
                findings.push(format!("{statement}\n{}", plan.join("\n")));
            }
            explained += 1;
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
    assert!(explained > 25, "only {explained} statements were seen");
}
