//! What becomes of a customer's request before he is authenticated (protocol §3, §7): is he served
//! here, has he to be loaded or handed over first, or is his block another one?

use super::access::Access;
use super::start::{Phase, serves};
use crate::ids::Generation;

/// What a block knows of him and of itself.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// Where its process is.
    pub phase: Phase,
    /// May it serve him?
    pub access: &'a Access,
    /// Started alone: his journal was asked for under our generation.
    pub verified: bool,
    /// A loosening of his waits for the archive's verdict.
    pub loosening: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitting {
    /// Authenticate him, and serve him under this generation.
    Authenticate(Generation),
    /// Load him under this generation; he comes back in a moment.
    Load(Generation),
    /// Ask the owner for him under this generation; he comes back in a moment.
    AskFor(Generation),
    /// Started alone: ask the gateway for his journal under this generation first.
    Verify(Generation),
    /// Read the register; he comes back in a moment.
    ReadRegister,
    /// He comes back in a moment.
    Later,
    /// 421: his block is another one, which the router knows.
    Moved,
}

/// Decides, in this order: does the block serve anybody, is he served here, is his journal known,
/// is it clear what has been loosened (I9).
pub fn admitting(asking: &Asking<'_>) -> Admitting {
    if !serves(asking.phase) {
        return Admitting::Later;
    }
    let generation = match asking.access {
        Access::Serve(generation) => *generation,
        Access::Load(generation) => return Admitting::Load(*generation),
        Access::AskFor(generation) => return Admitting::AskFor(*generation),
        Access::Elsewhere(_) | Access::Superseded => return Admitting::Moved,
        Access::Sealed => return Admitting::Later,
        Access::Behind => return Admitting::ReadRegister,
    };
    if asking.phase == Phase::Alone && !asking.verified {
        return Admitting::Verify(generation);
    }
    if asking.loosening { Admitting::Later } else { Admitting::Authenticate(generation) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::samples::name;

    #[test]
    fn requests_in_order_of_precedence() {
        let six = Generation(6);
        let serve = Access::Serve(six);
        let elsewhere = Access::Elsewhere(name("backup-1"));
        let serving = Phase::Serving;
        let cases = [
            ("quarantined", Phase::Quarantined, &serve, false, Admitting::Later),
            ("quarantined, his is another", Phase::Quarantined, &elsewhere, false, {
                Admitting::Later
            }),
            ("to be loaded", serving, &Access::Load(six), true, Admitting::Load(six)),
            ("to be handed over", serving, &Access::AskFor(six), true, Admitting::AskFor(six)),
            ("his is another", serving, &elsewhere, true, Admitting::Moved),
            ("a newer fence", serving, &Access::Superseded, true, Admitting::Moved),
            ("sealed", serving, &Access::Sealed, true, Admitting::Later),
            ("our copy is old", serving, &Access::Behind, true, Admitting::ReadRegister),
            ("alone", Phase::Alone, &serve, true, Admitting::Verify(six)),
            ("a loosening waits", serving, &serve, true, Admitting::Later),
            ("served", serving, &serve, false, Admitting::Authenticate(six)),
            ("catching up", Phase::CatchingUp, &serve, false, Admitting::Authenticate(six)),
        ];
        for (case, phase, access, loosening, expected) in cases {
            let asking = Asking { phase, access, verified: false, loosening };
            assert_eq!(admitting(&asking), expected, "{case}");
        }
        let alone = Asking { phase: Phase::Alone, access: &serve, verified: true, loosening: true };
        assert_eq!(admitting(&alone), Admitting::Later, "verified, a loosening waits");
        let free = Asking { loosening: false, ..alone };
        assert_eq!(admitting(&free), Admitting::Authenticate(six), "alone and verified");
    }
}
