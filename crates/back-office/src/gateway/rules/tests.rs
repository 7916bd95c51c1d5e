//! The second validation by tables: one row, one order, one verdict, in order of precedence.

use common::money::Currency;
use common::operation::OperationKind;
use common::operation::RejectReason::{
    AccountClosed, AccountUnknown, FeeRaised, InsufficientFunds, LimitExceeded, NotUnderstood,
    PayeeChanged, PayeeUnknown,
};
use common::operation::intent::{
    BillPayment, CashCode, CurrencyExchange, CustomerTransfer, DepositOpen, OwnTransfer, Payee,
};

use super::*;
use crate::ledger::chart::{Party, Purpose, customer_account};
use crate::ledger::entry::changes;

const ANNA: CustomerId = CustomerId(1);
const BORIS: CustomerId = CustomerId(2);

fn rub(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Rub)
}

fn number(customer: CustomerId, currency: Currency, ordinal: u16) -> AccountNumber {
    customer_account(customer, currency, ordinal).unwrap()
}

fn rub_account(customer: CustomerId, ordinal: u16) -> AccountNumber {
    number(customer, Currency::Rub, ordinal)
}

fn account(owner: CustomerId, balance: Money, open: bool) -> Account {
    let name = if owner == ANNA { "Anna Petrova" } else { "Boris Kim" };
    Account {
        owner: Some(owner),
        owner_name: Some(name.to_owned()),
        name: "x".to_owned(),
        balance,
        open,
    }
}

/// Anna with two accounts and dollars, a closed account each, Boris with one, and plain terms.
fn facts() -> Facts {
    let accounts = [
        (rub_account(ANNA, 1), account(ANNA, rub(100_000), true)),
        (rub_account(ANNA, 2), account(ANNA, rub(0), true)),
        (rub_account(ANNA, 3), account(ANNA, rub(100_000), false)),
        (number(ANNA, Currency::Usd, 1), account(ANNA, Money::from_minor(0, Currency::Usd), true)),
        (rub_account(BORIS, 1), account(BORIS, rub(100_000), true)),
        (rub_account(BORIS, 2), account(BORIS, rub(0), false)),
    ];
    Facts {
        accounts: accounts.into(),
        fee: Some(FeeRule {
            kind: OperationKind::CustomerTransfer,
            share_bp: 100,
            least_minor: 0,
            most_minor: 10_000,
        }),
        rate: "0.011".parse().ok(),
        left_today: Some(rub(90_000)),
        product: Some(steady()),
        biller: Some(Biller {
            id: "power".to_owned(),
            name: "Power".to_owned(),
            category: "utilities".to_owned(),
            reference_name: "Account".to_owned(),
            reference_digits: 10,
        }),
    }
}

fn steady() -> Product {
    Product {
        id: "steady".to_owned(),
        kind: "deposit".to_owned(),
        name: "Steady".to_owned(),
        currency: Currency::Rub,
        rate_bp: 1_450,
        terms_months: vec![6, 12],
        least: rub(1_000),
        most: rub(80_000),
    }
}

fn verdict(terms: &Terms, facts: &Facts) -> Verdict {
    let ordered =
        Ordered { operation_id: OperationId::derive(ANNA, "k"), customer_id: ANNA, terms };
    decide(&ordered, facts)
}

fn plan(terms: &Terms, facts: &Facts) -> Plan {
    match verdict(terms, facts) {
        Verdict::Apply(plan) => *plan,
        Verdict::Reject(reason) => panic!("{reason:?}"),
    }
}

#[track_caller]
fn rejects(case: &str, terms: &Terms, facts: &Facts, reason: RejectReason) {
    assert_eq!(verdict(terms, facts), Verdict::Reject(reason), "{case}");
}

fn own(from: u16, to: (CustomerId, u16), minor: i64) -> Terms {
    Terms::OwnTransfer(OwnTransfer {
        from_account: rub_account(ANNA, from),
        to_account: rub_account(to.0, to.1),
        amount: rub(minor),
    })
}

