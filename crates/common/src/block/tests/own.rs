use super::*;
use crate::archive::asked::Asked;
use crate::guards::Guard;
use crate::operation::OperationState::{self, Executed, Pending};

fn version(state: OperationState, generation: u64, cancel: bool, answered: u64) -> Version {
    let asked = Asked { asked: Generation(0), answered: Generation(answered) };
    let marks = Marks { cancel_requested: cancel, asked, ..Marks::default() };
    Version { state, generation: Generation(generation), version: 1, payload: [0; 32], marks }
}

#[test]
fn own_things_that_a_load_lacks_are_asked_about() {
    let plain = version(Pending, 4, false, 0);
    let cancelled = version(Pending, 4, true, 0);
    let answered = version(Pending, 4, false, 4);
    let all = Guards::ALL;
    let without = Guards::without;
    // (case, ours, the load's, loaded elsewhere under, guards, questions, the wish to cancel stays)
    let cases = [
        ("ended", version(Executed, 4, false, 0), None, Some(5), all, 0, false),
        ("written since", version(Pending, 6, true, 0), None, Some(5), all, 0, true),
        ("nobody else had loaded him", cancelled, None, None, all, 0, true),
        ("… or before it was written", cancelled, None, Some(4), all, 0, true),
        ("the load has it", plain, Some(plain), Some(5), all, 0, false),
        ("the load lacks it", plain, None, Some(5), all, 1, false),
        ("the load lacks the wish", cancelled, Some(plain), Some(5), all, 1, false),
        ("the load has the wish", cancelled, Some(cancelled), Some(5), all, 0, true),
        ("the load lacks both", cancelled, None, Some(5), all, 2, false),
        ("the load lacks the answer", answered, Some(plain), Some(5), all, 1, false),
        ("the load has the answer", answered, Some(answered), Some(5), all, 0, false),
        ("unasked", plain, None, Some(5), without(Guard::OwnOperationAsked), 0, false),
        ("obeyed", cancelled, Some(plain), Some(5), without(Guard::OwnCancelAsked), 0, true),
    ];
    for (case, mine, theirs, elsewhere, guards, questions, cancel) in cases {
        let elsewhere = elsewhere.map(Generation);
        let (marks, asked) = after_load(&mine, theirs.as_ref(), Generation(6), elsewhere, guards);
        assert_eq!((asked, marks.cancel_requested), (questions, cancel), "{case}");
        let because = if questions > 0 { Generation(6) } else { Generation(0) };
        assert_eq!(marks.asked.asked.max(marks.cancel_asked.asked), because, "{case}");
    }
}
