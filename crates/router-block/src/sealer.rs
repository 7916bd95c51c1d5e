//! Seals tickets for one block and never uses a nonce twice under its key (ADR 0002).

use std::sync::atomic::{AtomicU64, Ordering};

use common::Timestamp;
use common::ticket::{Ticket, TicketError, TicketKey};

/// A key and the nonces of this process: 96 bits, a counter from a random start. The counter lives
/// and dies with the process; it is never stored, copied or restored.
pub struct Sealer {
    key: TicketKey,
    start: u128,
    used: AtomicU64,
}

impl Sealer {
    /// A sealer whose nonces begin at `start`, which must be random.
    pub fn new(key: TicketKey, start: [u8; 12]) -> Self {
        let mut wide = [0_u8; 16];
        wide[4..].copy_from_slice(&start);
        Self { key, start: u128::from_be_bytes(wide), used: AtomicU64::new(0) }
    }

    /// Seals a ticket under a nonce of its own.
    pub fn seal(&self, ticket: &Ticket) -> String {
        let used = self.used.fetch_add(1, Ordering::Relaxed);
        let wide = self.start.wrapping_add(u128::from(used)).to_be_bytes();
        let mut nonce = [0_u8; 12];
        nonce.copy_from_slice(&wide[4..]);
        self.key.seal(ticket, nonce)
    }

    /// Opens an old ticket, for routing only.
    pub fn open_for_routing(&self, text: &str, now: Timestamp) -> Result<Ticket, TicketError> {
        self.key.open_for_routing(text, now)
    }
}

#[cfg(test)]
mod tests {
    use common::placement::{Placement, slice::SliceId};
    use common::ticket::Holder;

    use super::*;

    #[test]
    fn the_same_ticket_is_never_sealed_alike() {
        let block: common::BlockName = "client-1".parse().unwrap();
        let key = TicketKey::new(block.clone(), &[7; 32]);
        // At the end of the range, so that the counter runs over.
        let sealer = Sealer::new(key, [0xff; 12]);
        let ticket = Ticket {
            id: [1; 16],
            holder: Holder::Decoy(1),
            issued_at: Timestamp::from_unix_ms(0),
            stamp: Placement::first(block, SliceId::try_from(0).unwrap(), "test").stamp(),
        };
        let texts: std::collections::HashSet<String> =
            (0..100).map(|_| sealer.seal(&ticket)).collect();
        assert_eq!(texts.len(), 100);
        for text in texts {
            let opened = sealer.open_for_routing(&text, Timestamp::from_unix_ms(0));
            assert_eq!(opened.unwrap(), ticket);
        }
    }
}
