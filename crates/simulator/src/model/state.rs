//! A state of the model: what two databases, the archive, the gateway and the network hold of one
//! customer. Small on purpose: what no property depends on is left out.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use common::archive::late::HandedOver;
use common::block::giving_up;
use common::block::loading::Come;
use common::join::arriving::next;
use common::join::operation::{Marks, Version};
use common::operation::OperationState;
use common::placement::Placement;
use common::{Generation, Revision};

use super::Names;

/// A block by its place in [`Names`].
pub(crate) type Place = usize;
/// The customer's home.
pub(crate) const HOME: Place = 0;
/// Its backup.
pub(crate) const BACKUP: Place = 1;
/// A key of the customer's one wish: he takes the second when a complete view lacks the first.
pub(crate) type Key = usize;
/// How many keys he has.
pub(crate) const KEYS: usize = 2;

/// A row of the register. Reason and author are the same in every one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row(pub(crate) Arc<Placement>);

impl Hash for Row {
    fn hash<H: Hasher>(&self, to: &mut H) {
        let row = &self.0;
        (row.generation, row.owner_since, row.revision, row.state).hash(to);
        (&row.owner, &row.owner_incarnation, &row.target, row.target_generation).hash(to);
    }
}

/// A hand-over, as a block or the archive keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Handed {
    /// To whom.
    pub(crate) to: Place,
    /// The generation reserved for him.
    pub(crate) generation: Generation,
}

impl Handed {
    /// In the words of the decisions.
    pub(super) fn named(self, names: &Names) -> HandedOver {
        HandedOver { to: names.block(self.to).clone(), generation: self.generation }
    }
}

/// What an event of an outbox says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Body {
    /// An operation, as it stood when it was written.
    Operation(Key, Version),
    /// The customer was handed over.
    HandOver(Handed),
    /// The slice was sealed.
    Seal,
    /// The SEAL was taken back.
    Unseal,
}

/// A row of an outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Event {
    /// The generation it was written under.
    pub(crate) generation: Generation,
    /// What it says.
    pub(crate) body: Body,
}

/// What the gateway said had happened.
pub(crate) type Journal = [Option<OperationState>; KEYS];

/// A load under way: process memory, gone with a crash.
#[derive(Clone, Debug)]
pub(crate) struct Loading {
    /// Under which generation.
    pub(crate) generation: Generation,
    /// How far it has come.
    pub(crate) come: Come,
    /// What the journal said.
    pub(crate) journal: Journal,
}

impl Loading {
    fn key(&self) -> (Generation, bool, bool, Journal) {
        (self.generation, self.come.permission, self.come.journal, self.journal)
    }
}

impl PartialEq for Loading {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Loading {}

impl Hash for Loading {
    fn hash<H: Hasher>(&self, to: &mut H) {
        self.key().hash(to);
    }
}

/// A SEAL in the database of the block that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sealed {
    /// Under which generation.
    pub(crate) generation: Generation,
    /// The revision of the copy then.
    pub(crate) revision: Revision,
    /// UNSEAL is written.
    pub(crate) unsealing: bool,
}

impl Sealed {
    /// As decisions want it.
    pub(crate) fn own(self) -> giving_up::Sealed {
        let Self { generation, revision, unsealing } = self;
        giving_up::Sealed { generation, revision, unsealing }
    }
}

/// A block: its database, and a load under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Block {
    /// Its copy of the row.
    pub(crate) row: Row,
    /// Its SEAL.
    pub(crate) sealed: Option<Sealed>,
    /// The customer was handed over.
    pub(crate) handed: Option<Handed>,
    /// The generation under which he was last loaded.
    pub(crate) loaded: Option<Generation>,
    /// The highest fence that the gateway has answered.
    pub(crate) fence: Option<Generation>,
    /// His operations.
    pub(crate) operations: [Option<Version>; KEYS],
    /// What the archive does not have yet, in order.
    pub(crate) outbox: Vec<Event>,
    /// A load under way.
    pub(crate) loading: Option<Loading>,
    /// It has taken a SEAL back without the archive: what it does from then on may come late.
    pub(crate) alone: bool,
    /// An order that has not committed yet: it holds the slice's gate shared.
    pub(crate) open: Option<Open>,
}

/// An order whose transaction is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Open {
    /// Which key.
    pub(crate) key: Key,
    /// The generation that the block served under when it began.
    pub(crate) generation: Generation,
}

/// A SEAL as the archive has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ArchivedSeal {
    /// Under which generation.
    pub(crate) generation: Generation,
    /// UNSEAL followed, or it was late.
    pub(crate) voided: bool,
}

/// The archive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Archive {
    /// The row.
    pub(crate) row: Row,
    /// The last SEAL of each block.
    pub(crate) seals: [Option<ArchivedSeal>; 2],
    /// The last HANDOVER.
    pub(crate) handed: Option<Handed>,
    /// Who has loaded the customer, under which generations.
    pub(crate) loads: BTreeSet<(Place, Generation)>,
    /// His operations.
    pub(crate) operations: [Option<Version>; KEYS],
}

/// What the gateway has under an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    /// How it ended.
    pub(crate) state: OperationState,
    /// Under which generation.
    pub(crate) generation: Generation,
}

