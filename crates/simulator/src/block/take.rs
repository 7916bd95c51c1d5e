//! Taking a customer over, and pouring his operations back: one act (protocol §6). Also letting him
//! go, and loosening.

use std::rc::Rc;

use common::block::access::Access;
use common::block::giving_up::{HandOver, Loose, hand_over};
use common::block::joining::adopts;
use common::block::journal::{self, Effect};
use common::block::loading::{
    Come, Step, Taking, fenced, gateway_away, next, still_wanted, taking, told_is_enough,
};
use common::block::own;
use common::block::start::Phase;
use common::operation::OperationState;
use common::{Generation, OperationId};

use super::{Loading, Then};
use crate::data::{Change, Data, Operation};
use crate::message::{Body, Message, NodeId, Refusal, Reply, Who};
use crate::world::{ARCHIVE, CUSTOMERS, FIRST_BLOCK, GATEWAY, SLICE_OF, World, tell};

const RESEND_MS: u64 = 500;
/// A loosening without a verdict is asked for again after this long.
const LOOSEN_MS: u64 = 2_000;
/// A load that has not come to its end by then is begun anew.
const LOAD_MS: u64 = 10_000;

impl World {
    /// Begins to load a customer, or lets it go on. `permitted`: we own the slice.
    pub(super) fn begin_load(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        permitted: bool,
    ) {
        let now = self.now;
        let block = self.block(node);
        let loaded_before = block.db.customers[who].loaded.is_some();
        let fresh = block
            .process
            .loading
            .get(&who)
            .is_none_or(|load| load.generation != generation || now > load.began + LOAD_MS);
        if !fresh {
            return;
        }
        let alone = block.process.phase == Phase::Alone;
        let come = Come { permission: permitted || alone, loaded_before, ..Come::default() };
        let loading = Loading {
            come,
            generation,
            began: now,
            sent: 0,
            hinted: false,
            journal: Rc::new(Vec::new()),
            data: None,
            shows_all: true,
            elsewhere: None,
        };
        block.process.loading.insert(who, loading);
        self.count("load begun");
        self.go_on_loading(node, who);
    }

    fn go_on_loading(&mut self, node: NodeId, who: Who) {
        let (now, guards) = (self.now, self.guards);
        let Some(loading) = self.block(node).process.loading.get_mut(&who) else { return };
        if loading.sent + RESEND_MS > now && loading.sent != 0 {
            return;
        }
        let waited = i64::try_from(now - loading.began).unwrap_or(0);
        loading.come.gateway_away |= gateway_away(&loading.come, waited);
        loading.sent = now;
        let (generation, hinted) = (loading.generation, loading.hinted);
        match next(&loading.come, guards) {
            Step::Permission => self.send(node, ARCHIVE, Message::MayLoad(who, generation)),
            Step::Journal => self.send(node, GATEWAY, Message::Journal(who, generation)),
            Step::Entities if self.block(node).process.phase == Phase::Alone => {
                self.verified_alone(node, who);
            }
            Step::Entities => self.send(node, ARCHIVE, Message::Load(who, generation, hinted)),
            Step::Join => self.join_load(node, who),
        }
    }

    fn step_loading(&mut self, node: NodeId, who: Who) {
        if let Some(loading) = self.block(node).process.loading.get_mut(&who) {
            loading.sent = 0;
        }
        self.go_on_loading(node, who);
    }

    /// Started alone: the journal under our generation is all there is to ask.
    fn verified_alone(&mut self, node: NodeId, who: Who) {
        let Some(loading) = self.block(node).process.loading.remove(&who) else { return };
        if loading.come.journal {
            self.join_journal(node, who, loading.generation, &loading.journal);
            self.block(node).process.verified.insert(who);
            self.count("verified alone");
        }
    }

    pub(super) fn permitted(&mut self, node: NodeId, who: Who, generation: Generation, may: bool) {
        let loading = self.block(node).process.loading.get_mut(&who);
        let Some(loading) = loading.filter(|loading| loading.generation == generation) else {
            return;
        };
        if may {
            loading.come.permission = true;
            self.step_loading(node, who);
        } else {
            self.block(node).process.last_register = 0;
        }
    }

