//! What the archive will come to know (I6): a line for every change, in the change's own
//! transaction, in the order of the entity's versions.

use serde_json::json;

use crate::bank::{ANNA, ANNAS_PHONE, Bank, PASSWORD};
use crate::operations::{becomes, cancel, confirm, freeze, new_key, own, send, taken, to_boris};
use crate::stand_in::Act;

/// Everything a customer can change.
async fn live(bank: &Bank) {
    let process = bank.process_with(|config| config.sessions.per_customer_max = 3).await;
    let anna = bank.anna(&process).await;
    taken(&anna, &own("10.00")).await;
    let transfer = taken(&anna, &to_boris("10.00")).await;
    confirm(bank, &anna, transfer.id).await.ok();
    let cancelled = taken(&anna, &to_boris("11.00")).await;
    cancel(&anna, cancelled.id).await.ok();
    for act in [Act::Say(common::gateway::Answer::InProgress), Act::Break] {
        bank.gateway.next("execute", act);
        let sent = taken(&anna, &freeze()).await;
        process.start_worker();
        becomes(bank, &anna, sent.id, "executed").await;
    }
    bank.gateway.next("execute", Act::Say(common::gateway::Answer::PayloadMismatch));
    send(&anna, &own("12.00")).await.reply.ok();
    let waiting = taken(&anna, &to_boris("13.00")).await;
    for _ in 0..5 {
        let path = format!("/v1/operations/{}/confirmation", waiting.id);
        anna.post(&path, &json!({ "code": "x" })).await.problem();
    }
    let terms = transfer.intent["terms"].clone();
    let template = anna.post("/v1/templates", &json!({ "name": "x", "terms": terms })).await.ok();
    let path = format!("/v1/templates/{}", template["template_id"].as_str().unwrap());
    assert_eq!(anna.delete(&path).await.status, 204);

    for _ in 0..3 {
        bank.clock.advance_ms(1_000);
        bank.anna(&process).await;
    }
    bank.clock.advance_ms(1_000);
    let page = bank.browser(&process, ANNA).await;
    bank.clock.advance_ms(400_000);
    page.get("/v1/sessions").await.ok();
    bank.clock.advance_ms(1_000);
    let phone = process.phone();
    let ticket = bank.ticket(common::ticket::Holder::Customer(ANNA));
    let needed =
        phone.post("/v1/sessions", &json!({ "ticket": ticket, "password": PASSWORD })).await.ok();
    let path = format!("/v1/sessions/challenges/{}", needed["challenge_id"].as_str().unwrap());
    let code = json!({ "code": bank.messages.code(ANNAS_PHONE) });
    let token = phone.post(&path, &code).await.ok()["token"].as_str().unwrap().to_owned();
    let change = json!({ "current": PASSWORD, "new": "battery staple" });
    assert_eq!(process.bearer(&token).put("/v1/password", &change).await.status, 204);
    let profile = json!({
        "revision": 2, "login": "anna", "phone": ANNAS_PHONE, "name": "Anna Petrova-Kim",
    });
    let put = process.service("router").put("/internal/v1/customers/1", &profile).await;
    assert_eq!(put.status, 204);
    process.stop().await;
}

#[tokio::test]
async fn every_change_has_its_line_in_its_own_transaction() {
    let bank = Bank::new().await;
    live(&bank).await;
    let versions = "
        select kind, id, version, lines from (
            select 'operation' as kind, operation_id::text as id, version from operation
            union all select 'session', session_id::text, version from session
            union all select 'template', template_id::text, version from template) changed
        left join lateral (select count(*) as lines from outbox o
            where o.kind = changed.kind and o.entity_id = changed.id) told on true";
    let client = bank.db.client().await;
    let rows = client.query(versions, &[]).await.unwrap();
    assert!(rows.len() > 12, "{}", rows.len());
    for row in rows {
        let (kind, id): (&str, &str) = (row.get("kind"), row.get("id"));
        let (version, lines): (i64, i64) = (row.get("version"), row.get("lines"));
        assert_eq!(version, lines, "{kind} {id}: versions and lines");
    }
    // The row and the last line about it come from one transaction.
    let apart = |table: &str, id: &str, kind: &str| {
        format!(
            "select count(*) from {table} t where not exists (select 1 from outbox o
             where o.kind = '{kind}' and o.entity_id = t.{id}::text and o.xmin = t.xmin)"
        )
    };
    for (table, id, kind) in [
        ("operation", "operation_id", "operation"),
        ("session", "session_id", "session"),
        ("template", "template_id", "template"),
    ] {
        assert_eq!(bank.number(&apart(table, id, kind)).await, 0, "{table}");
    }
    // A new password and a new profile raise the version of the customer, one line each.
    let customer = "select version - 1 from customer where customer_id = 1";
    let told = "select count(*) from outbox where kind = 'customer'";
    assert_eq!(bank.number(customer).await, bank.number(told).await);
    let devices = "select count(*) from outbox where kind = 'device'";
    assert_eq!(bank.number(devices).await, 1);
}

