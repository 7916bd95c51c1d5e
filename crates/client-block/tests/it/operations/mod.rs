//! Operations: from the review to the outcome.

mod acceptance;
mod answering;
mod cancelling;
mod catch_up;
mod confirming;
mod idempotency;
mod kinds;
mod looking_again;
mod refusals;
mod reviews;
mod withdrawing;

use common::{Currency, CustomerId, OperationId};
use platform::random;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::bank::{ANNA, ANNAS_PHONE, BORIS_PHONE, Bank, account};
use crate::client::{Client, Reply};

pub(crate) fn rub(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "RUB" })
}

/// Anna's accounts.
pub(crate) fn first() -> String {
    account(ANNA, Currency::Rub, 1)
}

pub(crate) fn second() -> String {
    account(ANNA, Currency::Rub, 2)
}

pub(crate) fn dollars() -> String {
    account(ANNA, Currency::Usd, 1)
}

/// Between Anna's own accounts: no code, may wait.
pub(crate) fn own(amount: &str) -> Value {
    json!({
        "kind": "own_transfer", "from_account": first(), "to_account": second(),
        "amount": rub(amount),
    })
}

/// To Boris, found by his phone: with a code, may wait.
pub(crate) fn to_boris(amount: &str) -> Value {
    json!({
        "kind": "customer_transfer", "from_account": first(), "amount": rub(amount),
        "payee": { "phone": BORIS_PHONE }, "message": "for lunch",
    })
}

/// Cash: with a code, may not wait.
pub(crate) fn cash(amount: &str) -> Value {
    json!({ "kind": "cash_code", "from_account": first(), "amount": rub(amount) })
}

pub(crate) fn freeze() -> Value {
    json!({ "kind": "card_freeze", "card_id": "card-anna" })
}

pub(crate) fn new_key() -> String {
    random::uuid().to_string()
}

pub(crate) fn id_of(customer: CustomerId, key: &str) -> OperationId {
    OperationId::derive(customer, key)
}

/// An order of Anna's, reviewed and sent under a new key.
pub(crate) struct Sent {
    pub(crate) key: String,
    pub(crate) id: OperationId,
    pub(crate) intent: Value,
    pub(crate) reply: Reply,
}

pub(crate) async fn send(anna: &Client, draft: &Value) -> Sent {
    let intent = anna.review(draft).await;
    let key = new_key();
    let reply = anna.order(&key, &intent).await;
    let id = id_of(ANNA, &key);
    Sent { key, id, intent, reply }
}

/// An order that was taken in.
pub(crate) async fn taken(anna: &Client, draft: &Value) -> Sent {
    let sent = send(anna, draft).await;
    assert_eq!(sent.reply.status, 201, "{}", sent.reply.text);
    sent
}

/// Answers with the code that Anna was sent last.
pub(crate) async fn confirm(bank: &Bank, anna: &Client, id: OperationId) -> Reply {
    let code = json!({ "code": bank.messages.code(ANNAS_PHONE) });
    anna.post(&format!("/v1/operations/{id}/confirmation"), &code).await
}

pub(crate) async fn cancel(anna: &Client, id: OperationId) -> Reply {
    anna.post(&format!("/v1/operations/{id}/cancellation"), &json!({})).await
}

/// Cancels what was, or may have been, ordered under a key.
pub(crate) async fn withdraw(anna: &Client, key: &str, intent: &Value) -> Reply {
    let request = anna.request(Method::POST, "/v1/operations/cancellation");
    request.header("idempotency-key", key).json(&json!({ "intent": intent })).send().await
}

/// Waits until a worker has brought the operation to `state`; the clock is moved along, because
/// the pauses between attempts are measured by it.
pub(crate) async fn becomes(bank: &Bank, anna: &Client, id: OperationId, state: &str) -> Value {
    let path = id.to_string();
    eventually(&format!("{id} is {state}"), || async {
        bank.clock.advance_ms(500);
        anna.operation(&path).await["state"] == state
    })
    .await;
    anna.operation(&path).await
}

/// What the stand-in for the ledger says is left on Anna's first account, in kopecks.
pub(crate) fn left(bank: &Bank) -> i64 {
    let books = bank.gateway.books();
    let first = first();
    let own = books.accounts[&ANNA].iter().find(|own| own.account.as_str() == first);
    own.unwrap().balance.minor()
}