    pub(super) fn journal_arrived(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        answer: Result<Rc<Vec<(OperationId, Operation)>>, Generation>,
    ) {
        let entries = match answer {
            Err(fence) => {
                self.block(node).process.loading.remove(&who);
                return self.superseded(node, who, fence);
            }
            Ok(entries) => entries,
        };
        let loading = self.block(node).process.loading.get_mut(&who);
        if let Some(loading) = loading.filter(|loading| loading.generation == generation) {
            loading.come.journal = true;
            loading.journal = entries;
            return self.step_loading(node, who);
        }
        // Somebody who was loaded while the gateway was away. An answer that arrives while he is
        // not served here counts for nothing.
        let access = self.access_of(node, who, None);
        let fenced = self.block(node).db.customers[who].fenced;
        if journal::counts(&access, generation, fenced) {
            self.join_journal(node, who, generation, &entries);
            self.block(node).db.customers[who].fenced = true;
            self.count("fenced at last");
        }
    }

    pub(super) fn entities_arrived(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        (data, shows_all, elsewhere): (Rc<Data>, bool, Option<Generation>),
    ) {
        let loading = self.block(node).process.loading.get_mut(&who);
        let Some(loading) = loading.filter(|loading| loading.generation == generation) else {
            return;
        };
        loading.come.entities = true;
        loading.data = Some(data);
        loading.shows_all = shows_all;
        loading.elsewhere = elsewhere;
        self.step_loading(node, who);
    }

    /// The joining transaction, which also writes down that he is loaded.
    fn join_load(&mut self, node: NodeId, who: Who) {
        let Some(loading) = self.block(node).process.loading.remove(&who) else { return };
        let generation = loading.generation;
        if !still_wanted(&self.access_of(node, who, None), generation) {
            return self.count("load overtaken");
        }
        let Some(data) = loading.data else { return };
        let guards = self.guards;
        self.ask_for_own(node, who, generation, &data, loading.elsewhere);
        let customer = &mut self.block(node).db.customers[who];
        let before = customer.data.clone();
        match taking(guards) {
            Taking::Join => customer.data.join(&data, guards),
            Taking::Replace => customer.data = (*data).clone(),
        }
        let after = &self.blocks[node - FIRST_BLOCK].db.customers[who].data;
        self.checker.joined(who, &before, after);
        if !loading.come.journal {
            self.note_executed(node, who);
        }
        self.join_journal(node, who, generation, &loading.journal);
        let now = self.now;
        let customer = &mut self.block(node).db.customers[who];
        customer.loaded = Some(generation);
        customer.fenced = fenced(&loading.come);
        customer.unread = !loading.shows_all;
        let operations = customer.data.operations.iter();
        let open = operations.filter(|(_, operation)| adopts(operation.at.state, guards));
        for (id, _) in open {
            customer.tokens.entry(*id).or_insert((now, 0));
        }
        self.count("customer loaded");
        tell!(self, "{}: loaded customer-{who} under {generation}", self.name(node));
    }

    /// Own unfinished things that the load did not contain are asked about like anybody's.
    fn ask_for_own(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        theirs: &Data,
        elsewhere: Option<Generation>,
    ) {
        let guards = self.guards;
        let mut asked = 0;
        let customer = &mut self.block(node).db.customers[who];
        for (id, mine) in &mut customer.data.operations {
            let known = theirs.operations.get(id).map(|known| &known.at);
            let (marks, questions) =
                own::after_load(&mine.at, known, generation, elsewhere, guards);
            mine.at.marks = marks;
            asked += questions;
        }
        for _ in 0..asked {
            self.count("own operation asked after a load");
        }
    }

