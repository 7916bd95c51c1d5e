//! `GET /v1/customers/{customer_id}/items`.

use axum::Json;
use axum::extract::State;
use common::CustomerId;
use platform::http::{Answer, ApiPath, Caller};

use super::{At, ORDERERS};
use crate::foreign::CustomerItems;
use crate::systems::app;

pub(super) async fn list(
    State(At(system)): State<At>,
    caller: Caller,
    ApiPath(customer): ApiPath<CustomerId>,
) -> Answer<Json<CustomerItems>> {
    caller.must_be_one_of(ORDERERS)?;
    Ok(Json(app::items::list(&system, customer).await?))
}
