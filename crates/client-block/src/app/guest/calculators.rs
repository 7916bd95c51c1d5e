//! Calculators: the bounds of what may be asked, around the exact arithmetic of `common`.

use common::calculator::{self, LoanCost};
use common::problem::{Code, Refusal};
use common::{Currency, Money};

/// What a loan costs.
pub fn loan(
    amount: &str,
    currency: Currency,
    months: u32,
    rate_bp: u32,
) -> Result<LoanCost, Refusal> {
    let amount = checked(amount, currency, months, rate_bp)?;
    calculator::loan(amount, months, rate_bp).map_err(|_| too_large())
}

/// What a deposit gives at its end.
pub fn deposit(
    amount: &str,
    currency: Currency,
    months: u32,
    rate_bp: u32,
) -> Result<Money, Refusal> {
    let amount = checked(amount, currency, months, rate_bp)?;
    calculator::deposit(amount, months, rate_bp).map_err(|_| too_large())
}

/// The largest amount that is calculated with, in minor units: a hundred million.
const MINOR_MAX: i64 = 10_000_000_000;

fn checked(amount: &str, currency: Currency, months: u32, rate_bp: u32) -> Result<Money, Refusal> {
    let wrong = |field: &str, must: &str| Refusal::new(Code::InvalidRequest).field(field, must);
    let amount =
        Money::parse(amount, currency).map_err(|error| wrong("amount", &error.to_string()))?;
    if !(1..=MINOR_MAX).contains(&amount.minor()) {
        return Err(wrong("amount", "must be more than zero and at most 100000000"));
    }
    if !(1..=480).contains(&months) {
        return Err(wrong("months", "must be 1 to 480"));
    }
    if rate_bp > 10_000 {
        return Err(wrong("rate_bp", "must be at most 10000 basis points (100 %)"));
    }
    Ok(amount)
}

fn too_large() -> Refusal {
    Refusal::new(Code::InvalidRequest).field("amount", "gives more than the bank handles")
}
