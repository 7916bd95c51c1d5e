//! A key that may have been used before (protocol §5, *Same key and hash*): is the request new, and
//! if not, what does it get?

use crate::guards::{Guard, Guards};

/// What a request under a key gets. It carries the hash of what it asks for; so does whatever was
/// asked for under the key before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repeated {
    /// Nothing was asked for under this key: do it.
    New,
    /// The same was asked for and is stored: the present state, and nothing is done (200).
    Present,
    /// The same is being worked on right now: come back (409).
    Running,
    /// Something else was asked for under this key (422): the first stands (I2).
    Mismatch,
}

/// Decides by what is being worked on under the key and by what is stored under it.
///
/// What runs is looked at first, so that the store need not be asked while something does.
pub fn repeated<H: PartialEq + ?Sized>(
    sent: &H,
    running: Option<&H>,
    stored: Option<&H>,
    guards: Guards,
) -> Repeated {
    let other = |earlier: &H| earlier != sent && guards.has(Guard::IntentHash);
    match (running, stored) {
        (Some(earlier), _) if other(earlier) => Repeated::Mismatch,
        (Some(_), _) => Repeated::Running,
        (None, Some(earlier)) if other(earlier) => Repeated::Mismatch,
        (None, Some(_)) => Repeated::Present,
        (None, None) => Repeated::New,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_in_order_of_precedence() {
        let cases = [
            ("something else runs", Some(8), Some(7), Repeated::Mismatch),
            ("it runs, and is stored", Some(7), Some(7), Repeated::Running),
            ("it runs, and is not stored yet", Some(7), None, Repeated::Running),
            ("something else is stored", None, Some(8), Repeated::Mismatch),
            ("it is stored", None, Some(7), Repeated::Present),
            ("the first time", None, None, Repeated::New),
        ];
        for (case, running, stored, expected) in cases {
            let answer = repeated(&7, running.as_ref(), stored.as_ref(), Guards::ALL);
            assert_eq!(answer, expected, "{case}");
        }
    }
}
