//! What happens to a customer: salaries, shops, bills, top-ups, transfers, exchanges.

use super::OPENINGS;
use super::bank::Own;
use super::pair::{Past, Person, Side};
use crate::ledger::entry::EntryKind;

/// Half a year.
const MONTHS_DAYS: i64 = 182;
/// How many entries customers have who have no months of history.
const FEW: usize = 20;
/// Days between two of them.
const FEW_EVERY_DAYS: i64 = 4;
const MINUTE_MS: i64 = 60_000;
/// Roubles a dollar, in hundredths: what an exchange of that time cost.
const DOLLAR: i64 = 9_250;

const SHOPS: [&str; 16] = [
    "Harbour Market",
    "Corner Bakery",
    "Metro",
    "Book Nook",
    "Green Pharmacy",
    "Blue Whale Coffee",
    "City Taxi",
    "Fuel and Go",
    "Northern Fish",
    "Tailor's Lane",
    "Garden Tools",
    "Old Town Cinema",
    "Marketplace online",
    "Pancake House",
    "Sports Deck",
    "Toys and Kites",
];
const BILLS: [&str; 3] = ["City Power", "Housing Services", "Fiber Internet"];

/// Half a year of days.
pub(super) fn months(person: &Person, past: &mut Past) {
    let mut life = Life::new(person, past);
    life.open(MONTHS_DAYS + 1);
    for ago in (1..=MONTHS_DAYS).rev() {
        // Months of thirty days, each customer's on other days.
        let shift = i64::try_from(person.chance.below(8, 30)).unwrap_or(0);
        match (MONTHS_DAYS - ago + shift) % 30 {
            2 | 17 => life.salary(ago),
            5 => life.bills(ago),
            8 => life.topup(ago),
            11 | 24 => life.send(ago),
            14 => life.save(ago),
            27 => life.exchange(ago),
            _ => {}
        }
        let mood = life.draw(ago, 0, 100);
        for visit in 0..i64::from(mood < 75) + i64::from(mood < 30) {
            life.shop(ago, visit);
        }
    }
}

/// Twenty entries over the last weeks.
pub(super) fn twenty(person: &Person, past: &mut Past) {
    let mut life = Life::new(person, past);
    life.open(FEW_EVERY_DAYS * 20 + 1);
    let mut slot = 20;
    while life.count < FEW && slot > 0 {
        let ago = slot * FEW_EVERY_DAYS;
        match slot {
            20 | 12 | 5 => life.salary(ago),
            18 | 9 => life.bill(ago, BILLS[1]),
            15 => life.topup(ago),
            7 => life.save(ago),
            3 => life.send(ago),
            _ => life.shop(ago, 0),
        }
        slot -= 1;
    }
    // What accounts or friends were missing for is made up for in shops.
    let mut visit = 1;
    while life.count < FEW {
        life.shop(1, visit);
        visit += 1;
    }
}

/// A life while it is made up.
struct Life<'a> {
    person: &'a Person,
    past: &'a mut Past,
    /// Entries so far.
    count: usize,
}

impl<'a> Life<'a> {
    fn new(person: &'a Person, past: &'a mut Past) -> Self {
        Self { person, past, count: 0 }
    }

    /// A number for this day and purpose.
    fn draw(&self, ago: i64, purpose: u64, bound: u64) -> u64 {
        let day = ago.unsigned_abs() << 8;
        self.person.chance.below(1_000_000 + day + purpose, bound)
    }

    fn amount(&self, ago: i64, purpose: u64, least: i64, spread: u64) -> i64 {
        least.saturating_add_unsigned(self.draw(ago, purpose, spread))
    }

    /// At most a quarter of what is there, so that nothing runs dry.
    fn affordable(&self, wanted: i64) -> i64 {
        wanted.min(self.balance() / 4)
    }

    fn balance(&self) -> i64 {
        self.main().map_or(0, |account| self.past.balance(account))
    }

    fn main(&self) -> Option<usize> {
        self.person.accounts[0]
    }

    fn own(&self, own: Own) -> Side {
        Side::Bank(own, self.person.id.0)
    }

