//! `kill`, `stop`, `pause`, `slow`, `fail` and `heal`.

use super::Fault;
use crate::failure::Result;
use crate::faults::{Target, Verb, notice, resolve};
use crate::place::Place;
use crate::plan::Plan;
use crate::screen::say;
use crate::supervisor::FaultOrder;
use crate::supervisor::client::Supervisor;
use crate::up::wait_ready;

pub(super) async fn inflict(place: &Place, verb: Verb, fault: Fault) -> Result<()> {
    let supervisor = Supervisor::running(place)?;
    let plan = Plan::read(place)?;
    let target = resolve(&plan, &fault.target)?;
    let for_ms =
        fault.lasting.map(|lasting| u64::try_from(lasting.as_millis()).unwrap_or(u64::MAX));
    let order = FaultOrder { verb, target: fault.target.clone(), for_ms };
    supervisor.fault(&order).await?;

    say(done(verb, &fault.target, &target));
    say(notice(&plan, verb, &target));
    match fault.lasting {
        Some(lasting) => say(format!(
            "It is healed by itself after {} s; sooner: ./bulkhead heal {}",
            lasting.as_secs_f32(),
            fault.target,
        )),
        None => say(format!("Undo it: ./bulkhead heal {}", fault.target)),
    }
    Ok(())
}

pub(super) async fn heal(place: &Place, target: Option<String>) -> Result<()> {
    let supervisor = Supervisor::running(place)?;
    let plan = Plan::read(place)?;
    supervisor.heal(target.clone()).await?;
    match target {
        None => {
            wait_ready(&plan, &supervisor).await?;
            say("Everything is healed and ready.");
        }
        Some(word) => {
            let units = resolve(&plan, &word)?.units().to_vec();
            let mut part = plan.clone();
            part.units.retain(|unit| units.contains(&unit.name));
            wait_ready(&part, &supervisor).await?;
            say(format!("{word} is healed and ready."));
        }
    }
    Ok(())
}

fn done(verb: Verb, word: &str, target: &Target) -> String {
    let participle = match verb {
        Verb::Kill => "killed",
        Verb::Stop => "stopped",
        Verb::Pause => "paused",
        Verb::Slow => "slow",
        Verb::Fail => "failing",
    };
    match target {
        Target::System(_) => format!("{word} is {participle} now."),
        Target::Block(units) | Target::Part(units) if units.len() > 1 => {
            format!("{word} is {participle}: {}.", units.join(", "))
        }
        Target::Block(_) | Target::Part(_) => format!("{word} is {participle}."),
    }
}
