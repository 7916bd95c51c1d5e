//! Log in: a ticket from the router and a password. On a known device this opens the session; on a
//! new one a code is sent first.
//!
//! A decoy is treated with the same work as a customer: the same statements, the same hash, the
//! same growing waits, so that nobody learns here which logins exist.

use std::net::IpAddr;
use std::time::Duration;

use common::block::admission::Class;
use common::fingerprint::sha256;
use common::login::CODE_ATTEMPTS;
use common::problem::{Code, Refusal};
use common::ticket::{ENTRY_SECONDS, Holder, Ticket, TicketError};
use common::{Generation, Phone, Timestamp};
use platform::{Failure, random};
use uuid::Uuid;

use super::issue::{Issued, issue};
use super::{Channel, end};
use crate::app::load::served::served;
use crate::app::{codes, gate, guessing};
use crate::block::{Block, Scope};
use crate::store;
use crate::store::challenge::Challenge;
use crate::store::customer::Customer;

/// What a client brings.
#[derive(Debug)]
pub struct Login {
    /// From the router.
    pub ticket: String,
    /// As typed.
    pub password: String,
    /// The secret of a known device, if it has one.
    pub device_token: Option<String>,
    /// What the customer calls the device.
    pub device_name: String,
    /// Where the request came on.
    pub channel: Channel,
    /// From which address.
    pub address: IpAddr,
}

/// What comes of it.
#[derive(Debug)]
pub enum Opened {
    /// The session is open.
    Session(Box<Issued>),
    /// A code is needed first.
    CodeNeeded(CodeNeeded),
}

