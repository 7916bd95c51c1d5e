//! What travels between the actors, and what a block writes into its outbox.

use std::rc::Rc;

use common::archive::late::{HandedOver, Lateness};
use common::archive::stream::BatchKey;
use common::gateway::{Answer, Execute, Void};
use common::incarnation::{Head, StreamId};
use common::join::operation::Marks;
use common::operation::Durability;
use common::placement::Placement;
use common::placement::moves::{Proposal, Refused};
use common::{Generation, Incarnation, OperationId, Revision};

use crate::data::{Change, Data, Intent, Operation};

/// The place of a node in the world.
pub(crate) type NodeId = usize;
/// The place of a customer.
pub(crate) type Who = usize;
/// The place of a slice.
pub(crate) type Slice = usize;

/// What a customer's client asks of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Open a session with this version of the password.
    LogIn(u32),
    /// Order; the key is in the id.
    Order(OperationId, Intent),
    /// Cancel what was ordered, or may have been, under this key.
    Cancel(OperationId, Intent),
    /// Everything there is to see.
    View,
    /// Answer what was asked about an operation, as it was shown: do it, or do not.
    Answer(OperationId, bool, Marks),
    /// End all sessions everywhere.
    SignOut,
    /// Place this lock.
    Lock(u64),
    /// Take these locks off.
    Unlock(Vec<u64>),
    /// Change the password to this version.
    NewPassword(u32),
    /// Change the preference.
    Prefer(u32),
}

/// A client's request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Whose account.
    pub customer: Who,
    /// The token of the session.
    pub token: Option<u64>,
    /// The highest revision of his slice's row that the client has seen.
    pub seen: Revision,
    /// A thief's try at somebody's key with another intent.
    pub forged: bool,
    /// The generation of the client's last view, if it was "as of": what he orders now he might
    /// have ordered before.
    pub as_of: Option<Generation>,
    /// The client's number of it.
    pub number: u64,
    /// What it wants.
    pub ask: Ask,
}

/// Why a block does not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Refusal {
    /// 421: ask the router.
    Moved,
    /// Come back in a moment.
    Later,
    /// 401: log in.
    LogIn,
    /// The password is wrong.
    Password,
    /// Locked.
    Locked,
    /// 422: the key belongs to another intent.
    Mismatch,
    /// Not while the archive is away.
    NotNow,
    /// What you saw was "as of", and there is more to see now.
    LookAgain,
    /// Too many come at once: back after so many milliseconds.
    Busy(u32),
}

/// What a block answers.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A session was opened, or it is alive.
    Opened(u64),
    /// How an operation stands.
    Status(OperationId, Box<Operation>, Durability),
    /// Everything there is to see.
    Viewed(Rc<View>),
    /// Signed out: everywhere, or only here.
    SignedOut(bool),
    /// Done.
    Done,
    /// Not done.
    Refused(Refusal),
}

/// What a customer sees.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// Authenticated, fenced, loaded: nothing that was done before is missing.
    pub complete: bool,
    /// A gateway could not be fenced: "as of".
    pub as_of: bool,
    /// The generation of whoever shows it.
    pub generation: Generation,
    /// The revision of the row it was shown under.
    pub revision: Revision,
    /// The operations.
    pub operations: Vec<(OperationId, Operation)>,
    /// The locks in force.
    pub locks: Vec<u64>,
}

/// The form of events that everybody can read.
pub(crate) const USUAL_FORM: u8 = 1;
/// A form that only a later version of the archive can read.
pub(crate) const LATER_FORM: u8 = 2;

/// One event of a block's stream.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The checker's name of it: unlike anything in the protocol, never issued twice.
    pub unique: u64,
    /// The slice.
    pub slice: Slice,
    /// The customer, if it is about one.
    pub customer: Option<Who>,
    /// The generation it was written under.
    pub generation: Generation,
    /// The form it is written in: the archive cannot read every one at once.
    pub form: u8,
    /// What happened.
    pub body: Body,
}

/// What an event tells.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// A change of a customer's data.
    Change(Change),
    /// The customer was handed over.
    HandOver(HandedOver),
    /// The slice is sealed under the event's generation.
    Seal,
    /// The seal is taken back.
    Unseal,
}

/// An event as the archive keeps it, with its verdict.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// The event.
    pub event: Event,
    /// Was it late?
    pub late: Lateness,
    /// The generation of whoever served the customer when it was judged.
    pub serving: Generation,
    /// The operation is asked about because of this generation.
    pub asked: Option<Generation>,
    /// The archive could not read it, and nobody else tries to.
    pub raw: bool,
}

/// A batch in the archive's log.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Of which stream.
    pub stream: StreamId,
    /// Its number there.
    pub batch: u64,
    /// Its place in the log of this life of the archive.
    pub place: u64,
    /// When it was written there.
    pub at: u64,
    /// What it holds.
    pub events: Vec<Judged>,
}

/// A loosening on its way to the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loosening {
    /// Its id.
    pub id: u64,
    /// Of whom.
    pub customer: Who,
    /// Under which generation it is asked for.
    pub generation: Generation,
    /// What it does.
    pub change: Change,
}

/// The slices and customers of whom a batch was late, with the revision of the row that says so.
pub(crate) type Late = Vec<(Slice, Option<Who>, Revision)>;

