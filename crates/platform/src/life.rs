//! What the database server says of itself, from which a service tells whether its database is in
//! the life it was in (protocol §2; the decision is `common::incarnation::identify`).

use crate::failure::StoreError;
use crate::pg::{GenericClient, Sql as _};

/// (system identifier, timeline) of the server behind a connection, which must be a primary: the
/// first is the same in all copies of a cluster, the second grows with every promotion.
pub async fn server(db: &impl GenericClient) -> Result<(u64, u32), StoreError> {
    // Not `pg_control_checkpoint()`: it learns of a promotion with the next checkpoint only.
    let sql = "
        select system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline
        from pg_control_system()";
    let row = db.row(sql, &[]).await?;
    let (system, timeline): (i64, String) = (row.get("system_identifier"), row.get("timeline"));
    let unreadable = |_| StoreError::Unreadable { what: "timeline" };
    Ok((system.cast_unsigned(), u32::from_str_radix(&timeline, 16).map_err(unreadable)?))
}
