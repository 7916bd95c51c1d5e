//! Texts to phones.

use common::Phone;
use common::wire::systems::{Message, SendMessage};
use platform::Failure;

use crate::systems::running::Running;
use crate::systems::store;

/// Sends a text, once per id.
pub(in crate::systems) async fn send(
    system: &Running,
    message: &SendMessage,
    sender: &str,
) -> Result<(), Failure> {
    let connection = system.db.connection().await?;
    store::messages::keep(&connection, message, sender, system.clock.now()).await?;
    Ok(())
}

/// The texts that were sent, newest first: to one phone, or to all.
pub(in crate::systems) async fn newest(
    system: &Running,
    phone: Option<&Phone>,
    limit: u32,
) -> Result<Vec<Message>, Failure> {
    let connection = system.db.connection().await?;
    Ok(store::messages::newest(&connection, phone, limit).await?)
}
