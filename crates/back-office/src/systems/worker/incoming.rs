//! Money that comes in and goes out by itself: salaries, incoming transfers, card purchases, of
//! random customers who have a card. Off until it is switched on.

use std::sync::Arc;
use std::time::Duration;

use common::wire::systems::Incoming;
use common::{Currency, CustomerId, Money};
use platform::failure::chain;
use platform::rpc::{Peer, Request};
use platform::{Failure, Tasks, random};
use tokio::sync::watch;

use crate::foreign::{Booking, BookingAnswer, BookingKind};
use crate::systems::running::{Running, Systems};
use crate::systems::store::settings::{self, INCOMING};
use crate::systems::{System, store};

const MINUTE: Duration = Duration::from_mins(1);

/// How many events a minute; shared with the control API.
#[derive(Clone)]
pub(in crate::systems) struct Rate(Arc<watch::Sender<Incoming>>);

impl Default for Rate {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Incoming { per_minute: 0 })))
    }
}

impl Rate {
    pub(in crate::systems) fn get(&self) -> Incoming {
        *self.0.borrow()
    }

    pub(in crate::systems) fn set(&self, incoming: Incoming) {
        self.0.send_replace(incoming);
    }
}

/// Starts the events, at the rate at which they were left.
pub(in crate::systems) fn start(systems: &Systems, gateway: Peer, tasks: &Tasks) {
    let Some(cards) = systems.find(System::Cards).cloned() else {
        return;
    };
    let rate = systems.incoming.clone();
    tasks.supervise("incoming", move || {
        let (cards, gateway, rate) = (cards.clone(), gateway.clone(), rate.clone());
        async move {
            // The card system has settled: its database is there.
            cards.switch.settled().await;
            if let Err(error) = run(&cards, &gateway, &rate).await {
                tracing::warn!(error = chain(&error), "no events come in for a while");
            }
        }
    });
}

async fn run(cards: &Running, gateway: &Peer, rate: &Rate) -> Result<(), Failure> {
    let connection = cards.db.connection().await?;
    if let Some(left) = settings::read(&connection, INCOMING).await? {
        rate.set(left);
    }
    drop(connection);
    let mut wanted = rate.0.subscribe();
    loop {
        let per_minute = wanted.borrow_and_update().per_minute;
        if per_minute == 0 {
            if wanted.changed().await.is_err() {
                return Ok(());
            }
            continue;
        }
        let next = tokio::time::sleep(MINUTE / per_minute);
        tokio::select! {
            () = next => happen(cards, gateway).await?,
            _changed = wanted.changed() => {}
        }
    }
}

/// One event. What the gateway does not take is lost, as it would be outside.
async fn happen(cards: &Running, gateway: &Peer) -> Result<(), Failure> {
    let connection = cards.db.connection().await?;
    let Some(CustomerId(last)) = store::cards::last_customer(&connection).await? else {
        return Ok(());
    };
    let somebody = CustomerId(1 + random::below(last));
    let Some(card) = store::cards::usable_from(&connection, somebody).await? else {
        return Ok(());
    };
    drop(connection);
    let currency = card.account.currency().unwrap_or(Currency::Rub);
    let (kind, amount, description) = event(random::below(100), random::below(10_000), currency);
    let booking = Booking {
        booking_id: random::uuid(),
        account: card.account,
        amount,
        kind,
        description: description.to_owned(),
    };
    let within = Duration::from_millis(cards.bounds.incoming_call_ms);
    let call = Request::post_with_id("/v1/bookings", &booking);
    match gateway.call::<BookingAnswer, _>(call, within).await {
        Ok(BookingAnswer::Booked) => {}
        Ok(BookingAnswer::Refused { reason }) => {
            tracing::debug!(?reason, "an event was not booked");
        }
        Err(error) => tracing::debug!(error = chain(&error), "an event was lost"),
    }
    Ok(())
}

/// What happens, chosen by `which` (0–99) and `size` (0–9,999): mostly shopping.
fn event(which: u64, size: u64, currency: Currency) -> (BookingKind, Money, &'static str) {
    let shops = ["Harbour Market", "Corner Bakery", "Metro", "Book Nook", "Green Pharmacy"];
    let spread = |least: u64, step: u64| {
        let minor = i64::try_from(least + size * step).unwrap_or(i64::MAX);
        Money::from_minor(minor, currency)
    };
    match which {
        0..80 => {
            let shop = usize::try_from(which).unwrap_or(0) % shops.len();
            (BookingKind::CardPurchase, spread(9_900, 47), shops[shop])
        }
        80..95 => {
            (BookingKind::IncomingTransfer, spread(50_000, 300), "Transfer from another bank")
        }
        _ => (BookingKind::Salary, spread(5_000_000, 1_100), "Salary"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_events_are_purchases_and_all_are_of_more_than_nothing() {
        let events: Vec<_> = (0..100).map(|n| event(n, n * 100, Currency::Rub)).collect();
        let count = |kind| events.iter().filter(|(found, _, _)| *found == kind).count();
        assert_eq!(count(BookingKind::CardPurchase), 80);
        assert_eq!(count(BookingKind::Salary), 5);
        assert!(events.iter().all(|(_, amount, text)| amount.is_positive() && text.len() <= 140));
    }
}
