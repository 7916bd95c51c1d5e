//! hledger's syntax: <https://hledger.org/hledger.html>.
//!
//! Account names are stable: `customers:<id>:<number>` and `bank:<purpose>:<currency>:<stripe>`.
//! Amounts stand as `12.50 RUB`; a debit is negative, a credit positive, as balances are seen by
//! customers.

use std::io::{Result, Write};

use common::money::{Currency, Money};
use time::Date;

use super::store::{Account, Entry};

/// The name of an account in the journal.
pub(super) fn account_name(account: &Account) -> String {
    let number = &account.number;
    if let Some(customer) = account.customer_id {
        return format!("customers:{customer}:{number}");
    }
    let purpose = account.name.replace(' ', ":");
    let (currency, stripe) = (account.balance.currency(), &number[18..]);
    format!("bank:{purpose}:{currency}:{stripe}")
}

/// Commodities and accounts, declared so that a strict check knows what may appear.
pub(super) fn head<'a, W: Write>(
    out: &mut W,
    accounts: impl Iterator<Item = &'a String>,
) -> Result<()> {
    writeln!(out, "; The ledger of the bank, one transaction an entry.\n")?;
    for currency in Currency::ALL {
        writeln!(out, "commodity 1000.00 {currency}")?;
    }
    let mut accounts: Vec<&String> = accounts.collect();
    accounts.sort();
    for account in accounts {
        writeln!(out, "account {account}")?;
    }
    Ok(())
}

/// One entry as one transaction.
pub(super) fn entry<W: Write>(out: &mut W, entry: &Entry, debit: &str, credit: &str) -> Result<()> {
    let line = plain(&entry.description);
    writeln!(out, "\n{} ({}) {line}", entry.day, entry.id)?;
    write!(out, "    ; kind:{}", entry.kind)?;
    match entry.operation {
        Some(operation) => writeln!(out, ", operation:{operation}")?,
        None => writeln!(out)?,
    }
    let amount = entry.amount;
    let negative = Money::from_minor(-amount.minor(), amount.currency());
    writeln!(out, "    {debit}  {negative}")?;
    writeln!(out, "    {credit}  {amount}")
}

/// A last transaction that moves nothing and asserts every balance.
pub(super) fn assertions<W: Write>(out: &mut W, day: Date, accounts: &[Account]) -> Result<()> {
    writeln!(out, "\n{day} balances")?;
    for account in accounts {
        let zero = Money::zero(account.balance.currency());
        writeln!(out, "    {}  {zero} = {}", account_name(account), account.balance)?;
    }
    Ok(())
}

/// A description without what would end it.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .map(|c| if c == ';' { ',' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn an_entry_is_a_transaction_of_two_postings() {
        let sample = Entry {
            id: 7,
            operation: None,
            day: date!(2026 - 01 - 05),
            debit: String::new(),
            credit: String::new(),
            amount: Money::from_minor(1_250, Currency::Rub),
            kind: "incoming".to_owned(),
            description: "Salary; January\n".to_owned(),
        };
        let mut out = Vec::new();
        entry(&mut out, &sample, "bank:outside:world:RUB:03", "customers:1:408").unwrap();
        let expected = "\n2026-01-05 (7) Salary, January \n    ; kind:incoming\n    \
            bank:outside:world:RUB:03  -12.50 RUB\n    customers:1:408  12.50 RUB\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn accounts_have_stable_names() {
        let account = |number: &str, customer_id, name: &str| Account {
            number: number.to_owned(),
            customer_id,
            name: name.to_owned(),
            balance: Money::zero(Currency::Usd),
        };
        let own = account("47422840000000000115", None, "holding deposits");
        assert_eq!(account_name(&own), "bank:holding:deposits:USD:15");
        let his = account("40817840000000042001", Some(42), "Main account");
        assert_eq!(account_name(&his), "customers:42:40817840000000042001");
    }
}
