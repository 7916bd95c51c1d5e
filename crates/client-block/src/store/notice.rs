//! What the processes of a block tell each other through their database.

use platform::StoreError;
use platform::pg::{GenericClient, Sql};

/// Says `text` on `channel` to whoever listens, with the transaction's commit.
pub async fn tell(
    db: &impl GenericClient,
    channel: &'static str,
    text: &str,
) -> Result<(), StoreError> {
    db.row("select pg_notify($1, $2)", &[&channel, &text]).await?;
    Ok(())
}
