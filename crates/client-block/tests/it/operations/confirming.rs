//! The code: wrong ones, late ones, new ones, none.

use serde_json::json;

use super::{becomes, cash, confirm, left, own, taken, to_boris};
use crate::bank::{ANNAS_PHONE, Bank};
use crate::stand_in::Act;

#[tokio::test]
async fn confirmed_twice_is_done_once() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &to_boris("10.00")).await;
    let (one, two) = tokio::join!(confirm(&bank, &anna, sent.id), confirm(&bank, &anna, sent.id));
    for reply in [one, two, confirm(&bank, &anna, sent.id).await] {
        let state = reply.ok()["state"].as_str().unwrap().to_owned();
        assert!(["pending", "executed"].contains(&state.as_str()), "{state}");
    }
    assert_eq!(bank.gateway.calls("execute").len(), 1);
    assert_eq!(bank.gateway.effects(sent.id), 1);
}

#[tokio::test]
async fn wrong_codes_count_down_and_withdraw_the_order() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let before = left(&bank);
    let sent = taken(&anna, &to_boris("10.00")).await;
    let right = bank.messages.code(ANNAS_PHONE);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let path = format!("/v1/operations/{}/confirmation", sent.id);
    for left in (0..5).rev() {
        let reply = anna.post(&path, &json!({ "code": wrong })).await;
        let problem = reply.problem();
        assert_eq!((problem.code.as_str(), problem.attempts_left), ("code-wrong", Some(left)));
    }
    let reply = anna.post(&path, &json!({ "code": right })).await;
    assert_eq!(reply.code(), "operation-not-awaiting", "guessing is over");
    let shown = anna.operation(&sent.id.to_string()).await;
    assert_eq!(
        (&shown["state"], &shown["shown"]),
        (&json!("awaiting_confirmation"), &json!("being_cancelled"))
    );
    process.start_worker();
    let shown = becomes(&bank, &anna, sent.id, "cancelled").await;
    assert_eq!(shown["shown"], "cancelled");
    let calls = bank.gateway.calls("void");
    assert_eq!(calls[0].body["cause"], "customer");
    assert!(bank.gateway.calls("execute").is_empty());
    assert_eq!(left(&bank), before);
}

#[tokio::test]
async fn a_code_fits_only_its_own_operation() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let one = taken(&anna, &to_boris("10.00")).await;
    let code = bank.messages.code(ANNAS_PHONE);
    // The very same terms under another key, and other terms.
    let key = super::new_key();
    let same = json!({ "intent": one.intent, "again": true });
    anna.send_order(&key, &same).await.ok();
    let twin = super::id_of(crate::bank::ANNA, &key);
    let twins = bank.messages.code(ANNAS_PHONE);
    let other = taken(&anna, &to_boris("20.00")).await;
    for (id, own) in [(twin, twins), (other.id, bank.messages.code(ANNAS_PHONE))] {
        // One time in a million they are the same.
        if own != code {
            let path = format!("/v1/operations/{id}/confirmation");
            assert_eq!(anna.post(&path, &json!({ "code": code })).await.code(), "code-wrong");
        }
    }
    let boris = bank.boris(&process).await;
    let path = format!("/v1/operations/{}/confirmation", one.id);
    let reply = boris.post(&path, &json!({ "code": code })).await;
    assert_eq!(reply.code(), "operation-unknown");
    let reply = anna.post(&path, &json!({ "code": format!(" {code} ") })).await;
    assert_eq!(reply.ok()["state"], "executed", "blanks around it are forgiven");
}

#[tokio::test]
async fn a_new_code_takes_the_place_of_the_old_one_within_bounds() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &to_boris("10.00")).await;
    let old = bank.messages.code(ANNAS_PHONE);
    let resend = format!("/v1/operations/{}/code", sent.id);
    let path = format!("/v1/operations/{}/confirmation", sent.id);
    let wrong = anna.post(&path, &json!({ "code": "x" })).await;
    assert_eq!(wrong.problem().attempts_left, Some(4));
    for _ in 0..4 {
        assert_eq!(anna.post(&resend, &json!({})).await.ok(), json!({ "sent": true }));
    }
    assert_eq!(anna.post(&resend, &json!({})).await.code(), "code-expired", "five are enough");
    assert_eq!(bank.messages.books().messages.len(), 5);
    if bank.messages.code(ANNAS_PHONE) != old {
        let reply = anna.post(&path, &json!({ "code": old })).await;
        assert_eq!(reply.problem().attempts_left, Some(3), "not renewed, and the old is void");
    }
    assert_eq!(confirm(&bank, &anna, sent.id).await.ok()["state"], "executed");
    assert_eq!(anna.post(&resend, &json!({})).await.code(), "operation-not-awaiting");
}

