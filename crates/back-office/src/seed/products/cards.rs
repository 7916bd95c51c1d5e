//! One to three cards, each on an account that the customer has.

use common::Currency;

use super::{Holder, Rows, month_after};
use crate::seed::history::{main_account, opens};

pub(super) fn write(holder: &Holder, rows: &mut Rows) {
    let Holder { id, chance, today } = *holder;
    let count = 1 + u64::from(chance.percent(1, 55)) + u64::from(chance.percent(2, 25));
    for n in 1..=count {
        let in_dollars = n == 3 && opens(id, Currency::Usd);
        let (currency, name) = match n {
            1 => (Currency::Rub, "Everyday card"),
            2 => (Currency::Rub, "Credit card, 120 days free"),
            _ if in_dollars => (Currency::Usd, "Travel card"),
            _ => (Currency::Rub, "Sticker for the phone"),
        };
        let Some(account) = main_account(id, currency) else {
            continue;
        };
        let months = 6 + u32::try_from(chance.below(10 + n, 48)).unwrap_or(0);
        let expires = month_after(today, months);
        rows.row(6)
            .text(&format!("card-{id}-{n}"))
            .int8(id.as_i64())
            .text(name)
            .text(&format!("{:04}", chance.below(20 + n, 10_000)))
            .text(account.as_str())
            .text(&format!("{}-{:02}", expires.year(), u8::from(expires.month())));
    }
}
