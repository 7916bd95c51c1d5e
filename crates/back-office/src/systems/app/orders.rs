//! Taking an order, once: the id is claimed, the order decided and answered in one transaction.

use common::operation::RejectReason;
use common::problem::Code;
use common::{CustomerId, Money, OperationId, Phone, Timestamp};
use deadpool_postgres::Transaction;
use platform::Failure;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::cash;
use crate::foreign::{CheckAnswer, CheckOrder, Order, OrderAnswer, PlaceOrder};
use crate::systems::catalogue::System;
use crate::systems::reference::{biller_takes, deposit_on_sale, operator_takes};
use crate::systems::running::Running;
use crate::systems::store;
use crate::systems::store::deposits::Deposit;

/// Takes an order or says what was answered before. The same id with another order is refused.
pub(in crate::systems) async fn place(
    system: &Running,
    request: &PlaceOrder,
) -> Result<OrderAnswer, Failure> {
    let now = system.clock.now();
    let PlaceOrder { operation_id, customer_id, order } = request;
    let mut connection = system.db.connection().await?;
    let transaction = connection.transaction().await?;
    let first = store::orders::claim(&transaction, *operation_id, *customer_id, order, now).await?;
    if !first {
        return repeat(&transaction, request).await;
    }
    let answer = Taking {
        system,
        transaction: &transaction,
        customer: *customer_id,
        operation: *operation_id,
        now,
    }
    .decide(order)
    .await?;
    store::orders::answer(&transaction, *operation_id, *customer_id, &answer).await?;
    transaction.commit().await?;
    Ok(answer)
}

async fn repeat(
    transaction: &Transaction<'_>,
    request: &PlaceOrder,
) -> Result<OrderAnswer, Failure> {
    let taken = store::orders::taken(transaction, request.operation_id).await?;
    let Some(taken) = taken else {
        return Err(Failure::Broken("a claimed order has no answer".to_owned()));
    };
    let same = taken.customer_id == request.customer_id && taken.order == request.order;
    if same { Ok(taken.answer) } else { Err(Code::IdempotencyMismatch.into()) }
}

/// Would this order be taken as things stand? Changes nothing.
pub(in crate::systems) async fn check(
    system: &Running,
    question: &CheckOrder,
) -> Result<CheckAnswer, Failure> {
    let reason = match &question.order {
        Order::CardFreeze { card_id } | Order::CardUnfreeze { card_id }
            if system.system == System::Cards =>
        {
            let connection = system.db.connection().await?;
            let cards = store::cards::list(&connection, question.customer_id).await?;
            let known = cards.iter().any(|card| card.id == *card_id);
            (!known).then_some(RejectReason::CardUnknown)
        }
        order => refusal(system.system, order),
    };
    Ok(reason.map_or(CheckAnswer::Fine, |reason| CheckAnswer::Refused { reason }))
}

/// Why a system would refuse an order, whatever it has stored.
fn refusal(system: System, order: &Order) -> Option<RejectReason> {
    if amount_of(order).is_some_and(|amount| !amount.is_positive()) {
        return Some(RejectReason::SystemRefused);
    }
    let refused = |taken: bool, reason| (!taken).then_some(reason);
    match (system, order) {
        (System::Cards, Order::CardFreeze { .. } | Order::CardUnfreeze { .. })
        | (System::Cash, Order::CashCode { .. }) => None,
        (System::Billers, Order::BillPayment { biller_id, reference, .. }) => {
            refused(biller_takes(biller_id, reference), RejectReason::BillerRefused)
        }
        (System::Topup, Order::MobileTopup { phone, .. }) => {
            refused(operator_takes(phone.as_str()), RejectReason::OperatorRefused)
        }
        (System::Deposits, Order::DepositOpen { product_id, amount, rate_bp, term_months, .. }) => {
            refused(
                deposit_on_sale(product_id, *amount, *rate_bp, *term_months).is_some(),
                RejectReason::ProductChanged,
            )
        }
        _ => Some(RejectReason::NotUnderstood),
    }
}

fn amount_of(order: &Order) -> Option<Money> {
    match order {
        Order::CardFreeze { .. } | Order::CardUnfreeze { .. } => None,
        Order::DepositOpen { amount, .. }
        | Order::BillPayment { amount, .. }
        | Order::MobileTopup { amount, .. }
        | Order::CashCode { amount } => Some(*amount),
    }
}

/// An order whose id was claimed in the open transaction.
struct Taking<'a> {
    system: &'a Running,
    transaction: &'a Transaction<'a>,
    customer: CustomerId,
    operation: OperationId,
    now: Timestamp,
}

