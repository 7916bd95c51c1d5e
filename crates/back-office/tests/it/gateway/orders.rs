//! Orders as blocks send them.

use common::gateway::{Execute, Void, VoidCause};
use common::money::Money;
use common::operation::{Intent, IntentHash, Payee, Terms, intent};
use common::{AccountNumber, CustomerId, Generation, OperationId, Rate, Timestamp};

/// Far in the future by any clock.
pub(crate) fn later() -> Timestamp {
    Timestamp::from_unix_ms(4_000_000_000_000)
}

/// EXECUTE of these terms by a customer, under a key of his, generation 1.
pub(crate) fn order(customer: u64, key: &str, terms: Terms) -> Execute {
    let intent = Intent { terms, valid_until: later() };
    let intent = serde_json::to_value(intent).unwrap();
    Execute {
        operation_id: OperationId::derive(CustomerId(customer), key),
        intent_hash: IntentHash::of(&intent).unwrap(),
        customer_id: CustomerId(customer),
        generation: Generation(1),
        intent,
        valid_until: later(),
    }
}

/// VOID of the same operation.
pub(crate) fn void_of(execute: &Execute) -> Void {
    Void {
        operation_id: execute.operation_id,
        intent_hash: execute.intent_hash,
        customer_id: execute.customer_id,
        generation: execute.generation,
        cause: VoidCause::Customer,
    }
}

pub(crate) fn own_transfer(from: &AccountNumber, to: &AccountNumber, amount: Money) -> Terms {
    Terms::OwnTransfer(intent::OwnTransfer {
        from_account: from.clone(),
        to_account: to.clone(),
        amount,
    })
}

pub(crate) fn transfer(
    from: &AccountNumber,
    to: &AccountNumber,
    name: Option<&str>,
    amount: Money,
    fee: Money,
) -> Terms {
    Terms::CustomerTransfer(intent::CustomerTransfer {
        from_account: from.clone(),
        payee: Payee { account: to.clone(), name: name.map(str::to_owned), phone: None },
        amount,
        fee,
        message: "For lunch".to_owned(),
    })
}

pub(crate) fn bill(from: &AccountNumber, amount: Money, fee: Money) -> Terms {
    Terms::BillPayment(intent::BillPayment {
        from_account: from.clone(),
        biller_id: "power-msk".to_owned(),
        biller_name: "City Power".to_owned(),
        reference: "1234567890".to_owned(),
        amount,
        fee,
    })
}

pub(crate) fn topup(from: &AccountNumber, amount: Money) -> Terms {
    Terms::MobileTopup(intent::MobileTopup {
        from_account: from.clone(),
        phone: "+79001234567".parse().unwrap(),
        amount,
        fee: Money::zero(amount.currency()),
    })
}

pub(crate) fn deposit(from: &AccountNumber, amount: Money, rate_bp: u32) -> Terms {
    Terms::DepositOpen(intent::DepositOpen {
        from_account: from.clone(),
        product_id: "deposit-steady-rub".to_owned(),
        product_name: "Steady".to_owned(),
        amount,
        rate_bp,
        term_months: 6,
    })
}

pub(crate) fn cash(from: &AccountNumber, amount: Money, fee: Money) -> Terms {
    Terms::CashCode(intent::CashCode { from_account: from.clone(), amount, fee })
}

pub(crate) fn freeze(card: &str) -> Terms {
    Terms::CardFreeze(intent::CardChange { card_id: card.to_owned() })
}

pub(crate) fn exchange(
    from: &AccountNumber,
    to: &AccountNumber,
    sell: Money,
    rate: Rate,
    tolerance_bp: u32,
) -> Terms {
    Terms::CurrencyExchange(intent::CurrencyExchange {
        from_account: from.clone(),
        to_account: to.clone(),
        sell,
        buy: rate.convert(sell, to.currency().unwrap()).unwrap(),
        rate,
        tolerance_bp,
    })
}
