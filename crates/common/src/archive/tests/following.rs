use super::*;
use crate::placement::samples::{draining, life, name, resting};

#[test]
fn only_who_has_the_slice_follows_it() {
    let cases = [
        ("the owner", draining(), ("client-1", life(1, 1)), true),
        ("another life of it", draining(), ("client-1", life(1, 2)), false),
        ("the target", draining(), ("backup-1", life(2, 1)), true),
        ("another life of it", draining(), ("backup-1", life(2, 2)), false),
        ("the target of what is over", resting(), ("backup-1", life(2, 1)), false),
        ("a stranger", draining(), ("client-2", life(3, 1)), false),
    ];
    for (case, row, (block, life), expected) in cases {
        let block = (&name(block), &life);
        assert_eq!(may_follow(&row, block, Guards::ALL), expected, "{case}");
    }
}

#[test]
fn what_is_given_of_the_log() {
    let stream = StreamId { block: name("client-1"), incarnation: life(1, 1) };
    let (now, before) = (life(9, 2), life(9, 1));
    let mut cursor = Cursor::default();
    cursor.for_archive(now, Guards::ALL);
    cursor.follow(&stream, 4, 7);
    let mut earlier = cursor.clone();
    earlier.archive = Some(before);
    let all = Guards::ALL;
    let by_place = Guards::without(Guard::CursorByPosition);
    let cases = [
        ("the same life: what was followed", &cursor, all, (4, 7), false),
        ("the same life: what came after", &cursor, all, (5, 8), true),
        ("a new life: everything again", &earlier, all, (4, 0), true),
        ("by place: a place given out again", &earlier, by_place, (5, 7), false),
        ("by place: behind it", &earlier, by_place, (5, 8), true),
    ];
    for (case, cursor, guards, (batch, place), expected) in cases {
        let reading = reading(cursor.clone(), now, guards);
        assert_eq!(reading.gives(&stream, batch, place, guards), expected, "{case}");
    }
}
