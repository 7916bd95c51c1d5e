//! What a view of a customer may call itself (I15, I17).

use crate::ids::Generation;

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Loaded and fenced: nothing that was done before is missing.
    Complete,
    /// A gateway could not be fenced: shown with its age.
    AsOf,
    /// Something of his may be missing that no gateway tells of: an order that has not committed
    /// yet, and might after it, or what the archive cannot read yet. He waits, and dares nothing.
    Unsettled,
}

/// Decides by whether the gateway was fenced for him, and whether something of his is `unsettled`:
/// a transaction is open here, or the archive has something that it cannot read.
pub fn view(fenced: bool, unsettled: bool) -> View {
    match (unsettled, fenced) {
        (true, _) => View::Unsettled,
        (false, true) => View::Complete,
        (false, false) => View::AsOf,
    }
}

/// Must he look again before he orders? He must if his last view was "as of", of generation `seen`,
/// and we know more by now: he was fenced, or loaded anew, and has not seen what came with it.
pub fn must_look_again(seen: Option<Generation>, serving: Generation, fenced: bool) -> bool {
    seen.is_some_and(|seen| fenced || seen < serving)
}

/// May he answer a question about an operation so? "Do it" only where it is certain that it was not
/// done yet.
pub fn may_answer(yes: bool, fenced: bool) -> bool {
    fenced || !yes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_view_is_in_order_of_precedence() {
        let cases = [
            (true, true, View::Unsettled),
            (false, true, View::Unsettled),
            (true, false, View::Complete),
            (false, false, View::AsOf),
        ];
        for (fenced, open, expected) in cases {
            assert_eq!(view(fenced, open), expected, "{fenced} {open}");
        }
    }

    #[test]
    fn whoever_ordered_on_an_older_view_looks_again() {
        let cases = [
            ("a complete view", None, true, false),
            ("as of, and nothing new", Some(2), false, false),
            ("as of, and fenced since", Some(2), true, true),
            ("as of, and loaded since", Some(1), false, true),
        ];
        for (case, seen, fenced, expected) in cases {
            let seen = seen.map(Generation);
            assert_eq!(must_look_again(seen, Generation(2), fenced), expected, "{case}");
        }
    }

    #[test]
    fn what_may_have_been_done_is_not_to_be_done() {
        assert!(may_answer(true, true), "it is certain that it was not done yet");
        assert!(!may_answer(true, false));
        assert!(may_answer(false, true) && may_answer(false, false), "no may always be said");
    }
}
