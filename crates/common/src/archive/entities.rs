//! Which version of an entity stands at the archive (protocol §2, §4). The archive compares keys
//! and fingerprints; what is in a payload is the blocks' business.

/// What of a version decides whether it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// Grows under the entity's join.
    pub order_key: &'a [u8],
    /// It will never change again.
    pub final_: bool,
    /// How it ended, where the writer says so: two different ends are a conflict.
    pub end: Option<&'a str>,
    /// SHA-256 of the payload.
    pub fingerprint: &'a [u8; 32],
}

/// Which of two versions stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// The one that was known.
    Known,
    /// The one that has arrived.
    Arrived,
}

/// Why a version that lost is kept, counted and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Conflict {
    /// Both are final, and ended differently: frozen, for a person.
    TwoEnds,
    /// One key, two contents.
    EqualKeys,
}

impl Conflict {
    /// The word in databases.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TwoEnds => "two_ends",
            Self::EqualKeys => "equal_keys",
        }
    }
}

/// Decides between what is known and what has arrived: the higher key stands, and where keys are
/// equal the larger fingerprint. What is final is never replaced.
pub fn stands(known: Option<&Version<'_>>, arrived: &Version<'_>) -> (Stands, Option<Conflict>) {
    let Some(known) = known else { return (Stands::Arrived, None) };
    let equal = known.order_key == arrived.order_key && known.fingerprint != arrived.fingerprint;
    let ends = known.end.zip(arrived.end).is_some_and(|(mine, theirs)| mine != theirs);
    let conflict = if known.final_ && arrived.final_ && ends {
        Some(Conflict::TwoEnds)
    } else {
        equal.then_some(Conflict::EqualKeys)
    };
    let newer = (arrived.order_key, arrived.fingerprint) > (known.order_key, known.fingerprint);
    let newer = newer && !known.final_;
    (if newer { Stands::Arrived } else { Stands::Known }, conflict)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: [u8; 32] = [1; 32];
    const HIGH: [u8; 32] = [2; 32];

    fn open<'a>(order_key: &'a [u8], fingerprint: &'a [u8; 32]) -> Version<'a> {
        Version { order_key, final_: false, end: None, fingerprint }
    }

    fn ended<'a>(order_key: &'a [u8], end: &'a str, fingerprint: &'a [u8; 32]) -> Version<'a> {
        Version { order_key, final_: true, end: Some(end), fingerprint }
    }

    #[test]
    fn the_higher_key_stands_and_what_is_final_stays() {
        use Conflict::{EqualKeys, TwoEnds};
        use Stands::{Arrived, Known};
        let cases = [
            ("unknown", None, open(b"a", &LOW), Arrived, None),
            ("higher", Some(open(b"a", &HIGH)), open(b"b", &LOW), Arrived, None),
            ("lower", Some(open(b"b", &LOW)), open(b"a", &HIGH), Known, None),
            ("the same again", Some(open(b"a", &LOW)), open(b"a", &LOW), Known, None),
            ("equal, larger", Some(open(b"a", &LOW)), open(b"a", &HIGH), Arrived, Some(EqualKeys)),
            ("equal, smaller", Some(open(b"a", &HIGH)), open(b"a", &LOW), Known, Some(EqualKeys)),
            ("its end", Some(open(b"a", &LOW)), ended(b"b", "x", &LOW), Arrived, None),
            ("after its end", Some(ended(b"a", "x", &LOW)), open(b"b", &HIGH), Known, None),
            ("the end again", Some(ended(b"a", "x", &LOW)), ended(b"b", "x", &HIGH), Known, None),
            (
                "another end",
                Some(ended(b"a", "x", &LOW)),
                ended(b"b", "y", &HIGH),
                Known,
                Some(TwoEnds),
            ),
        ];
        for (case, known, arrived, expected, conflict) in cases {
            assert_eq!(stands(known.as_ref(), &arrived), (expected, conflict), "{case}");
        }
    }
}
