//! The contract between the gateway and the foreign systems: those that do not share the
//! gateway's transaction (protocol §5).
//!
//! Every order carries its operation id, and a system deduplicates by it: the same id with the
//! same order gets the stored answer, another order under the same id the problem
//! `idempotency-mismatch`. Without that the gateway could not ask again after a crash.

use common::money::Money;
use common::operation::RejectReason;
use common::{AccountNumber, CustomerId, OperationId, Phone, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Where orders are placed; `POST` [`PlaceOrder`], answered with [`OrderAnswer`].
pub const ORDERS: &str = "/v1/orders";

/// Where an order is checked without effect; `POST` [`CheckOrder`], answered with [`CheckAnswer`].
pub fn check_path(operation: OperationId) -> String {
    format!("{ORDERS}/{operation}/check")
}

/// Where a system lists what a customer has; `GET`, answered with [`CustomerItems`].
pub fn items_path(customer: CustomerId) -> String {
    format!("/v1/customers/{customer}/items")
}

/// Where the cash system shows a code; `GET` with `?customer_id=`, answered with
/// [`common::wire::gateway::CashCodeShown`].
pub fn code_path(operation: OperationId) -> String {
    format!("/v1/codes/{operation}")
}

/// Where the cash system closes a code whose time has passed; `POST` without a meaning in its
/// body (`{}`), answered with [`CodeEnd`]; idempotent.
pub fn close_path(operation: OperationId) -> String {
    format!("/v1/codes/{operation}/close")
}

/// An order to a foreign system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// By which the system deduplicates.
    pub operation_id: OperationId,
    /// Who ordered.
    pub customer_id: CustomerId,
    /// What.
    pub order: Order,
}

/// What is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Cards: freeze a card.
    CardFreeze {
        /// Which of the customer's.
        card_id: String,
    },
    /// Cards: use a frozen card again.
    CardUnfreeze {
        /// Which of the customer's.
        card_id: String,
    },
    /// Deposits: open one. The gateway holds the money.
    DepositOpen {
        /// The product in the reference data.
        product_id: String,
        /// How much is put in.
        amount: Money,
        /// Yearly interest in basis points.
        rate_bp: u32,
        /// For how many months.
        term_months: u32,
        /// Where the money comes from, and goes back to at the end.
        from_account: AccountNumber,
    },
    /// Billers: pay a bill. The gateway holds the money.
    BillPayment {
        /// The biller in the reference data.
        biller_id: String,
        /// The customer's number there.
        reference: String,
        /// How much the biller gets.
        amount: Money,
    },
    /// Top-up: raise a phone's balance. The gateway holds the money.
    MobileTopup {
        /// Whose.
        phone: Phone,
        /// By how much.
        amount: Money,
    },
    /// Cash: make a code for a machine. The gateway holds the money until the code is closed.
    CashCode {
        /// How much comes out.
        amount: Money,
    },
}

impl Order {
    /// The system that takes this order.
    pub fn system(&self) -> &'static str {
        match self {
            Self::CardFreeze { .. } | Self::CardUnfreeze { .. } => "cards",
            Self::DepositOpen { .. } => "deposits",
            Self::BillPayment { .. } => "billers",
            Self::MobileTopup { .. } => "topup",
            Self::CashCode { .. } => "cash",
        }
    }
}

/// The answer to an order; final, stored under the operation id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum OrderAnswer {
    /// It took effect.
    Done {
        /// The system's own reference (deposit number, biller's receipt). Never a cash code.
        reference: String,
        /// Particulars; of the cash system [`CashDetails`].
        #[serde(default)]
        details: Value,
    },
    /// It did not and will not.
    Refused {
        /// Why, as the customer is told.
        reason: RejectReason,
    },
}

/// `details` of the cash system's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashDetails {
    /// The code is good until then.
    pub expires_at: Timestamp,
}

/// A question whether an order would be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckOrder {
    /// Who would order.
    pub customer_id: CustomerId,
    /// What.
    pub order: Order,
}

/// The answer to a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CheckAnswer {
    /// It would be taken, as things stand.
    Fine,
    /// It would be refused.
    Refused {
        /// Why.
        reason: RejectReason,
    },
}

/// What a customer has in a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerItems {
    /// When the system looked.
    pub as_of: Timestamp,
    /// The items, as [`common::wire::gateway::ProductList`] describes them.
    pub items: Vec<Value>,
}

/// How a code for cash ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CodeEnd {
    /// Cash came out: the held money is posted.
    Redeemed,
    /// Nobody used it, and nobody can any more: the held money is given back.
    Expired,
    /// Its time has not passed by the cash system's clock: ask again later.
    Open,
}

/// `POST /v1/bookings` at the gateway, by the service `systems`: money that comes in or goes out
/// without an operation (salary, incoming transfer, card purchase). Idempotent by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// Made by the system; the same id is booked once.
    pub booking_id: uuid::Uuid,
    /// The customer's account.
    pub account: AccountNumber,
    /// More than zero, in the account's currency.
    pub amount: Money,
    /// Which way.
    pub kind: BookingKind,
    /// A line for the account's history, at most 140 characters.
    #[schema(max_length = 140)]
    pub description: String,
}

/// What a booking is; decides which way the money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingKind {
    /// In.
    Salary,
    /// In.
    IncomingTransfer,
    /// Out.
    CardPurchase,
}

/// The answer to a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum BookingAnswer {
    /// Booked, now or earlier.
    Booked,
    /// Not booked.
    Refused {
        /// Why.
        reason: RejectReason,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn orders_and_answers_have_the_agreed_shape() {
        let order = Order::CardFreeze { card_id: "c-1".to_owned() };
        assert_eq!(
            serde_json::to_value(&order).unwrap(),
            json!({"kind": "card_freeze", "card_id": "c-1"})
        );
        let refused = OrderAnswer::Refused { reason: RejectReason::BillerRefused };
        assert_eq!(
            serde_json::to_value(&refused).unwrap(),
            json!({"result": "refused", "reason": "biller_refused"})
        );
        let done: OrderAnswer =
            serde_json::from_value(json!({"result": "done", "reference": "R"})).unwrap();
        let expected = OrderAnswer::Done { reference: "R".to_owned(), details: Value::Null };
        assert_eq!(done, expected);
        assert_eq!(serde_json::to_value(CodeEnd::Expired).unwrap(), json!({"result": "expired"}));
    }
}
