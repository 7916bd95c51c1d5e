//! Calculators for visitors: exact integer arithmetic, rounded at the end.

use crate::money::{Money, MoneyError};

/// Fixed-point one.
const ONE: u128 = 1_000_000_000_000_000;
/// Fixed-point one of a ratio that is multiplied with amounts.
const RATIO_ONE: u128 = 1_000_000_000_000;
/// Basis points per year and months per year.
const MONTHLY: u128 = 10_000 * 12;

/// What a loan costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoanCost {
    /// Paid every month, rounded up to the minor unit.
    pub monthly: Money,
    /// All payments together.
    pub total: Money,
    /// What is paid beyond the amount borrowed.
    pub interest: Money,
}

/// An annuity loan: `amount` over `months` at `rate_bp` basis points a year.
///
/// The caller bounds the arguments: amount > 0, 1–480 months, at most 100 % a year.
pub fn loan(amount: Money, months: u32, rate_bp: u32) -> Result<LoanCost, MoneyError> {
    let principal = u128::try_from(amount.minor()).map_err(|_| MoneyError::Format)?;
    let months_wide = u128::from(months.max(1));
    let growth = growth(months, rate_bp);
    let monthly = if rate_bp == 0 {
        principal.div_ceil(months_wide)
    } else {
        // payment = P · r · g / (g − 1) with g = (1 + r)^n; and g / (g − 1) = 1 + 1 / (g − 1).
        let per_month = principal.checked_mul(u128::from(rate_bp)).ok_or(MoneyError::Overflow)?;
        let ratio = RATIO_ONE + RATIO_ONE * ONE / (growth - ONE);
        (per_month * ratio).div_ceil(MONTHLY * RATIO_ONE)
    };
    let currency = amount.currency();
    let in_money = |minor: u128| {
        let minor = i64::try_from(minor).map_err(|_| MoneyError::Overflow)?;
        Money::zero(currency).checked_add(Money::from_minor(minor, currency))
    };
    let total = in_money(monthly * months_wide)?;
    Ok(LoanCost { monthly: in_money(monthly)?, total, interest: total.checked_sub(amount)? })
}

/// What a deposit gives at its end, interest added every month, rounded down.
pub fn deposit(amount: Money, months: u32, rate_bp: u32) -> Result<Money, MoneyError> {
    let principal = u128::try_from(amount.minor()).map_err(|_| MoneyError::Format)?;
    let grown = principal.checked_mul(growth(months, rate_bp)).ok_or(MoneyError::Overflow)? / ONE;
    let minor = i64::try_from(grown).map_err(|_| MoneyError::Overflow)?;
    Money::zero(amount.currency()).checked_add(Money::from_minor(minor, amount.currency()))
}

/// (1 + rate/12)^months in fixed point.
fn growth(months: u32, rate_bp: u32) -> u128 {
    let step = ONE + ONE * u128::from(rate_bp) / MONTHLY;
    (0..months).fold(ONE, |grown, _| grown.saturating_mul(step) / ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn rub(minor: i64) -> Money {
        Money::from_minor(minor, Currency::Rub)
    }

    #[test]
    fn agrees_with_the_textbook() {
        // 1,000,000.00 over 12 months at 12 % a year: 88,848.79 a month.
        let cost = loan(rub(100_000_000), 12, 1_200).unwrap();
        assert_eq!(cost.monthly, rub(8_884_879));
        assert_eq!(cost.interest, cost.total.checked_sub(rub(100_000_000)).unwrap());
        assert_eq!(loan(rub(1_200), 12, 0).unwrap().monthly, rub(100));
        // 100,000.00 for 12 months at 12 % a year, monthly: 112,682.50.
        assert_eq!(deposit(rub(10_000_000), 12, 1_200).unwrap(), rub(11_268_250));
    }

    #[test]
    fn large_loans_do_not_overflow() {
        let most = rub(1_000_000_000_000);
        let cost = loan(most, 480, 10_000).unwrap();
        assert!(cost.monthly.minor() > most.minor() / 12);
    }
}
