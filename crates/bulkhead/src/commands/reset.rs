//! `bulkhead reset`: stops everything and deletes the state directory, and nothing else. Where the
//! databases had to lie elsewhere, that directory is part of the state.

use std::fs;
use std::path::Path;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::postgres::elsewhere;
use crate::screen::{Screen, say};
use crate::up::stop_everything;

pub(super) async fn run(place: &Place) -> Result<()> {
    let screen = Screen::new();
    stop_everything(place, screen).await?;
    let link = place.file("data");
    let outside = elsewhere(place);
    let leads_there = fs::read_link(&link).is_ok_and(|target| target == outside);
    if leads_there {
        delete(&outside)?;
    }
    if delete(&place.state())? {
        say("The bank's data is deleted.");
    } else {
        say("There was nothing to delete.");
    }
    Ok(())
}

fn delete(directory: &Path) -> Result<bool> {
    match fs::remove_dir_all(directory) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::file(directory, &error)),
    }
}
