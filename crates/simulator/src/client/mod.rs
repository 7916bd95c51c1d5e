//! The reference client (`web/api-client` does the same): asks the router, keeps the block, comes
//! back on failure, and keeps the key until it is told what became of the order. A thief is a
//! client with somebody else's token and password.

mod told;

use std::collections::VecDeque;

use common::join::operation::Marks;
use common::{Generation, OperationId, Revision, Timestamp};

use crate::data::{Intent, Wish};
use crate::gateway::{customer_id, short};
use crate::message::{Ask, Message, NodeId, Request, Who};
use crate::world::{CUSTOMERS, FIRST_CLIENT, PATIENCE_MS, ROUTERS, World, tell};

/// Something that a person decides to do, beside paying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Pay somebody.
    Pay,
    /// Cancel what is being paid.
    Cancel,
    /// Sign out everywhere.
    SignOut,
    /// Lock the account, because something looks wrong.
    Lock,
    /// Unlock it.
    Unlock,
    /// Change the password.
    NewPassword,
    /// Change a preference.
    Prefer,
    /// Look.
    Look,
    /// Pay with a payload of the newer version: it waits at a block of the older one.
    PayNewer,
    /// The app is started anew: it has forgotten its session.
    Forget,
    /// The thief copies token and password.
    Steal,
    /// The thief uses the customer's key for an order of his own.
    Forge,
}

/// An app starts in this time.
const STARTING_MS: u64 = 500;

struct Waiting {
    number: u64,
    since: u64,
    ask: Ask,
}

struct Paying {
    wish: Wish,
    keys: u64,
    id: OperationId,
    intent: Intent,
    /// The block has said that it knows the order.
    known: bool,
    /// It was called accepted: it cannot vanish any more (I3).
    accepted: Option<Generation>,
    failures: u32,
    cancel: bool,
    /// The last view was "as of", of this generation, and did not show it, and he ordered under
    /// another key.
    as_of: Option<Generation>,
    /// Keys of this wish that nobody has told him the end of.
    loose: Vec<(OperationId, Intent)>,
    /// Keys that must have ended before he takes another.
    voids: Vec<(OperationId, Intent)>,
    /// The view is "as of", so that none of them can end: he dares to order again as soon as a
    /// block has written down that the old key is to be cancelled.
    dares: Option<Generation>,
}

/// A client.
pub(crate) struct Client {
    who: Who,
    thief: bool,
    token: Option<u64>,
    password: u32,
    /// Changes that may have been made although nobody said so.
    maybe_passwords: VecDeque<u32>,
    seen: Revision,
    block: Option<NodeId>,
    waiting: Option<Waiting>,
    number: u64,
    deeds: VecDeque<Deed>,
    paying: Option<Paying>,
    /// What he is asked about, whether he still wants it, and how it was shown to him.
    questions: Vec<(OperationId, bool, Marks)>,
    locks: Vec<u64>,
    rest_until: u64,
    /// The app is being started until then.
    away_until: u64,
    locked: bool,
    look: bool,
}

impl Client {
    /// A client that has not done anything yet.
    pub(crate) fn new(who: Who, thief: bool) -> Self {
        Self {
            who,
            thief,
            token: None,
            password: 0,
            maybe_passwords: VecDeque::new(),
            seen: Revision(0),
            block: None,
            waiting: None,
            number: 0,
            deeds: VecDeque::new(),
            paying: None,
            questions: Vec::new(),
            locks: Vec::new(),
            rest_until: 0,
            away_until: 0,
            locked: false,
            look: false,
        }
    }

    /// Has it no session?
    pub(crate) fn is_logged_out(&self) -> bool {
        self.token.is_none()
    }

    /// Does it still wait for the answer to this request?
    pub(crate) fn waits_for(&self, number: u64) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.number == number)
    }

    /// Is there nothing that it still waits for?
    pub(crate) fn is_content(&self) -> bool {
        self.thief || (self.paying.is_none() && self.questions.is_empty())
    }

    /// The app is started anew: session and address are forgotten, the key is kept.
    pub(crate) fn forget(&mut self, now: u64) {
        self.away_until = now + STARTING_MS;
        self.token = None;
        self.block = None;
        self.waiting = None;
        if let Some(paying) = &mut self.paying {
            paying.failures += 1;
        }
    }

    /// From now on he only ends what he has begun.
    pub(crate) fn comes_to_rest(&mut self) {
        self.deeds.clear();
    }

    /// Something to do.
    pub(crate) fn wants(&mut self, deed: Deed) {
        self.deeds.push_back(deed);
    }
}

