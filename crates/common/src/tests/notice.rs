use super::*;

/// I12.
#[test]
fn the_notice_in_order_of_precedence() {
    let none = Elsewhere::default();
    let joining = Elsewhere { generations_unjoined: 1, operations_open: 1, unfenced: true };
    let cases = [
        ("nothing", none, None),
        ("joining beats finishing", joining, Some(Notice::Joining)),
        ("unjoined only", Elsewhere { generations_unjoined: 1, ..none }, Some(Notice::Joining)),
        ("unfenced only", Elsewhere { unfenced: true, ..none }, Some(Notice::Joining)),
        ("open only", Elsewhere { operations_open: 1, ..none }, Some(Notice::Finishing)),
    ];
    for (case, elsewhere, expected) in cases {
        assert_eq!(notice(&elsewhere), expected, "{case}");
    }
}
