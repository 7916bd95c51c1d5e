//! The archive's routes: its table of contents.
//!
//! | group | who | what |
//! |---|---|---|
//! | streams | blocks, each for itself | batches |
//! | customers | blocks, each for itself | loads, who lives in a slice |
//! | register | blocks, routers, launcher | the rows; the launcher seeds the first; who leads |
//! | recovery | blocks, routers | copies of the register; two persons excuse who is missing |
//! | moves | routers, launcher; blocks their own | steps, records, approvals, automation, standby |
//! | sights | routers, launcher | what is seen of the blocks from here |

mod access;
mod bounded;
mod moves;
pub mod openapi;
mod register;
mod streams;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use platform::config::{ConfigError, Identity};
use platform::http::openapi::document_route;
use platform::identity::AccessTable;
use platform::probe::{Prober, sights_route};

use self::bounded::{Bound, bounded};
use crate::archive::Archive;

/// What handlers have at hand.
#[derive(Clone)]
struct State {
    archive: Arc<Archive>,
    access: AccessTable,
    prober: Arc<Prober>,
}

impl FromRef<State> for AccessTable {
    fn from_ref(state: &State) -> Self {
        state.access.clone()
    }
}

impl FromRef<State> for Arc<Archive> {
    fn from_ref(state: &State) -> Self {
        state.archive.clone()
    }
}

impl FromRef<State> for Arc<Prober> {
    fn from_ref(state: &State) -> Self {
        state.prober.clone()
    }
}

/// All routes of the internal listener. Work under way is bounded per group: what is above is
/// refused at once, because a queue here would only hide the strain from those who cause it.
pub(crate) fn routes(
    archive: Arc<Archive>,
    prober: Arc<Prober>,
    identity: &Identity,
) -> Result<Router, ConfigError> {
    let bounds = &archive.bounds;
    let batches = Bound::new(bounds.batches_in_flight_max, bounds.retry_after_ms);
    let questions = Bound::new(bounds.questions_in_flight_max, bounds.retry_after_ms);
    let access = AccessTable::new(identity)?;
    let batch_routes = Router::new()
        .route("/v1/batches", post(streams::batch))
        .layer(from_fn_with_state(batches, bounded));
    let question_routes = Router::new()
        .route("/v1/load", post(streams::load))
        .route("/v1/slices/customers", post(streams::customers))
        .route("/v1/changes", post(streams::changes))
        .route("/v1/loosenings", post(streams::loosen))
        .route("/v1/moves", post(moves::step).get(moves::moves))
        .route("/v1/approvals", post(moves::ask).get(moves::approvals))
        .route("/v1/approvals/{id}/approve", post(moves::approve))
        .route("/v1/standby", get(moves::standby).post(moves::set_standby))
        .route("/v1/automation", get(moves::automation).put(moves::put_automation))
        .route("/v1/register/read", post(register::read))
        .route("/v1/register/first", put(register::seed))
        .route("/v1/router", get(register::router).post(register::promote_router))
        .route("/v1/witness", post(register::witness).get(register::witnesses))
        .route("/v1/witness/excuse", post(register::excuse))
        .layer(from_fn_with_state(questions, bounded));
    let routes = batch_routes
        .merge(question_routes)
        .merge(sights_route())
        .merge(document_route(&openapi::document()));
    Ok(routes.with_state(State { archive, access, prober }))
}
