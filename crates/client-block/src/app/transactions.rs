//! The history of one of the customer's accounts, from the ledger.

use common::AccountNumber;
use common::problem::Code;
use common::wire::gateway::TransactionPage;
use platform::Failure;

use super::gateway::{About, moved};
use super::sessions::authenticate::Authenticated;
use crate::block::Block;

/// A page of history, newest first. The ledger knows whose account it is: another customer's is
/// answered as if it did not exist.
pub async fn page(
    block: &Block,
    who: &Authenticated,
    account: &AccountNumber,
    cursor: Option<String>,
    limit: u32,
) -> Result<TransactionPage, Failure> {
    let about = About::new(block, &who.scope, who.generation);
    about.transactions(account, cursor, limit).await.map_err(|error| {
        if moved(&error) {
            Code::PlacementMoved.into()
        } else if error.is_refusal(Code::AccountUnknown) {
            Code::AccountUnknown.into()
        } else if error.is_refusal(Code::InvalidQuery) {
            Code::InvalidQuery.into()
        } else {
            Failure::from(error)
        }
    })
}
