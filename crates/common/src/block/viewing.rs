//! What a view of a customer may call itself (I15, I17).

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Loaded and fenced: nothing that was done before is missing.
    Complete,
    /// A gateway could not be fenced: shown with its age.
    AsOf,
    /// An order of his has not committed yet; it is not in the view, and might commit after it.
    Unsettled,
}

/// Decides by whether the gateway was fenced for him and a transaction of his is open here.
pub fn view(fenced: bool, transaction_open: bool) -> View {
    match (transaction_open, fenced) {
        (true, _) => View::Unsettled,
        (false, true) => View::Complete,
        (false, false) => View::AsOf,
    }
}

/// Must he look again before he orders? His last view was "as of", and meanwhile we know more: he
/// has not seen what the journal has told us.
pub fn must_look_again(seen_as_of: bool, fenced: bool) -> bool {
    seen_as_of && fenced
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
    fn what_is_asked_of_who_may_not_have_seen_everything() {
        // (fenced, seen as of, must look again, may say yes)
        let cases = [
            (false, true, false, false),
            (false, false, false, false),
            (true, true, true, true),
            (true, false, false, true),
        ];
        for (fenced, as_of, again, yes) in cases {
            assert_eq!(must_look_again(as_of, fenced), again, "{fenced} {as_of}");
            assert_eq!(may_answer(true, fenced), yes, "{fenced}");
            assert!(may_answer(false, fenced), "no may always be said");
        }
    }
}
