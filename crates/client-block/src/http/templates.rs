//! `/v1/templates`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use common::object::object;
use common::operation::Terms;
use platform::http::{Answer, ApiJson, ApiPath};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Shop;
use super::auth::Customer;
use crate::app::templates;
use crate::store::template::Template;

/// The customer's templates.
#[derive(Serialize, ToSchema)]
pub(super) struct Templates {
    /// Newest first.
    items: Vec<Template>,
}

pub(super) async fn list(
    State(shop): State<Shop>,
    Customer(who): Customer,
) -> Answer<Json<Templates>> {
    Ok(Json(Templates { items: templates::list(&shop.block, &who).await? }))
}

/// `POST /v1/templates`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTemplate {
    /// The customer's name for it.
    #[schema(min_length = 1, max_length = 60, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    name: String,
    /// What would be ordered.
    #[serde(deserialize_with = "object")]
    terms: Terms,
}

pub(super) async fn create(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiJson(body): ApiJson<NewTemplate>,
) -> Answer<(StatusCode, Json<Template>)> {
    let template = templates::create(&shop.block, &who, body.name, body.terms).await?;
    Ok((StatusCode::CREATED, Json(template)))
}

pub(super) async fn remove(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(id): ApiPath<Uuid>,
) -> Answer<StatusCode> {
    templates::remove(&shop.block, &who, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
