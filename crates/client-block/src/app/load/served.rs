//! Before a customer is authenticated (I9): is he served here, and does this block know what is
//! known of him? Otherwise he is loaded first, and it is asked for what of his waits for a verdict.

use common::block::access::Access;
use common::block::admitting::{Admitting, Asking, admitting};
use common::gateway::JournalAnswer;
use common::problem::Code;
use common::{Generation, Revision};
use platform::Failure;

use super::fetch::ask_journal;
use super::join::join_alone;
use super::refusal;
use crate::app::register::answer;
use crate::app::{gate, loosen};
use crate::block::{Block, Scope};
use crate::store;

/// The generation under which the customer is served here, once he has been loaded where he had to
/// be; or the refusal that says who serves him, or when to come back.
pub async fn served(
    block: &Block,
    scope: &Scope,
    seen: Option<Revision>,
) -> Result<Generation, Failure> {
    let mut access = access_of(block, scope, seen).await?;
    let load = match access {
        Access::Load(generation) => Some((generation, false)),
        Access::AskFor(generation) => Some((generation, true)),
        _ => None,
    };
    if let Some((generation, ask)) = load {
        if block.archive.is_none() {
            return Ok(answer(&access)?);
        }
        refusal(block.loads.wait(block, scope, generation, ask).await?)?;
        access = access_of(block, scope, seen).await?;
    }
    let asking = Asking {
        phase: block.upkeep.phase(),
        access: &access,
        verified: block.loads.is_verified(scope.customer),
        loosening: loosen::unresolved(block, scope).await?,
    };
    match admitting(&asking) {
        Admitting::Authenticate(generation) => Ok(generation),
        Admitting::Moved => Err(Code::PlacementMoved.into()),
        Admitting::ReadRegister => {
            block.upkeep.read_register();
            Ok(answer(&access)?)
        }
        Admitting::Load(_) | Admitting::AskFor(_) => Ok(answer(&access)?),
        Admitting::Verify(generation) => verify(block, scope, generation).await,
        Admitting::Later => match answer(&access) {
            Err(refusal) => Err(refusal.into()),
            // The start is not over, or something of his waits for a verdict.
            Ok(_) => Ok(answer(&Access::Behind)?),
        },
    }
}

async fn access_of(
    block: &Block,
    scope: &Scope,
    seen: Option<Revision>,
) -> Result<Access, Failure> {
    let connection = block.db.connection().await?;
    let standing = store::placement::standing(&connection, scope).await?;
    Ok(standing.access(&block.name, seen))
}

/// Started alone: the customer's journal under our generation is all there is to ask. A higher
/// fence closes him here; with the gateway away too he is shown what is here, with its age.
async fn verify(
    block: &Block,
    scope: &Scope,
    generation: Generation,
) -> Result<Generation, Failure> {
    match ask_journal(block, scope.customer, generation, None).await {
        Ok(JournalAnswer::StaleGeneration { fence }) => {
            gate::close(block, scope, fence).await?;
            Err(Code::PlacementMoved.into())
        }
        Ok(JournalAnswer::Entries { entries, .. }) => {
            join_alone(block, scope, generation, &entries).await?;
            block.loads.verified(scope.customer);
            Ok(generation)
        }
        Err(error) => {
            tracing::info!(customer = %scope.customer, %error, "alone, and without the gateway");
            Ok(generation)
        }
    }
}
