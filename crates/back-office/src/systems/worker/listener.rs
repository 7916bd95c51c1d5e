//! Opens and closes a system's listener as its switch says.

use std::sync::Arc;
use std::time::Duration;

use common::wire::systems::SystemMode;
use platform::failure::chain;
use platform::{StoreError, Tasks, config::Http};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::systems::http::serving::Front;
use crate::systems::running::Running;
use crate::systems::store::settings::{self, MODE};
use crate::systems::switch::Setting;
use crate::systems::{schema, switch::Switch};

/// Starts a system: first in the mode in which it was left, then as it is switched.
pub(in crate::systems) fn start(system: Arc<Running>, config: &Http, tasks: &Tasks) {
    let front = Front::new(system.clone(), config, tasks);
    tasks.supervise("system", move || {
        let (system, front) = (system.clone(), front.clone());
        async move {
            let rest = Duration::from_millis(system.bounds.retry_ms);
            let wanted = system.switch.follow();
            if wanted.borrow().number == 0 {
                system.switch.set(mode_left(&system, rest).await);
            }
            follow(&system.switch, wanted, &front, rest).await;
        }
    });
}

/// The mode in which the system was left; waits until its database has it.
async fn mode_left(system: &Running, rest: Duration) -> SystemMode {
    loop {
        match stored_mode(system).await {
            Ok(Some(mode)) => return mode,
            Ok(None) => tracing::info!(system = %system.system, "waiting for the schema"),
            Err(error) => {
                tracing::info!(system = %system.system, error = chain(&error), "waiting");
            }
        }
        tokio::time::sleep(rest).await;
    }
}

/// `None` while the schema is older than this version.
async fn stored_mode(system: &Running) -> Result<Option<SystemMode>, StoreError> {
    let connection = system.db.connection().await?;
    if !platform::schema::is_current(&connection, schema::of(system.system)).await? {
        return Ok(None);
    }
    let stored = settings::read(&connection, MODE).await?;
    Ok(Some(stored.unwrap_or_default()))
}

async fn follow(
    switch: &Switch,
    mut wanted: watch::Receiver<Setting>,
    front: &Front,
    rest: Duration,
) {
    loop {
        let setting = *wanted.borrow_and_update();
        if setting.mode == SystemMode::Down {
            switch.put_in_force(setting.number);
            if wanted.changed().await.is_err() {
                return;
            }
            continue;
        }
        let listener = match TcpListener::bind(switch.address()).await {
            Ok(listener) => listener,
            Err(error) => {
                tracing::warn!(address = %switch.address(), %error, "cannot listen");
                tokio::time::sleep(rest).await;
                continue;
            }
        };
        if let Ok(address) = listener.local_addr() {
            switch.keep_address(address);
        }
        switch.put_in_force(setting.number);
        let cut = CancellationToken::new();
        tokio::select! {
            () = front.accept(&listener, &cut) => {}
            () = until_down(switch, &mut wanted) => {}
        }
        drop(listener);
        // Connections that are open end too: a system that is down answers nobody.
        cut.cancel();
    }
}

/// Every other mode is in force as soon as it is wanted: connections look at it call by call.
async fn until_down(switch: &Switch, wanted: &mut watch::Receiver<Setting>) {
    while wanted.changed().await.is_ok() {
        // Not marked as seen: the loop above reads it again.
        let setting = *wanted.borrow();
        if setting.mode == SystemMode::Down {
            return;
        }
        switch.put_in_force(setting.number);
    }
}
