//! Money that comes in or goes out without an operation: salaries, incoming transfers, purchases by
//! card. Told by the simulated systems, booked once by id.

use common::Guards;
use common::fingerprint::sha256;
use common::operation::RejectReason;
use common::operation::repeated::{Repeated, repeated};
use common::problem::{Code, Refusal};
use platform::Failure;

use super::Gateway;
use crate::foreign::{Booking, BookingAnswer, BookingKind};
use crate::gateway::store::bookings;
use crate::ledger::chart::{Purpose, stripe_of_number};
use crate::ledger::entry::{Batch, Entry, EntryKind};
use crate::ledger::store as ledger;

const DESCRIPTION_MAX: usize = 140;

/// Books, once. What the account cannot bear is refused and may be sent again.
pub async fn book(gateway: &Gateway, booking: &Booking) -> Result<BookingAnswer, Failure> {
    let entry = checked(booking)?;
    let body = serde_json::to_vec(booking)
        .map_err(|error| Failure::Broken(format!("a booking as JSON: {error}")))?;
    let hash = sha256(&body);
    let now = gateway.clock.now();
    let mut connection = gateway.db.connection().await?;
    let transaction = connection.transaction().await?;
    let stored = bookings::claim(&transaction, booking.booking_id, &hash, now).await?;
    match repeated(hash.as_slice(), None, stored.as_deref(), Guards::ALL) {
        Repeated::New => {}
        Repeated::Present | Repeated::Running => return Ok(BookingAnswer::Booked),
        Repeated::Mismatch => return Err(Code::IdempotencyMismatch.into()),
    }
    let sides = [entry.debit.clone(), entry.credit.clone()].into();
    let accounts = ledger::lock(&transaction, &sides).await?;
    let refused = |reason| Ok(BookingAnswer::Refused { reason });
    match accounts.get(&booking.account) {
        Some(account) if account.owner.is_none() => return refused(RejectReason::AccountUnknown),
        Some(account) if !account.open => return refused(RejectReason::AccountClosed),
        Some(_) => {}
        None => return refused(RejectReason::AccountUnknown),
    }
    let batch = Batch { operation: None, entries: &[entry] };
    match ledger::book(&transaction, &batch, now).await {
        Err(error) if error.constraint() == Some(ledger::NEVER_BELOW_ZERO) => {
            return refused(RejectReason::InsufficientFunds);
        }
        other => other?,
    }
    transaction.commit().await?;
    Ok(BookingAnswer::Booked)
}

fn checked(booking: &Booking) -> Result<Entry, Refusal> {
    let mut refusal = Refusal::new(Code::InvalidRequest);
    let currency = booking.amount.currency();
    if !booking.amount.is_positive() || booking.account.currency() != Some(currency) {
        refusal = refusal.field("amount", "more than zero, in the account's currency");
    }
    let line = &booking.description;
    if line.chars().count() > DESCRIPTION_MAX || line.chars().any(char::is_control) {
        refusal = refusal.field("description", "at most 140 characters, none of them control");
    }
    if !refusal.errors.is_empty() {
        return Err(refusal);
    }
    let stripe = stripe_of_number(booking.booking_id.as_bytes()[0].into());
    let outside = Purpose::Outside.account(currency, stripe);
    let (debit, credit, kind) = match booking.kind {
        BookingKind::Salary | BookingKind::IncomingTransfer => {
            (outside, booking.account.clone(), EntryKind::Incoming)
        }
        BookingKind::CardPurchase => (booking.account.clone(), outside, EntryKind::CardPurchase),
    };
    Ok(Entry { debit, credit, amount: booking.amount, kind, description: line.clone() })
}
