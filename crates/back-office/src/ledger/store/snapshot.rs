//! Reading the whole ledger, for those who have time.

use platform::StoreError;

use crate::statement::Session;

/// Lets the statements of this transaction run as long as they need.
pub async fn without_time_limit<S: Session>(session: &S) -> Result<(), StoreError> {
    session.batch_execute("set local statement_timeout = 0").await?;
    Ok(())
}