impl World {
    /// The thief takes what the customer has in his pocket.
    pub(crate) fn steal(&mut self, who: Who) {
        let (token, password, block, seen) = {
            let victim = &self.clients[who];
            (victim.token, victim.password, victim.block, victim.seen)
        };
        let thief = &mut self.clients[CUSTOMERS + who];
        thief.token = token;
        thief.password = password;
        thief.block = block;
        thief.seen = seen;
    }

    pub(crate) fn client_tick(&mut self, client: usize) {
        let now = self.now;
        if let Some(waiting) = &self.clients[client].waiting {
            if now < waiting.since + PATIENCE_MS {
                return;
            }
            self.gave_up(client);
        }
        if now < self.clients[client].rest_until.max(self.clients[client].away_until) {
            return;
        }
        let Some(block) = self.clients[client].block else {
            return self.ask_router(client);
        };
        if let Some(ask) = self.next_ask(client) {
            self.ask(client, block, ask);
        }
    }

    fn gave_up(&mut self, client: usize) {
        self.count("client gave up");
        let elsewhere = self.rng.chance(60);
        let state = &mut self.clients[client];
        state.waiting = None;
        if let Some(paying) = &mut state.paying {
            paying.failures += 1;
        }
        // A thief stays where he got in.
        if elsewhere && !state.thief {
            state.block = None;
        }
    }

    fn ask_router(&mut self, client: usize) {
        if self.clients[client].thief && self.clients[client].deeds.is_empty() {
            return;
        }
        let router = ROUTERS[usize::try_from(self.rng.below(2)).unwrap_or(0)];
        let who = self.clients[client].who;
        self.clients[client].rest_until = self.now + 500;
        self.send(FIRST_CLIENT + client, router, Message::Route(who));
    }

    fn next_ask(&mut self, client: usize) -> Option<Ask> {
        let state = &self.clients[client];
        if state.thief && state.deeds.is_empty() && state.paying.is_none() {
            return None;
        }
        if state.token.is_none() {
            return Some(Ask::LogIn(state.password));
        }
        if state.look {
            return Some(Ask::View);
        }
        if let Some((id, wanted, shown)) = state.questions.first().copied() {
            return Some(Ask::Answer(id, wanted, shown));
        }
        if state.locked && !state.thief {
            self.clients[client].locked = false;
            let locks = self.clients[client].locks.clone();
            return Some(if locks.is_empty() { Ask::View } else { Ask::Unlock(locks) });
        }
        if let Some(ask) = self.go_on_paying(client) {
            return Some(ask);
        }
        if self.quiet && !self.clients[client].thief && self.clients[client].deeds.is_empty() {
            // At rest he looks now and then whether he is asked something.
            self.clients[client].rest_until = self.now + 2_000;
            return Some(Ask::View);
        }
        let deed = self.clients[client].deeds.pop_front()?;
        self.do_deed(client, deed)
    }

    fn go_on_paying(&mut self, client: usize) -> Option<Ask> {
        let doubts = self.rng.chance(40);
        let paying = self.clients[client].paying.as_ref()?;
        let ordering = !paying.known && paying.voids.is_empty();
        // Other deeds come between.
        let busy = self.clients[client].deeds.front().is_some_and(|deed| *deed != Deed::Pay);
        if busy && paying.known {
            return None;
        }
        if let Some((id, intent)) = paying.voids.last().copied().filter(|_| !doubts) {
            return Some(Ask::Cancel(id, intent));
        }
        if paying.cancel && paying.known {
            return Some(Ask::Cancel(paying.id, paying.intent));
        }
        if ordering && !(paying.failures > 0 && doubts) {
            return Some(Ask::Order(paying.id, paying.intent));
        }
        self.clients[client].rest_until = self.now + 300;
        Some(Ask::View)
    }

    fn do_deed(&mut self, client: usize, deed: Deed) -> Option<Ask> {
        let state = &self.clients[client];
        match deed {
            Deed::Pay => {
                self.start_paying(client);
                None
            }
            Deed::Cancel if state.thief => {
                let victim = self.clients[state.who].paying.as_ref()?;
                Some(Ask::Cancel(victim.id, victim.intent))
            }
            Deed::Cancel => {
                let paying = self.clients[client].paying.as_mut()?;
                paying.cancel = true;
                None
            }
            Deed::SignOut => Some(Ask::SignOut),
            Deed::Lock => {
                let id = self.unique();
                Some(Ask::Lock(id))
            }
            Deed::Unlock => {
                let locks = self.clients[client].locks.clone();
                (!locks.is_empty()).then_some(Ask::Unlock(locks))
            }
            Deed::NewPassword => {
                let version = u32::try_from(self.unique()).unwrap_or(0);
                self.clients[client].maybe_passwords.push_back(version);
                Some(Ask::NewPassword(version))
            }
            Deed::Prefer => {
                let value = u32::try_from(self.unique()).unwrap_or(0);
                Some(Ask::Prefer(value))
            }
            Deed::Look => Some(Ask::View),
            Deed::PayNewer => {
                self.start_paying(client);
                if let Some(paying) = &mut self.clients[client].paying {
                    paying.intent.version = 2;
                }
                None
            }
            Deed::Forget => None,
            Deed::Forge => {
                let victim = self.clients[state.who].paying.as_ref()?;
                let (id, mut intent) = (victim.id, victim.intent);
                intent.amount += 1;
                intent.wish = u32::try_from(self.unique()).unwrap_or(0);
                self.checker.forged(id);
                Some(Ask::Order(id, intent))
            }
            Deed::Steal => None,
        }
    }

