//! What an acknowledgement names: the slices and customers of whom events were late, apart, so that
//! their writer closes no more than it must (protocol §4).

use super::late::Lateness;

/// What the writer of a late event closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named<C> {
    /// The whole slice.
    Slice,
    /// This customer.
    Customer(C),
}

/// What an acknowledgement names of an event of this customer; nothing of one that was on time.
pub fn named<C>(late: Lateness, customer: Option<C>) -> Option<Named<C>> {
    match (late, customer) {
        (Lateness::OnTime, _) => None,
        (Lateness::Customer, Some(customer)) => Some(Named::Customer(customer)),
        (Lateness::Customer | Lateness::Slice, _) => Some(Named::Slice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_named_than_must_be_closed() {
        let cases = [
            ("on time", Lateness::OnTime, Some(7), None),
            ("handed over", Lateness::Customer, Some(7), Some(Named::Customer(7))),
            ("of nobody", Lateness::Customer, None, Some(Named::Slice)),
            ("the slice is another's", Lateness::Slice, Some(7), Some(Named::Slice)),
        ];
        for (case, late, customer, expected) in cases {
            assert_eq!(named(late, customer), expected, "{case}");
        }
    }
}