/// A code was sent.
#[derive(Debug)]
pub struct CodeNeeded {
    /// To be named with the code.
    pub challenge_id: Uuid,
    /// Where it went, all but the last digits hidden.
    pub sent_to: String,
    /// Did the message system take it?
    pub sent: bool,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Logs in.
pub async fn open(block: &Block, login: Login) -> Result<Opened, Failure> {
    limit_address(block, login.address).await?;
    let now = block.clock.now();
    let ticket = opened_ticket(block, &login.ticket, now)?;
    // Before the ticket is used up: whoever is refused here for load, or has yet to be loaded, can
    // use it again.
    be_served(block, &ticket).await?;
    let place = block.passwords.place()?;
    let customer = use_up(block, &ticket, now).await?;
    let hash = customer.as_ref().map(|customer| customer.password_hash.as_str());
    let right = block.passwords.verify(&place, login.password.clone(), hash).await?;
    drop(place);
    let Some(customer) = customer.filter(|_| right) else {
        return Err(Code::CredentialsWrong.into());
    };
    guessing::forgive(block, &subject(&ticket)).await?;
    match known_device(block, &customer.scope, login.device_token.as_deref()).await? {
        Some(device) => {
            let issued = begin_session(block, &customer, &login, device).await?;
            Ok(Opened::Session(Box::new(issued)))
        }
        None => Ok(Opened::CodeNeeded(begin_challenge(block, &customer, &login).await?)),
    }
}

pub(super) async fn limit_address(block: &Block, address: IpAddr) -> Result<(), Failure> {
    let minute = Duration::from_mins(1);
    let count = block.cache.count(&format!("login:{address}"), minute).await;
    if count.is_some_and(|count| count > block.config.limits.logins_per_minute) {
        return Err(Refusal::new(Code::TooManyRequests).retry_after_ms(60_000).into());
    }
    Ok(())
}

pub(super) fn opened_ticket(block: &Block, text: &str, now: Timestamp) -> Result<Ticket, Refusal> {
    let key = block.ticket_key.as_ref().ok_or(Code::TicketForeign)?;
    key.open(text, now).map_err(|error| {
        Refusal::new(match error {
            TicketError::Invalid => Code::TicketInvalid,
            TicketError::Foreign => Code::TicketForeign,
            TicketError::Expired => Code::TicketExpired,
        })
    })
}

/// Is he served here, and loaded (I9)? Of a decoy there is nothing to be loaded.
async fn be_served(block: &Block, ticket: &Ticket) -> Result<(), Failure> {
    let seen = Some(ticket.stamp.revision);
    block.admissions.take_on(block, &ticket.stamp.home, Class::New)?;
    match ticket.holder {
        Holder::Customer(id) => {
            let scope = Scope::new(id, ticket.stamp.home.clone());
            served(block, &scope, seen).await.map(drop)
        }
        Holder::Decoy(_) => Ok(()),
    }
}

/// Uses the ticket up and looks whether an attempt is allowed now. The same statements for a
/// customer and for a decoy.
async fn use_up(
    block: &Block,
    ticket: &Ticket,
    now: Timestamp,
) -> Result<Option<Customer>, Failure> {
    let mut connection = block.db.connection().await?;
    let id = match ticket.holder {
        Holder::Customer(id) => id,
        Holder::Decoy(_) => common::CustomerId(0),
    };
    let customer = store::customer::find(&connection, id).await?;
    let tx = connection.transaction().await?;
    let expires_at = ticket.issued_at.plus_s(2 * ENTRY_SECONDS);
    if !store::ticket::use_up(&tx, &ticket.id, expires_at).await? {
        return Err(Code::TicketUsed.into());
    }
    let subject = subject(ticket);
    let locked = guessing::count(&tx, &subject, now).await?;
    tx.commit().await?;
    match locked {
        Some(refusal) => Err(refusal.into()),
        None => Ok(customer),
    }
}

/// Under which name wrong passwords are counted.
fn subject(ticket: &Ticket) -> String {
    match ticket.holder {
        Holder::Customer(id) => guessing::of_customer(id),
        Holder::Decoy(pseudonym) => format!("decoy:{pseudonym}"),
    }
}

async fn known_device(
    block: &Block,
    scope: &Scope,
    token: Option<&str>,
) -> Result<Option<Uuid>, Failure> {
    let Some(token) = token else { return Ok(None) };
    let connection = block.db.connection().await?;
    Ok(store::device::find(&connection, scope, &sha256(token.as_bytes())).await?)
}

async fn begin_session(
    block: &Block,
    customer: &Customer,
    login: &Login,
    device: Uuid,
) -> Result<Issued, Failure> {
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation: Generation = gate::enter(block, &tx, &customer.scope).await?;
    let device = (device, login.device_name.clone());
    let issued = issue(block, &tx, generation, customer, login.channel, device).await?;
    tx.commit().await?;
    drop(connection);
    end::forget(block, &issued.ended).await;
    Ok(issued.secured(block).await)
}

async fn begin_challenge(
    block: &Block,
    customer: &Customer,
    login: &Login,
) -> Result<CodeNeeded, Failure> {
    let now = block.clock.now();
    let (id, code) = (random::uuid(), codes::make());
    let challenge = Challenge {
        id,
        customer: customer.scope.customer,
        channel: login.channel.as_str().to_owned(),
        device_name: login.device_name.clone(),
        code_hash: codes::hash(id, b"login", &code).to_vec(),
        attempts_left: i32::try_from(CODE_ATTEMPTS).unwrap_or(5),
        expires_at: codes::expires_at(now),
    };
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    gate::enter(block, &tx, &customer.scope).await?;
    store::challenge::insert(&tx, &customer.scope, &challenge).await?;
    tx.commit().await?;
    drop(connection);
    let sent = codes::send(block, &customer.phone, text(&login.device_name, &code)).await;
    Ok(CodeNeeded {
        challenge_id: id,
        sent_to: Phone::masked(&customer.phone),
        sent,
        expires_at: challenge.expires_at,
    })
}

fn text(device: &str, code: &str) -> String {
    format!("Login to the bank on a new device ({device}). Code: {code}. Tell it to nobody.")
}