/// A message.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// Client to router: where is my block?
    Route(Who),
    /// Router to client: there, as of this revision.
    Routed(NodeId, Revision),
    /// Client to block.
    Request(Box<Request>),
    /// Block to client, with the number of the request and the revision of the block's copy.
    Reply(u64, Revision, Reply),
    /// Block to archive: a batch.
    Batch(StreamId, BatchKey, Rc<Vec<Event>>),
    /// Archive to block: applied up to there, and what was late; a recovering archive cannot say.
    Acknowledge { life: Incarnation, batch: u64, late: Option<Late> },
    /// Archive to block: the stream stands there.
    Gap(Incarnation, Head),
    /// Archive to block: another batch of this number was applied.
    Fork(Incarnation),
    /// Block or router to archive: the register, please; this is who I am.
    ReadRegister(Option<StreamId>),
    /// Archive to whoever asked: the register, whether a later life of you is known, and whether
    /// the archive needs your copy.
    Register {
        life: Incarnation,
        rows: Rc<Vec<Placement>>,
        outlived: bool,
        recovering: bool,
        head: Option<Head>,
    },
    /// To an archive that recovers, and to this life of it only: my copy (from a block or router),
    /// whether all that I had written before I knew has been sent again (from a block), or my
    /// fences (gateway).
    Witness { life: Incarnation, resent: bool, copy: Rc<Vec<Placement>>, fences: Vec<Generation> },
    /// Archive to gateway: tell me your fences.
    AskFences(Incarnation),
    /// Block to archive: was the customer handed over to me?
    MayLoad(Who, Generation),
    /// Archive to block.
    Permitted(Incarnation, Who, Generation, bool),
    /// Block to archive: what do you have of him? With the generation to load him under.
    Load(Who, Generation, bool),
    /// Archive to block: this, and the newest generation another has loaded him under.
    Loaded {
        life: Incarnation,
        customer: Who,
        generation: Generation,
        data: Rc<Data>,
        /// Of the row under which the archive let him be loaded.
        revision: Revision,
        /// The data show all that was archived of him.
        shows_all: bool,
        elsewhere: Option<Generation>,
    },
    /// Block to archive: what is new since these positions?
    Changes(Box<common::block::cursor::Cursor>),
    /// Archive to block: these entries; whether that was all; for these slices, which are
    /// its by rows of these revisions.
    Changed(Incarnation, Vec<Rc<Entry>>, bool, Vec<(Slice, Revision)>),
    /// Archive to block: the log begins here, and you have not followed what was before; these
    /// slices are yours by rows of these revisions.
    TooOld(Incarnation, u64, Vec<(Slice, Revision)>),
    /// A router or block proposes a change of a row.
    Propose(Slice, Box<Proposal>),
    /// The row as it is now, and why the proposal failed if it did.
    Proposed(Incarnation, Slice, Box<Placement>, Option<Refused>),
    /// Router to block: a row has changed.
    Push(Incarnation, Box<Placement>),
    /// Router to block: seal the slice under this generation.
    Close(Slice, Generation),
    /// Target to owner: hand this customer over to me.
    HandOver(Who, Generation),
    /// Owner to target: done (a hint), or not.
    HandedOver(Who, Generation, bool),
    /// Block to archive.
    Loosen(Box<Loosening>),
    /// Archive to block: it stands, or not.
    Loosened(Incarnation, u64, bool),
    /// Block to gateway.
    Execute(Who, Rc<Execute>, Intent),
    /// Block to gateway.
    Void(Who, Rc<Void>, Intent),
    /// Gateway to block: the answer.
    Answered(Who, OperationId, Answer),
    /// Block to gateway: fence and list.
    Journal(Who, Generation),
    /// Gateway to block: the fence stands and this was done; or a newer generation was seen.
    JournalOf(Who, Generation, Result<Rc<Vec<(OperationId, Operation)>>, Generation>),
    /// Block to gateway: raise the fence; the number is the sign-out's.
    Fence(Who, Generation, u64),
    /// Gateway to block, with the fence as it is now.
    Fenced(Who, u64, Generation),
}

impl Message {
    /// Its name in traces and counts.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Route(_) => "route",
            Self::Routed(..) => "routed",
            Self::Request(_) => "request",
            Self::Reply(..) => "reply",
            Self::Batch(..) => "batch",
            Self::Acknowledge { .. } => "acknowledge",
            Self::Gap(..) => "gap",
            Self::Fork(_) => "fork",
            Self::ReadRegister(_) => "read-register",
            Self::Register { .. } => "register",
            Self::Witness { .. } => "witness",
            Self::AskFences(_) => "ask-fences",
            Self::MayLoad(..) => "may-load",
            Self::Permitted(..) => "permitted",
            Self::Load(..) => "load",
            Self::Loaded { .. } => "loaded",
            Self::Changes(..) => "changes",
            Self::Changed(..) => "changed",
            Self::TooOld(..) => "too-old",
            Self::Propose(..) => "propose",
            Self::Proposed(..) => "proposed",
            Self::Push(..) => "push",
            Self::Close(..) => "close",
            Self::HandOver(..) => "hand-over",
            Self::HandedOver(..) => "handed-over",
            Self::Loosen(_) => "loosen",
            Self::Loosened(..) => "loosened",
            Self::Execute(..) => "execute",
            Self::Void(..) => "void",
            Self::Answered(..) => "answered",
            Self::Journal(..) => "journal",
            Self::JournalOf(..) => "journal-of",
            Self::Fence(..) => "fence",
            Self::Fenced(..) => "fenced",
        }
    }
}
