//! How exchange rates move: each currency's course is a walk of small steps that never leaves a
//! band around its anchor, and customers buy and sell beside it.
//!
//! Deterministic: a step follows from currency and number alone, so that several gateways agree and
//! a test can tell what comes.

use common::Rate;
use common::fingerprint::sha256_parts;
use common::money::Currency;

/// How far a course may move from its anchor, in basis points.
const BAND_BP: i64 = 300;
/// The largest step, in basis points of the anchor.
const STEP_BP: i64 = 8;
/// What the bank takes on either side of the course, in basis points.
const SPREAD_BP: u128 = 75;
const BASIS_POINTS: u128 = 10_000;
const MILLION: u128 = 1_000_000;

/// Roubles per unit of a currency, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Of which currency.
    pub currency: Currency,
    /// Around which it moves.
    pub anchor_millionths: i64,
    /// Where it is.
    pub mid_millionths: i64,
    /// How many steps it has taken.
    pub step: i64,
}

impl Course {
    /// The course after its next step.
    #[must_use]
    pub fn next(self) -> Self {
        let step = self.step + 1;
        let parts = [b"walk.v1".as_slice(), self.currency.code().as_bytes(), &step.to_be_bytes()];
        let draw = i64::from(sha256_parts(&parts)[0] % 255) - 127;
        let by = self.anchor_millionths * STEP_BP * draw / (127 * 10_000);
        let band = self.anchor_millionths * BAND_BP / 10_000;
        let least = self.anchor_millionths - band;
        let mid = (self.mid_millionths + by).clamp(least, self.anchor_millionths + band);
        Self { mid_millionths: mid, step, ..self }
    }
}

/// What one unit of `sell` gives in `buy`, the bank's spread taken on each side that is not the
/// rouble; `None` where a course is missing.
pub fn rate(courses: &[Course], sell: Currency, buy: Currency) -> Option<Rate> {
    if sell == buy {
        return None;
    }
    let given = roubles(courses, sell, BASIS_POINTS - SPREAD_BP)?;
    let taken = roubles(courses, buy, BASIS_POINTS + SPREAD_BP)?;
    u64::try_from(given * MILLION / taken).ok().and_then(Rate::from_millionths)
}

/// Roubles per unit, in millionths of a basis point, at this share of the course.
fn roubles(courses: &[Course], currency: Currency, share: u128) -> Option<u128> {
    if currency == Currency::Rub {
        return Some(MILLION * BASIS_POINTS);
    }
    let course = courses.iter().find(|course| course.currency == currency)?;
    Some(u128::try_from(course.mid_millionths).ok()? * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(currency: Currency, millionths: i64) -> Course {
        Course { currency, anchor_millionths: millionths, mid_millionths: millionths, step: 0 }
    }

    #[test]
    fn courses_move_within_their_band_and_the_same_way_again() {
        let start = course(Currency::Usd, 92_500_000);
        let (mut here, mut moved) = (start, 0);
        for _ in 0..10_000 {
            let next = here.next();
            moved += i64::from(next.mid_millionths != here.mid_millionths);
            here = next;
            let off = (here.mid_millionths - start.mid_millionths).abs();
            assert!(off <= start.anchor_millionths * BAND_BP / 10_000);
        }
        assert!(moved > 9_000, "{moved}");
        assert_eq!(start.next(), start.next());
    }

    #[test]
    fn customers_never_gain_by_going_there_and_back() {
        let courses = [course(Currency::Usd, 92_500_000), course(Currency::Eur, 100_800_000)];
        for sell in Currency::ALL {
            assert_eq!(rate(&courses, sell, sell), None);
            for buy in Currency::ALL.into_iter().filter(|buy| *buy != sell) {
                let there = u128::from(rate(&courses, sell, buy).unwrap().millionths());
                let back = u128::from(rate(&courses, buy, sell).unwrap().millionths());
                assert!(there * back < MILLION * MILLION, "{sell} {buy}");
            }
        }
        let dollars = rate(&courses, Currency::Usd, Currency::Rub).unwrap();
        assert_eq!(dollars.to_string(), "91.806250");
        assert_eq!(rate(&courses[..1], Currency::Eur, Currency::Rub), None);
    }
}