#[test]
fn own_transfers() {
    let facts = facts();
    let done = plan(&own(1, (ANNA, 2), 100_000), &facts);
    assert_eq!(done.entries.len(), 1);
    assert_eq!((done.counted, done.entries[0].amount), (None, rub(100_000)));
    let cases = [
        ("to itself", own(1, (ANNA, 1), 1), NotUnderstood),
        ("nothing", own(1, (ANNA, 2), 0), NotUnderstood),
        ("no such account", own(9, (ANNA, 2), 1), AccountUnknown),
        ("closed", own(3, (ANNA, 2), 1), AccountClosed),
        ("to somebody else", own(1, (BORIS, 1), 1), PayeeUnknown),
        ("to a closed one", own(1, (ANNA, 3), 1), PayeeUnknown),
        ("too much", own(1, (ANNA, 2), 100_001), InsufficientFunds),
        ("closed beats too much", own(3, (ANNA, 2), 100_001), AccountClosed),
    ];
    for (case, terms, reason) in cases {
        rejects(case, &terms, &facts, reason);
    }
}

fn transfer(to: u16, name: Option<&str>, minor: i64, fee: i64) -> Terms {
    Terms::CustomerTransfer(CustomerTransfer {
        from_account: rub_account(ANNA, 1),
        payee: Payee {
            account: rub_account(BORIS, to),
            name: name.map(str::to_owned),
            phone: None,
        },
        amount: rub(minor),
        fee: rub(fee),
        message: String::new(),
    })
}

#[test]
fn transfers_to_others() {
    let facts = facts();
    let as_shown = plan(&transfer(1, Some("Boris K."), 10_000, 100), &facts);
    assert_eq!(as_shown.counted, Some(rub(10_000)));
    let Completion::AtOnce(effect) = as_shown.completion else {
        panic!("nothing foreign in a transfer");
    };
    assert_eq!((effect.debited, effect.fee), (Some(rub(10_100)), Some(rub(100))));
    assert!(!effect.adjusted);

    let cheaper = plan(&transfer(1, None, 10_000, 150), &facts);
    let Completion::AtOnce(effect) = cheaper.completion else {
        panic!("nothing foreign in a transfer");
    };
    assert_eq!((effect.debited, effect.adjusted), (Some(rub(10_100)), true));

    let cases = [
        ("closed payee", transfer(2, None, 100, 1), PayeeUnknown),
        ("no payee", transfer(9, None, 100, 1), PayeeUnknown),
        ("another person", transfer(1, Some("Boris L."), 100, 1), PayeeChanged),
        ("payee beats fee", transfer(1, Some("Boris L."), 100, 0), PayeeChanged),
        ("dearer", transfer(1, None, 10_000, 99), FeeRaised),
        ("fee beats limit", transfer(1, None, 90_001, 0), FeeRaised),
        ("above the limit", transfer(1, None, 90_001, 1_000), LimitExceeded),
    ];
    for (case, terms, reason) in cases {
        rejects(case, &terms, &facts, reason);
    }
    let poor = Facts { left_today: None, ..facts };
    rejects("fee and all", &transfer(1, None, 99_500, 1_000), &poor, InsufficientFunds);
    rejects(
        "limit before funds",
        &transfer(1, None, 100_001, 1_001),
        &self::facts(),
        LimitExceeded,
    );
}

fn exchange(rate: &str, tolerance_bp: u32) -> Terms {
    let rate: Rate = rate.parse().unwrap();
    Terms::CurrencyExchange(CurrencyExchange {
        from_account: rub_account(ANNA, 1),
        to_account: number(ANNA, Currency::Usd, 1),
        sell: rub(50_000),
        buy: rate.convert(rub(50_000), Currency::Usd).unwrap(),
        rate,
        tolerance_bp,
    })
}

#[test]
fn exchanges_at_todays_rate_within_tolerance() {
    let facts = facts();
    for (shown, tolerance_bp, adjusted) in
        [("0.011", 0, false), ("0.0105", 0, true), ("0.0111", 100, true)]
    {
        let done = plan(&exchange(shown, tolerance_bp), &facts);
        let Completion::AtOnce(effect) = done.completion else {
            panic!("nothing foreign in an exchange");
        };
        assert_eq!(effect.adjusted, adjusted, "{shown}");
        assert_eq!(effect.debited, Some(rub(50_000)));
        assert_eq!(effect.credited, Some(Money::from_minor(550, Currency::Usd)));
        let currencies: Vec<_> = done.entries.iter().map(|e| e.amount.currency()).collect();
        assert_eq!(currencies, [Currency::Rub, Currency::Usd]);
    }
    rejects("worse", &exchange("0.0111", 10), &facts, RejectReason::RateMoved);
    let unknown = Facts { rate: None, ..facts };
    rejects("no rate", &exchange("0.011", 1_000), &unknown, RejectReason::RateMoved);
}

