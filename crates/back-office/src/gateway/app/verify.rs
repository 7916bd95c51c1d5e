//! The whole proof that money is conserved (I16), from one moment of the ledger.

use common::Timestamp;
use platform::Failure;
use platform::pg::Db;
use tokio_postgres::IsolationLevel;

use crate::ledger::store::check::{self, Drifted, Miscounted, Unbalanced};
use crate::ledger::store::snapshot;

/// What is wrong with the books; nothing, if they are right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Currencies that do not sum to zero.
    pub unbalanced: Vec<Unbalanced>,
    /// Balances that are not what the entries say.
    pub drifted: Vec<Drifted>,
    /// Operations without exactly their entries.
    pub miscounted: Vec<Miscounted>,
}

impl Findings {
    /// How many things are wrong.
    pub fn count(&self) -> usize {
        self.unbalanced.len() + self.drifted.len() + self.miscounted.len()
    }

    /// A line for each, for a person.
    pub fn report(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for Unbalanced { currency, sum_minor } in &self.unbalanced {
            lines.push(format!("{currency}: all balances sum to {sum_minor} and not to 0"));
        }
        for found in &self.drifted {
            let (balance, entries) = (found.balance_minor, found.entries_minor);
            let account = &found.account_number;
            lines.push(format!("account {account}: balance {balance}, entries {entries}"));
        }
        for found in &self.miscounted {
            let (recorded, there) = (found.recorded, found.found);
            let (operation, state) = (found.operation_id, &found.state);
            lines.push(format!(
                "operation {operation} ({state}): {recorded} entries recorded, {there} found"
            ));
        }
        lines
    }
}

/// Looks at everything: all accounts, all entries, all operations.
pub async fn verify(db: &Db) -> Result<Findings, Failure> {
    let mut connection = db.connection().await?;
    let transaction = connection
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    snapshot::without_time_limit(&transaction).await?;
    Ok(Findings {
        unbalanced: check::unbalanced(&transaction).await?,
        drifted: check::compare_all(&transaction).await?,
        miscounted: check::miscounted(&transaction, Timestamp::from_unix_ms(0)).await?,
    })
}
