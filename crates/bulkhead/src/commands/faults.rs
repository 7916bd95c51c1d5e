//! `kill`, `stop`, `pause`, `slow`, `fail` and `heal`.

use std::time::Duration;

use super::Fault;
use crate::failure::Result;
use crate::faults::{Target, Verb, notice, resolve};
use crate::place::Place;
use crate::plan::Plan;
use crate::screen::say;
use crate::supervisor::FaultOrder;
use crate::supervisor::client::Supervisor;
use crate::topology::Role;
use crate::topology::links::link_name;
use crate::up::{rejoin, wait_ready};

pub(super) async fn inflict(place: &Place, verb: Verb, fault: Fault) -> Result<()> {
    let plan = Plan::read(place)?;
    let target = carry_out(place, &plan, verb, &fault.target, fault.lasting).await?;
    say(done(verb, &fault.target, &target));
    say(notice(&plan, verb, &target));
    say_undo(&fault.target, fault.lasting);
    Ok(())
}

/// Severs two data centres from each other.
pub(super) async fn cut(
    place: &Place,
    one: &str,
    other: &str,
    lasting: Option<Duration>,
) -> Result<()> {
    let plan = Plan::read(place)?;
    let link = link_name(one, other);
    carry_out(place, &plan, Verb::Cut, &link, lasting).await?;
    say(format!("{one} and {other} cannot reach each other; both run on."));
    say(severed(&plan));
    say_undo(&link, lasting);
    Ok(())
}

/// Severs a data centre from all others.
pub(super) async fn isolate(
    place: &Place,
    data_center: &str,
    lasting: Option<Duration>,
) -> Result<()> {
    let plan = Plan::read(place)?;
    let links = format!("{data_center}/links");
    carry_out(place, &plan, Verb::Cut, &links, lasting).await?;
    say(format!("{data_center} cannot reach the others and runs on."));
    say(severed(&plan));
    say_undo(&links, lasting);
    Ok(())
}

async fn carry_out(
    place: &Place,
    plan: &Plan,
    verb: Verb,
    word: &str,
    lasting: Option<Duration>,
) -> Result<Target> {
    let supervisor = Supervisor::running(place)?;
    let target = resolve(plan, word)?;
    let for_ms = lasting.map(|lasting| u64::try_from(lasting.as_millis()).unwrap_or(u64::MAX));
    supervisor.fault(&FaultOrder { verb, target: word.to_owned(), for_ms }).await?;
    Ok(target)
}

fn severed(plan: &Plan) -> &'static str {
    if plan.units.iter().any(|unit| unit.role == Role::Archive) {
        "Customers reach the blocks as before. Where the archive is on the other side, what they \
         do is called saved instead of accepted; where the back office is, operations stay in \
         progress and are done once it is reached again."
    } else {
        "Customers reach the blocks as before."
    }
}

fn say_undo(word: &str, lasting: Option<Duration>) {
    match lasting {
        Some(lasting) => say(format!(
            "It is healed by itself after {} s; sooner: ./bulkhead heal {word}",
            lasting.as_secs_f32(),
        )),
        None => say(format!("Undo it: ./bulkhead heal {word}")),
    }
}

pub(super) async fn heal(place: &Place, target: Option<String>) -> Result<()> {
    let supervisor = Supervisor::running(place)?;
    let plan = Plan::read(place)?;
    supervisor.heal(target.clone()).await?;
    match target {
        None => {
            let all: Vec<String> = plan.units.iter().map(|unit| unit.name.clone()).collect();
            rejoin(place, &supervisor, &all).await?;
            wait_ready(&plan, &supervisor).await?;
            say("Everything is healed and ready.");
        }
        Some(word) => {
            let units = match resolve(&plan, &word)? {
                Target::DataCenter { units, links } => [links, units].concat(),
                target => target.units().to_vec(),
            };
            rejoin(place, &supervisor, &units).await?;
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
        Verb::Cut => "cut",
    };
    match target {
        Target::System(_) => format!("{word} is {participle} now."),
        Target::Block(units) | Target::Part(units) | Target::DataCenter { units, .. }
            if units.len() > 1 =>
        {
            format!("{word} is {participle}: {}.", units.join(", "))
        }
        _ => format!("{word} is {participle}."),
    }
}
