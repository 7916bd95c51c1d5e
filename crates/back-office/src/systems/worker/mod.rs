//! The systems' tasks: a listener each, the events that come in by themselves, readiness.

pub(super) mod incoming;
pub(super) mod listener;
pub(super) mod ready;
