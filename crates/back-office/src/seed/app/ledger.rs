//! Loading the ledger: customers, accounts and entries, all or nothing.
//!
//! When most of what it will hold is new, the ledger is closed to everybody else until the load is
//! through; otherwise it can be read, and bookings on the bank's own accounts wait.

use std::collections::{BTreeMap, HashMap};

use common::{AccountNumber, CustomerId, Timestamp};
use platform::{Failure, Tasks};
use tokio_postgres::Transaction;

use super::feed::Feed;
use super::{Loaded, connect};
use crate::seed::Customer;
use crate::seed::copy::Rows;
use crate::seed::history::{self, Bank, Books, Calendar, Pair};
use crate::seed::store::{ledger, rebuild};

/// Pairs of customers in one COPY.
const PAIRS_AT_ONCE: usize = 1_000;

/// What is sent at once.
struct Piece {
    customers: Rows,
    accounts: Rows,
    entries: Rows,
    changes: BTreeMap<AccountNumber, i64>,
}

pub(super) async fn load(
    url: &str,
    customers: Vec<Customer>,
    today: Timestamp,
) -> Result<Loaded, Failure> {
    let tasks = Tasks::new();
    let mut client = connect(url, &tasks).await?;
    let transaction = client.transaction().await?;
    let known = ledger::known_customers(&transaction).await?;
    let new: Vec<Customer> = customers
        .into_iter()
        .filter(|customer| !known.contains(&customer.customer_id.as_i64()))
        .collect();
    if new.is_empty() {
        return Ok(Loaded::default());
    }
    let mut later = None;
    if new.len() > known.len() {
        later = Some(rebuild::begin(&transaction, "entry").await?);
    }
    ledger::lock_own_accounts(&transaction).await?;
    let loaded = copy(&transaction, new, today).await?;
    if let Some(later) = later {
        later.finish(&transaction).await?;
    }
    ledger::analyze(&transaction).await?;
    transaction.commit().await?;
    Ok(loaded)
}

async fn copy(
    transaction: &Transaction<'_>,
    new: Vec<Customer>,
    today: Timestamp,
) -> Result<Loaded, Failure> {
    let mut counts = [0; 3];
    let mut changes: BTreeMap<AccountNumber, i64> = BTreeMap::new();
    let mut feed = pieces(new, today);
    while let Some(piece) = feed.next().await? {
        // In this order: an account belongs to a customer, an entry to accounts.
        counts[0] += ledger::copy_customers(transaction, piece.customers).await?;
        counts[1] += ledger::copy_accounts(transaction, piece.accounts).await?;
        counts[2] += ledger::copy_entries(transaction, piece.entries).await?;
        for (account, minor) in piece.changes {
            *changes.entry(account).or_default() += minor;
        }
    }
    ledger::move_balances(transaction, &changes).await?;
    let names = ["customers", "accounts", "entries"].map(str::to_owned);
    Ok(Loaded { customers: counts[0], rows: names.into_iter().zip(counts).collect() })
}

fn pieces(new: Vec<Customer>, today: Timestamp) -> Feed<Piece> {
    let ids: Vec<CustomerId> = new.iter().map(|customer| customer.customer_id).collect();
    let by_id: HashMap<CustomerId, Customer> =
        new.into_iter().map(|customer| (customer.customer_id, customer)).collect();
    let parts = Pair::of(&ids).chunks(PAIRS_AT_ONCE).map(<[Pair]>::to_vec).collect();
    let calendar = Calendar { today };
    Feed::of(parts, move |pairs: Vec<Pair>| piece(&pairs, &by_id, calendar))
}

fn piece(pairs: &[Pair], by_id: &HashMap<CustomerId, Customer>, calendar: Calendar) -> Piece {
    let (mut customers, mut accounts, mut entries) = (Rows::new(), Rows::new(), Rows::new());
    let mut bank = Bank::new();
    for pair in pairs {
        for customer in pair.members.iter().filter_map(|id| by_id.get(id)) {
            customers
                .row(4)
                .int8(customer.customer_id.as_i64())
                .int8(1)
                .text(customer.phone.as_str())
                .text(&customer.name);
        }
        let mut books = Books { bank: &mut bank, accounts: &mut accounts, entries: &mut entries };
        history::write(pair, calendar, &mut books);
    }
    Piece { customers, accounts, entries, changes: bank.changes() }
}
