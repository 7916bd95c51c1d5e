use super::*;
use crate::archive::following::reading;
use crate::block::cursor::Cursor;
use crate::placement::samples::{draining, life, resting};

#[test]
fn the_log_is_kept_for_who_is_away() {
    let moved = Placement { state: PlacementState::Moved, ..resting() };
    let returning = Placement { state: PlacementState::Returning, ..resting() };
    let (active, drains) = (resting(), draining());
    let cases = [
        ("young", 4_999, vec![&active], false),
        ("old, everybody is at home", 5_000, vec![&active, &active], true),
        ("old, of nobody", 5_000, vec![], true),
        ("old, one is leaving", 5_000, vec![&active, &drains], false),
        ("old, one is away", 5_000, vec![&moved, &active], false),
        ("old, one is returning", 5_000, vec![&returning], false),
    ];
    for (case, age, slices, expected) in cases {
        assert_eq!(may_drop(age, 5_000, slices), expected, "{case}");
    }
}

#[test]
fn who_was_away_for_longer_than_the_log_is_told() {
    let at = |place| {
        let mut cursor = Cursor::default();
        cursor.for_archive(life(9, 1), Guards::ALL);
        cursor.place = place;
        cursor
    };
    let without = Guards::without(Guard::TooOldLoadsAll);
    // (case, the cursor's place, the archive's life, where the log begins, guards, too old)
    let cases = [
        ("nothing was dropped", 0, 1, 0, Guards::ALL, false),
        ("only what was followed", 7, 1, 7, Guards::ALL, false),
        ("something was not followed", 6, 1, 7, Guards::ALL, true),
        ("a new life of the archive", 9, 2, 7, Guards::ALL, true),
        ("… that has dropped nothing", 9, 2, 0, Guards::ALL, false),
        ("nobody says so", 6, 1, 7, without, false),
    ];
    for (case, place, timeline, begins, guards, expected) in cases {
        let reading = reading(at(place), life(9, timeline), guards);
        assert_eq!(too_old(&reading, begins, guards), expected, "{case}");
    }
}
