//! Tickets: what the router gives a client so that his block knows him.
//!
//! A ticket is for one block, single use, and short-lived (≤ 60 s) as a way in; up to 90 days it
//! still tells the router who comes back, for routing only. It is sealed (AES-256-GCM under a key
//! per target block, ADR 0002): whoever holds it cannot read or alter it, and cannot tell the
//! decoy for an unknown login from a real one. All tickets to a block have the same length.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, MAX_TAG_LEN, NONCE_LEN, Nonce, UnboundKey};

use crate::ids::{BLOCK_NAME_MAX, BlockName, CustomerId, Generation, Revision};
use crate::placement::Stamp;
use crate::placement::slice::SliceId;
use crate::time::Timestamp;

/// How long a ticket opens a session, at most, in seconds.
pub const ENTRY_SECONDS: i64 = 60;
/// How long a ticket identifies its holder to the router, in seconds (90 days).
pub const ROUTING_SECONDS: i64 = 90 * 24 * 3600;

const VERSION: &str = "v1";
const LEN: usize = 16 + 1 + 8 + 8 + 1 + 8 + 8 + 2 * (1 + BLOCK_NAME_MAX);

/// Who holds a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A customer whom the router knows.
    Customer(CustomerId),
    /// Somebody whose login the router does not know; the block treats him with the same work.
    /// The number stands for the login (a keyed hash of it), so that guessing at a decoy is
    /// counted and slowed down just as at a customer.
    Decoy(u64),
}

/// The content of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Random; a block remembers it until it has expired, so that it is used once.
    pub id: [u8; 16],
    /// Who holds it.
    pub holder: Holder,
    /// When the router made it.
    pub issued_at: Timestamp,
    /// The placement row the router saw.
    pub stamp: Stamp,
}

/// Why a ticket opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Not a ticket, altered, or sealed with another key.
    #[error("the ticket is not genuine")]
    Invalid,
    /// Genuine, but for another block.
    #[error("the ticket is for another block")]
    Foreign,
    /// Too old for its purpose.
    #[error("the ticket has expired")]
    Expired,
}

/// The key of one target block; shared by the routers and that block.
pub struct TicketKey {
    block: BlockName,
    /// How every ticket to the block begins.
    head: String,
    key: LessSafeKey,
}

impl TicketKey {
    /// The key of `block` from 32 secret bytes.
    pub fn new(block: BlockName, secret: &[u8; 32]) -> Self {
        // AES-256 keys are 32 bytes: the only failure `ring` knows here cannot occur.
        #[expect(clippy::expect_used, reason = "a 32-byte array is always a valid AES-256 key")]
        let key = UnboundKey::new(&AES_256_GCM, secret).expect("32 bytes are an AES-256 key");
        Self { head: format!("{VERSION}.{block}."), block, key: LessSafeKey::new(key) }
    }

    /// The block whose tickets this key seals.
    pub fn block(&self) -> &BlockName {
        &self.block
    }

    /// Seals `ticket` for this block. A nonce must never come twice under one key.
    pub fn seal(&self, ticket: &Ticket, nonce: [u8; NONCE_LEN]) -> String {
        let mut body = [0; NONCE_LEN + LEN + MAX_TAG_LEN];
        let (head, rest) = body.split_at_mut(NONCE_LEN);
        let (message, behind) = rest.split_at_mut(LEN);
        head.copy_from_slice(&nonce);
        message.copy_from_slice(&encode(ticket));
        let (nonce, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(self.head.as_bytes()));
        // AES-GCM refuses only messages of many gigabytes; ours has a fixed small length.
        #[expect(clippy::expect_used, reason = "the message has a fixed, small length")]
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, aad, message)
            .expect("a ticket is short enough to seal");
        behind.copy_from_slice(tag.as_ref());
        let mut text = String::with_capacity(self.head.len() + body.len().div_ceil(3) * 4);
        text.push_str(&self.head);
        URL_SAFE_NO_PAD.encode_string(body, &mut text);
        text
    }

    /// Opens a ticket as a way in: at most 60 s old (and not from the future).
    pub fn open(&self, text: &str, now: Timestamp) -> Result<Ticket, TicketError> {
        let ticket = self.open_sealed(text)?;
        within(&ticket, now, ENTRY_SECONDS).then_some(ticket).ok_or(TicketError::Expired)
    }

    /// Opens a ticket for routing: at most 90 days old.
    pub fn open_for_routing(&self, text: &str, now: Timestamp) -> Result<Ticket, TicketError> {
        let ticket = self.open_sealed(text)?;
        within(&ticket, now, ROUTING_SECONDS).then_some(ticket).ok_or(TicketError::Expired)
    }

    fn open_sealed(&self, text: &str) -> Result<Ticket, TicketError> {
        let (block, body) = split(text)?;
        if block != self.block.as_str() {
            return Err(TicketError::Foreign);
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| TicketError::Invalid)?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(TicketError::Invalid)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| TicketError::Invalid)?;
        let plain = self
            .key
            .open_in_place(nonce, Aad::from(self.head.as_bytes()), sealed)
            .map_err(|_| TicketError::Invalid)?;
        decode(plain).ok_or(TicketError::Invalid)
    }
}

/// The block for which a ticket claims to be; tells the router which key to try.
pub fn addressed_to(text: &str) -> Option<BlockName> {
    split(text).ok().and_then(|(block, _)| block.parse().ok())
}

/// A clock of the router may be ahead of a block's by this much, in milliseconds.
const CLOCK_SKEW_MS: i64 = 5_000;

fn within(ticket: &Ticket, now: Timestamp, seconds: i64) -> bool {
    let age = now.ms_since(ticket.issued_at);
    (-CLOCK_SKEW_MS..=seconds * 1_000).contains(&age)
}