    fn start_paying(&mut self, client: usize) {
        let who = self.clients[client].who;
        if self.clients[client].paying.is_some() {
            return;
        }
        let wish = u32::try_from(self.unique()).unwrap_or(0);
        let payee = (who + 1 + usize::try_from(self.rng.below(3)).unwrap_or(0)) % CUSTOMERS;
        let seconds = if self.rng.chance(20) { 8 } else { 3_600 };
        let now = Timestamp::from_unix_ms(1_000_000 + i64::try_from(self.now).unwrap_or(0));
        // Now and then more than there is.
        let most = if self.rng.chance(5) { 150_000 } else { 900 };
        let amount = i64::try_from(self.rng.between(1, most)).unwrap_or(1);
        let intent = Intent {
            wish,
            amount,
            payee,
            valid_until: now.plus_s(seconds),
            version: if self.rng.chance(10) { 2 } else { 1 },
            foreign: self.rng.chance(25),
        };
        let id = key(who, wish, 0);
        tell!(self, "{}: wishes {wish}", self.name(FIRST_CLIENT + client));
        self.clients[client].paying = Some(Paying {
            wish,
            keys: 0,
            id,
            intent,
            known: false,
            accepted: None,
            failures: 0,
            cancel: false,
            as_of: None,
            loose: Vec::new(),
            voids: Vec::new(),
            dares: None,
        });
    }

    /// He wants another key, or none: first everything that may come of those before must end.
    pub(super) fn wants_voided(&mut self, client: usize, dares: Option<Generation>) {
        let Some(paying) = &mut self.clients[client].paying else { return };
        paying.dares = dares;
        paying.voids.append(&mut paying.loose);
        paying.voids.push((paying.id, paying.intent));
        let id = paying.id;
        self.count("old key to be voided");
        tell!(self, "{}: wants {} voided", self.name(FIRST_CLIENT + client), short(id));
    }

    /// Another key for the same wish: when nothing can come of the one before, or because he dares.
    pub(super) fn new_key(&mut self, client: usize, as_of: Option<Generation>) {
        let who = self.clients[client].who;
        let now = Timestamp::from_unix_ms(1_000_000 + i64::try_from(self.now).unwrap_or(0));
        let name = self.name(FIRST_CLIENT + client);
        let Some(paying) = &mut self.clients[client].paying else { return };
        paying.loose.append(&mut paying.voids);
        paying.dares = None;
        paying.keys += 1;
        paying.id = key(who, paying.wish, paying.keys);
        paying.intent.valid_until = now.plus_s(3_600);
        paying.known = false;
        paying.accepted = None;
        paying.failures = 0;
        paying.as_of = as_of;
        let wish = paying.wish;
        self.count(if as_of.is_some() { "new key, as of" } else { "new key" });
        tell!(self, "{name}: takes a new key for wish {wish}");
    }

    fn ask(&mut self, client: usize, block: NodeId, ask: Ask) {
        let now = self.now;
        let state = &mut self.clients[client];
        state.number += 1;
        state.waiting = Some(Waiting { number: state.number, since: now, ask: ask.clone() });
        let request = Request {
            customer: state.who,
            token: state.token,
            seen: state.seen,
            forged: state.thief,
            as_of: state.paying.as_ref().and_then(|paying| paying.as_of),
            number: state.number,
            ask,
        };
        tell!(
            self,
            "{}: asks {} {:?}",
            self.name(FIRST_CLIENT + client),
            self.name(block),
            request.ask
        );
        self.send(FIRST_CLIENT + client, block, Message::Request(Box::new(request)));
    }
}

/// The id of an order: the same on every block for the same key (I2).
fn key(who: Who, wish: Wish, keys: u64) -> OperationId {
    OperationId::derive(customer_id(who), &format!("{wish}-{keys}"))
}
