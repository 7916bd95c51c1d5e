//! What cannot be done at once: left for catch-up, done once, never concluded by the block itself.

use common::OperationId;
use common::gateway::Answer;
use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::eventually;

use super::{becomes, cash, confirm, left, own, send, taken, to_boris};
use crate::bank::{Bank, Process};
use crate::client::Client;
use crate::stand_in::Act;

/// Reviews while the back office is there, orders while it is away.
async fn order_while_away(bank: &Bank, anna: &Client, drafts: &[Value]) -> Vec<super::Sent> {
    let mut intents = Vec::new();
    for draft in drafts {
        intents.push(anna.review(draft).await);
    }
    bank.gateway.go_away().await;
    let mut all = Vec::new();
    for intent in intents {
        let key = super::new_key();
        let reply = anna.order(&key, &intent).await;
        let id = super::id_of(crate::bank::ANNA, &key);
        all.push(super::Sent { key, id, intent, reply });
    }
    all
}

#[tokio::test]
async fn with_the_back_office_away_orders_are_received_and_done_later_once() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let before = left(&bank);
    let drafts = [own("10.00"), super::freeze(), to_boris("20.00"), cash("500.00")];
    let sent = order_while_away(&bank, &anna, &drafts).await;
    for sent in &sent[..2] {
        let shown = sent.reply.ok();
        assert_eq!(sent.reply.status, 201);
        assert_eq!(shown["state"], "pending");
        assert_eq!(shown["durability"], "saved");
        assert_eq!(shown["shown"], "received");
        assert_eq!(shown["iso_status"], "PDNG");
        assert_eq!(shown["cancellable"], true);
    }
    assert_eq!(sent[2].reply.ok()["state"], "awaiting_confirmation");
    let confirmed = confirm(&bank, &anna, sent[2].id).await.ok();
    assert_eq!((&confirmed["state"], &confirmed["shown"]), (&json!("pending"), &json!("received")));
    assert_eq!(sent[3].reply.code(), "not-available-now", "cash may not wait");
    assert_eq!(bank.number("select count(*) from operation").await, 3);

    process.start_worker();
    eventually("catch-up has tried in vain", || async {
        bank.clock.advance_ms(500);
        bank.number("select count(*) from operation_token where attempt > 2").await == 3
    })
    .await;
    assert_eq!(anna.operation(&sent[0].id.to_string()).await["state"], "pending");
    bank.gateway.come_back().await;
    for sent in &sent[..3] {
        let shown = becomes(&bank, &anna, sent.id, "executed").await;
        assert_eq!(shown["durability"], "accepted");
        assert_eq!(bank.gateway.effects(sent.id), 1);
    }
    assert_eq!(left(&bank), before - 1_000 - 2_020);
    assert_eq!(bank.number("select count(*) from operation_token").await, 0);
}

#[tokio::test]
async fn while_the_back_office_rests_orders_are_one_commit_and_it_is_not_asked() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.rpc.rest_ms = 3_600_000).await;
    let anna = bank.anna(&process).await;
    let drafts = [own("10.00"), own("11.00"), own("12.00")];
    let sent = order_while_away(&bank, &anna, &drafts).await;
    assert!(process.block.gateway.rests());
    for sent in &sent {
        assert_eq!(sent.reply.status, 201, "{}", sent.reply.text);
        assert_eq!(sent.reply.json()["state"], "pending");
    }
    // Written once each (the first has found it away before it was stored), claimed by nobody.
    let untouched = "select count(*) from operation where version = 1 and xmin in
        (select xmin from operation_token where claimant is null and attempt = 0)";
    assert_eq!(bank.number(untouched).await, 3);
    // What the store sees by itself: the same order again, another one like it, another payload.
    let again = anna.order(&sent[1].key, &sent[1].intent).await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (200, "true"));
    let twin = anna.order(&super::new_key(), &sent[1].intent).await;
    assert_eq!((twin.status.as_u16(), twin.code().as_str()), (409, "looks-alike"));
    let other = anna.order(&sent[1].key, &sent[2].intent).await;
    assert_eq!(other.code(), "idempotency-mismatch");
    assert_eq!(bank.number("select count(*) from operation").await, 3);
    // It is back, and this process leaves it alone still.
    bank.gateway.come_back().await;
    let draft = own("13.00");
    let intent = json!({ "terms": draft, "valid_until": bank.clock.now().plus_s(3_600) });
    let late = anna.order(&super::new_key(), &intent).await;
    assert_eq!((late.status.as_u16(), &late.json()["state"]), (201, &json!("pending")));
    assert!(bank.gateway.calls("execute").is_empty());
    // Another one, whose worker has not found it away, does them all, once.
    let other = bank.process().await;
    other.start_worker();
    for sent in &sent {
        becomes(&bank, &anna, sent.id, "executed").await;
        assert_eq!(bank.gateway.effects(sent.id), 1);
    }
}

