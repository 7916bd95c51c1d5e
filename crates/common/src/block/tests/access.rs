use super::*;
use crate::placement::PlacementState;
use crate::placement::slice::SliceId;

fn name(text: &str) -> BlockName {
    text.parse().unwrap()
}

fn life(timeline: u32) -> Incarnation {
    Incarnation { timeline, system: 1, nonce: 0 }
}

/// We own under 5 since 3; nothing is under way.
fn owned() -> Placement {
    let slice = SliceId::try_from(0).unwrap();
    Placement {
        owner_incarnation: Some(life(1)),
        generation: Generation(5),
        owner_since: Generation(3),
        revision: Revision(9),
        ..Placement::first(name("client-1"), slice, "test")
    }
}

/// We own, and the slice drains toward the backup.
fn draining() -> Placement {
    Placement {
        state: PlacementState::Draining,
        target: Some(name("backup-1")),
        target_generation: Some(Generation(6)),
        ..owned()
    }
}

/// The backup owns, and the slice drains toward us.
fn to_us() -> Placement {
    Placement {
        owner: name("backup-1"),
        owner_incarnation: None,
        state: PlacementState::Draining,
        target: Some(name("client-1")),
        target_incarnation: Some(life(1)),
        target_generation: Some(Generation(6)),
        ..owned()
    }
}

/// What the tables vary.
#[derive(Clone, Default)]
struct Case {
    row: Option<Placement>,
    outlived: bool,
    seen: u64,
    sealed: Option<u64>,
    handed: Option<u64>,
    loaded: Option<u64>,
    fence: Option<u64>,
}

impl Case {
    fn of(row: Placement) -> Self {
        Self { row: Some(row), loaded: Some(9), ..Self::default() }
    }

    fn decide(&self, guards: Guards) -> Access {
        let (me, life) = (name("client-1"), life(1));
        let handed =
            self.handed.map(|g| HandedOver { to: name("backup-1"), generation: Generation(g) });
        let standing = Standing {
            me: &me,
            life: &life,
            outlived: self.outlived,
            row: self.row.as_ref(),
            seen: Some(Revision(self.seen)),
            sealed: self.sealed.map(Generation),
            handed: handed.as_ref(),
            loaded: self.loaded.map(Generation),
            fence: self.fence.map(Generation),
        };
        access(&standing, guards)
    }
}

fn serve(generation: u64) -> Access {
    Access::Serve(Generation(generation))
}

#[test]
fn is_it_us_in_order_of_precedence() {
    let all = Case {
        outlived: true,
        seen: 10,
        sealed: Some(5),
        handed: Some(6),
        fence: Some(7),
        loaded: None,
        row: None,
    };
    let with = |row: Placement| Case { row: Some(row), ..all.clone() };
    let current = |row: Placement| Case { outlived: false, seen: 9, ..with(row) };
    let reborn = Placement { owner_incarnation: Some(life(2)), ..owned() };
    let target_reborn = Placement { target_incarnation: Some(life(2)), ..to_us() };
    let moved = Placement { state: PlacementState::Moved, owner: name("backup-1"), ..owned() };
    let elsewhere = |text| Access::Elsewhere(name(text));
    let cases = [
        ("no row beats all", all.clone(), Access::Behind),
        ("outlived beats what was seen", with(owned()), elsewhere("client-1")),
        ("others know more", Case { outlived: false, ..with(owned()) }, Access::Behind),
        ("somebody else owns", current(moved), elsewhere("backup-1")),
        ("another life of us owns", current(reborn), elsewhere("client-1")),
        ("handed over beats sealed", current(draining()), elsewhere("backup-1")),
        (
            "a hand-over from before is over",
            Case { handed: Some(5), ..current(draining()) },
            Access::Sealed,
        ),
        ("sealed beats the fence", Case { handed: None, ..current(owned()) }, Access::Sealed),
        (
            "a seal from before is over",
            Case { sealed: Some(4), handed: None, ..current(owned()) },
            Access::Superseded,
        ),
        ("a drain to another life of us", current(target_reborn), elsewhere("backup-1")),
        ("sealed as the target", Case { sealed: Some(6), ..current(to_us()) }, Access::Sealed),
        (
            "as the target, a newer fence",
            Case { sealed: None, ..current(to_us()) },
            Access::Superseded,
        ),
    ];
    for (case, standing, expected) in cases {
        assert_eq!(standing.decide(Guards::ALL), expected, "{case}");
    }
}

#[test]
fn loaded_recently_enough() {
    let at = |row, loaded| Case { loaded, ..Case::of(row) };
    let load = |generation| Access::Load(Generation(generation));
    let claimed = Placement { owner_since: Generation(5), ..owned() };
    let cases = [
        ("the fence is ours", Case { fence: Some(5), ..Case::of(owned()) }, serve(5)),
        ("a newer fence", Case { fence: Some(6), ..Case::of(owned()) }, Access::Superseded),
        ("since nobody else served", at(owned(), Some(3)), serve(5)),
        ("before somebody else served", at(owned(), Some(2)), load(5)),
        ("never", at(owned(), None), load(5)),
        ("we own since this very generation", at(claimed, Some(4)), load(5)),
        ("the owner of a drain", at(draining(), Some(3)), serve(5)),
        ("the target, loaded", at(to_us(), Some(6)), serve(6)),
        ("the target, not yet", at(to_us(), Some(5)), Access::AskFor(Generation(6))),
        ("the target, never", at(to_us(), None), Access::AskFor(Generation(6))),
    ];
    for (case, standing, expected) in cases {
        assert_eq!(standing.decide(Guards::ALL), expected, "{case}");
    }
    let any = Guards::without(Guard::LoadedGeneration);
    assert_eq!(at(owned(), Some(1)).decide(any), serve(5));
    assert_eq!(at(owned(), None).decide(any), load(5));
    let reborn = Placement { owner_incarnation: Some(life(2)), ..owned() };
    assert_eq!(Case::of(reborn).decide(Guards::without(Guard::RowNamesIncarnation)), serve(5));
}

#[test]
fn rows_that_change_who_serves_are_adopted_behind_the_gate() {
    let other = Placement { owner: name("backup-1"), ..owned() };
    let raised = Placement { generation: Generation(6), ..owned() };
    let reborn = Placement { owner_incarnation: Some(life(2)), ..owned() };
    let renamed = Placement { revision: Revision(10), reason: "other".to_owned(), ..owned() };
    let cases = [
        ("the first one", None, owned(), true),
        ("another owner", Some(owned()), other, true),
        ("another generation", Some(owned()), raised, true),
        ("another life", Some(owned()), reborn, true),
        ("a drain begins", Some(owned()), draining(), false),
        ("only words", Some(owned()), renamed, false),
    ];
    let without = Guards::without(Guard::AdoptBehindGate);
    for (case, copy, arrived, expected) in cases {
        assert_eq!(adopt_behind_gate(copy.as_ref(), &arrived, Guards::ALL), expected, "{case}");
        assert!(!adopt_behind_gate(copy.as_ref(), &arrived, without), "{case}");
    }
}

#[test]
fn since_when_a_copy_is_good() {
    let me = name("client-1");
    let without = Guards::without(Guard::LoadedGeneration);
    let cases = [
        ("as owner", owned(), Guards::ALL, 3),
        ("as target", to_us(), Guards::ALL, 6),
        ("as owner, without the guard", owned(), without, 0),
        ("as target, without the guard", to_us(), without, 6),
    ];
    for (case, row, guards, expected) in cases {
        assert_eq!(since(&row, &me, Generation(6), guards), Generation(expected), "{case}");
    }
}
