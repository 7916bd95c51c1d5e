//! The two ways in which a use case does not succeed: it says no (a refusal, part of the
//! contract), or something it needs failed. The edge turns both into problem documents and logs
//! the second kind, once.

use common::problem::{Code, Refusal};

use crate::rpc::CallError;

/// A statement or connection that failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection became free, or none could be made.
    #[error("no database connection")]
    NoConnection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A statement failed (block, gateway).
    #[error("a statement failed")]
    Statement(#[from] tokio_postgres::Error),
    /// A statement failed (control data).
    #[error("a statement on control data failed")]
    Control(#[from] sqlx::Error),
    /// The database holds something that this version cannot read.
    #[error("the database holds a {what} that cannot be read")]
    Unreadable {
        /// What it should be.
        what: &'static str,
    },
}

impl StoreError {
    /// The name of the constraint that a statement violated, if that is why it failed.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Statement(error) => error.as_db_error().and_then(|db| db.constraint()),
            Self::Control(error) => error.as_database_error().and_then(|db| db.constraint()),
            Self::NoConnection(_) | Self::Unreadable { .. } => None,
        }
    }

    /// Is the database away, rather than the statement wrong?
    pub fn is_away(&self) -> bool {
        match self {
            Self::NoConnection(_) => true,
            Self::Statement(error) => {
                error.is_closed() || error.code().is_some_and(|state| away_state(state.code()))
            }
            Self::Control(
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed,
            ) => true,
            Self::Control(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|state| away_state(&state))
            }
            Self::Control(_) => false,
            Self::Unreadable { .. } => false,
        }
    }
}

/// Another try may succeed: classes 08 (connection), 40 (rolled back, as by a deadlock), 53
/// (insufficient resources) and 57 (operator intervention, time-outs of statements included), a
/// transaction that was idle for too long, and a database that lets nobody in.
fn away_state(code: &str) -> bool {
    let classes = ["08", "40", "53", "57"];
    classes.iter().any(|class| code.starts_with(class)) || ["25P03", "55000"].contains(&code)
}

/// Why a use case did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It says no.
    #[error("refused: {}", .0.code.as_str())]
    Refused(Refusal),
    /// The database failed.
    #[error("a store failed")]
    Store(#[from] StoreError),
    /// Another service failed, and the use case had nothing better to say.
    #[error("a call failed")]
    Call(#[from] CallError),
    /// Something that cannot be, was.
    #[error("broken assumption: {0}")]
    Broken(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The chain of an error's sources in one line, for logs.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