    /// Joins what the gateway did. First ends the customer's open transactions here: they were
    /// begun without knowing it.
    fn join_journal(
        &mut self,
        node: NodeId,
        who: Who,
        generation: Generation,
        entries: &[(OperationId, Operation)],
    ) {
        let guards = self.guards;
        if journal::ends_transactions(guards) {
            let open = &mut self.block(node).process.transactions;
            open.retain(|_, transaction| transaction.customer != who);
        }
        let at_load = &self.block(node).db.customers[who].executed_at_load;
        let executed = entries.iter().filter(|(_, entry)| journal::is_effect(entry.at.state));
        let effect = |(id, effect): &(OperationId, Operation)| Effect {
            generation: effect.at.generation,
            known_at_load: at_load.contains(id),
        };
        let effects: Vec<Effect> = executed.map(effect).collect();
        for (id, theirs) in entries {
            let known = self.block(node).db.customers[who].data.operations.get(id).copied();
            let taken = journal::take(known.as_ref().map(|k| &k.at), &theirs.at, generation);
            if let Some(taken) = taken {
                let mut joined = known.unwrap_or(*theirs);
                joined.at.marks = taken.marks;
                joined.write(taken.state, generation);
                self.write(node, who, generation, Change::Operation(*id, joined));
            }
        }
        tell!(
            self,
            "{}: joins the journal of customer-{who}: {} entries",
            self.name(node),
            entries.len()
        );
        let customer = &mut self.block(node).db.customers[who];
        // He may have ordered again what he could not see: he is asked.
        for operation in customer.data.operations.values_mut() {
            if journal::asks(&operation.at, &effects, generation) {
                operation.at.marks.asked = operation.at.marks.asked.because_of(generation);
            }
        }
    }

    /// Remembers what was known to be executed when he was loaded without a journal.
    fn note_executed(&mut self, node: NodeId, who: Who) {
        let customer = &mut self.block(node).db.customers[who];
        let executed = customer
            .data
            .operations
            .iter()
            .filter(|(_, operation)| operation.at.state == OperationState::Executed);
        customer.executed_at_load = executed.map(|(id, _)| *id).collect();
    }

    pub(super) fn keep_loads(&mut self, node: NodeId) {
        let phase = self.serving_phase(node);
        if !common::block::start::serves(phase) || self.block(node).db.outlived {
            return;
        }
        for who in 0..CUSTOMERS {
            match self.access_of(node, who, None) {
                // In the background, for whoever does not show up.
                Access::Load(generation) if phase != Phase::Alone => {
                    self.begin_load(node, who, generation, true);
                }
                Access::Serve(generation) => self.keep_fenced(node, who, generation),
                _ => {}
            }
            self.go_on_loading(node, who);
        }
    }

    /// Asks again for the journal of somebody who was loaded without it.
    fn keep_fenced(&mut self, node: NodeId, who: Who, generation: Generation) {
        let now = self.now;
        let block = self.block(node);
        let last = block.process.refence.get(&who).copied().unwrap_or(0);
        if !block.db.customers[who].fenced && now > last + 1_000 {
            block.process.refence.insert(who, now);
            self.send(node, GATEWAY, Message::Journal(who, generation));
        }
    }

    /// The target of a drain asks the owner for a customer who logs in.
    pub(super) fn ask_for(&mut self, node: NodeId, who: Who, generation: Generation) {
        let now = self.now;
        let block = self.block(node);
        let last = block.process.asked_for.get(&who).copied().unwrap_or(0);
        if now < last + RESEND_MS {
            return;
        }
        block.process.asked_for.insert(who, now);
        let owner = block.db.rows[SLICE_OF[who]].owner.clone();
        let owner = self.current[self.block_named(&owner)];
        self.send(node, owner, Message::HandOver(who, generation));
    }

