//! I16: money is conserved: the sum over all accounts is nothing per currency, every account is
//! what its entries say, and what was executed is in the ledger exactly once.

use super::{Evidence, Found};
use crate::check::Violation;

const SUMS: &str = "
    select currency, sum(balance_minor)::bigint as total from account
    group by currency having sum(balance_minor) <> 0";
const ACCOUNTS: &str = "
    select a.account_number, a.customer_id, a.balance_minor,
           coalesce(i.total, 0)::bigint - coalesce(o.total, 0)::bigint as booked
    from account a
    left join (select credit_account, sum(amount_minor) as total from entry group by 1) i
      on i.credit_account = a.account_number
    left join (select debit_account, sum(amount_minor) as total from entry group by 1) o
      on o.debit_account = a.account_number
    where a.balance_minor <> coalesce(i.total, 0) - coalesce(o.total, 0)";
const UNBOOKED: &str = "
    select r.operation_id::text as id, r.customer_id, r.entry_count, count(e.entry_id) as entries
    from operation_record r left join entry e using (operation_id)
    where r.state <> 'in_progress' group by r.operation_id
    having count(e.entry_id) <> r.entry_count";

pub(in crate::check) async fn check(evidence: &Evidence) -> Found {
    let gateway = evidence.gateway()?;
    let mut found = Vec::new();
    for row in gateway.rows(ACCOUNTS, &[]).await? {
        let (account, booked): (&str, i64) = (row.get("account_number"), row.get("booked"));
        let balance: i64 = row.get("balance_minor");
        let what = format!("account {account} says {balance}, its entries {booked}");
        found.push(Violation::new(row.get("customer_id"), what));
    }
    for row in gateway.rows(UNBOOKED, &[]).await? {
        let (id, entries): (&str, i64) = (row.get("id"), row.get("entries"));
        let expected: i16 = row.get("entry_count");
        let what = format!("{id} has {entries} entries instead of {expected}");
        found.push(Violation::new(row.get("customer_id"), what));
    }
    for row in gateway.rows(SUMS, &[]).await? {
        let (currency, total): (&str, i64) = (row.get("currency"), row.get("total"));
        found.push(Violation::new(None, format!("{total} {currency} came from nowhere")));
    }
    Ok(found)
}
