//! Switching a system's faults and the events that come in by themselves. What is switched is
//! stored first and then put in force, so that a restart does not forget it.

use std::time::Duration;

use common::problem::{Code, Refusal};
use common::wire::systems::{Incoming, SystemMode, SystemStatus};
use platform::Failure;

use crate::systems::System;
use crate::systems::running::{Running, Systems};
use crate::systems::store::settings::{self, INCOMING, MODE};

/// The longest median and 99th percentile of a slow system.
const SLOW_MAX_MS: u32 = 60_000;

/// How a system behaves now.
pub(in crate::systems) fn status(system: &Running) -> SystemStatus {
    SystemStatus {
        system: system.system.name().to_owned(),
        address: system.switch.address().to_string(),
        mode: system.switch.mode(),
    }
}

/// Puts a system into a mode and waits until it is in force.
pub(in crate::systems) async fn set_mode(
    system: &Running,
    mode: SystemMode,
) -> Result<SystemStatus, Failure> {
    check(mode)?;
    let _one_at_a_time = system.switching.lock().await;
    let connection = system.db.connection().await?;
    settings::write(&connection, MODE, &mode).await?;
    drop(connection);
    let number = system.switch.set(mode);
    let within = Duration::from_millis(system.bounds.switch_ms);
    if !system.switch.in_force(number, within).await {
        let text = format!("{} was not switched in time", system.system);
        return Err(Failure::Broken(text));
    }
    tracing::info!(system = %system.system, ?mode, "switched");
    Ok(status(system))
}

/// How many events a minute come in by themselves.
pub(in crate::systems) async fn set_incoming(
    systems: &Systems,
    incoming: Incoming,
) -> Result<Incoming, Failure> {
    let most = systems.bounds.incoming_per_minute_max;
    if incoming.per_minute > most {
        let refusal = Refusal::new(Code::InvalidRequest);
        return Err(refusal.field("per_minute", format!("at most {most}")).into());
    }
    let cards = systems.find(System::Cards).ok_or(Code::SystemUnknown)?;
    let _one_at_a_time = cards.switching.lock().await;
    let connection = cards.db.connection().await?;
    settings::write(&connection, INCOMING, &incoming).await?;
    systems.incoming.set(incoming);
    Ok(incoming)
}

fn check(mode: SystemMode) -> Result<(), Refusal> {
    let mut refusal = Refusal::new(Code::InvalidRequest);
    match mode {
        SystemMode::Up | SystemMode::Down | SystemMode::Hanging => {}
        SystemMode::Slow { median_ms, p99_ms } => {
            if p99_ms < median_ms {
                refusal = refusal.field("p99_ms", "not below median_ms");
            }
            if p99_ms > SLOW_MAX_MS {
                refusal = refusal.field("p99_ms", format!("at most {SLOW_MAX_MS}"));
            }
        }
        SystemMode::Failing { percent, after_effect_percent } => {
            for (field, value) in
                [("percent", percent), ("after_effect_percent", after_effect_percent)]
            {
                if value > 100 {
                    refusal = refusal.field(field, "from 0 to 100");
                }
            }
        }
    }
    if refusal.errors.is_empty() { Ok(()) } else { Err(refusal) }
}
