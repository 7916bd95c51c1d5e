//! May this block serve this customer now, and under which generation? Read inside the gate by
//! every transaction that changes something, and from memory by every request.

use crate::archive::late::HandedOver;
use crate::guards::{Guard, Guards};
use crate::ids::{BlockName, Generation, Revision};
use crate::incarnation::Incarnation;
use crate::placement::Placement;

/// What a block's database says about a customer and his slice.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// This block.
    pub me: &'a BlockName,
    /// The life of its database.
    pub life: &'a Incarnation,
    /// A later life of this database has been seen: closed for good.
    pub outlived: bool,
    /// The copy of the row.
    pub row: Option<&'a Placement>,
    /// The revision that the request's ticket has seen, or that an acknowledgement named when it
    /// said that our events were late.
    pub seen: Option<Revision>,
    /// The generation under which this block has sealed the slice.
    pub sealed: Option<Generation>,
    /// The customer was handed over.
    pub handed: Option<&'a HandedOver>,
    /// The generation under which he was last loaded here.
    pub loaded: Option<Generation>,
    /// The highest fence that a gateway has answered for him.
    pub fence: Option<Generation>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes, under this generation.
    Serve(Generation),
    /// Yes, once he has been loaded under this generation.
    Load(Generation),
    /// He has to be handed over to us first: ask the owner for this generation.
    AskFor(Generation),
    /// No: his block is another one (421, the client goes back to the router).
    Elsewhere(BlockName),
    /// Not now: the slice is sealed, and nobody has it yet.
    Sealed,
    /// No: this copy of the register is older than what others have seen, or knows no row.
    Behind,
    /// No: a gateway has seen a newer generation; closed until the row reaches it (protocol §5).
    Superseded,
}

/// Decides, in this order: is the copy good enough, is it us, have we given him away, is there a
/// newer fence, has he been loaded recently enough (I9).
pub fn access(standing: &Standing<'_>, guards: Guards) -> Access {
    let Some(row) = standing.row else {
        return Access::Behind;
    };
    if standing.outlived {
        return Access::Elsewhere(row.owner.clone());
    }
    if standing.seen.is_some_and(|seen| seen > row.revision) {
        return Access::Behind;
    }
    let (generation, since) = match entitled(standing, row, guards) {
        Ok(pair) => pair,
        Err(refusal) => return refusal,
    };
    if standing.fence.is_some_and(|fence| generation < fence) {
        return Access::Superseded;
    }
    let recent = match standing.loaded {
        Some(_) if !guards.has(Guard::LoadedGeneration) => true,
        Some(loaded) => loaded >= since,
        None => false,
    };
    match (recent, since == generation && row.owner != *standing.me) {
        (true, _) => Access::Serve(generation),
        (false, true) => Access::AskFor(generation),
        (false, false) => Access::Load(generation),
    }
}

/// The generation to act under, and the one that a copy must have been loaded under.
fn entitled(
    standing: &Standing<'_>,
    row: &Placement,
    guards: Guards,
) -> Result<(Generation, Generation), Access> {
    if row.owned_by(standing.me, standing.life, guards) {
        let away = standing.handed.filter(|handed| handed.generation > row.generation);
        if let Some(handed) = away {
            return Err(Access::Elsewhere(handed.to.clone()));
        }
        if standing.sealed == Some(row.generation) {
            return Err(Access::Sealed);
        }
        return Ok((row.generation, row.owner_since));
    }
    match row.target_generation {
        Some(generation) if row.drains_to(standing.me, standing.life, guards) => {
            if standing.sealed == Some(generation) {
                return Err(Access::Sealed);
            }
            Ok((generation, generation))
        }
        _ => Err(Access::Elsewhere(row.owner.clone())),
    }
}

