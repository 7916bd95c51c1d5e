use super::*;

#[test]
fn nothing_that_a_block_computes_is_hashed() {
    assert!(covers(Part::Confirmed, Guards::ALL));
    assert!(!covers(Part::Computed, Guards::ALL));
    assert!(covers(Part::Computed, Guards::without(Guard::HashOfConfirmed)));
}
