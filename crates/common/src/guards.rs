//! The guards of the protocol, each of which can be taken away by the simulator and by nobody else.
//!
//! A guard closes one schedule that lost money, let a thief in or locked a customer out. Decisions
//! ask for it by name, so that removing it is one word in an experiment and impossible in a service
//! (the tidy test forbids `Guards::without` outside `crates/simulator`). protocol §11.

use std::fmt;

macro_rules! guards {
    ($($(#[doc = $doc:literal])+ $name:ident => $words:literal,)+) => {
        /// One guard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Guard {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Guard {
            /// All guards, in the order of the protocol's list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name on the command line and in tables.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)+
                }
            }

            /// What it does, in one paragraph.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),+).trim_ascii_start(),)+
                }
            }
        }
    };
}

guards! {
    /// The gateway refuses a generation below the customer's fence (I5).
    FenceCheck => "fence-check",
    /// The gateway looks for the id before it looks at the fence.
    LookUpFirst => "look-up-before-fence",
    /// The gateway compares the intent under a known id (I2).
    IntentHash => "intent-hash",
    /// The gateway executes nothing for the first time after `valid_until` (I10).
    ValidUntil => "valid-until",
    /// A change of a register row names the revision it was decided on.
    Revision => "revision",
    /// While a slice drains, the target acts under a generation of its own.
    TargetGeneration => "generation-of-its-own-for-the-target",
    /// A SEAL is written with the slice's gate shut, so that no transaction commits behind it.
    SealBehindGate => "seal-behind-gate",
    /// The target waits until HANDOVER is applied at the archive; the owner's word is a hint.
    DurableHandOver => "durable-hand-over",
    /// What was once sent as a batch is sent again byte for byte.
    BatchKept => "batch-kept",
    /// A promoted or restored database takes a new incarnation.
    NewIncarnation => "new-incarnation",
    /// Outbox rows are removed only after their acknowledgement (I7).
    KeptUntilAck => "kept-until-ack",
    /// JOURNAL raises the fence in the transaction in which it lists.
    JournalFences => "journal-fences",
    /// Final states come from the gateway only (I8).
    GatewayEnds => "gateway-ends",
    /// The intent's hash covers what the customer confirmed, and nothing a block computes.
    HashOfConfirmed => "hash-of-confirmed",
    /// Having loaded a customer means: under a generation that is recent enough.
    LoadedGeneration => "loaded-generation",
    /// A live session in a late event joins as revoked.
    LateSessionRevoked => "late-session-revoked",
    /// Unlocking removes the locks that the customer was shown, one by one.
    LocksById => "locks-by-id",
    /// A restored archive takes a new incarnation and recovers before it decides.
    ArchiveRecovers => "archive-recovers",
    /// A cursor over the archive is a vector of positions.
    CursorByPosition => "cursor-by-position",
    /// The owner adopts the open operations of customers who do not show up.
    AdoptAbsent => "adopt-absent",
    /// A block's workers start after its quarantine.
    Quarantine => "quarantine-before-workers",
    /// What is loaded is joined with what is there.
    JoinNotCopy => "join-not-copy",
    /// Automation moves one thing at a time and one in ten minutes (I14).
    OneAutomaticMove => "one-automatic-move",
    /// Order keys hold no clock.
    NoClockInKeys => "no-clock-in-order-keys",
    /// *Accepted* is said of what two compartments hold (I3).
    TwoCompartments => "two-compartments",
    /// The writer of an asked operation joins the mark too.
    AskedJoinsWriter => "asked-joins-its-writer",
    /// Every load reads the journal again.
    JournalEachLoad => "journal-at-every-load",
    /// A new incarnation has no generation until it has taken one.
    IncarnationTakesGeneration => "new-incarnation-takes-a-generation",
    /// A row names the owner's incarnation, and only that one serves.
    RowNamesIncarnation => "row-names-incarnation",
    /// VOID respects the fence.
    VoidFenced => "void-fenced",
    /// A row that changes owner or generation is adopted with the gate shut.
    AdoptBehindGate => "row-adopted-behind-gate",
    /// The archive refuses a loosening by whoever has handed the customer over.
    NoLooseningAfterHandOver => "no-loosening-after-hand-over",
    /// A compare-and-set names a SEAL that has not been voided.
    SealNotVoided => "seal-not-voided",
    /// While the archive recovers it stores and does not judge.
    JudgeAfterRecovery => "judge-after-recovery",
    /// Answers of an older incarnation of the archive are ignored.
    OldArchiveIgnored => "old-archive-ignored",
    /// A compare-and-set names a SEAL of the row's own generation.
    SealOfGeneration => "seal-of-the-row's-generation",
    /// Recovery raises every revision above any copy's.
    RecoveryRaisesRevision => "recovery-raises-revision",
    /// Recovery counts every customer as loaded under the highest generation seen.
    RecoveryRaisesLoads => "recovery-raises-loads",
    /// A move ends only at the incarnation of the target it began with.
    TargetIncarnation => "target-incarnation",
    /// What was ordered while unfenced says so for good.
    UnfencedMark => "unfenced-mark",
    /// Joining a journal first ends the customer's open transactions.
    JournalEndsTransactions => "journal-ends-transactions",
    /// A block's own cancellation from before a load is asked about like anybody's.
    OwnCancelAsked => "own-cancel-asked",
    /// A block's own operations from before a load are asked about like anybody's.
    OwnOperationAsked => "own-operation-asked",
    /// The gateway keeps a record for the longest outage after `valid_until` (I10).
    DedupeOutlivesOutage => "dedupe-outlives-outage",
    /// Who has not followed what the log has dropped is told so, and loads everybody.
    TooOldLoadsAll => "too-old-loads-all",
    /// A view is not complete while the archive has something of the customer that it cannot read.
    RawShowsAsOf => "raw-shows-as-of",
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which guards are in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards(u64);

impl Guards {
    /// All of them: the only value that a service can have.
    pub const ALL: Self = Self(u64::MAX);

    /// All but one. For the simulator's experiments only.
    #[must_use]
    pub fn without(guard: Guard) -> Self {
        Self(!bit(guard))
    }

    /// Is this guard in force?
    pub fn has(self, guard: Guard) -> bool {
        self.0 & bit(guard) != 0
    }
}

fn bit(guard: Guard) -> u64 {
    1 << guard as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_one_away_leaves_the_others() {
        assert!(Guard::ALL.len() <= 64);
        for &guard in Guard::ALL {
            assert!(Guards::ALL.has(guard));
            let without = Guards::without(guard);
            assert_eq!(Guard::ALL.iter().filter(|&&g| !without.has(g)).count(), 1, "{guard}");
            assert!(!guard.meaning().is_empty());
        }
    }
}