    /// Books something at an hour of its own on that day.
    fn book(
        &mut self,
        ago: i64,
        sides: (Side, Side),
        minor: i64,
        kind: EntryKind,
        text: &'static str,
    ) {
        let minute = 8 * 60 + self.draw(ago, 200 + self.count as u64, 14 * 60);
        let minute = i64::try_from(minute).unwrap_or(0);
        let at_ms = self.past.calendar.days_ago_ms(ago) + minute * MINUTE_MS;
        self.past.book(at_ms, sides, minor, kind, text);
        self.count += usize::from(minor > 0);
    }

    fn pay(&mut self, ago: i64, own: Own, wanted: i64, kind: EntryKind, text: &'static str) {
        let Some(main) = self.main() else { return };
        let sides = (Side::Customer(main), self.own(own));
        self.book(ago, sides, self.affordable(wanted), kind, text);
    }

    /// What the accounts begin with.
    fn open(&mut self, ago: i64) {
        for (opening, account) in OPENINGS.iter().zip(self.person.accounts) {
            let Some(account) = account else { continue };
            let purpose = account as u64 + 50;
            let minor = self.amount(ago, purpose, opening.least_minor, opening.spread_minor);
            let at_ms = self.past.calendar.days_ago_ms(ago);
            let sides = (self.own(Own::Outside), Side::Customer(account));
            let text = "Brought from another bank";
            self.past.book(at_ms, sides, minor, EntryKind::Incoming, text);
            self.count += 1;
        }
    }

    fn salary(&mut self, ago: i64) {
        let Some(main) = self.main() else { return };
        let half = self.person.chance.minor(9, 1_750_000, 10_000_000) / 100 * 100;
        let sides = (self.own(Own::Outside), Side::Customer(main));
        self.book(ago, sides, half, EntryKind::Incoming, "Salary");
    }

    fn shop(&mut self, ago: i64, visit: i64) {
        let purpose = 10 + visit.unsigned_abs();
        let shop = self.draw(ago, purpose, 16);
        let shop = SHOPS[usize::try_from(shop).unwrap_or(0)];
        let amount = self.amount(ago, purpose + 20, 15_000, 350_000);
        self.pay(ago, Own::Outside, amount, EntryKind::CardPurchase, shop);
    }

    fn bills(&mut self, ago: i64) {
        for biller in BILLS {
            self.bill(ago, biller);
        }
    }

    fn bill(&mut self, ago: i64, biller: &'static str) {
        let amount = self.amount(ago, 70 + biller.len() as u64, 60_000, 600_000);
        self.pay(ago, Own::Billers, amount, EntryKind::Posting, biller);
    }

    fn topup(&mut self, ago: i64) {
        self.pay(ago, Own::Topup, 50_000, EntryKind::Posting, "Mobile phone");
    }

    /// To the friend, or beyond the bank if there is none.
    fn transfer(&mut self, ago: i64) -> i64 {
        let Some(main) = self.main() else { return 0 };
        let hundreds = self.amount(ago, 90, 5, 150);
        let amount = self.affordable(hundreds * 10_000) / 10_000 * 10_000;
        let to = self.person.friend.map_or(self.own(Own::Outside), Side::Customer);
        let sides = (Side::Customer(main), to);
        self.book(ago, sides, amount, EntryKind::Transfer, "Transfer");
        amount
    }

    /// A transfer with the fee that the bank takes.
    fn send(&mut self, ago: i64) {
        let fee = self.transfer(ago) / 200;
        self.pay(ago, Own::FeeIncome, fee, EntryKind::Fee, "Fee for a transfer");
    }

    fn save(&mut self, ago: i64) {
        let (Some(main), Some(savings)) = (self.main(), self.person.accounts[1]) else {
            return;
        };
        let sides = (Side::Customer(main), Side::Customer(savings));
        let amount = self.affordable(1_000_000);
        self.book(ago, sides, amount, EntryKind::Transfer, "Between own accounts");
    }

    /// Roubles for dollars, through the bank's position in both.
    fn exchange(&mut self, ago: i64) {
        let Some(dollars) = self.person.accounts[2] else {
            return;
        };
        let sold = self.affordable(925_000) / DOLLAR * DOLLAR;
        let bought = sold * 100 / DOLLAR;
        let text = "Exchange of roubles to dollars";
        self.pay(ago, Own::Position, sold, EntryKind::Exchange, text);
        let sides = (self.own(Own::Position), Side::Customer(dollars));
        self.book(ago, sides, bought, EntryKind::Exchange, text);
    }
}
