//! The router's three listeners: public, for administrators, and for other services. Handlers
//! extract, call, wrap.

pub mod internal;
pub mod openapi;
pub mod ops;
pub mod public;

use std::sync::Arc;

use axum::extract::FromRef;
use platform::identity::AccessTable;
use platform::probe::Prober;

use crate::shared::Shared;

/// What handlers get.
#[derive(Clone)]
pub struct AppState(pub Arc<Shared>);

impl FromRef<AppState> for AccessTable {
    fn from_ref(state: &AppState) -> Self {
        state.0.access.clone()
    }
}

impl FromRef<AppState> for Arc<Prober> {
    fn from_ref(state: &AppState) -> Self {
        state.0.prober.clone()
    }
}
