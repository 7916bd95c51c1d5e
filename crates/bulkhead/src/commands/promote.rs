//! `bulkhead promote` and `alone`: what a person does when a database or its standby is lost.

use crate::failure::Result;
use crate::place::Place;
use crate::screen::say;
use crate::up::{alone as go_on_alone, promote as promote_standby};

/// Makes the standby of `database` its primary.
pub(crate) async fn promote(place: &Place, database: &str) -> Result<()> {
    let primary = promote_standby(place, database).await?;
    say(format!("{primary} takes writes now; the old primary is stopped and barred."));
    say(format!(
        "Customers of what stands on it go on within a second or two, without a restart. Nothing \
         stands by for it until the old server is back: ./bulkhead heal {database}    # as a fresh \
         copy of {primary}",
    ));
    Ok(())
}

/// Lets `database` go on without its synchronous standby.
pub(super) async fn alone(place: &Place, database: &str) -> Result<()> {
    let primary = go_on_alone(place, database).await?;
    say(format!("{primary} does not wait for its standby any more."));
    say(format!(
        "What customers do is accepted again, on one copy less. It waits again once the standby is \
         back: ./bulkhead heal {database}",
    ));
    Ok(())
}
