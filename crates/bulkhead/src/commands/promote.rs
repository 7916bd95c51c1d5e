//! `bulkhead promote` and `alone`: what a person does when a database or its standby is lost.

use super::ops::Operations;
use super::ops::promote::{promote as by_administrator, promoted};
use crate::failure::Result;
use crate::place::Place;
use crate::screen::say;
use crate::up::{alone as go_on_alone, promote as promote_standby, standby_of};

/// Makes the standby of `database` its primary. Which router leads is decided at the archive, in an
/// administrator's name: there it is the first demo administrator's.
pub(crate) async fn promote(place: &Place, database: &str) -> Result<()> {
    let standby = standby_of(place, database).await?;
    let primary = if standby.router.is_some() {
        let operations = Operations::log_in(place, None).await?;
        by_administrator(place, &operations, database, "by hand").await?
    } else {
        promote_standby(place, database).await?
    };
    promoted(database, &primary);
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
