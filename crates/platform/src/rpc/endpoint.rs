//! One address of a service, and the order in which a call tries several.

use std::time::Duration;

use super::error::CallError;
use super::rest::Rest;
use crate::config::Rpc;

/// An address, and what was seen of it.
#[derive(Debug)]
pub(super) struct Endpoint {
    base: String,
    /// It could not be reached: it is not called.
    rest: Rest,
    /// It took a call and did not answer: it is called only if no other address is better.
    doubt: Rest,
}

impl Endpoint {
    pub(super) fn new(base: &str, rpc: &Rpc) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            rest: Rest::new(Duration::from_millis(rpc.rest_ms)),
            doubt: Rest::new(Duration::from_millis(rpc.doubt_ms)),
        }
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Is it left alone now?
    pub(super) fn rests(&self) -> bool {
        self.rest.lasts()
    }

    /// Notes how a call at it ended. Says whether it is left alone from now on.
    pub(super) fn note(&self, error: Option<&CallError>) -> bool {
        match error {
            Some(CallError::NoTimeLeft { .. }) => false,
            Some(CallError::NotSent { .. }) => self.rest.note(false),
            Some(CallError::TimedOut { .. } | CallError::Lost { .. }) => {
                self.doubt.note(false);
                self.rest.note(true)
            }
            _ => {
                self.doubt.note(true);
                self.rest.note(true)
            }
        }
    }
}

/// The addresses that a call has not tried yet: those without doubt as they are listed, then those
/// in doubt.
pub(super) struct Round<'a> {
    endpoints: &'a [Endpoint],
    tried: Vec<bool>,
}

impl<'a> Round<'a> {
    pub(super) fn new(endpoints: &'a [Endpoint]) -> Self {
        Self { endpoints, tried: vec![false; endpoints.len()] }
    }

    /// The address to try next.
    pub(super) fn next(&mut self) -> Option<&'a Endpoint> {
        let open = |endpoint: &Endpoint| endpoint.rest.lets_through();
        let chosen = self
            .find(|endpoint| endpoint.doubt.lets_through() && open(endpoint))
            .or_else(|| self.find(open))?;
        if let Some(tried) = self.tried.get_mut(chosen) {
            *tried = true;
        }
        self.endpoints.get(chosen)
    }

    fn find(&self, fits: impl Fn(&Endpoint) -> bool) -> Option<usize> {
        let untried = self.endpoints.iter().zip(&self.tried).enumerate();
        untried
            .filter(|(_, (_, tried))| !**tried)
            .find(|(_, (endpoint, _))| fits(endpoint))
            .map(|(index, _)| index)
    }
}