/// The gateway.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Gateway {
    /// The customer's fence.
    pub(crate) fence: Option<Generation>,
    /// A fence that a gateway without `journal-fences` raises some time later.
    pub(crate) owed: Option<Generation>,
    /// Outcomes.
    pub(crate) records: [Option<Record>; KEYS],
    /// How often each was done.
    pub(crate) effects: [u8; KEYS],
}

/// A call to the gateway that is under way. It is never taken from the network: not delivering it
/// is a loss, delivering it again a duplicate, delivering it later a delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Call {
    /// Who sent it.
    pub(crate) from: Place,
    /// Which operation.
    pub(crate) key: Key,
    /// Under which generation.
    pub(crate) generation: Generation,
    /// VOID instead of EXECUTE.
    pub(crate) void: bool,
}

/// What may still go on or go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Left {
    /// Drains: planned moves and returns.
    pub(crate) drains: u8,
    /// Aborts.
    pub(crate) aborts: u8,
    /// Forced moves.
    pub(crate) forces: u8,
    /// SEALs taken back.
    pub(crate) unseals: u8,
    /// Crashes, and loads whose answer is lost.
    pub(crate) crashes: u8,
    /// Transactions that sleep before they commit.
    pub(crate) sleeps: u8,
}

/// What was violated in a step, where the state itself does not show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Broken {
    /// Something took effect below the fence (I5).
    pub(crate) fence: bool,
    /// A generation was used by two blocks (I4).
    pub(crate) generation: bool,
    /// A state fell, or an end was replaced (I8).
    pub(crate) progress: bool,
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// The archive.
    pub(crate) archive: Arc<Archive>,
    /// The blocks.
    pub(crate) blocks: [Arc<Block>; 2],
    /// The gateway.
    pub(crate) gateway: Gateway,
    /// The network.
    pub(crate) calls: BTreeSet<Call>,
    /// The key that the customer pays with.
    pub(crate) key: Key,
    /// The highest revision that he has seen: his ticket carries it.
    pub(crate) seen: Revision,
    /// Generations that each block has acted under, a bit each.
    pub(crate) used: [u32; 2],
    /// The last takeover, if it was by SEAL: who had sealed, and the generation that followed.
    pub(crate) taken: Option<(Place, Generation)>,
    /// What may still happen.
    pub(crate) left: Left,
    /// What should not have.
    pub(crate) broken: Broken,
}

impl State {
    /// The home serves; nothing has happened.
    pub(super) fn first(names: &Names, left: Left) -> Self {
        let row = names.first_row();
        let block = Block {
            row: row.clone(),
            sealed: None,
            handed: None,
            loaded: None,
            fence: None,
            operations: [None; KEYS],
            outbox: Vec::new(),
            loading: None,
            alone: false,
            open: None,
        };
        let home = Block { loaded: Some(Generation(1)), ..block.clone() };
        let archive = Archive {
            row,
            seals: [None; 2],
            handed: None,
            loads: BTreeSet::new(),
            operations: [None; KEYS],
        };
        let gateway =
            Gateway { fence: None, owed: None, records: [None; KEYS], effects: [0; KEYS] };
        Self {
            archive: Arc::new(archive),
            blocks: [Arc::new(home), Arc::new(block)],
            gateway,
            calls: BTreeSet::new(),
            key: 0,
            seen: Revision(0),
            used: [0; 2],
            taken: None,
            left,
            broken: Broken::default(),
        }
    }

    /// A block, to change it.
    pub(super) fn block(&mut self, place: Place) -> &mut Block {
        Arc::make_mut(&mut self.blocks[place])
    }

    /// The archive, to change it.
    pub(super) fn archive(&mut self) -> &mut Archive {
        Arc::make_mut(&mut self.archive)
    }

    /// Forgets calls that can change nothing any more: whoever sent one has heard how the operation
    /// ended, or that his generation is too old.
    pub(super) fn forget_calls(&mut self, fenced: bool) {
        let Self { calls, blocks, gateway, .. } = self;
        calls.retain(|call| {
            let from = &blocks[call.from];
            let ended = from.operations[call.key].is_some_and(|known| known.state.is_final());
            let refused = Some(call.generation) < gateway.fence;
            let told = Some(call.generation) < from.fence;
            match gateway.records[call.key] {
                Some(_) => !ended,
                None => !(fenced && refused && told),
            }
        });
    }

    /// A block acts under a generation (I4).
    pub(super) fn acts(&mut self, place: Place, generation: Generation) {
        let bit = 1 << generation.0.min(31);
        self.used[place] |= bit;
        self.broken.generation |= self.used[1 - place] & bit != 0;
    }

    /// An operation was replaced by another version of it (I8).
    pub(super) fn replaced(&mut self, before: Option<&Version>, after: &Version) {
        let Some(before) = before else { return };
        let fell = after.state.rank() < before.state.rank();
        self.broken.progress |= fell || (before.state.is_final() && after.state != before.state);
    }
}

/// A new operation.
pub(super) fn ordered(generation: Generation) -> Version {
    let state = OperationState::Pending;
    let marks = Marks::default();
    Version { state, generation, version: 1, payload: fingerprint(state), marks }
}

/// The operation, moved on to `state` under `generation`.
pub(super) fn written(
    operation: &Version,
    state: OperationState,
    generation: Generation,
) -> Version {
    Version { payload: fingerprint(state), ..next(operation, state, generation) }
}

fn fingerprint(state: OperationState) -> [u8; 32] {
    [state.rank() * 8 + state as u8; 32]
}
