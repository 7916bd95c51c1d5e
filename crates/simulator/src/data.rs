//! What a block's database and the archive hold of one customer, and how two versions of it join.

use std::collections::BTreeMap;

use common::guards::Guards;
use common::join::arriving::{arrive, next};
use common::join::lock::Locks;
use common::join::operation::Version;
use common::join::register;
use common::join::session::{self, Epoch, Session};
use common::operation::{IntentHash, OperationState};
use common::{Generation, OperationId, Timestamp};

/// The wish of a customer that an operation serves. The checker pays attention to it: at most one
/// effect a wish, however many keys he used.
pub(crate) type Wish = u32;

/// What was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    /// Which wish it serves.
    pub wish: Wish,
    /// Minor units.
    pub amount: i64,
    /// The customer who receives.
    pub payee: usize,
    /// First execution only before.
    pub valid_until: Timestamp,
    /// The version of the payload: blocks of an older version do not understand a newer one.
    pub version: u8,
    /// Done by a foreign system: EXECUTE answers `in_progress` first.
    pub foreign: bool,
}

/// An operation as it is stored and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// State, key and marks.
    pub at: Version,
    /// What was confirmed.
    pub intent: Intent,
    /// The hash of it.
    pub hash: IntentHash,
}

impl Operation {
    /// The payload's fingerprint: of what can differ between two versions with equal keys.
    pub(crate) fn seal(&mut self) {
        let mut payload = [0; 32];
        payload[0] = self.at.state as u8;
        payload[1..9].copy_from_slice(&self.intent.amount.to_be_bytes());
        self.at.payload = payload;
    }

    /// Moves on to `state` under `generation`.
    pub(crate) fn write(&mut self, state: OperationState, generation: Generation) {
        self.at = next(&self.at, state, generation);
        self.seal();
    }
}

/// A register-like field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    /// Decides which value stands.
    pub key: register::Key,
    /// The value.
    pub value: u32,
}

/// Everything of one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Data {
    /// Operations by id.
    pub operations: BTreeMap<OperationId, Operation>,
    /// Sessions by token.
    pub sessions: BTreeMap<u64, Session>,
    /// The present epoch of sessions.
    pub epoch: Epoch,
    /// Locks.
    pub locks: Locks<u64>,
    /// A preference.
    pub preference: Field,
    /// The password's version: changes by loosening only.
    pub password: u32,
}

/// One change of it, as an event carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// An operation.
    Operation(OperationId, Operation),
    /// A session.
    Session(u64, Session),
    /// The epoch was raised.
    Epoch(Epoch),
    /// A lock was placed.
    Lock(u64),
    /// Locks were taken off, by a loosening.
    Unlock(Vec<u64>),
    /// The preference.
    Preference(Field),
    /// The password, by a loosening.
    Password(u32),
}

impl Data {
    /// Takes one change in. `late` carries the generation of whoever serves the customer, where the
    /// change was written late.
    pub(crate) fn absorb(&mut self, change: &Change, late: Option<Generation>, guards: Guards) {
        match change {
            Change::Operation(id, theirs) => self.absorb_operation(*id, theirs, late),
            Change::Session(token, theirs) => {
                let arrived =
                    if late.is_some() { session::from_late(theirs, guards) } else { *theirs };
                let known = self.sessions.get(token);
                let joined = known.map_or(arrived, |mine| session::join(mine, &arrived));
                self.sessions.insert(*token, joined);
            }
            Change::Epoch(epoch) => self.epoch = self.epoch.max(*epoch),
            Change::Lock(id) => {
                self.locks.placed.insert(*id);
            }
            Change::Unlock(shown) => self.locks.remove(shown, guards),
            Change::Preference(field) => {
                if register::replaces(field.key, self.preference.key) {
                    self.preference = *field;
                }
            }
            Change::Password(version) => self.password = self.password.max(*version),
        }
    }

    fn absorb_operation(&mut self, id: OperationId, theirs: &Operation, late: Option<Generation>) {
        let mine = self.operations.get(&id);
        let at = arrive(mine.map(|mine| &mine.at), &theirs.at, late);
        let (intent, hash) = mine.map_or((theirs.intent, theirs.hash), |m| (m.intent, m.hash));
        self.operations.insert(id, Operation { at, intent, hash });
    }

    /// Takes everything in that another has.
    pub(crate) fn join(&mut self, other: &Self, guards: Guards) {
        for (id, theirs) in &other.operations {
            self.absorb_operation(*id, theirs, None);
        }
        for (token, theirs) in &other.sessions {
            self.absorb(&Change::Session(*token, *theirs), None, guards);
        }
        self.epoch = self.epoch.max(other.epoch);
        self.locks.join(&other.locks);
        self.absorb(&Change::Preference(other.preference), None, guards);
        self.password = self.password.max(other.password);
    }
}
