//! What never changes during a run of the model: names, lives, requests to the gateway.

use common::gateway::{Execute, Void, VoidCause};
use common::incarnation::StreamId;
use common::join::operation::Version;
use common::operation::IntentHash;
use common::operation::policy::{Confirmation, Policy, RiskAway};
use common::operation::progress::Unfinished;
use common::placement::Placement;
use common::{BlockName, CustomerId, Generation, Incarnation, OperationId, SliceId, Timestamp};

use super::block::shared;
use super::state::{Call, HOME, KEYS, Key, Place, Row};

/// The one moment of the model, in milliseconds.
pub(super) const NOW: i64 = 1_000_000;
/// An ordinary payment: it may wait.
pub(super) const POLICY: Policy = Policy {
    deferrable: true,
    confirmation: Confirmation::OnStepUp,
    risk_away: RiskAway::Allow,
    valid_for_s: 3_600,
};
/// The one customer.
pub(super) const CUSTOMER: CustomerId = CustomerId(1);

/// Names and lives of the two blocks, and ids of the two operations.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    streams: [StreamId; 2],
    ids: [OperationId; KEYS],
}

impl Names {
    #[expect(clippy::expect_used, reason = "the names are written here")]
    pub(super) fn new() -> Self {
        let stream = |name: &str, system| StreamId {
            block: BlockName::try_from(name.to_owned()).expect("a name"),
            incarnation: Incarnation { timeline: 1, system, nonce: 0 },
        };
        let ids = ["key-1", "key-2"].map(|key| OperationId::derive(CUSTOMER, key));
        Self { streams: [stream("client-1", 1), stream("backup-1", 2)], ids }
    }

    pub(super) fn stream(&self, place: Place) -> &StreamId {
        &self.streams[place]
    }

    pub(super) fn block(&self, place: Place) -> &BlockName {
        &self.streams[place].block
    }

    pub(super) fn life(&self, place: Place) -> &Incarnation {
        &self.streams[place].incarnation
    }

    pub(super) fn place(&self, block: &BlockName) -> Place {
        usize::from(self.streams[HOME].block != *block)
    }

    /// The home serves under generation 1.
    pub(super) fn first_row(&self) -> Row {
        let slice = SliceId::of(CUSTOMER);
        let mut row = Placement::first(self.block(HOME).clone(), slice, "");
        row.owner_incarnation = Some(*self.life(HOME));
        row.reason = String::new();
        shared(row)
    }

    pub(super) fn execute(&self, call: Call) -> Execute {
        Execute {
            operation_id: self.ids[call.key],
            intent_hash: hash(call.key),
            customer_id: CUSTOMER,
            generation: call.generation,
            intent: serde_json::Value::Null,
            valid_until: Timestamp::from_unix_ms(NOW),
        }
    }

    pub(super) fn void(&self, call: Call) -> Void {
        Void {
            operation_id: self.ids[call.key],
            intent_hash: hash(call.key),
            customer_id: CUSTOMER,
            generation: call.generation,
            cause: VoidCause::Customer,
        }
    }

    /// The load that the archive has recorded, in the words of the decisions.
    pub(super) fn load(&self, (by, under): (Place, Generation)) -> common::archive::asked::Load {
        (Some(self.streams[by].clone()), under)
    }
}

/// Of the intent, which differs from key to key.
pub(super) fn hash(key: Key) -> IntentHash {
    IntentHash([u8::from(key > 0); 32])
}

/// An operation as the next call wants it.
pub(super) fn unfinished(operation: &Version) -> Unfinished {
    Unfinished::marked(operation.state, &operation.marks, false, Timestamp::from_unix_ms(NOW), 0)
}