#[tokio::test]
async fn an_order_of_another_block_gets_a_code_of_this_one() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &to_boris("10.00")).await;
    // What a block adopts comes without the code that another one made.
    bank.sql("delete from confirmation").await;
    assert_eq!(confirm(&bank, &anna, sent.id).await.code(), "code-expired");
    let resend = format!("/v1/operations/{}/code", sent.id);
    anna.post(&resend, &json!({})).await.ok();
    let path = format!("/v1/operations/{}/confirmation", sent.id);
    let wrong = anna.post(&path, &json!({ "code": "x" })).await;
    assert_eq!(wrong.problem().attempts_left, Some(4));
    assert_eq!(confirm(&bank, &anna, sent.id).await.ok()["state"], "executed");
    assert_eq!(bank.gateway.effects(sent.id), 1);
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes_and_an_order_waits_for_fifteen() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = taken(&anna, &to_boris("10.00")).await;
    bank.clock.advance_ms(300_000);
    assert_eq!(confirm(&bank, &anna, sent.id).await.code(), "code-expired");
    let resend = format!("/v1/operations/{}/code", sent.id);
    anna.post(&resend, &json!({})).await.ok();
    bank.clock.advance_ms(299_999);
    assert_eq!(confirm(&bank, &anna, sent.id).await.ok()["state"], "executed");

    let anna = bank.anna(&process).await;
    let late = taken(&anna, &to_boris("20.00")).await;
    process.start_worker();
    bank.clock.advance_ms(840_000);
    assert_eq!(anna.operation(&late.id.to_string()).await["state"], "awaiting_confirmation");
    assert!(bank.gateway.calls("void").is_empty(), "not before its time");
    bank.clock.advance_ms(60_001);
    let reply = confirm(&bank, &anna, late.id).await;
    assert_eq!(reply.code(), "operation-not-awaiting");
    becomes(&bank, &anna, late.id, "cancelled").await;
    assert_eq!(bank.gateway.calls("void")[0].body["cause"], "unconfirmed");
    assert_eq!(bank.gateway.effects(late.id), 0);
}

#[tokio::test]
async fn without_the_message_system_the_order_waits_for_its_code() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    bank.messages.go_away().await;
    let sent = taken(&anna, &to_boris("10.00")).await;
    assert_eq!(sent.reply.json()["code_sent"], false);
    bank.messages.come_back().await;
    let resend = format!("/v1/operations/{}/code", sent.id);
    assert_eq!(anna.post(&resend, &json!({})).await.ok(), json!({ "sent": true }));
    assert_eq!(confirm(&bank, &anna, sent.id).await.ok()["state"], "executed");
}

#[tokio::test]
async fn risk_may_ask_for_a_code_or_refuse() {
    use common::wire::gateway::RiskDecision;
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    bank.gateway.books().risk = Some(RiskDecision::StepUp);
    let sent = taken(&anna, &own("10.00")).await;
    assert_eq!(sent.reply.json()["state"], "awaiting_confirmation");
    assert_eq!(confirm(&bank, &anna, sent.id).await.ok()["state"], "executed");
    bank.gateway.books().risk = Some(RiskDecision::Refuse);
    let sent = super::send(&anna, &own("20.00")).await;
    assert_eq!((sent.reply.status.as_u16(), sent.reply.code().as_str()), (403, "risk-refused"));
    assert_eq!(bank.number("select count(*) from operation").await, 1);

    // What each kind does while risk is away.
    bank.gateway.always("risk/decisions", Act::Break);
    for (draft, state) in [
        (own("30.00"), "executed"),
        (super::freeze(), "executed"),
        (to_boris("30.00"), "awaiting_confirmation"),
    ] {
        let sent = taken(&anna, &draft).await;
        assert_eq!(sent.reply.json()["state"], state, "{draft}");
    }
    let refused = super::send(&anna, &cash("500.00")).await.reply;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "not-available-now"));
}
