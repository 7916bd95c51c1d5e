//! The switch of one system: which mode is wanted, and which is in force.

use std::net::SocketAddr;
use std::time::Duration;

use common::wire::systems::SystemMode;
use tokio::sync::watch;

/// A mode with its place in the row of settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// Grows with every setting; 0 until the first one was read from the database.
    pub(super) number: u64,
    /// What is wanted.
    pub(super) mode: SystemMode,
}

/// Shared by the control API, the listener's task and the connections.
#[derive(Debug)]
pub(super) struct Switch {
    wanted: watch::Sender<Setting>,
    in_force: watch::Sender<u64>,
    address: watch::Sender<SocketAddr>,
}

impl Switch {
    /// The switch of a system that will listen at `address`.
    pub(super) fn new(address: SocketAddr) -> Self {
        let unread = Setting { number: 0, mode: SystemMode::Down };
        Self {
            wanted: watch::Sender::new(unread),
            in_force: watch::Sender::new(0),
            address: watch::Sender::new(address),
        }
    }

    /// The wanted mode.
    pub(super) fn mode(&self) -> SystemMode {
        self.wanted.borrow().mode
    }

    /// Wants `mode` and gives the setting's number.
    pub(super) fn set(&self, mode: SystemMode) -> u64 {
        self.wanted.send_modify(|setting| {
            setting.number += 1;
            setting.mode = mode;
        });
        self.wanted.borrow().number
    }

    /// Follows what is wanted.
    pub(super) fn follow(&self) -> watch::Receiver<Setting> {
        self.wanted.subscribe()
    }

    /// Says that the setting with this number is in force.
    pub(super) fn put_in_force(&self, number: u64) {
        self.in_force.send_replace(number);
    }

    /// Waits until the setting with this number, or a later one, is in force. False: it took
    /// longer than `within`.
    pub(super) async fn in_force(&self, number: u64, within: Duration) -> bool {
        let mut in_force = self.in_force.subscribe();
        let reached = in_force.wait_for(|reached| *reached >= number);
        matches!(tokio::time::timeout(within, reached).await, Ok(Ok(_)))
    }

    /// Waits until the mode in which the system was left is in force.
    pub(super) async fn settled(&self) {
        let mut in_force = self.in_force.subscribe();
        // The sender is ours: it lives as long as the waiting does.
        drop(in_force.wait_for(|reached| *reached > 0).await);
    }

    /// Where the system listens when it does.
    pub(super) fn address(&self) -> SocketAddr {
        *self.address.borrow()
    }

    /// Remembers the port that was chosen for port 0, so that it is the same after *down*.
    pub(super) fn keep_address(&self, address: SocketAddr) {
        self.address.send_replace(address);
    }
}
