//! Term deposits that were opened in the past.

use super::{Holder, Rows, month_after};
use crate::systems::reference::DEPOSITS;

pub(super) fn write(holder: &Holder, rows: &mut Rows) {
    let Holder { id, chance, today } = *holder;
    let count = u64::from(chance.percent(1, 35)) + u64::from(chance.percent(2, 10));
    for n in 1..=count {
        // Most are in roubles: the first two products.
        let sold = if chance.percent(10 + n, 85) { &DEPOSITS[..2] } else { &DEPOSITS[..] };
        let product = chance.pick(20 + n, sold);
        let digits = product.currency.account_digits();
        let spread = product.least_minor.unsigned_abs() * 40;
        let amount = chance.minor(30 + n, product.least_minor, spread) / 100_000 * 100_000;
        let term = *chance.pick(40 + n, product.terms_months);
        let left = 1 + u32::try_from(chance.below(50 + n, term.into())).unwrap_or(0);
        let opened_days = i64::from(term - left) * 30 + 15;
        let opened = today.saturating_sub(time::Duration::days(opened_days));
        rows.row(9)
            .text(&format!("42303{digits}0{:09}{n:02}", id.0))
            .int8(id.as_i64())
            .text(product.id)
            .text(product.name)
            .int8(amount.max(product.least_minor))
            .text(product.currency.code())
            .int4(i32::try_from(product.rate_bp).unwrap_or(0))
            .at_ms(opened.midnight().assume_utc().unix_timestamp() * 1_000)
            .date(month_after(today, left));
    }
}
