//! Every kind of operation goes the whole way.

use common::operation::OperationKind;
use serde_json::{Value, json};

use super::{cash, confirm, dollars, first, freeze, left, own, rub, send, to_boris};
use crate::bank::{ANNAS_PHONE, Bank};

struct Row {
    draft: Value,
    /// A code is asked for.
    code: bool,
    /// The most that may be debited, in kopecks.
    most: Option<&'static str>,
    /// What the message with the code says.
    says: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |draft, code, most, says| Row { draft, code, most, says };
    let bill = json!({
        "kind": "bill_payment", "from_account": first(), "biller_id": "b-1",
        "reference": "0123456789", "amount": rub("200.00"),
    });
    let top_up = json!({
        "kind": "mobile_topup", "from_account": first(), "phone": "+79001112233",
        "amount": rub("150.00"),
    });
    let exchange = json!({
        "kind": "currency_exchange", "from_account": first(), "to_account": dollars(),
        "sell": rub("1000.00"), "tolerance_bp": 50,
    });
    let deposit = json!({
        "kind": "deposit_open", "from_account": first(), "product_id": "d-1",
        "amount": rub("3000.00"), "term_months": 6,
    });
    let unfreeze = json!({ "kind": "card_unfreeze", "card_id": "card-anna" });
    vec![
        row(own("10.00"), false, Some("10.00"), ""),
        row(
            to_boris("100.00"),
            true,
            Some("101.00"),
            "Transfer of 100.00 RUB to Boris K., account •• 0201. At most 101.00 RUB",
        ),
        row(bill, true, Some("201.00"), "Payment of 200.00 RUB to Electricity"),
        row(top_up, true, Some("150.00"), "for the phone •• 2233"),
        row(exchange, false, Some("1000.00"), ""),
        row(deposit, false, Some("3000.00"), ""),
        row(freeze(), false, None, ""),
        row(unfreeze, true, None, "Using a frozen card again. Code"),
        row(cash("500.00"), true, Some("500.00"), "Cash code for 500.00 RUB"),
    ]
}

#[tokio::test]
async fn every_kind_goes_from_review_to_outcome() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let rows = rows();
    let kinds = rows.iter().map(|row| row.draft["kind"].as_str().unwrap());
    let all = OperationKind::ALL.iter().map(|kind| kind.as_str());
    assert_eq!(kinds.collect::<Vec<_>>(), all.collect::<Vec<_>>());
    for row in rows {
        let kind = row.draft["kind"].as_str().unwrap().to_owned();
        let before = left(&bank);
        let review = anna.post("/v1/operations/review", &row.draft).await.ok();
        let most = row.most.map_or(Value::Null, rub);
        assert_eq!(review["most"], most, "{kind}");
        assert_eq!(review["code_needed"], row.code, "{kind}");
        assert_eq!(review["deferrable"], kind != "cash_code", "{kind}");

        let sent = send(&anna, &row.draft).await;
        assert_eq!(sent.reply.status, 201, "{kind}: {}", sent.reply.text);
        let mut shown = sent.reply.json();
        assert_eq!(shown["operation_id"], sent.id.to_string(), "{kind}");
        if row.code {
            assert_eq!(shown["state"], "awaiting_confirmation", "{kind}");
            assert_eq!(shown["code_sent"], true, "{kind}");
            assert_eq!(bank.gateway.effects(sent.id), 0, "{kind}: not before the code");
            let text = last_message(&bank);
            assert!(text.contains(row.says), "{kind}: {text}");
            shown = confirm(&bank, &anna, sent.id).await.ok();
        }
        assert_eq!(shown["state"], "executed", "{kind}: {shown}");
        assert_eq!(shown["shown"], "done", "{kind}");
        assert_eq!(shown["durability"], "accepted", "{kind}");
        assert_eq!(shown["iso_status"], "ACSC", "{kind}");
        assert_eq!(shown["cancellable"], false, "{kind}");
        assert_eq!(shown["intent"], sent.intent, "{kind}: exactly what was confirmed");
        assert_eq!(shown["effect"]["reference"], format!("R-{}", sent.id), "{kind}");
        assert_eq!(bank.gateway.effects(sent.id), 1, "{kind}");
        let taken = row.most.map_or(0, minor);
        assert_eq!(left(&bank), before - taken, "{kind}");
        assert_eq!(anna.operation(&sent.id.to_string()).await, shown, "{kind}");
    }
    assert_eq!(bank.number("select count(*) from operation_token").await, 0);
    assert_eq!(bank.number("select count(*) from confirmation").await, 0);
}

#[tokio::test]
async fn the_code_for_cash_is_asked_for_each_time_and_kept_nowhere() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let sent = super::taken(&anna, &cash("500.00")).await;
    let path = format!("/v1/operations/{}/cash-code", sent.id);
    assert_eq!(anna.get(&path).await.code(), "nothing-to-show", "not confirmed yet");
    confirm(&bank, &anna, sent.id).await.ok();
    for _ in 0..2 {
        assert_eq!(anna.get(&path).await.ok()["code"], "12345678");
    }
    let asked = bank.gateway.calls(&format!("operations/{}/cash-code", sent.id));
    assert_eq!(asked.len(), 2);
    let kept = "select count(*) from operation where outcome::text like '%12345678%'";
    assert_eq!(bank.number(kept).await, 0);
    bank.gateway.go_away().await;
    assert_eq!(anna.get(&path).await.code(), "back-office-unavailable");

    let other = super::taken(&anna, &own("1.00")).await;
    let path = format!("/v1/operations/{}/cash-code", other.id);
    assert_eq!(anna.get(&path).await.code(), "nothing-to-show", "no cash");
}

fn minor(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap()
}

fn last_message(bank: &Bank) -> String {
    let books = bank.messages.books();
    let last = books.messages.last().unwrap();
    assert_eq!(last.phone.as_str(), ANNAS_PHONE);
    last.text.clone()
}
