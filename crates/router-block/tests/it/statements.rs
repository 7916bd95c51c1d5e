//! What the schema refuses, and that hot statements use an index.

use crate::bank::Bank;

const BAD_CUSTOMERS: &[(&str, &str)] = &[
    (
        "2, 'anna', '+79000000002', 'A', 'c', 'staff', 'active'",
        "customer_login_unique",
    ),
    (
        "2, 'b', '+79000000001', 'A', 'c', 'staff', 'active'",
        "customer_phone_unique",
    ),
    (
        "2, 'B', '+79000000002', 'A', 'c', 'staff', 'active'",
        "customer_login_lower",
    ),
    (
        "2, 'b', '+79000000002', 'A', 'c', 'king', 'active'",
        "customer_cohort_known",
    ),
    (
        "2, 'b', '+79000000002', 'A', 'c', 'staff', 'gone'",
        "customer_state_known",
    ),
    (
        "0, 'b', '+79000000002', 'A', 'c', 'staff', 'active'",
        "customer_id_range",
    ),
    (
        "4294967296, 'b', '+79000000002', 'A', 'c', 'staff', 'active'",
        "customer_id_range",
    ),
    (
        "1, 'b', '+79000000002', 'A', 'c', 'staff', 'active'",
        "customer_pkey",
    ),
];

#[tokio::test]
async fn constraints_hold() {
    let bank = Bank::new().await;
    let client = bank.db.client().await;
    let columns = "(customer_id, login, phone, name, home, cohort, state)";
    let insert = |values: &str| format!("insert into customer {columns} values ({values})");
    client
        .batch_execute(&insert(
            "1, 'anna', '+79000000001', 'A', 'client-1', 'staff', 'active'",
        ))
        .await
        .unwrap();
    for (values, constraint) in BAD_CUSTOMERS {
        let error = client.batch_execute(&insert(values)).await.unwrap_err();
        let found = error.as_db_error().unwrap().constraint();
        assert_eq!(found, Some(*constraint), "{values}");
    }
    for (values, constraint) in [
        (
            "'c', 64, 1, 'c', 1, 'active', 0, 1, '', ''",
            "placement_slice_check",
        ),
        (
            "'c', 1, 1, 'c', 1, 'gone', 0, 1, '', ''",
            "placement_state_known",
        ),
    ] {
        let insert = format!(
            "insert into placement (home, slice, generation, owner, owner_since, state,
                 sessions_from_generation, revision, reason, decided_by) values ({values})"
        );
        let error = client.batch_execute(&insert).await.unwrap_err();
        assert_eq!(
            error.as_db_error().unwrap().constraint(),
            Some(constraint),
            "{values}"
        );
    }
    let second = client
        .batch_execute("insert into feed_state values (true, 1)")
        .await;
    assert_eq!(
        second.unwrap_err().as_db_error().unwrap().constraint(),
        Some("feed_state_pkey")
    );
}

#[tokio::test]
async fn hot_statements_read_no_whole_table() {
    let bank = Bank::new().await;
    let client = bank.db.client().await;
    client
        .batch_execute(
            "insert into customer (login, phone, name, home, cohort, state, settled_revision)
             select 'c' || n, '+79' || lpad(n::text, 9, '0'), 'N', 'client-1', 'regular',
                    'active', 1
               from generate_series(1, 20000) n;
             insert into customer_change (customer_id, login, phone, home, cohort)
             select customer_id, login, phone, home, cohort from customer;
             analyze customer; analyze customer_change;",
        )
        .await
        .unwrap();
    let columns =
        "customer_id, login, phone, name, home, cohort, state, revision, settled_revision";
    let statements = [
        format!("select {columns} from customer where customer_id = 77"),
        format!(
            "select {columns} from customer where login = 'c5'
             union select {columns} from customer where phone = '+79000000005'"
        ),
        "update customer set revision = revision + 1 where customer_id = 77".to_owned(),
        "select change_id, login from customer_change where change_id > 19000
          order by change_id limit 500"
            .to_owned(),
        "select customer_id from customer
          where settled_revision < revision and state = 'active' and settle_after <= now()
          order by settle_after limit 100"
            .to_owned(),
        "select greatest((select coalesce(max(change_id), 0) from customer_change), 0)".to_owned(),
        "select change_id from customer_change
          where changed_at < now()
            and change_id <= (select min(change_id) from customer_change) + 100
          order by change_id"
            .to_owned(),
    ];
    for statement in statements {
        let rows = client
            .query(&format!("explain {statement}"), &[])
            .await
            .unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(!plan.contains("Seq Scan"), "{statement}\n{plan}");
    }
}