/// Must a row be adopted with the gate shut? Yes if owner or generation change here: a transaction
/// that slept through the change must not commit (protocol §3, *Gate*).
pub fn adopt_behind_gate(copy: Option<&Placement>, arrived: &Placement, guards: Guards) -> bool {
    let same = copy.is_some_and(|copy| {
        copy.owner == arrived.owner
            && copy.generation == arrived.generation
            && copy.owner_incarnation == arrived.owner_incarnation
    });
    !same && guards.has(Guard::AdoptBehindGate)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::placement::PlacementState;
    use crate::placement::slice::SliceId;

    const LIFE: Incarnation = Incarnation { timeline: 2, system: 7, nonce: 1 };
    const EARLIER: Incarnation = Incarnation { timeline: 1, system: 7, nonce: 9 };

    fn name(text: &str) -> BlockName {
        text.parse().unwrap()
    }

    /// Ours under generation 5, since generation 3.
    fn ours() -> Placement {
        Placement {
            generation: Generation(5),
            owner_since: Generation(3),
            owner_incarnation: Some(LIFE),
            revision: Revision(7),
            ..Placement::first(name("client-1"), SliceId::try_from(3).unwrap(), "test")
        }
    }

    /// Another's under generation 5, draining toward us under 6.
    fn toward_us() -> Placement {
        Placement {
            owner: name("backup"),
            owner_incarnation: None,
            state: PlacementState::Draining,
            target: Some(name("client-1")),
            target_incarnation: Some(LIFE),
            target_generation: Some(Generation(6)),
            ..ours()
        }
    }

    static ME: LazyLock<BlockName> = LazyLock::new(|| name("client-1"));

    fn asked<'a>(row: Option<&'a Placement>, change: impl FnOnce(&mut Standing<'a>)) -> Access {
        let loaded = Some(Generation(3));
        let mut standing = Standing {
            me: &ME,
            life: &LIFE,
            outlived: false,
            row,
            seen: None,
            sealed: None,
            handed: None,
            loaded,
            fence: None,
        };
        change(&mut standing);
        access(&standing, Guards::ALL)
    }

    #[test]
    fn the_owner_in_order_of_precedence() {
        let here = ours();
        let away = Placement { owner: name("backup"), state: PlacementState::Moved, ..ours() };
        let another_life = Placement { owner_incarnation: Some(EARLIER), ..ours() };
        let any_life = Placement { owner_incarnation: None, ..ours() };
        let to = |generation| HandedOver { to: name("backup"), generation: Generation(generation) };
        let (handed, aborted) = (to(6), to(5));
        let backup = || Access::Elsewhere(name("backup"));
        let fenced = Some(Generation(6));
        let row = Some(&here);
        let serve = || Access::Serve(Generation(5));
        let cases = [
            ("no row", asked(None, |s| s.outlived = true), Access::Behind),
            (
                "a later life beats what a ticket knows",
                asked(row, |s| (s.outlived, s.seen) = (true, Some(Revision(8)))),
                Access::Elsewhere(name("client-1")),
            ),
            ("a ticket knows more", asked(Some(&away), |s| s.seen = Some(Revision(8))), {
                Access::Behind
            }),
            ("same revision", asked(row, |s| s.seen = Some(Revision(7))), serve()),
            ("another owns", asked(Some(&away), |s| s.fence = fenced), backup()),
            (
                "another life of ours owns",
                asked(Some(&another_life), |_| ()),
                Access::Elsewhere(name("client-1")),
            ),
            ("a row that names no life", asked(Some(&any_life), |_| ()), serve()),
            (
                "handed over beats the seal",
                asked(row, |s| (s.handed, s.sealed) = (Some(&handed), Some(Generation(5)))),
                backup(),
            ),
            ("an abort ends a hand-over", asked(row, |s| s.handed = Some(&aborted)), serve()),
            (
                "the seal beats the fence",
                asked(row, |s| (s.sealed, s.fence) = (Some(Generation(5)), fenced)),
                Access::Sealed,
            ),
            ("an earlier seal", asked(row, |s| s.sealed = Some(Generation(4))), serve()),
            (
                "the fence beats the load",
                asked(row, |s| (s.fence, s.loaded) = (fenced, None)),
                Access::Superseded,
            ),
            ("the fence is reached", asked(row, |s| s.fence = Some(Generation(5))), serve()),
            ("never loaded", asked(row, |s| s.loaded = None), Access::Load(Generation(5))),
            (
                "loaded before the owner changed",
                asked(row, |s| s.loaded = Some(Generation(2))),
                Access::Load(Generation(5)),
            ),
            ("loaded since", asked(row, |_| ()), serve()),
        ];
        for (case, answer, expected) in cases {
            assert_eq!(answer, expected, "{case}");
        }
    }

    #[test]
    fn the_target_of_a_drain_in_order_of_precedence() {
        let here = toward_us();
        let row = Some(&here);
        let another_life = Placement { target_incarnation: Some(EARLIER), ..toward_us() };
        let loaded = |generation| Some(Generation(generation));
        let cases = [
            (
                "toward another life of ours",
                asked(Some(&another_life), |s| s.loaded = loaded(6)),
                Access::Elsewhere(name("backup")),
            ),
            (
                "we have sealed it (an abort)",
                asked(row, |s| (s.sealed, s.fence) = (loaded(6), loaded(7))),
                Access::Sealed,
            ),
            (
                "the fence beats the hand-over",
                asked(row, |s| s.fence = loaded(7)),
                Access::Superseded,
            ),
            ("not handed over", asked(row, |_| ()), Access::AskFor(Generation(6))),
            ("handed over", asked(row, |s| s.loaded = loaded(6)), Access::Serve(Generation(6))),
        ];
        for (case, answer, expected) in cases {
            assert_eq!(answer, expected, "{case}");
        }
    }

    #[test]
    fn whatever_changes_who_writes_is_adopted_behind_the_gate() {
        let explained = Placement { revision: Revision(8), reason: "words".to_owned(), ..ours() };
        let draining = Placement { owner: ours().owner, ..toward_us() };
        let draining = Placement { owner_incarnation: Some(LIFE), ..draining };
        let cases = [
            ("the first", None, ours(), true),
            ("the same writer", Some(ours()), explained, false),
            ("a drain begins", Some(ours()), draining, false),
            ("another owner", Some(ours()), Placement { owner: name("b"), ..ours() }, true),
            (
                "another generation",
                Some(ours()),
                Placement { generation: Generation(6), ..ours() },
                true,
            ),
            (
                "another life",
                Some(ours()),
                Placement { owner_incarnation: Some(EARLIER), ..ours() },
                true,
            ),
        ];
        for (case, copy, arrived, expected) in cases {
            assert_eq!(adopt_behind_gate(copy.as_ref(), &arrived, Guards::ALL), expected, "{case}");
        }
    }
}
