//! One module an invariant: its statement, and the predicate over its rows. Only reading; nothing
//! here knows how to mend anything.

pub(super) mod i01;
pub(super) mod i02;
pub(super) mod i03;
pub(super) mod i04;
pub(super) mod i05;
pub(super) mod i06;
pub(super) mod i07;
pub(super) mod i08;
pub(super) mod i10;
pub(super) mod i12;
pub(super) mod i13;
pub(super) mod i14;
pub(super) mod i16;
pub(super) mod i17;
mod register;
mod streams;

use common::OperationId;
use common::operation::OperationState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::evidence::{Database, Evidence, Holds};

/// A database could not be read: nothing is proved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    /// The statement failed.
    #[error("{database} cannot be read: {source}")]
    Failed {
        /// Of which database.
        database: String,
        /// Why.
        source: tokio_postgres::Error,
    },
    /// There is none that could be asked.
    #[error("{0} was not reached")]
    Missing(&'static str),
    /// What is in it has another form than this program knows.
    #[error("{database} holds something unknown: {what}")]
    Strange {
        /// In which database.
        database: String,
        /// What.
        what: String,
    },
}

type Found = Result<Vec<super::Violation>, Unread>;

/// Is this server a standby?
pub(super) async fn follows(client: &Client) -> Result<bool, tokio_postgres::Error> {
    Ok(client.query_one("select pg_is_in_recovery()", &[]).await?.get(0))
}

impl Database {
    async fn rows(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Unread> {
        let read = self.client.query(sql, values).await;
        read.map_err(|source| Unread::Failed { database: self.name.clone(), source })
    }

    fn strange(&self, what: impl Into<String>) -> Unread {
        Unread::Strange { database: self.name.clone(), what: what.into() }
    }
}

impl Evidence {
    fn gateway(&self) -> Result<&Database, Unread> {
        self.leading(Holds::Gateway).next().ok_or(Unread::Missing("the gateway's database"))
    }

    /// The archive; none where this bank has none. One that should be there and is not is missing.
    fn archive(&self) -> Result<Option<&Database>, Unread> {
        match self.leading(Holds::Archive).next() {
            None if self.has_archive => Err(Unread::Missing("the archive's database")),
            found => Ok(found),
        }
    }
}

/// An operation's end, or how far it has come, as a database has it.
#[derive(Clone, Debug)]
struct Held {
    id: OperationId,
    customer_id: i64,
    state: OperationState,
}

fn held(database: &Database, row: &Row) -> Result<Held, Unread> {
    let word: String = row.get("state");
    let state = OperationState::parse(&word);
    Ok(Held {
        id: OperationId(row.get("operation_id")),
        customer_id: row.get("customer_id"),
        state: state.ok_or_else(|| database.strange(format!("the state {word}")))?,
    })
}
