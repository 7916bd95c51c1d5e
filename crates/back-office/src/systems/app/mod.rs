//! What the systems do: one use case a file. Each owns its transaction.

pub(super) mod cash;
pub(super) mod items;
pub(super) mod messages;
pub(super) mod orders;
pub(super) mod risk;
pub(super) mod switches;
