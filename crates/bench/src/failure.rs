//! Why a measurement could not be made, or must not be believed.

use std::error::Error;

/// A failure: what was attempted, and its cause.
#[derive(Debug, thiserror::Error)]
#[error("{attempted}")]
pub(crate) struct Failure {
    attempted: String,
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure with its cause.
    pub(crate) fn new(
        attempted: impl Into<String>,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { attempted: attempted.into(), cause: Some(cause.into()) }
    }

    /// A failure that says all by itself.
    pub(crate) fn say(what: impl Into<String>) -> Self {
        Self { attempted: what.into(), cause: None }
    }
}

/// What everything here returns.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Adds to an error what was attempted.
pub(crate) trait Attempting<T> {
    /// The value, or the failure to do this.
    fn attempting(self, what: impl Into<String>) -> Result<T>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Attempting<T> for std::result::Result<T, E> {
    fn attempting(self, what: impl Into<String>) -> Result<T> {
        self.map_err(|cause| Failure::new(what, cause))
    }
}
