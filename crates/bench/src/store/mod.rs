//! The measurements' own statements: filling databases before, counting rows after. Never part of
//! what is measured.

pub(crate) mod block;
pub(crate) mod directory;
pub(crate) mod relay;
pub(crate) mod yardstick;

use platform::Tasks;
use tokio_postgres::{Client, NoTls};

use crate::failure::{Attempting as _, Result};

/// A connection of our own to a database.
pub(crate) struct Session {
    client: Client,
    /// The connection's task ends with the client.
    _tasks: Tasks,
}

/// Connects.
pub(crate) async fn connect(url: &str) -> Result<Session> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.attempting("connecting to PostgreSQL")?;
    let tasks = Tasks::new();
    tasks.spawn("database", async move {
        // The client sees the error of its own statement.
        drop(connection.await);
    });
    Ok(Session { client, _tasks: tasks })
}

/// The statement that makes a database.
pub(crate) fn create_database(name: &str) -> String {
    format!("create database {name}")
}

impl Session {
    /// Runs statements.
    pub(crate) async fn batch(&self, statements: &str) -> Result<()> {
        self.client.batch_execute(statements).await.attempting(statements)
    }
}
