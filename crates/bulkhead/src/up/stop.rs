//! Stopping everything, from any state.

use super::remains;
use super::start::{lock, read_topology, wait_until_gone};
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::screen::Screen;
use crate::supervisor::client::Supervisor;

/// Tells the supervisor to stop everything, and ends what runs without one.
pub(crate) async fn stop_everything(place: &Place, screen: Screen) -> Result<()> {
    // Without a state directory there is nobody to exclude, but there may be remains.
    let _lock = if place.state().is_dir() { Some(lock(place)?) } else { None };
    if let Some(supervisor) = Supervisor::find(place)? {
        let work = async {
            supervisor.shutdown().await?;
            if wait_until_gone(&supervisor).await {
                Ok("")
            } else {
                let pid = supervisor.address().identity.pid;
                let sentence = format!("The supervisor, process {pid}, does not end.");
                Err(Failure::new("DOWN-HANGS", sentence).mend(format!("kill -9 {pid}; make down")))
            }
        };
        screen.step("processes stopped", work).await?;
    }
    // A topology that cannot be read must not keep the bank from being stopped.
    remains::clear(place, read_topology(place).ok().as_ref(), screen).await
}
