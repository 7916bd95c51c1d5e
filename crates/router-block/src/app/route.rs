//! `POST /v1/route`: which block serves whoever asks, and a ticket for it.
//!
//! No database, no other service, no lock that is held for long. A login that nobody has gets a
//! decoy by the same steps: the stand-in is worked out for everybody and used for strangers, so
//! that neither the answer's shape nor its time tells them apart.

use std::net::IpAddr;

use common::problem::{Code, Refusal};
use common::ticket::{Holder, Ticket, TicketError, addressed_to};
use common::wire::router::{Failed, RouteRequest};
use common::{BlockName, CustomerId, SliceId, Timestamp};
use platform::Failure;
use rand::RngExt as _;

use super::{key, register};
use crate::blocks::Block;
use crate::decoys::{Decoys, StandIn};
use crate::index::HomeIndex;
use crate::limits::{Limit, Wait};
use crate::shared::Shared;

/// Where to go.
pub struct Routed<'a> {
    /// The block.
    pub block: &'a Block,
    /// The ticket for it; guests get none.
    pub ticket: Option<String>,
}

/// Routes a client at `address`.
pub fn route<'a>(
    shared: &'a Shared,
    request: &RouteRequest,
    address: IpAddr,
    now: Timestamp,
) -> Result<Routed<'a>, Failure> {
    limit(&shared.addresses, &network(address), now)?;
    match request {
        RouteRequest::Login(typed) => {
            let key = key::normalise(typed)?;
            limit(&shared.keys, &("key", key.as_ref()), now)?;
            by_key(shared, loaded(shared)?, &key, now)
        }
        RouteRequest::Ticket(text) => {
            let ticket = opened(shared, text, now)?;
            limit(&shared.keys, &tag(ticket.holder), now)?;
            loaded(shared)?;
            by_ticket(shared, &ticket, now)
        }
        RouteRequest::Guest(_) => guest(shared),
    }
}

/// A client reports that a block failed him: the copy may be old, so the archive is asked before
/// he is routed.
pub async fn failed(shared: &Shared, failed: &Failed) {
    // Anybody can name anything: only names of blocks are counted.
    if shared.blocks.get(&failed.block).is_some() {
        let labels = [("block", failed.block.to_string()), ("how", failed.how.as_str().to_owned())];
        metrics::counter!("router_failures_reported_total", &labels).increment(1);
        register::read_through(shared).await;
    }
}

/// An address, or the network that one subscriber has with IPv6.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits() >> 64 << 64,
    }
}

fn limit(limit: &Limit, key: &impl std::hash::Hash, now: Timestamp) -> Result<(), Failure> {
    limit.take(key, now).map_err(|Wait(ms)| {
        metrics::counter!("router_limited_total").increment(1);
        Refusal::new(Code::TooManyRequests).retry_after_ms(ms).into()
    })
}

fn tag(holder: Holder) -> (&'static str, u64) {
    match holder {
        Holder::Customer(id) => ("customer", id.0),
        Holder::Decoy(number) => ("decoy", number),
    }
}

fn loaded(shared: &Shared) -> Result<&Decoys, Failure> {
    let decoys = shared.ready.is_set().then(|| shared.decoys.get()).flatten();
    decoys.ok_or_else(|| not_yet("The directory is being loaded."))
}

fn not_yet(detail: &str) -> Failure {
    let refusal = Refusal::new(Code::NotReady).detail(detail);
    refusal.retry_after_ms(1_000).into()
}

fn by_key<'a>(
    shared: &'a Shared,
    decoys: &Decoys,
    key: &str,
    now: Timestamp,
) -> Result<Routed<'a>, Failure> {
    let stand_in = decoys.stand_in(key);
    let decoy_home = decoy_home(shared, stand_in)?;
    let (holder, home, id) = match shared.index.find(key) {
        Some(found) => (Holder::Customer(found.customer), found.home, found.customer),
        None => (Holder::Decoy(stand_in.number), decoy_home, CustomerId(stand_in.number)),
    };
    issue(shared, holder, (home, SliceId::of(id)), true, now)
}

/// A home among those that customers have.
fn decoy_home(shared: &Shared, stand_in: StandIn) -> Result<HomeIndex, Failure> {
    let homes = shared.homes.iter().map(|home| {
        let customers = shared.index.customers_of(home.number);
        (home.number, home.seed, customers)
    });
    let chosen = stand_in.choose(homes);
    chosen.ok_or_else(|| Failure::Broken("no home blocks are configured".to_owned()))
}

fn opened(shared: &Shared, text: &str, now: Timestamp) -> Result<Ticket, Failure> {
    let block = addressed_to(text).and_then(|name| shared.blocks.get(&name));
    let sealer = block.and_then(|block| block.sealer.as_ref());
    let sealer = sealer.ok_or(Code::TicketInvalid)?;
    sealer.open_for_routing(text, now).map_err(|error| {
        let code = match error {
            TicketError::Invalid | TicketError::Foreign => Code::TicketInvalid,
            TicketError::Expired => Code::TicketExpired,
        };
        code.into()
    })
}

/// A customer by where the directory has him now; a decoy stays the stranger he was.
fn by_ticket<'a>(
    shared: &'a Shared,
    ticket: &Ticket,
    now: Timestamp,
) -> Result<Routed<'a>, Failure> {
    let found = match ticket.holder {
        Holder::Customer(id) => shared.index.customer(id),
        Holder::Decoy(_) => None,
    };
    let home = match found {
        Some(found) => found.home,
        None => number_of(shared, &ticket.stamp.home)?,
    };
    // Whoever shows a ticket may have a session.
    issue(shared, ticket.holder, (home, ticket.stamp.slice), false, now)
}

fn number_of(shared: &Shared, home: &BlockName) -> Result<HomeIndex, Failure> {
    let number = shared.register.number(home);
    number.map_err(|error| Failure::Broken(error.to_string()))
}

fn issue(
    shared: &Shared,
    holder: Holder,
    (home, slice): (HomeIndex, SliceId),
    new_login: bool,
    now: Timestamp,
) -> Result<Routed<'_>, Failure> {
    let row = shared.register.row(home, slice);
    let row = row.ok_or_else(|| not_yet("The register of ownership is not known yet."))?;
    let name = row.routed(new_login);
    let block = shared.blocks.get(name);
    let target = block.and_then(|block| Some((block, block.sealer.as_ref()?)));
    let (block, sealer) =
        target.ok_or_else(|| Failure::Broken(format!("no block {name} can be given tickets")))?;
    let ticket = Ticket { id: rand::rng().random(), holder, issued_at: now, stamp: row.stamp() };
    Ok(Routed { block, ticket: Some(sealer.seal(&ticket)) })
}

fn guest(shared: &Shared) -> Result<Routed<'_>, Failure> {
    let block = shared.guests.next(&shared.blocks);
    let block = block.ok_or_else(|| not_yet("No guest block answers now."))?;
    Ok(Routed { block, ticket: None })
}
