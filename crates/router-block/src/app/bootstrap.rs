//! `GET /v1/bootstrap`: what a client needs before anybody has logged in.

use common::wire::router::Bootstrap;

use crate::shared::Shared;

/// The bank, and a guest block that answers.
pub fn bootstrap(shared: &Shared) -> Bootstrap {
    let bank = &shared.config.bank;
    let guest = shared.guests.next(&shared.blocks);
    Bootstrap {
        bank: bank.name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time_zone: bank.time_zone.clone(),
        languages: bank.languages.clone(),
        guest: guest.map(|block| block.address.clone()),
        routers: shared.config.pages.origins.clone(),
        demo: shared.config.pages.demo,
    }
}
