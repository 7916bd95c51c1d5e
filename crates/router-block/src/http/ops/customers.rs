//! Customers of the directory.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use common::CustomerId;
use common::wire::router::{ChangeLogin, ChangePhone, DirectoryEntry, NewCustomer};
use platform::http::{Answer, ApiJson, ApiPath};

use super::AppState;
use super::launcher::Launcher;
use crate::app::change_keys::{NewKey, change};
use crate::app::create_customer::{Creation, create as create_customer};
use crate::app::customer::customer;

type Entry = (StatusCode, Json<DirectoryEntry>);

pub(super) async fn create(
    _: Launcher,
    State(AppState(shared)): State<AppState>,
    ApiJson(new): ApiJson<NewCustomer>,
) -> Answer<Entry> {
    Ok(match create_customer(&shared, &new).await? {
        Creation::Created(entry) => told(StatusCode::CREATED, entry),
        Creation::Known(entry) => (StatusCode::OK, Json(entry)),
    })
}

pub(super) async fn read(
    _: Launcher,
    State(AppState(shared)): State<AppState>,
    ApiPath(id): ApiPath<CustomerId>,
) -> Answer<Json<DirectoryEntry>> {
    Ok(Json(customer(&shared, id).await?))
}

pub(super) async fn change_login(
    _: Launcher,
    State(AppState(shared)): State<AppState>,
    ApiPath(id): ApiPath<CustomerId>,
    ApiJson(new): ApiJson<ChangeLogin>,
) -> Answer<Entry> {
    let entry = change(&shared, id, NewKey::Login(new.login)).await?;
    Ok(told(StatusCode::OK, entry))
}

pub(super) async fn change_phone(
    _: Launcher,
    State(AppState(shared)): State<AppState>,
    ApiPath(id): ApiPath<CustomerId>,
    ApiJson(new): ApiJson<ChangePhone>,
) -> Answer<Entry> {
    let entry = change(&shared, id, NewKey::Phone(new.phone)).await?;
    Ok(told(StatusCode::OK, entry))
}

/// 202: done here, and others are still to be told.
fn told(done: StatusCode, entry: DirectoryEntry) -> Entry {
    let status = if entry.settled { done } else { StatusCode::ACCEPTED };
    (status, Json(entry))
}
