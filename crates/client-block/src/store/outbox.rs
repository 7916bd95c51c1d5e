//! The outbox: in the transaction of every change (I6), so that what is committed is shipped.

use common::Generation;
use common::wire::archive::Marks;
use platform::StoreError;
use platform::pg::{Sql, Transaction};
use serde_json::{Value, json};

use crate::block::Scope;

/// A changed entity, as the archive will hold it.
#[derive(Clone, Debug)]
pub struct Entity {
    /// What it is: `operation`, `session`, `device` …
    pub kind: &'static str,
    /// Its id within the customer.
    pub id: String,
    /// See `common::order_key`.
    pub order_key: Vec<u8>,
    /// Has it yet to end?
    pub open: bool,
    /// Will it never change again?
    pub final_: bool,
    /// Its content.
    pub payload: Value,
    /// What joins by itself, where the kind has such.
    pub marks: Option<Marks>,
}

/// Writes the row.
pub async fn write(
    tx: &Transaction<'_>,
    scope: &Scope,
    generation: Generation,
    entity: &Entity,
) -> Result<(), StoreError> {
    let sql = "
        insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key,
            open, final, payload, marks)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let marks = entity.marks.map(|marks| json!(marks));
    tx.run(
        sql,
        &[
            &scope.customer.as_i64(),
            &scope.home.as_str(),
            &i16::from(scope.slice.number()),
            &generation.as_i64(),
            &entity.kind,
            &entity.id,
            &entity.order_key,
            &entity.open,
            &entity.final_,
            &entity.payload,
            &marks,
        ],
    )
    .await?;
    Ok(())
}
