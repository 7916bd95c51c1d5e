//! Serving: problem documents, extractors that refuse in our shape, the layers every listener has,
//! and the accept loop with its bounds.

mod body;
mod caller;
mod extract;
mod health;
mod layers;
mod measure;
pub mod openapi;
mod problem;
mod serve;
mod timer;

pub use body::Sent;
pub use caller::Caller;
pub use extract::{ApiJson, ApiPath, ApiQuery, ClientAddr};
pub use health::{Ready, health_routes};
pub use hyper::body::Incoming;
pub use layers::{Route, Surroundings, with_layers};
pub use problem::{Problem, set_problem_base};
pub use serve::{Answering, Bound, bind, serve};

/// What a handler returns.
pub type Answer<T> = Result<T, Problem>;