    /// The target asks us for a customer.
    pub(super) fn hand_over(&mut self, node: NodeId, from: NodeId, who: Who, under: Generation) {
        let (now, guards) = (self.now, self.guards);
        let to = self.names[self.block(from).name].clone();
        let block = &self.blocks[node - FIRST_BLOCK];
        let db = &block.db;
        let unsent = db.outbox.values().filter(|row| row.batch.is_none()).map(|row| row.at).min();
        let loose = Loose {
            oldest_unsent_ms: unsent.map(|at| i64::try_from(now - at).unwrap_or(0)),
            loosening: !db.customers[who].intents.is_empty(),
            gone: db.sealed.contains_key(&SLICE_OF[who]) || db.outlived,
        };
        let slice = SLICE_OF[who];
        let me = (&self.names[block.name], &db.life);
        let handed = db.customers[who].handed.as_ref();
        let row = Some(&db.rows[slice]);
        let decided = hand_over(row, me, (&to, under), handed, loose, guards);
        let generation = db.rows[slice].generation;
        let done = match decided {
            HandOver::Write(handed) => {
                self.end_transactions(node, |t| t.customer == who);
                self.block(node).db.customers[who].handed = Some(handed.clone());
                self.emit(node, slice, Some(who), generation, Body::HandOver(handed));
                self.count("handed over");
                tell!(self, "{}: hands customer-{who} over to {to}", self.name(node));
                true
            }
            HandOver::Again => true,
            HandOver::NotNow | HandOver::No => {
                self.count("hand-over refused");
                false
            }
        };
        self.send(node, from, Message::HandedOver(who, under, done));
    }

    pub(super) fn handed_over(&mut self, node: NodeId, who: Who, under: Generation, done: bool) {
        if !done || self.access_of(node, who, None) != Access::AskFor(under) {
            return;
        }
        let told = told_is_enough(self.guards);
        self.begin_load(node, who, under, told);
        if let Some(loading) = self.block(node).process.loading.get_mut(&who) {
            loading.hinted = true;
        }
    }

    /// Ends transactions that are open behind a gate that is being shut.
    pub(super) fn end_transactions(
        &mut self,
        node: NodeId,
        which: impl Fn(&super::Transaction) -> bool,
    ) {
        let open = &mut self.block(node).process.transactions;
        open.retain(|_, transaction| !which(transaction));
    }

    pub(super) fn keep_loosenings(&mut self, node: NodeId) {
        if self.now % LOOSEN_MS >= crate::world::TICK_MS {
            return;
        }
        for who in 0..CUSTOMERS {
            let intents = self.block(node).db.customers[who].intents.clone();
            for intent in intents {
                self.send(node, ARCHIVE, Message::Loosen(Box::new(intent)));
            }
        }
    }

    pub(super) fn loosened(&mut self, node: NodeId, id: u64, applied: bool) {
        let mut found = None;
        for customer in &mut self.block(node).db.customers {
            let place = customer.intents.iter().position(|intent| intent.id == id);
            found = place.map(|place| customer.intents.remove(place)).or(found);
        }
        let Some(intent) = found else { return };
        if applied {
            self.check_loosened(node, intent.customer, &intent.change);
            let who = intent.customer;
            match self.access_of(node, who, None) {
                // Into the outbox too: a new life of the archive takes it from there.
                Access::Serve(generation) | Access::Load(generation) => {
                    self.write(node, who, generation, intent.change);
                }
                // He has gone meanwhile: what stands is written down all the same, under the
                // generation that it was asked for under.
                _ => {
                    let guards = self.guards;
                    let data = &mut self.block(node).db.customers[who].data;
                    data.absorb(&intent.change, None, guards);
                    let (slice, body) = (SLICE_OF[who], Body::Change(intent.change));
                    self.emit(node, slice, Some(who), intent.generation, body);
                }
            }
        }
        let reply = if applied { Reply::Done } else { Reply::Refused(Refusal::NotNow) };
        let waiting = &mut self.block(node).process.waiting;
        let place = waiting.iter().position(|w| matches!(w.then, Then::Loosening(n) if n == id));
        if let Some(waiter) = place.map(|place| waiting.remove(place)) {
            self.reply(node, waiter.client, waiter.customer, waiter.number, reply);
        }
    }
}
