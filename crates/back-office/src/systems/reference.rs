//! What the systems know of their own business: which billers there are and what their references
//! look like, which deposits are sold. The same as the gateway's reference data says (a test
//! compares them); each side validates for itself.

use common::{Currency, Money};

/// A biller.
#[derive(Debug)]
pub struct Biller {
    /// Its id in the reference data.
    pub id: &'static str,
    /// How many digits a reference has.
    pub reference_digits: usize,
}

/// A term deposit that is sold.
#[derive(Debug)]
pub struct DepositProduct {
    /// Its id in the reference data.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// In which currency.
    pub currency: Currency,
    /// Yearly interest in basis points.
    pub rate_bp: u32,
    /// Terms on offer, in months.
    pub terms_months: &'static [u32],
    /// The least one can put in, in minor units.
    pub least_minor: i64,
    /// The most.
    pub most_minor: i64,
}

/// All billers.
pub const BILLERS: [Biller; 10] = [
    biller("power-msk", 10),
    biller("water-msk", 9),
    biller("gas-msk", 11),
    biller("housing-msk", 10),
    biller("fiber", 8),
    biller("homenet", 9),
    biller("tv-one", 8),
    biller("kinder", 7),
    biller("university", 8),
    biller("intercom", 6),
];

/// All deposits on sale.
pub const DEPOSITS: [DepositProduct; 4] = [
    DepositProduct {
        id: "deposit-steady-rub",
        name: "Steady",
        currency: Currency::Rub,
        rate_bp: 1_450,
        terms_months: &[3, 6, 12],
        least_minor: 1_000_000,
        most_minor: 10_000_000_000,
    },
    DepositProduct {
        id: "deposit-long-rub",
        name: "Long view",
        currency: Currency::Rub,
        rate_bp: 1_300,
        terms_months: &[12, 24, 36],
        least_minor: 5_000_000,
        most_minor: 10_000_000_000,
    },
    DepositProduct {
        id: "deposit-steady-usd",
        name: "Steady dollars",
        currency: Currency::Usd,
        rate_bp: 150,
        terms_months: &[6, 12],
        least_minor: 10_000,
        most_minor: 100_000_000,
    },
    DepositProduct {
        id: "deposit-steady-eur",
        name: "Steady euros",
        currency: Currency::Eur,
        rate_bp: 100,
        terms_months: &[6, 12],
        least_minor: 10_000,
        most_minor: 100_000_000,
    },
];

const fn biller(id: &'static str, reference_digits: usize) -> Biller {
    Biller { id, reference_digits }
}

/// Would this biller take a payment with this reference? It refuses references of another length
/// and, so that a refusal can be seen, every reference that ends in `0000`.
pub fn biller_takes(biller_id: &str, reference: &str) -> bool {
    let Some(biller) = BILLERS.iter().find(|biller| biller.id == biller_id) else {
        return false;
    };
    let shaped = reference.len() == biller.reference_digits
        && reference.bytes().all(|byte| byte.is_ascii_digit());
    shaped && !reference.ends_with("0000")
}

/// Would an operator raise this phone's balance? Numbers are national; `+7 999 000…` belongs, so
/// that a refusal can be seen, to an operator that refuses all.
pub fn operator_takes(phone: &str) -> bool {
    phone.len() == 12 && phone.starts_with("+7") && !phone.starts_with("+7999000")
}

/// The deposit that is sold on these terms, or on better ones than `rate_bp`.
pub fn deposit_on_sale(
    product_id: &str,
    amount: Money,
    rate_bp: u32,
    term_months: u32,
) -> Option<&'static DepositProduct> {
    let product = DEPOSITS.iter().find(|product| product.id == product_id)?;
    let within = (product.least_minor..=product.most_minor).contains(&amount.minor());
    let sold = product.currency == amount.currency()
        && within
        && product.terms_months.contains(&term_months)
        && rate_bp <= product.rate_bp;
    sold.then_some(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn billers_and_operators_refuse_what_is_documented() {
        for (biller, reference, taken) in [
            ("fiber", "12345678", true),
            ("fiber", "1234567", false),
            ("fiber", "1234567x", false),
            ("fiber", "12340000", false),
            ("nobody", "12345678", false),
        ] {
            assert_eq!(biller_takes(biller, reference), taken, "{biller} {reference}");
        }
        for (phone, taken) in
            [("+79001234567", true), ("+79990001234", false), ("+4915112345678", false)]
        {
            assert_eq!(operator_takes(phone), taken, "{phone}");
        }
    }

    #[test]
    fn deposits_are_sold_on_their_terms() {
        let rub = |minor| Money::from_minor(minor, Currency::Rub);
        let sold = |amount, rate, term| deposit_on_sale("deposit-steady-rub", amount, rate, term);
        assert!(sold(rub(1_000_000), 1_450, 12).is_some());
        assert!(sold(rub(1_000_000), 1_400, 12).is_some());
        assert!(sold(rub(1_000_000), 1_451, 12).is_none());
        assert!(sold(rub(999_999), 1_450, 12).is_none());
        assert!(sold(rub(1_000_000), 1_450, 7).is_none());
        let dollars = Money::from_minor(1_000_000, Currency::Usd);
        assert!(sold(dollars, 1_450, 12).is_none());
    }
}
