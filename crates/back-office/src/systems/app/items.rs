//! What a customer has in a system.

use common::wire::gateway::Card;
use common::{CustomerId, Timestamp};
use platform::Failure;
use serde_json::{Value, json};

use crate::foreign::CustomerItems;
use crate::systems::catalogue::Shape;
use crate::systems::running::Running;
use crate::systems::store;
use crate::systems::store::deposits::Deposit;

/// The items of a customer, in the order of their ids. A customer that the system does not know
/// has none.
pub(in crate::systems) async fn list(
    system: &Running,
    customer: CustomerId,
) -> Result<CustomerItems, Failure> {
    let connection = system.db.connection().await?;
    let items = match system.system.shape() {
        Shape::Cards => {
            let cards = store::cards::list(&connection, customer).await?;
            cards.iter().map(card).collect()
        }
        Shape::Deposits => {
            let deposits = store::deposits::list(&connection, customer).await?;
            deposits.iter().map(deposit).collect()
        }
        _ => store::items::list(&connection, customer).await?,
    };
    let as_of: Timestamp = system.clock.now();
    Ok(CustomerItems { as_of, items })
}

fn card(card: &Card) -> Value {
    json!(card)
}

fn deposit(deposit: &Deposit) -> Value {
    json!({
        "id": deposit.id,
        "name": deposit.name,
        "status": "active",
        "balance": deposit.amount,
        "product_id": deposit.product_id,
        "rate_bp": deposit.rate_bp,
        "opened_at": deposit.opened_at,
        "matures_on": deposit.matures_on.to_string(),
    })
}