#[tokio::test]
async fn cash_that_was_not_done_at_once_is_voided() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let before = left(&bank);
    let sent = taken(&anna, &cash("500.00")).await;
    bank.gateway.go_away().await;
    let shown = confirm(&bank, &anna, sent.id).await.ok();
    assert_eq!(shown["state"], "pending");
    bank.gateway.come_back().await;
    process.start_worker();
    becomes(&bank, &anna, sent.id, "cancelled").await;
    let void = &bank.gateway.calls("void")[0];
    assert_eq!(void.body["cause"], "not_deferrable");
    assert!(bank.gateway.calls("execute").is_empty());
    assert_eq!(left(&bank), before);
}

#[tokio::test]
async fn in_progress_is_asked_again_under_the_same_id_and_becomes_doubtful() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    bank.gateway.always("execute", Act::Say(Answer::InProgress));
    let sent = send(&anna, &own("10.00")).await;
    let shown = sent.reply.ok();
    assert_eq!((&shown["state"], &shown["shown"]), (&json!("sent"), &json!("in_progress")));
    assert_eq!(shown["iso_status"], "ACSP");
    process.start_worker();
    eventually("it is asked again", || async {
        bank.clock.advance_ms(500);
        bank.gateway.calls("execute").len() >= 3
    })
    .await;
    bank.clock.advance_ms(61_000);
    eventually("it is in doubt", || async {
        bank.clock.advance_ms(500);
        anna.operation(&sent.id.to_string()).await["shown"] == "being_checked"
    })
    .await;
    let calls = bank.gateway.calls("execute");
    assert!(calls.iter().all(|call| call.body == calls[0].body), "byte for byte the same");
    assert_eq!(calls[0].body["intent"], sent.intent);
    bank.gateway.always("execute", Act::Work);
    let shown = becomes(&bank, &anna, sent.id, "executed").await;
    assert_eq!(shown["shown"], "done");
    assert_eq!(bank.gateway.effects(sent.id), 1);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_nothing_is_done_twice() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.gateway.execute_ms = 200).await;
    let anna = bank.anna(&process).await;
    let before = left(&bank);
    for (n, act) in [Act::WorkThenHang, Act::Hang, Act::Break].into_iter().enumerate() {
        bank.gateway.next("execute", act);
        let sent = send(&anna, &own(&format!("1{n}.00"))).await;
        let shown = sent.reply.ok();
        assert_eq!(shown["state"], "sent", "it may have been done");
    }
    process.start_worker();
    let all = "select count(*) from operation where state = 'executed'";
    eventually("all are executed", || async {
        bank.clock.advance_ms(500);
        bank.number(all).await == 3
    })
    .await;
    assert_eq!(left(&bank), before - 1_000 - 1_100 - 1_200);
    assert!(bank.gateway.books().effects.values().all(|effects| *effects == 1));
}

#[tokio::test]
async fn another_intent_under_the_id_is_parked_and_stays_counted() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    bank.gateway.always("execute", Act::Say(Answer::PayloadMismatch));
    let sent = send(&anna, &own("10.00")).await;
    let shown = sent.reply.ok();
    assert_eq!(shown["state"], "pending", "no end without an outcome of the gateway");
    assert_eq!(shown["shown"], "under_investigation");
    process.start_worker();
    bank.clock.advance_ms(120_000);
    let other = send(&anna, &own("11.00")).await;
    assert_eq!(other.reply.ok()["shown"], "under_investigation");
    assert_eq!(bank.gateway.calls("execute").len(), 2, "a parked one is left alone");
    let accounts = anna.get("/v1/accounts").await.ok();
    assert_eq!(accounts["items"][0]["balance"]["amount"], "10000.00");
    assert_eq!(accounts["items"][0]["available"]["amount"], "9979.00");

    // The customer's wish to cancel it is noted, and wakes nobody either.
    let shown = super::cancel(&anna, sent.id).await.ok();
    assert_eq!(shown["shown"], "under_investigation");
    let idle = "select count(*) from operation_token where due_at < now() + interval '5 years'";
    eventually("its token rests again", || async {
        bank.clock.advance_ms(500);
        bank.number(idle).await == 0
    })
    .await;
    assert!(bank.gateway.calls("void").is_empty());
}