#[tokio::test]
async fn lines_grow_and_the_last_one_is_the_row() {
    let bank = Bank::new().await;
    live(&bank).await;
    let falling = "
        select count(*) from (select order_key <= lag(order_key) over (
            partition by customer_id, kind, entity_id order by id) as falls from outbox) lines
        where falls";
    assert_eq!(bank.number(falling).await, 0, "the order key grows with every line");
    let after_final = "
        select count(*) from outbox a join outbox b
            on a.kind = b.kind and a.entity_id = b.entity_id and a.id < b.id
        where a.final";
    assert_eq!(bank.number(after_final).await, 0, "nothing comes after the end");
    let differs = "
        select count(*) from operation p
        join lateral (select * from outbox o where o.kind = 'operation'
            and o.entity_id = p.operation_id::text order by id desc limit 1) o on true
        where o.payload->>'state' <> p.state
            or o.payload->'intent' <> p.intent
            or coalesce(o.payload->'outcome', 'null') <> coalesce(p.outcome, 'null')
            or (o.payload->>'cancel_requested')::bool <> p.cancel_requested
            or (o.payload->>'parked')::bool <> p.parked
            or o.final <> (p.outcome is not null) or o.open = o.final
            or o.generation <> p.generation or o.home <> 'client-1'";
    assert_eq!(bank.number(differs).await, 0);
    let open = "
        select count(*) from operation p left join operation_token t using (operation_id)
        where (t.operation_id is null) <> (p.outcome is not null)";
    assert_eq!(bank.number(open).await, 0, "a token exactly as long as there is no outcome");
    let slices = "
        select count(*) from outbox o join customer c using (customer_id)
        where o.slice <> c.slice or o.home <> c.home";
    assert_eq!(bank.number(slices).await, 0);
    let secrets = "select count(*) from outbox where payload::text like '%correct horse%'";
    assert_eq!(bank.number(secrets).await, 0);
}

#[tokio::test]
async fn what_cannot_be_told_does_not_happen() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let waiting = taken(&anna, &to_boris("10.00")).await;
    let terms = waiting.intent["terms"].clone();
    let intent = anna.review(&own("11.00")).await;
    bank.sql("alter table outbox add constraint full_disk check (false) not valid").await;
    let before = bank.rows().await;
    let state = "select count(*) from operation where state = 'awaiting_confirmation'
        and version = 1 and not cancel_requested";
    let change = json!({ "current": PASSWORD, "new": "battery staple" });
    let profile = json!({
        "revision": 2, "login": "anna", "phone": ANNAS_PHONE, "name": "Anna Kim",
    });
    let replies = [
        anna.order(&new_key(), &intent).await,
        confirm(&bank, &anna, waiting.id).await,
        cancel(&anna, waiting.id).await,
        anna.post("/v1/templates", &json!({ "name": "x", "terms": terms })).await,
        anna.delete("/v1/sessions/current").await,
        anna.delete("/v1/sessions").await,
        anna.put("/v1/password", &change).await,
        process.service("router").put("/internal/v1/customers/1", &profile).await,
    ];
    for (n, reply) in replies.iter().enumerate() {
        let found = (reply.status.as_u16(), reply.code());
        assert_eq!(found, (500, "internal-error".to_owned()), "{n}");
        assert!(!reply.text.contains("full_disk"), "{n}: {}", reply.text);
    }
    assert_eq!(bank.number(state).await, 1);
    assert_eq!(bank.rows().await, before);
    assert!(bank.gateway.calls("execute").is_empty(), "nothing is sent before it is committed");
    bank.sql("alter table outbox drop constraint full_disk").await;
    assert_eq!(confirm(&bank, &anna, waiting.id).await.ok()["state"], "executed");
}