impl Taking<'_> {
    async fn decide(&self, order: &Order) -> Result<OrderAnswer, Failure> {
        if let Some(reason) = refusal(self.system.system, order) {
            return Ok(OrderAnswer::Refused { reason });
        }
        match order {
            Order::CardFreeze { card_id } => self.set_frozen(card_id, true).await,
            Order::CardUnfreeze { card_id } => self.set_frozen(card_id, false).await,
            Order::DepositOpen { product_id, amount, rate_bp, term_months, .. } => {
                self.open_deposit(product_id, *amount, *rate_bp, *term_months).await
            }
            Order::BillPayment { biller_id, .. } => Ok(self.passed_on("BILL", biller_id)),
            Order::MobileTopup { phone, .. } => Ok(self.passed_on("TOPUP", operator_of(phone))),
            Order::CashCode { amount } => {
                let valid_s = i64::from(self.system.bounds.cash_code_valid_s);
                let expires_at = self.now.plus_s(valid_s);
                cash::make_code(
                    self.transaction,
                    self.customer,
                    self.operation,
                    *amount,
                    expires_at,
                )
                .await
            }
        }
    }

    async fn set_frozen(&self, card_id: &str, frozen: bool) -> Result<OrderAnswer, Failure> {
        let changed = store::cards::set_frozen(self.transaction, self.customer, card_id, frozen);
        if !changed.await? {
            let reason = RejectReason::CardUnknown;
            return Ok(OrderAnswer::Refused { reason });
        }
        let word = if frozen { "FREEZE" } else { "UNFREEZE" };
        Ok(done(reference(word, self.operation), Value::Null))
    }

    async fn open_deposit(
        &self,
        product_id: &str,
        amount: Money,
        rate_bp: u32,
        term_months: u32,
    ) -> Result<OrderAnswer, Failure> {
        let sold = deposit_on_sale(product_id, amount, rate_bp, term_months);
        let Some(product) = sold else {
            let reason = RejectReason::ProductChanged;
            return Ok(OrderAnswer::Refused { reason });
        };
        let number = store::deposits::next_number(self.transaction).await?;
        let digits = amount.currency().account_digits();
        let today = OffsetDateTime::from(self.now).date();
        let deposit = Deposit {
            id: format!("42303{digits}1{number:011}"),
            product_id: product_id.to_owned(),
            name: product.name.to_owned(),
            amount,
            rate_bp,
            opened_at: self.now,
            matures_on: months_later(today, term_months),
        };
        let id = deposit.id.clone();
        let matures_on = deposit.matures_on.to_string();
        store::deposits::open(self.transaction, self.customer, self.operation, &deposit).await?;
        Ok(done(id, json!({ "matures_on": matures_on })))
    }

    fn passed_on(&self, word: &str, to: &str) -> OrderAnswer {
        done(reference(word, self.operation), json!({ "to": to }))
    }
}

fn done(reference: String, details: Value) -> OrderAnswer {
    OrderAnswer::Done { reference, details }
}

/// A system's own reference: the operation's first digits, so that a repetition gives the same.
pub(super) fn reference(word: &str, operation: OperationId) -> String {
    let digits = operation.0.simple().to_string().to_uppercase();
    format!("{word}-{}", &digits[..12])
}

/// The operator of a phone, by its code.
fn operator_of(phone: &Phone) -> &str {
    phone.as_str().get(2..5).unwrap_or_default()
}

/// The same day of the month `months` later, or that month's last day.
fn months_later(from: time::Date, months: u32) -> time::Date {
    let count = u32::from(u8::from(from.month())) - 1 + months;
    let year = from.year() + i32::try_from(count / 12).unwrap_or(0);
    let month = u8::try_from(count % 12 + 1)
        .ok()
        .and_then(|number| time::Month::try_from(number).ok())
        .unwrap_or(time::Month::December);
    let day = from.day().min(month.length(year));
    time::Date::from_calendar_date(year, month, day).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_term_ends_on_the_same_day_or_the_last_of_its_month() {
        for (from, months, to) in [
            (date!(2026 - 01 - 15), 3, date!(2026 - 04 - 15)),
            (date!(2026 - 01 - 31), 1, date!(2026 - 02 - 28)),
            (date!(2026 - 11 - 30), 3, date!(2027 - 02 - 28)),
            (date!(2026 - 12 - 01), 36, date!(2029 - 12 - 01)),
        ] {
            assert_eq!(months_later(from, months), to, "{from} + {months}");
        }
    }

    #[test]
    fn a_system_takes_only_its_own_orders() {
        let freeze = Order::CardFreeze { card_id: "c".to_owned() };
        assert_eq!(refusal(System::Cards, &freeze), None);
        for system in System::ALL.into_iter().filter(|s| *s != System::Cards) {
            let reason = refusal(system, &freeze);
            assert_eq!(reason, Some(RejectReason::NotUnderstood), "{system}");
        }
    }
}
