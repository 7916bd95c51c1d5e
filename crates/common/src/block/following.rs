//! What a block does with a change that it reads from the archive (protocol §5, *Adoption*).
//!
//! The cursor only goes forward: a change that was passed over comes again with a load, or never.
//! So nothing is passed over for a customer whom this block might serve again without loading him.

use super::access::Access;

/// What to do with a change of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Follow {
    /// Join it.
    Join,
    /// Leave the cursor where it is and come back.
    Wait,
    /// Pass it over: he is not ours, and if he becomes so a load brings it.
    Pass,
}

/// Decides by whether the block serves the customer now, and whether it is just loading him.
///
/// A seal that is taken back, an acknowledgement that named us late and a fence that the row has
/// reached all open the customer again as he was, without a load: until then the change waits.
/// Before a load it waits too, because the load tells our own from what others wrote.
pub fn follow(access: &Access, loading: bool) -> Follow {
    match access {
        _ if loading => Follow::Wait,
        Access::Serve(_) => Follow::Join,
        Access::Load(_) | Access::Sealed | Access::Behind | Access::Superseded => Follow::Wait,
        Access::AskFor(_) | Access::Elsewhere(_) => Follow::Pass,
    }
}

#[cfg(test)]
#[path = "tests/following.rs"]
mod tests;
