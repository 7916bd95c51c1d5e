//! The router's two listeners: public and for administrators. Handlers extract, call, wrap.

pub mod openapi;
pub mod ops;
pub mod public;

use std::sync::Arc;

use axum::extract::FromRef;
use platform::identity::AccessTable;

use crate::shared::Shared;

/// What handlers get.
#[derive(Clone)]
pub struct AppState(pub Arc<Shared>);

impl FromRef<AppState> for AccessTable {
    fn from_ref(state: &AppState) -> Self {
        state.0.access.clone()
    }
}
