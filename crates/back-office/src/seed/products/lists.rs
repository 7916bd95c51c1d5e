//! The items of the systems that only list. Shapes: `id`, `name`, `status`, `balance` where there
//! is one, and what is particular to the list.

use common::{Currency, Money};

use super::{Holder, Rows, month_after};
use crate::systems::System;

pub(super) fn write(system: System, holder: &Holder, rows: &mut Rows) {
    let mut list = List { holder, rows, count: 0 };
    match system {
        System::Loans => loans(&mut list),
        System::Insurance => insurance(&mut list),
        System::Pension => pension(&mut list),
        System::Investments => investments(&mut list),
        System::Loyalty => loyalty(&mut list),
        System::Taxes => taxes(&mut list),
        System::Subscriptions => subscriptions(&mut list),
        System::Limits => limits(&mut list),
        System::CreditHistory => credit_history(&mut list),
        // The others have tables of their own, or nothing of customers.
        _ => {}
    }
}

/// Where items go.
struct List<'a> {
    holder: &'a Holder,
    rows: &'a mut Rows,
    count: u32,
}

/// An item, as the text of a JSON object. The names and words here need no escaping.
struct Item(String);

impl Item {
    fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.raw(key, &format!("\"{value}\""))
    }

    fn number(&mut self, key: &str, value: u64) -> &mut Self {
        self.raw(key, &value.to_string())
    }

    fn roubles(&mut self, key: &str, minor: i64) -> &mut Self {
        let amount = Money::from_minor(minor, Currency::Rub).amount_text();
        self.raw(key, &format!("{{\"amount\":\"{amount}\",\"currency\":\"RUB\"}}"))
    }

    fn raw(&mut self, key: &str, value: &str) -> &mut Self {
        for part in [",\"", key, "\":", value] {
            self.0.push_str(part);
        }
        self
    }
}

impl List<'_> {
    fn add(&mut self, name: &str, status: &str, rest: impl FnOnce(&mut Item)) {
        self.count += 1;
        let id = format!("{}-{}", self.holder.id, self.count);
        let mut item =
            Item(format!("{{\"id\":\"{id}\",\"name\":\"{name}\",\"status\":\"{status}\""));
        rest(&mut item);
        item.0.push('}');
        let customer = self.holder.id.as_i64();
        self.rows.row(3).int8(customer).text(&id).jsonb(&item.0);
    }

    /// A first of a month, between `least` and `least + spread` months from now.
    fn first_in(&self, purpose: u64, least: u32, spread: u64) -> String {
        let months = least + u32::try_from(self.holder.chance.below(purpose, spread)).unwrap_or(0);
        month_after(self.holder.today, months).to_string()
    }
}

/// Share of a hundred, name, yearly interest in basis points, least debt, spread of debts.
const LOANS: [(u64, &str, u64, i64, u64); 3] = [
    (25, "Cash loan", 2_190, 3_000_000, 80_000_000),
    (12, "Home loan", 1_890, 80_000_000, 800_000_000),
    (8, "Car loan", 1_990, 20_000_000, 250_000_000),
];

fn loans(list: &mut List<'_>) {
    let chance = list.holder.chance;
    for (n, (share, name, rate_bp, least, spread)) in (10..).zip(LOANS) {
        if !chance.percent(n, share) {
            continue;
        }
        let debt = chance.minor(n + 10, least, spread);
        let next = list.first_in(n, 1, 1);
        let ends = list.first_in(n + 20, 6, 60);
        list.add(name, "active", |item| {
            item.roubles("balance", debt)
                .number("rate_bp", rate_bp)
                .roubles("payment", debt / 36 + 50_000)
                .text("next_payment_on", &next)
                .text("ends_on", &ends);
        });
    }
}

/// Share of a hundred, name, least sum insured, spread.
const POLICIES: [(u64, &str, i64, u64); 4] = [
    (30, "Flat and belongings", 100_000_000, 900_000_000),
    (22, "Car, comprehensive", 60_000_000, 300_000_000),
    (15, "Travel abroad", 350_000_000, 1),
    (10, "Life", 50_000_000, 500_000_000),
];

