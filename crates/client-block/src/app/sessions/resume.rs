//! A session goes on at another block: a ticket from the router and the token that the client has.
//!
//! The ticket says whom to load; the token of a session that came with him opens it. No password is
//! hashed (protocol §9). The session stays the same one, with the same token: where its customer
//! has ended it, in whichever block, it is not alive here either.

use common::block::admission::Class;
use common::fingerprint::sha256;
use common::problem::Code;
use common::ticket::{ENTRY_SECONDS, Holder};
use platform::Failure;

use super::Channel;
use super::authenticate::{look_up, remember};
use super::open::{limit_address, opened_ticket};
use crate::app::load::served::served;
use crate::block::{Block, Scope};
use crate::store;
use crate::store::session::Session;

/// What a client brings.
#[derive(Debug)]
pub struct Resume {
    /// From the router.
    pub ticket: String,
    /// The session's secret.
    pub token: String,
    /// Where the request came on.
    pub channel: Channel,
    /// From which address.
    pub address: std::net::IpAddr,
}

/// A session that goes on here.
#[derive(Debug)]
pub struct Resumed {
    /// The session.
    pub session: Session,
    /// The customer's name, to greet him.
    pub name: String,
}

/// Resumes a session.
pub async fn resume(block: &Block, resume: Resume) -> Result<Resumed, Failure> {
    limit_address(block, resume.address).await?;
    let now = block.clock.now();
    let ticket = opened_ticket(block, &resume.ticket, now)?;
    let Holder::Customer(customer) = ticket.holder else {
        return Err(Code::SessionExpired.into());
    };
    let scope = Scope::new(customer, ticket.stamp.home.clone());
    block.admissions.take_on(block, &scope.home, Class::InFlight)?;
    // Before the ticket is used up: whoever has to wait for his load can use it again.
    served(block, &scope, Some(ticket.stamp.revision)).await?;
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let expires_at = ticket.issued_at.plus_s(2 * ENTRY_SECONDS);
    if !store::ticket::use_up(&tx, &ticket.id, expires_at).await? {
        return Err(Code::TicketUsed.into());
    }
    tx.commit().await?;
    let customer = store::customer::find(&connection, customer).await?;
    drop(connection);
    let hash = sha256(resume.token.as_bytes());
    let found = look_up(block, &hash).await?;
    let session = found.filter(|session| {
        session.scope() == scope
            && session.channel == resume.channel.as_str()
            && block.register.session_lives(session, now)
    });
    let (Some(session), Some(customer)) = (session, customer) else {
        return Err(Code::SessionExpired.into());
    };
    remember(block, &hex::encode(hash), &session).await;
    metrics::counter!("sessions_resumed_total").increment(1);
    Ok(Resumed { session, name: customer.name })
}
