//! Applications of visitors, sealed.

use common::Timestamp;
use platform::StoreError;
use platform::pg::{Connection, Sql};
use time::OffsetDateTime;
use tokio_postgres::Row;

/// A stored application.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its only handle.
    pub reference: String,
    /// For which product: the one thing that is not sealed.
    pub product_id: String,
    /// See `sealing`.
    pub sealed: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
}

/// Stores an application; says whether its reference was new.
pub async fn insert(db: &Connection, application: &Application) -> Result<bool, StoreError> {
    let sql = "
        insert into application (reference, product_id, sealed, received_at)
        values ($1, $2, $3, $4)
        on conflict on constraint application_pkey do nothing";
    let at = OffsetDateTime::from(application.received_at);
    let Application { reference, product_id, sealed, .. } = application;
    Ok(db.run(sql, &[reference, product_id, sealed, &at]).await? == 1)
}

/// The application with this reference.
pub async fn find(db: &Connection, reference: &str) -> Result<Option<Application>, StoreError> {
    let sql = "select * from application where reference = $1";
    Ok(db.row_opt(sql, &[&reference]).await?.as_ref().map(read))
}

/// All applications, oldest first, for the staff's export.
pub async fn all(db: &Connection) -> Result<Vec<Application>, StoreError> {
    let rows = db.rows("select * from application order by received_at, reference", &[]).await?;
    Ok(rows.iter().map(read).collect())
}

fn read(row: &Row) -> Application {
    Application {
        reference: row.get("reference"),
        product_id: row.get("product_id"),
        sealed: row.get("sealed"),
        received_at: row.get::<_, OffsetDateTime>("received_at").into(),
    }
}
