//! The daily partitions of the log: made before they are needed.

use platform::Failure;
use platform::pg::Connection;
use time::{Duration, OffsetDateTime};

use crate::archive::Archive;
use crate::store::event;

/// Makes the partitions of today and tomorrow, unless this process has seen them made.
pub async fn ensure(archive: &Archive, connection: &Connection) -> Result<(), Failure> {
    let today = OffsetDateTime::from(archive.now()).date();
    if archive.log_reaches(today) {
        return Ok(());
    }
    event::make_partition(connection, today).await?;
    event::make_partition(connection, today.saturating_add(Duration::days(1))).await?;
    archive.log_made_for(today);
    Ok(())
}