fn bill(minor: i64, fee: i64) -> Terms {
    Terms::BillPayment(BillPayment {
        from_account: rub_account(ANNA, 1),
        biller_id: "power".to_owned(),
        biller_name: "Power".to_owned(),
        reference: "1".to_owned(),
        amount: rub(minor),
        fee: rub(fee),
    })
}

fn foreign_part(plan: &Plan) -> &ForeignPart {
    match &plan.completion {
        Completion::Foreign(part) => part,
        Completion::AtOnce(effect) => panic!("{effect:?}"),
    }
}

#[test]
fn held_money_is_posted_or_given_back_to_the_last_kopeck() {
    let plan = plan(&bill(10_000, 100), &facts());
    let settlement = &foreign_part(&plan).settlement;
    let stripe = stripe_of(OperationId::derive(ANNA, "k"));
    let hold = Purpose::Holding(Party::Billers).account(Currency::Rub, stripe);
    let anna = rub_account(ANNA, 1);
    assert_eq!(changes(&plan.entries)[&hold], 10_100);
    for end in [&settlement.if_done, &settlement.if_refused] {
        let all: Vec<Entry> = plan.entries.iter().chain(end).cloned().collect();
        assert_eq!(changes(&all)[&hold], 0);
    }
    let refused: Vec<Entry> = plan.entries.iter().chain(&settlement.if_refused).cloned().collect();
    assert_eq!(changes(&refused)[&anna], 0);
    let done: Vec<Entry> = plan.entries.iter().chain(&settlement.if_done).cloned().collect();
    let income = Purpose::FeeIncome.account(Currency::Rub, stripe);
    let billers = Purpose::Clearing(Party::Billers).account(Currency::Rub, stripe);
    assert_eq!((changes(&done)[&income], changes(&done)[&billers]), (100, 10_000));
}

#[test]
fn bills_and_deposits_need_who_offers_them() {
    let no_biller = Facts { biller: None, ..facts() };
    rejects("no biller", &bill(1_000, 10), &no_biller, RejectReason::BillerRefused);
    rejects("dearer", &bill(1_000, 9), &facts(), FeeRaised);
    rejects("limit", &bill(90_001, 901), &facts(), LimitExceeded);

    let deposit = |minor, rate_bp, term_months| {
        Terms::DepositOpen(DepositOpen {
            from_account: rub_account(ANNA, 1),
            product_id: "steady".to_owned(),
            product_name: "Steady".to_owned(),
            amount: rub(minor),
            rate_bp,
            term_months,
        })
    };
    let gone = RejectReason::ProductChanged;
    let cases = [
        ("lower rate", deposit(1_000, 1_451, 6), gone),
        ("another term", deposit(1_000, 1_450, 7), gone),
        ("too little", deposit(999, 1_450, 6), gone),
        ("too much", deposit(80_001, 1_450, 6), gone),
    ];
    for (case, terms, reason) in cases {
        rejects(case, &terms, &facts(), reason);
    }
    let not_sold = Facts { product: None, ..facts() };
    rejects("not sold", &deposit(1_000, 1_450, 6), &not_sold, gone);
    let better = plan(&deposit(1_000, 1_400, 6), &facts());
    let part = foreign_part(&better);
    assert!(part.settlement.effect.adjusted);
    assert!(matches!(part.order, Order::DepositOpen { rate_bp: 1_450, .. }));
}

#[test]
fn cash_is_held_until_its_code_has_ended() {
    let cash = |minor| {
        Terms::CashCode(CashCode {
            from_account: rub_account(ANNA, 1),
            amount: rub(minor),
            fee: rub(500),
        })
    };
    let plan = plan(&cash(50_000), &facts());
    assert!(foreign_part(&plan).settlement.until_code_ends);
    rejects("no whole hundreds", &cash(50_001), &facts(), NotUnderstood);
    let poor = Facts { left_today: None, ..facts() };
    rejects("with fee", &cash(100_000), &poor, FeeRaised);
}