fn insurance(list: &mut List<'_>) {
    let chance = list.holder.chance;
    for (n, (share, name, least, spread)) in (10..).zip(POLICIES) {
        if !chance.percent(n, share) {
            continue;
        }
        let insured = chance.minor(n + 10, least, spread) / 1_000_000 * 1_000_000;
        let until = list.first_in(n + 20, 1, 12);
        list.add(name, "active", |item| {
            item.roubles("insured", insured)
                .roubles("premium", insured / 120)
                .text("until", &until);
        });
    }
}

fn pension(list: &mut List<'_>) {
    let chance = list.holder.chance;
    let saved = chance.minor(1, 1_500_000, 90_000_000);
    let since = chance.minor(2, 2_008, 17).unsigned_abs();
    list.add("Pension savings", "saving", |item| {
        item.roubles("balance", saved).number("since_year", since);
    });
}

fn investments(list: &mut List<'_>) {
    let chance = list.holder.chance;
    if chance.percent(1, 35) {
        let value = chance.minor(2, 500_000, 200_000_000);
        let gain_bp = chance.minor(3, -1_500, 5_000);
        let gain = value * gain_bp / 10_000;
        list.add("Brokerage account", "active", |item| {
            item.roubles("balance", value).roubles("gain", gain);
        });
    }
    if chance.percent(4, 12) {
        let value = chance.minor(5, 100_000, 40_000_000);
        list.add("Gold, by the gram", "active", |item| {
            item.roubles("balance", value);
        });
    }
}

fn loyalty(list: &mut List<'_>) {
    let chance = list.holder.chance;
    let points = chance.below(1, 24_000);
    let level = match points {
        0..6_000 => "crew",
        6_000..16_000 => "mate",
        _ => "captain",
    };
    let burn = list.first_in(2, 1, 6);
    list.add("Bulkhead points", "active", |item| {
        item.number("points", points).text("level", level).text("some_expire_on", &burn);
    });
}

fn taxes(list: &mut List<'_>) {
    let chance = list.holder.chance;
    let due = list.first_in(1, 1, 2);
    for (n, (share, name, least, spread)) in (10..).zip([
        (45, "Property tax", 120_000, 1_800_000),
        (35, "Vehicle tax", 150_000, 2_500_000),
        (18, "Traffic fine", 50_000, 250_000),
    ]) {
        if !chance.percent(n, share) {
            continue;
        }
        let amount = chance.minor(n + 10, least, spread) / 100 * 100;
        let status = if chance.percent(n + 20, 60) { "due" } else { "paid" };
        list.add(name, status, |item| {
            item.roubles("balance", amount).text("due_on", &due);
        });
    }
}

/// Name and price a month.
const SUBSCRIPTIONS: [(&str, i64); 8] = [
    ("Lighthouse Films", 39_900),
    ("Wave Music", 16_900),
    ("Northern News", 24_900),
    ("Cloud Harbour, 200 GB", 14_900),
    ("Book Tide", 44_900),
    ("Fit Deck", 129_000),
    ("Game Port", 59_900),
    ("Bulkhead Plus", 19_900),
];

fn subscriptions(list: &mut List<'_>) {
    let chance = list.holder.chance;
    for (n, (name, price)) in (10..).zip(SUBSCRIPTIONS) {
        if !chance.percent(n, 18) {
            continue;
        }
        let status = if chance.percent(n + 20, 90) { "active" } else { "paused" };
        let next = list.first_in(n + 30, 1, 1);
        list.add(name, status, |item| {
            item.roubles("price", price).text("next_payment_on", &next);
        });
    }
}

/// As the gateway enforces them, per day, in roubles.
const LIMITS: [(&str, i64); 4] = [
    ("Transfers to others, a day", 100_000_000),
    ("Bills, a day", 50_000_000),
    ("Phone top-ups, a day", 1_500_000),
    ("Cash by code, a day", 10_000_000),
];

fn limits(list: &mut List<'_>) {
    for (name, most) in LIMITS {
        list.add(name, "in force", |item| {
            item.roubles("most", most);
        });
    }
}

fn credit_history(list: &mut List<'_>) {
    let chance = list.holder.chance;
    let score = 420 + chance.below(1, 520);
    let status = match score {
        0..600 => "fair",
        600..780 => "good",
        _ => "very good",
    };
    let (inquiries, delays) = (chance.below(2, 6), chance.below(3, 3));
    list.add("Credit rating", status, |item| {
        item.number("score", score)
            .number("inquiries_this_year", inquiries)
            .number("late_payments", delays);
    });
}
