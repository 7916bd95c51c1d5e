//! The books of two customers while their history is made.

use common::{AccountNumber, Currency, CustomerId, Timestamp};

use super::bank::{Bank, Own, Place};
use super::life;
use super::{OPENINGS, RICH_THROUGH, has, number};
use crate::ledger::entry::EntryKind;
use crate::seed::chance::Chance;
use crate::seed::copy::Rows;

/// The days of a history.
#[derive(Clone, Copy, Debug)]
pub(in crate::seed) struct Calendar {
    /// The midnight before which everything happened.
    pub(in crate::seed) today: Timestamp,
}

const DAY_MS: i64 = 86_400_000;

impl Calendar {
    /// The beginning of the day so many days ago.
    pub(super) fn days_ago_ms(self, days: i64) -> i64 {
        self.today.unix_ms() - days * DAY_MS
    }
}

/// Two customers who know each other. One is alone when the other is not loaded now.
#[derive(Clone, Debug)]
pub(in crate::seed) struct Pair {
    pub(in crate::seed) members: Vec<CustomerId>,
}

impl Pair {
    /// The pairs among these customers, who come in the order of their ids.
    pub(in crate::seed) fn of(customers: &[CustomerId]) -> Vec<Self> {
        let couple = |id: CustomerId| (id.0.max(1) - 1) / 2;
        customers
            .chunk_by(|one, other| couple(*one) == couple(*other))
            .map(|members| Self { members: members.to_vec() })
            .collect()
    }
}

/// Where rows of the ledger are written.
pub(in crate::seed) struct Books<'a> {
    pub(in crate::seed) bank: &'a mut Bank,
    pub(in crate::seed) accounts: &'a mut Rows,
    pub(in crate::seed) entries: &'a mut Rows,
}

/// One side of an entry.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    /// An account of the pair, by its place.
    Customer(usize),
    /// One of the bank's own, of this customer's stripe.
    Bank(Own, u64),
}

/// An entry that is not yet written.
#[derive(Debug)]
struct Line {
    at_ms: i64,
    debit: Side,
    credit: Side,
    minor: i64,
    currency: Currency,
    kind: EntryKind,
    text: &'static str,
}

/// An account of the pair.
#[derive(Debug)]
struct Held {
    owner: CustomerId,
    opening: usize,
    number: AccountNumber,
    balance: i64,
}

/// Somebody whose life is made up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) id: CustomerId,
    pub(super) chance: Chance,
    /// His accounts by opening; the first is always there.
    pub(super) accounts: [Option<usize>; OPENINGS.len()],
    /// The other one's current account.
    pub(super) friend: Option<usize>,
}

/// What happened to a pair.
#[derive(Debug)]
pub(super) struct Past {
    held: Vec<Held>,
    lines: Vec<Line>,
    pub(super) calendar: Calendar,
}

/// Makes the accounts and the history of a pair, and writes them.
pub(in crate::seed) fn write(pair: &Pair, calendar: Calendar, books: &mut Books<'_>) {
    let mut past = Past { held: Vec::new(), lines: Vec::new(), calendar };
    let people = past.open(pair);
    for person in &people {
        if person.id.0 <= RICH_THROUGH {
            life::months(person, &mut past);
        } else {
            life::twenty(person, &mut past);
        }
    }
    past.lines.sort_by_key(|line| line.at_ms);
    past.write(books);
}

impl Past {
    fn open(&mut self, pair: &Pair) -> Vec<Person> {
        let mut people = Vec::new();
        for id in pair.members.iter().copied() {
            let chance = Chance::of(id.0);
            let mut accounts = [None; OPENINGS.len()];
            for (at, opening) in OPENINGS.iter().enumerate() {
                let wanted = has(chance, at).then(|| number(id, opening)).flatten();
                if let Some(number) = wanted {
                    accounts[at] = Some(self.held.len());
                    self.held.push(Held { owner: id, opening: at, number, balance: 0 });
                }
            }
            people.push(Person { id, chance, accounts, friend: None });
        }
        if let [one, other] = people.as_mut_slice() {
            one.friend = other.accounts[0];
            other.friend = one.accounts[0];
        }
        people
    }

    /// How much is on an account of the pair now.
    pub(super) fn balance(&self, account: usize) -> i64 {
        self.held[account].balance
    }

    /// Books an amount, in the currency of the customers' side. Nothing for nothing.
    pub(super) fn book(
        &mut self,
        at_ms: i64,
        (debit, credit): (Side, Side),
        minor: i64,
        kind: EntryKind,
        text: &'static str,
    ) {
        if minor <= 0 {
            return;
        }
        let mut currency = Currency::Rub;
        for (side, sign) in [(debit, -1), (credit, 1)] {
            if let Side::Customer(account) = side {
                let held = &mut self.held[account];
                held.balance += sign * minor;
                currency = OPENINGS[held.opening].currency;
            }
        }
        self.lines.push(Line { at_ms, debit, credit, minor, currency, kind, text });
    }

    fn write(&self, books: &mut Books<'_>) {
        for held in &self.held {
            let opening = &OPENINGS[held.opening];
            let years = i64::try_from(Chance::of(held.owner.0).below(7, 8)).unwrap_or(0);
            books
                .accounts
                .row(7)
                .text(held.number.as_str())
                .int8(held.owner.as_i64())
                .text(opening.currency.code())
                .text(opening.kind)
                .text(opening.name)
                .int8(held.balance)
                .at_ms(self.calendar.days_ago_ms(365 * (1 + years)));
        }
        for line in &self.lines {
            let debit = place(line.debit, line.currency);
            let credit = place(line.credit, line.currency);
            for (place, minor) in [(debit, -line.minor), (credit, line.minor)] {
                if let Err(place) = place {
                    books.bank.change(place, minor);
                }
            }
            books
                .entries
                .row(7)
                .text(self.number(books.bank, debit))
                .text(self.number(books.bank, credit))
                .int8(line.minor)
                .text(line.currency.code())
                .at_ms(line.at_ms)
                .text(line.kind.as_str())
                .text(line.text);
        }
    }

    fn number<'a>(&'a self, bank: &'a Bank, place: Result<usize, Place>) -> &'a str {
        match place {
            Ok(account) => self.held[account].number.as_str(),
            Err(own) => bank.number(own).as_str(),
        }
    }
}

/// An account of the pair, or else one of the bank's own.
fn place(side: Side, currency: Currency) -> Result<usize, Place> {
    match side {
        Side::Customer(account) => Ok(account),
        Side::Bank(own, customer) => Err(Bank::place(own, currency, customer)),
    }
}
