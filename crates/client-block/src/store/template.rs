//! Templates ("pay again").

use common::operation::Terms;
use common::{Generation, Timestamp};
use platform::StoreError;
use platform::pg::{Connection, Sql, Transaction};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::block::Scope;

/// A template.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Template {
    /// Its id.
    pub template_id: Uuid,
    /// The customer's name for it.
    pub name: String,
    /// What would be ordered.
    #[schema(value_type = Terms)]
    pub terms: Value,
    /// Raised by every change.
    pub version: i64,
    /// Only the tombstone is left.
    pub deleted: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The customer's templates, newest first.
pub async fn list(db: &Connection, scope: &Scope) -> Result<Vec<Template>, StoreError> {
    let sql = "
        select * from template where customer_id = $1 and not deleted
        order by created_at desc, template_id";
    let rows = db.rows(sql, &[&scope.customer.as_i64()]).await?;
    Ok(rows.iter().map(read).collect())
}

/// How many he has.
pub async fn count(tx: &Transaction<'_>, scope: &Scope) -> Result<i64, StoreError> {
    let sql = "select count(*) from template where customer_id = $1 and not deleted";
    Ok(tx.row(sql, &[&scope.customer.as_i64()]).await?.get(0))
}

/// Stores a new template.
pub async fn insert(
    tx: &Transaction<'_>,
    scope: &Scope,
    template: &Template,
    generation: Generation,
) -> Result<(), StoreError> {
    let sql = "
        insert into template (template_id, customer_id, name, terms, version, created_at,
            key_generation)
        values ($1, $2, $3, $4, $5, $6, $7)";
    let key = generation.as_i64();
    let customer = scope.customer.as_i64();
    let created_at = OffsetDateTime::from(template.created_at);
    let (id, name, terms) = (&template.template_id, &template.name, &template.terms);
    tx.run(sql, &[id, &customer, name, terms, &template.version, &created_at, &key]).await?;
    Ok(())
}

/// Turns a template into its tombstone and gives that.
pub async fn remove(
    tx: &Transaction<'_>,
    scope: &Scope,
    id: Uuid,
    generation: Generation,
) -> Result<Option<Template>, StoreError> {
    let sql = "
        update template set deleted = true, version = version + 1, terms = '{}',
            key_generation = $3
        where template_id = $1 and customer_id = $2 and not deleted
        returning *";
    let row = tx.row_opt(sql, &[&id, &scope.customer.as_i64(), &generation.as_i64()]).await?;
    Ok(row.as_ref().map(read))
}

fn read(row: &Row) -> Template {
    Template {
        template_id: row.get("template_id"),
        name: row.get("name"),
        terms: row.get("terms"),
        version: row.get("version"),
        deleted: row.get("deleted"),
        created_at: row.get::<_, OffsetDateTime>("created_at").into(),
    }
}
