use super::*;
use crate::placement::samples::{draining, life, name, resting};

#[test]
fn who_has_sealed() {
    let seal = |timeline, generation, voided| Seal {
        block: name("client-1"),
        incarnation: life(1, timeline),
        generation: Generation(generation),
        voided,
    };
    // Under the row's generation 5, under 6, which is reserved for the target, under 4.
    let cases = [
        ("none", None, draining(), false, false),
        ("as the owner", Some(seal(1, 5, false)), draining(), true, true),
        ("… voided", Some(seal(1, 5, true)), draining(), false, false),
        ("… by another life", Some(seal(2, 5, false)), draining(), false, false),
        ("as the target", Some(seal(1, 6, false)), draining(), true, false),
        ("… and nothing drains any more", Some(seal(1, 6, false)), resting(), false, false),
        ("of an earlier generation", Some(seal(1, 4, false)), draining(), false, false),
    ];
    for (case, seal, row, by_row, under_five) in cases {
        assert_eq!(sealed(seal.as_ref(), &life(1, 1), &row), by_row, "{case}");
        let under = sealed_under(seal.as_ref(), &life(1, 1), Generation(5));
        assert_eq!(under, under_five, "{case}");
    }
}
