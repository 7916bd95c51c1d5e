//! The bank as simulated customers reach it: where its routers are, what is written down of it,
//! and the phone on which its codes arrive.

use std::time::Duration;

use common::wire::systems::Message;
use common::{CustomerId, Timestamp};
use platform::clock::Clock;
use platform::rpc::{Idempotent, Peer, Request};
use serde::Serialize;

use super::figures::Figures;
use super::promises::{Line, Promises, What};
use super::wire::Wire;
use crate::browser::code_in;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::plan::{Kind, Plan};
use crate::services::Services;

/// How long reading a message may take.
const MESSAGE_WITHIN: Duration = Duration::from_secs(5);
/// Messages looked at for a code: something else may have come in between.
const MESSAGES: u32 = 5;

/// The bank from outside.
pub(crate) struct Bank {
    pub(crate) wire: Wire,
    pub(crate) figures: Figures,
    pub(crate) promises: Promises,
    /// The origin of the customers' page.
    pub(crate) origin: String,
    /// `Host` of the routers.
    pub(crate) host: String,
    /// The routers' public ports, the first one to be asked first.
    pub(crate) routers: Vec<u16>,
    clock: Clock,
    messages: Option<Peer>,
}

#[derive(Serialize)]
struct Query<'a> {
    phone: &'a str,
    limit: u32,
}

impl Bank {
    /// The bank of this checkout.
    pub(crate) fn of(place: &Place, promises: Promises) -> Result<Self> {
        let plan = Plan::read(place)?;
        let is_router =
            |kind: Kind, role: &str| kind == Kind::Service && role.starts_with("router");
        let routers: Vec<u16> = plan
            .units
            .iter()
            .filter(|unit| is_router(unit.kind, unit.role.as_str()))
            .filter_map(crate::plan::Unit::port)
            .collect();
        let Some(first) = routers.first() else {
            return Err(Failure::new("NO-ROUTER", "This bank has no router."));
        };
        let host = format!("bank.localhost:{first}");
        let services = Services::of(place)?;
        let messages = plan.systems_control.as_deref().map(|url| services.peer(url)).transpose()?;
        Ok(Self {
            wire: Wire::new(),
            figures: Figures::default(),
            promises,
            origin: format!("http://{host}"),
            host,
            routers,
            clock: Clock::system(),
            messages,
        })
    }

    /// The customers' clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Writes down what a customer was told. A promise that cannot be written ends the load: what
    /// follows could not be checked.
    pub(crate) fn promise(&self, customer_id: CustomerId, what: What) -> Result<()> {
        self.promises.note(&Line { at: self.now(), customer_id, what })
    }

    /// The newest code that came to a phone.
    pub(crate) async fn code_for(&self, phone: &str) -> Option<String> {
        let query = Query { phone, limit: MESSAGES };
        let request = Request::<Idempotent>::get("/control/v1/messages").query(&query);
        let messages: Vec<Message> =
            self.messages.as_ref()?.call(request, MESSAGE_WITHIN).await.ok()?;
        messages.iter().find_map(|message| code_in(&message.text))
    }
}