#[tokio::test]
async fn a_dead_workers_claim_lapses() {
    let bank = Bank::new().await;
    let (dying, living) = (bank.process().await, bank.process().await);
    let anna = bank.anna(&living).await;
    let intent = anna.review(&own("10.00")).await;
    bank.gateway.next("execute", Act::Hang);
    let client = bank.anna(&dying).await;
    let key = super::new_key();
    let id = super::id_of(crate::bank::ANNA, &key);
    {
        let order = client.order(&key, &intent);
        let dies = eventually("it is with the back office", || async {
            !bank.gateway.calls("execute").is_empty()
        });
        tokio::select! {
            _ = order => panic!("the back office hangs"),
            () = dies => {}
        }
    }
    // The request is gone with its connection; its claim is not. Another order, which is nobody's,
    // shows that the worker comes round.
    bank.gateway.next("execute", Act::Say(Answer::InProgress));
    let other = taken(&anna, &own("11.00")).await;
    living.start_worker();
    bank.clock.advance_ms(29_000);
    becomes_without_time(&bank, &anna, other.id, "executed").await;
    let of_first = || {
        let calls = bank.gateway.calls("execute");
        let id = json!(id);
        calls.iter().filter(|call| call.body["operation_id"] == id).count()
    };
    assert_eq!(of_first(), 1, "the claim holds for thirty seconds");
    bank.clock.advance_ms(2_000);
    becomes(&bank, &anna, id, "executed").await;
    assert_eq!((of_first(), bank.gateway.effects(id)), (2, 1));
}

async fn becomes_without_time(bank: &Bank, anna: &Client, id: OperationId, state: &str) {
    let path = id.to_string();
    eventually(&format!("{id} is {state} at {}", bank.clock.now()), || async {
        anna.operation(&path).await["state"] == state
    })
    .await;
}

#[tokio::test]
async fn several_workers_hand_each_operation_over_once() {
    let bank = Bank::new().await;
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(bank.process_with(|config| config.catch_up.batch = 7).await);
    }
    let anna = bank.anna(&processes[0]).await;
    let drafts: Vec<Value> = (1..=40).map(|n| own(&format!("{n}.00"))).collect();
    let sent = order_while_away(&bank, &anna, &drafts).await;
    assert!(sent.iter().all(|sent| sent.reply.status == 201));
    bank.gateway.come_back().await;
    bank.clock.advance_ms(10_000);
    for process in &processes {
        process.start_worker();
    }
    let open = "select count(*) from operation where state <> 'executed'";
    eventually("all are executed", || async { bank.number(open).await == 0 }).await;
    let calls = bank.gateway.calls("execute");
    assert_eq!(calls.len(), 40, "each was handed over once");
    assert!(bank.gateway.books().effects.values().all(|effects| *effects == 1));
    join_all(processes.iter().map(Process::stop)).await;
}

#[tokio::test]
async fn card_freezes_go_first() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| {
        config.catch_up.at_once = 1;
        config.catch_up.batch = 1;
    });
    let process = process.await;
    let anna = bank.anna(&process).await;
    let drafts = [own("1.00"), own("2.00"), super::freeze()];
    order_while_away(&bank, &anna, &drafts).await;
    bank.gateway.come_back().await;
    bank.clock.advance_ms(10_000);
    process.start_worker();
    eventually("all are handed over", || async { bank.gateway.calls("execute").len() == 3 }).await;
    let first = &bank.gateway.calls("execute")[0];
    assert_eq!(first.body["intent"]["terms"]["kind"], "card_freeze");
}

#[tokio::test]
async fn what_was_not_begun_in_time_is_expired_by_the_gateway_only() {
    let bank = Bank::new().await;
    let process = bank.process_with(|config| config.sessions.idle_s = 40_000_000).await;
    let anna = bank.anna(&process).await;
    let sent = order_while_away(&bank, &anna, &[own("10.00")]).await;
    bank.clock.advance_ms(25 * 3_600_000);
    process.start_worker();
    let token = "select count(*) from operation_token where attempt > 1";
    eventually("catch-up has tried", || async { bank.number(token).await == 1 }).await;
    let state = "select count(*) from operation where state = 'pending'";
    assert_eq!(bank.number(state).await, 1, "late, but nobody has said so");
    bank.gateway.come_back().await;
    let expired = "select count(*) from operation where state = 'expired'";
    eventually("the gateway says so", || async {
        bank.clock.advance_ms(500);
        bank.number(expired).await == 1
    })
    .await;
    assert_eq!(bank.gateway.effects(sent[0].id), 0);
}
