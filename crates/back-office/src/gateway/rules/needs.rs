//! What has to be known, and locked, to decide over an order.

use std::collections::BTreeSet;

use common::money::Currency;
use common::operation::{OperationKind, Terms};
use common::{AccountNumber, OperationId};

use crate::ledger::chart::{Party, Purpose, stripe_of};

/// What to load before [`super::decide`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs<'a> {
    /// Accounts to lock: the customer's, the payee's and those of the bank.
    pub accounts: BTreeSet<AccountNumber>,
    /// The kind of the order, for its fee and its limit.
    pub kind: OperationKind,
    /// In which currency the limit counts; `None` where no money leaves the customer.
    pub spends: Option<Currency>,
    /// What is sold and bought.
    pub rate: Option<(Currency, Currency)>,
    /// The deposit product.
    pub product: Option<&'a str>,
    /// The biller.
    pub biller: Option<&'a str>,
}

impl<'a> Needs<'a> {
    /// The needs of an order.
    pub fn of(operation: OperationId, terms: &'a Terms) -> Self {
        let mut needs = Self {
            accounts: BTreeSet::new(),
            kind: terms.kind(),
            spends: None,
            rate: None,
            product: None,
            biller: None,
        };
        let stripe = stripe_of(operation);
        match terms {
            Terms::OwnTransfer(t) => needs.accounts(&[&t.from_account, &t.to_account]),
            Terms::CustomerTransfer(t) => {
                needs.accounts(&[&t.from_account, &t.payee.account]);
                needs.spends = Some(t.amount.currency());
                needs.own(&[Purpose::FeeIncome], t.amount.currency(), stripe);
            }
            Terms::CurrencyExchange(t) => {
                let (sold, bought) = (t.sell.currency(), t.buy.currency());
                needs.accounts(&[&t.from_account, &t.to_account]);
                needs.own(&[Purpose::Position], sold, stripe);
                needs.own(&[Purpose::Position], bought, stripe);
                needs.rate = Some((sold, bought));
            }
            Terms::BillPayment(t) => {
                needs.held(&t.from_account, Party::Billers, t.amount.currency(), stripe);
                needs.biller = Some(&t.biller_id);
            }
            Terms::MobileTopup(t) => {
                needs.held(&t.from_account, Party::Topup, t.amount.currency(), stripe);
            }
            Terms::DepositOpen(t) => {
                needs.held(&t.from_account, Party::Deposits, t.amount.currency(), stripe);
                needs.product = Some(&t.product_id);
            }
            Terms::CashCode(t) => {
                needs.held(&t.from_account, Party::Cash, t.amount.currency(), stripe);
            }
            Terms::CardFreeze(_) | Terms::CardUnfreeze(_) => {}
        }
        needs
    }

    fn accounts(&mut self, accounts: &[&AccountNumber]) {
        self.accounts.extend(accounts.iter().map(|account| (*account).clone()));
    }

    fn own(&mut self, purposes: &[Purpose], currency: Currency, stripe: u8) {
        let accounts = purposes.iter().map(|purpose| purpose.account(currency, stripe));
        self.accounts.extend(accounts);
    }

    /// The money waits on the holding account; the rest is locked when the answer is there.
    fn held(&mut self, from: &AccountNumber, party: Party, currency: Currency, stripe: u8) {
        self.accounts(&[from]);
        self.own(&[Purpose::Holding(party)], currency, stripe);
        self.spends = Some(currency);
    }
}
