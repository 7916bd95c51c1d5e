//! Orders of a simulated customer: reviewed, kept under their key before the first send, sent and
//! repeated under the same key, confirmed with a code where one is asked for, and looked at until
//! their end is known (`web/api-client/src/orders.ts`).

use common::OperationId;
use platform::random;
use serde_json::{Value, json};

use super::bank::Bank;
use super::customer::{Body, Call, Customer, GaveUp};
use super::next::Because;
use super::promises::{Told, What};
use crate::failure::Result;

/// An order whose end is not known.
#[derive(Clone, Debug)]
pub(super) struct Order {
    key: String,
    operation_id: OperationId,
    body: String,
    /// The bank has answered to it.
    received: bool,
    /// What the customer was told last.
    told: Option<Told>,
}

/// How a step went: a customer's trouble, or one of this program.
pub(super) type Stepped = Result<std::result::Result<(), GaveUp>>;

macro_rules! given {
    ($outcome:expr) => {
        match $outcome {
            Ok(value) => value,
            Err(gave_up) => return Ok(Err(gave_up)),
        }
    };
}

impl Customer {
    /// A new order, or the next step of the one that is under way.
    pub(super) async fn order(&self, bank: &Bank, payee: &str, nth: u64) -> Stepped {
        if self.known().order.is_some() {
            return self.follow(bank).await;
        }
        let draft = given!(self.draft(bank, payee, nth).await);
        let Some(draft) = draft else { return Ok(Ok(())) };
        let review = post("review", "/v1/operations/review", &draft);
        let review = given!(self.call(bank, &review).await);
        let review: Value = serde_json::from_str(&review.body).unwrap_or_default();
        self.keep(bank, &review["intent"])?;
        self.send_order(bank).await
    }

    /// Looks what became of the order, or sends it again.
    pub(super) async fn follow(&self, bank: &Bank) -> Stepped {
        let Some(order) = self.known().order.clone() else { return Ok(Ok(())) };
        if !order.received {
            return self.send_order(bank).await;
        }
        let path = format!("/v1/operations/{}", order.operation_id.0);
        let reply = given!(self.call(bank, &get("operation", path)).await);
        let view: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        self.told(bank, &order, &view)?;
        if view["state"] == "awaiting_confirmation" {
            let path = format!("/v1/operations/{}/code", order.operation_id.0);
            let again = Call { once: true, ..post_nothing("code", path) };
            given!(self.call(bank, &again).await);
            return self.confirm(bank, &order).await;
        }
        Ok(Ok(()))
    }

    async fn draft(
        &self,
        bank: &Bank,
        payee: &str,
        nth: u64,
    ) -> std::result::Result<Option<Value>, GaveUp> {
        if self.known().accounts.is_empty() {
            let reply = self.call(bank, &get("accounts", "/v1/accounts".to_owned())).await?;
            let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
            let accounts = body["items"].as_array().cloned().unwrap_or_default();
            let known = |one: &Value| {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                Some((text(&one["account"])?, text(&one["balance"]["currency"])?))
            };
            self.known().accounts = accounts.iter().filter_map(known).collect();
        }
        let roubles: Vec<String> = {
            let known = self.known();
            let own = known.accounts.iter().filter(|(_, currency)| currency == "RUB");
            own.map(|(account, _)| account.clone()).collect()
        };
        // Every order has an amount of its own, so that none looks like another.
        let minor = 100 + nth % 9_000;
        let amount = json!({
            "amount": format!("{}.{:02}", minor / 100, minor % 100),
            "currency": "RUB",
        });
        let Some(from) = roubles.first() else { return Ok(None) };
        let other = roubles.get(1).filter(|_| !nth.is_multiple_of(4));
        Ok(Some(match other {
            Some(to) if nth.is_multiple_of(2) => json!({
                "kind": "own_transfer", "from_account": from, "to_account": to, "amount": amount,
            }),
            Some(to) => json!({
                "kind": "own_transfer", "from_account": to, "to_account": from, "amount": amount,
            }),
            None => json!({
                "kind": "customer_transfer", "from_account": from, "amount": amount,
                "payee": { "phone": payee },
            }),
        }))
    }

