//! What customers have in the systems: a function of the customer and the day.

mod cards;
mod deposits;
mod lists;

use common::{CustomerId, Timestamp};
use time::{Date, OffsetDateTime};

use super::chance::Chance;
use super::copy::Rows;
use crate::systems::System;

/// Whose products are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holder {
    pub(super) id: CustomerId,
    pub(super) chance: Chance,
    pub(super) today: Date,
}

/// The systems that have something of customers.
pub(super) const HOLDING: [System; 11] = [
    System::Cards,
    System::Loans,
    System::Deposits,
    System::Insurance,
    System::Pension,
    System::Investments,
    System::Loyalty,
    System::Taxes,
    System::Subscriptions,
    System::Limits,
    System::CreditHistory,
];

/// Writes what these customers have in one system.
pub(super) fn rows(system: System, customers: &[CustomerId], today: Timestamp) -> Rows {
    let today = OffsetDateTime::from(today).date();
    let mut rows = Rows::new();
    for id in customers.iter().copied() {
        // A number per system, so that who has a loan says nothing of who has a deposit.
        let chance = Chance::of(id.0.wrapping_add((system as u64 + 1) << 40));
        let holder = Holder { id, chance, today };
        match system {
            System::Cards => cards::write(&holder, &mut rows),
            System::Deposits => deposits::write(&holder, &mut rows),
            list => lists::write(list, &holder, &mut rows),
        }
    }
    rows
}

/// The first day of the month `months` after that of `from`.
fn month_after(from: Date, months: u32) -> Date {
    let count = u32::from(u8::from(from.month())) - 1 + months;
    let year = from.year() + i32::try_from(count / 12).unwrap_or(0);
    let month = u8::try_from(count % 12 + 1)
        .ok()
        .and_then(|number| time::Month::try_from(number).ok())
        .unwrap_or(time::Month::January);
    Date::from_calendar_date(year, month, 1).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn months_wrap_around_the_year() {
        assert_eq!(month_after(date!(2026 - 11 - 20), 3), date!(2027 - 02 - 01));
        assert_eq!(month_after(date!(2026 - 01 - 31), 0), date!(2026 - 01 - 01));
    }

    #[test]
    fn what_customers_have_is_the_same_every_time_and_plausible_in_number() {
        let customers: Vec<CustomerId> = (1..=2_000).map(CustomerId).collect();
        let today = Timestamp::from_unix_ms(1_770_000_000_000);
        for system in HOLDING {
            let made = rows(system, &customers, today);
            let count = made.count();
            assert!((300..=8_000).contains(&count), "{system}: {count}");
            let again = rows(system, &customers, today).finish();
            assert_eq!(made.finish(), again, "{system}");
        }
    }
}