fn split(text: &str) -> Result<(&str, &str), TicketError> {
    let mut parts = text.splitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(VERSION), Some(block), Some(body)) if body.len() < 512 => Ok((block, body)),
        _ => Err(TicketError::Invalid),
    }
}

fn encode(ticket: &Ticket) -> [u8; LEN] {
    let (decoy, customer) = match ticket.holder {
        Holder::Customer(id) => (0_u8, id.0),
        Holder::Decoy(pseudonym) => (1, pseudonym),
    };
    let mut out = [0_u8; LEN];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        out[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(&ticket.id);
    put(&[decoy]);
    put(&customer.to_be_bytes());
    put(&ticket.issued_at.unix_ms().to_be_bytes());
    put(&[ticket.stamp.slice.number()]);
    put(&ticket.stamp.revision.0.to_be_bytes());
    put(&ticket.stamp.generation.0.to_be_bytes());
    for name in [&ticket.stamp.home, &ticket.stamp.owner] {
        let mut padded = [0_u8; BLOCK_NAME_MAX];
        padded[..name.as_str().len()].copy_from_slice(name.as_str().as_bytes());
        put(&[u8::try_from(name.as_str().len()).unwrap_or(0)]);
        put(&padded);
    }
    out
}

fn decode(bytes: &[u8]) -> Option<Ticket> {
    let mut rest = bytes;
    let mut take = |n: usize| {
        let (head, tail) = rest.split_at_checked(n)?;
        rest = tail;
        Some(head)
    };
    let id = take(16)?.try_into().ok()?;
    let decoy = take(1)?[0] == 1;
    let number = u64::from_be_bytes(take(8)?.try_into().ok()?);
    let issued_at = Timestamp::from_unix_ms(i64::from_be_bytes(take(8)?.try_into().ok()?));
    let slice = SliceId::try_from(take(1)?[0]).ok()?;
    let revision = Revision(u64::from_be_bytes(take(8)?.try_into().ok()?));
    let generation = Generation(u64::from_be_bytes(take(8)?.try_into().ok()?));
    let mut name = || -> Option<BlockName> {
        let len = usize::from(take(1)?[0]);
        let padded = take(BLOCK_NAME_MAX)?;
        std::str::from_utf8(padded.get(..len)?).ok()?.parse().ok()
    };
    let stamp = Stamp { home: name()?, owner: name()?, slice, revision, generation };
    let holder = if decoy { Holder::Decoy(number) } else { Holder::Customer(CustomerId(number)) };
    rest.is_empty().then_some(Ticket { id, holder, issued_at, stamp })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> BlockName {
        text.parse().unwrap()
    }

    fn ticket(holder: Holder) -> Ticket {
        let stamp = Stamp {
            home: name("client-1"),
            slice: SliceId::try_from(7).unwrap(),
            revision: Revision(3),
            generation: Generation(2),
            owner: name("client-1"),
        };
        Ticket { id: [9; 16], holder, issued_at: Timestamp::from_unix_ms(1_000_000), stamp }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_000_000).plus_s(seconds)
    }

    #[test]
    fn opens_what_it_sealed_while_it_is_young() {
        let key = TicketKey::new(name("client-1"), &[1; 32]);
        let ticket = ticket(Holder::Customer(CustomerId(42)));
        let text = key.seal(&ticket, [5; 12]);
        assert_eq!(key.open(&text, at(60)), Ok(ticket.clone()));
        assert_eq!(key.open(&text, at(61)), Err(TicketError::Expired));
        assert_eq!(key.open(&text, at(-6)), Err(TicketError::Expired));
        assert_eq!(key.open_for_routing(&text, at(ROUTING_SECONDS)), Ok(ticket));
        assert_eq!(key.open_for_routing(&text, at(ROUTING_SECONDS + 1)), Err(TicketError::Expired));
    }

    #[test]
    fn refuses_what_is_foreign_altered_or_no_ticket() {
        let key = TicketKey::new(name("client-1"), &[1; 32]);
        let text = key.seal(&ticket(Holder::Customer(CustomerId(42))), [5; 12]);
        let other_block = TicketKey::new(name("client-2"), &[2; 32]);
        assert_eq!(other_block.open(&text, at(0)), Err(TicketError::Foreign));
        let other_key = TicketKey::new(name("client-1"), &[2; 32]);
        assert_eq!(other_key.open(&text, at(0)), Err(TicketError::Invalid));
        let relabelled = text.replace("client-1", "client-2");
        assert_eq!(other_block.open(&relabelled, at(0)), Err(TicketError::Invalid));
        for position in 12..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(bytes).unwrap();
            assert_eq!(key.open(&altered, at(0)), Err(TicketError::Invalid), "{position}");
        }
        for bad in ["", "v1", "v1.client-1", "v1.client-1.", "v1.client-1.AAAA", "v2.client-1.A"] {
            assert_eq!(key.open(bad, at(0)), Err(TicketError::Invalid), "{bad:?}");
        }
    }

    #[test]
    fn a_decoy_looks_like_a_customer() {
        let key = TicketKey::new(name("client-1"), &[1; 32]);
        let real = key.seal(&ticket(Holder::Customer(CustomerId(u64::MAX))), [5; 12]);
        let decoy = key.seal(&ticket(Holder::Decoy(77)), [6; 12]);
        assert_eq!(real.len(), decoy.len());
        assert_eq!(key.open(&decoy, at(0)).unwrap().holder, Holder::Decoy(77));
        assert_eq!(addressed_to(&decoy), Some(name("client-1")));
    }
}