    /// Key and payload are written down before anything is sent.
    fn keep(&self, bank: &Bank, intent: &Value) -> Result<()> {
        let key = random::uuid().to_string();
        let operation_id = OperationId::derive(self.customer_id, &key);
        let terms = &intent["terms"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let payee = match &terms["to_account"] {
            Value::Null => text(&terms["payee"]["account"]),
            account => text(account),
        };
        let digits = text(&terms["amount"]["amount"]).replace('.', "");
        bank.promise(
            self.customer_id,
            What::Kept {
                key: key.clone(),
                operation_id,
                kind: text(&terms["kind"]),
                amount_minor: digits.parse().unwrap_or_default(),
                currency: text(&terms["amount"]["currency"]),
                from: text(&terms["from_account"]),
                payee,
            },
        )?;
        let body = json!({ "intent": intent }).to_string();
        self.known().order = Some(Order { key, operation_id, body, received: false, told: None });
        Ok(())
    }

    async fn send_order(&self, bank: &Bank) -> Stepped {
        let Some(order) = self.known().order.clone() else { return Ok(Ok(())) };
        let call = Call {
            kind: "order",
            method: "POST",
            path: "/v1/operations".to_owned(),
            body: Body::Json(order.body.clone()),
            key: Some(order.key.clone()),
            once: false,
        };
        let reply = match self.call(bank, &call).await {
            Ok(reply) => reply,
            Err(gave_up) => return self.order_failed(bank, &order, gave_up),
        };
        let view: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        if let Some(order) = &mut self.known().order {
            order.received = true;
        }
        self.told(bank, &order, &view)?;
        if view["state"] == "awaiting_confirmation" {
            return self.confirm(bank, &order).await;
        }
        Ok(Ok(()))
    }

    /// Did the bank say no, so that nothing is left to find out? Otherwise the order stays kept and
    /// is sent again under the same key. A look-alike is meant.
    fn order_failed(&self, bank: &Bank, order: &Order, gave_up: GaveUp) -> Stepped {
        let says_no = matches!(gave_up.because, Because::Ask | Because::Stop);
        if gave_up.code == "looks-alike" {
            if let Some(order) = &mut self.known().order {
                order.body = order.body.replacen('{', "{\"again\":true,", 1);
            }
        } else if says_no {
            self.note(bank, order, Told::Refused, None)?;
            self.known().order = None;
        }
        Ok(Err(gave_up))
    }

    async fn confirm(&self, bank: &Bank, order: &Order) -> Stepped {
        let Some(code) = bank.code_for(&self.login.phone).await else {
            return Ok(Err(GaveUp { because: Because::Ask, code: "no code came".to_owned() }));
        };
        let path = format!("/v1/operations/{}/confirmation", order.operation_id.0);
        let reply = given!(self.call(bank, &post("confirm", path, &json!({ "code": code }))).await);
        let view: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        self.told(bank, order, &view)?;
        Ok(Ok(()))
    }

    /// Notes what a view says, if it says more than the last one; forgets an order that has ended.
    fn told(&self, bank: &Bank, order: &Order, view: &Value) -> Result<()> {
        let state = view["state"].as_str().unwrap_or_default();
        let told = match state {
            "executed" => Told::Done,
            "rejected" | "cancelled" | "expired" => Told::NotDone,
            _ if view["durability"] == "accepted" => Told::Accepted,
            _ => Told::Saved,
        };
        let ended = matches!(told, Told::Done | Told::NotDone);
        let before = self.known().order.as_ref().and_then(|order| order.told);
        if before != Some(told) {
            self.note(bank, order, told, Some(state.to_owned()))?;
        }
        let mut known = self.known();
        if ended {
            known.order = None;
        } else if let Some(order) = &mut known.order {
            order.told = Some(told);
        }
        Ok(())
    }

    fn note(&self, bank: &Bank, order: &Order, told: Told, state: Option<String>) -> Result<()> {
        bank.figures.order(match told {
            Told::Saved => "saved",
            Told::Accepted => "accepted",
            Told::Done => "done",
            Told::NotDone => "not done",
            Told::Refused => "refused",
        });
        let block = self.block().unwrap_or_default();
        let operation_id = order.operation_id;
        bank.promise(self.customer_id, What::Told { operation_id, told, state, block })
    }
}

/// A call that only reads.
pub(super) fn get(kind: &'static str, path: String) -> Call {
    Call { kind, method: "GET", path, ..Call::default() }
}

pub(super) fn post(kind: &'static str, path: impl Into<String>, body: &Value) -> Call {
    let body = Body::Json(body.to_string());
    Call { kind, method: "POST", path: path.into(), body, ..Call::default() }
}

fn post_nothing(kind: &'static str, path: String) -> Call {
    Call { kind, method: "POST", path, ..Call::default() }
}
