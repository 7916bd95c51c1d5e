//! `bulkhead down`: stops everything, whatever state it is in. Stopping what is stopped is fine.

use crate::failure::Result;
use crate::place::Place;
use crate::screen::{Screen, say};
use crate::up::stop_everything;

pub(super) async fn run(place: &Place) -> Result<()> {
    let screen = Screen::new();
    stop_everything(place, screen).await?;
    say("The bank is stopped. Its data stays; start it again: make up");
    Ok(())
}
