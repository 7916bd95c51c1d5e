//! A router is obeyed under the newest generation of its row that was seen here: one that another
//! has superseded is refused, and told which generation stands (protocol §3).

use common::Generation;
use common::leading::is_obeyed;
use common::problem::{Code, Refusal};
use platform::Failure;
use platform::pg::Sql;

use crate::store::router;

/// Takes note of what a router carries, or refuses it. Where nobody leads, nothing need be said.
pub async fn must_be_obeyed(db: &impl Sql, carried: Option<Generation>) -> Result<(), Failure> {
    if let Some(carried) = carried {
        router::saw(db, carried).await?;
    }
    let Some(stands) = router::seen(db).await? else { return Ok(()) };
    if is_obeyed(stands, carried) {
        return Ok(());
    }
    let detail = format!(
        "Generation {stands} of the router's row stands; this router acts under an older one."
    );
    Err(Refusal::new(Code::RouterSuperseded).detail(detail).into())
}
