//! Templates: an order to be repeated, under a name. A deleted one leaves its tombstone, so that
//! it does not come back with an older copy.

use common::Generation;
use common::operation::Terms;
use common::problem::{Code, Refusal};
use platform::pg::Transaction;
use platform::{Failure, random};
use serde_json::json;
use uuid::Uuid;

use super::entities;
use super::sessions::authenticate::Authenticated;
use crate::block::Block;
use crate::store;
use crate::store::template::Template;

/// The customer's templates, newest first.
pub async fn list(block: &Block, who: &Authenticated) -> Result<Vec<Template>, Failure> {
    let connection = block.db.connection().await?;
    Ok(store::template::list(&connection, &who.scope).await?)
}

/// Keeps terms under a name.
pub async fn create(
    block: &Block,
    who: &Authenticated,
    name: String,
    terms: Terms,
) -> Result<Template, Failure> {
    let length = name.trim().chars().count();
    if !(1..=60).contains(&length) || name.chars().any(char::is_control) {
        let must = "must have 1 to 60 characters";
        return Err(Refusal::new(Code::InvalidRequest).field("name", must).into());
    }
    if let Some(fault) = terms.faults().first() {
        let field = format!("terms.{}", fault.field);
        return Err(Refusal::new(Code::InvalidRequest).field(field, fault.must).into());
    }
    let template = Template {
        template_id: random::uuid(),
        name: name.trim().to_owned(),
        terms: json!(terms),
        version: 1,
        deleted: false,
        created_at: block.clock.now(),
    };
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation = who.enter(block, &tx).await?;
    if store::template::count(&tx, &who.scope).await? >= block.config.operations.templates_max {
        return Err(Code::TooManyTemplates.into());
    }
    store::template::insert(&tx, &who.scope, &template, generation).await?;
    tell(&tx, who, generation, &template).await?;
    tx.commit().await?;
    Ok(template)
}

/// Removes a template.
pub async fn remove(block: &Block, who: &Authenticated, id: Uuid) -> Result<(), Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation = who.enter(block, &tx).await?;
    let removed = store::template::remove(&tx, &who.scope, id, generation).await?;
    tell(&tx, who, generation, &removed.ok_or(Code::TemplateUnknown)?).await?;
    Ok(tx.commit().await?)
}

async fn tell(
    tx: &Transaction<'_>,
    who: &Authenticated,
    generation: Generation,
    template: &Template,
) -> Result<(), Failure> {
    let entity = entities::template(generation, template);
    Ok(store::outbox::write(tx, &who.scope, generation, &entity).await?)
}
