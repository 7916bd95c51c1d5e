//! Faults: which processes a target means, and what customers notice.
//!
//! Pure. Effects are real signals (see `supervisor`) or switches of the simulated systems; this
//! module only decides what is meant and says it in words.

use std::fmt;

use common::wire::systems::SystemMode;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};
use crate::plan::{Kind, Plan, Unit, standby_name};
use crate::topology::{Channel, Role};

/// What is done to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Processes: SIGKILL. A system: connections are refused.
    Kill,
    /// Processes: an orderly end.
    Stop,
    /// Processes: SIGSTOP. A system: accepts and stays silent.
    Pause,
    /// A system answers slowly.
    Slow,
    /// A system answers with errors, also after the effect.
    Fail,
    /// A link carries nothing.
    Cut,
}

impl Verb {
    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
            Self::Pause => "pause",
            Self::Slow => "slow",
            Self::Fail => "fail",
            Self::Cut => "cut",
        }
    }

    /// The mode of a system under this fault; none where it makes no sense for a system.
    pub fn system_mode(self) -> Option<SystemMode> {
        match self {
            Self::Kill => Some(SystemMode::Down),
            Self::Pause => Some(SystemMode::Hanging),
            Self::Slow => Some(SystemMode::Slow { median_ms: 1_500, p99_ms: 6_000 }),
            Self::Fail => Some(SystemMode::Failing { percent: 50, after_effect_percent: 50 }),
            Self::Stop | Self::Cut => None,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a target means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Everything of a block: its processes, its database, its Redis.
    Block(Vec<String>),
    /// One part of a block, or one process.
    Part(Vec<String>),
    /// Everything in a data centre, and the links that lead there.
    DataCenter {
        /// Its processes, databases and Redis.
        units: Vec<String>,
        /// Its connections to others; they are nobody's: no fault of the data centre kills them.
        links: Vec<String>,
    },
    /// A simulated back-office system.
    System(String),
}

impl Target {
    /// The processes meant; none for a system.
    pub fn units(&self) -> &[String] {
        match self {
            Self::Block(units) | Self::Part(units) | Self::DataCenter { units, .. } => units,
            Self::System(_) => &[],
        }
    }
}

/// Finds what `word` means: a block, `block/part`, a back-office system, a process, a data centre
/// or `data-centre/links`.
pub fn resolve(plan: &Plan, word: &str) -> Result<Target> {
    let of_block: Vec<&Unit> = plan.units.iter().filter(|unit| unit.block == word).collect();
    if !of_block.is_empty() {
        return Ok(Target::Block(names(of_block)));
    }
    if plan.systems.iter().any(|system| system == word) {
        return Ok(Target::System(word.to_owned()));
    }
    let in_center: Vec<&Unit> = plan.units.iter().filter(|unit| unit.data_center == word).collect();
    if !in_center.is_empty() {
        let links = names(plan.links_of(word));
        return Ok(Target::DataCenter { units: names(in_center), links });
    }
    let part: Vec<&Unit> = match word.split_once('/') {
        Some((center, "links")) => plan.links_of(center),
        Some((block, part)) => {
            plan.units.iter().filter(|unit| unit.block == block && is_part(unit, part)).collect()
        }
        None => plan.unit(word).into_iter().collect(),
    };
    if part.is_empty() {
        return Err(Failure::new("UNKNOWN-TARGET", format!("Nothing here is called {word}."))
            .mend(examples(plan)));
    }
    Ok(Target::Part(names(part)))
}

fn is_part(unit: &Unit, part: &str) -> bool {
    match (unit.kind, part) {
        (Kind::Database, _) => unit.name == format!("{}-{part}", unit.block),
        (Kind::Redis, "redis") => true,
        (Kind::Service, _) => {
            unit.name == part
                || unit.channels.iter().any(|channel| channel.as_str() == part)
                || (unit.channels.is_empty() && unit.role.as_str() == part)
        }
        _ => false,
    }
}

fn names(units: Vec<&Unit>) -> Vec<String> {
    units.into_iter().map(|unit| unit.name.clone()).collect()
}

fn examples(plan: &Plan) -> String {
    let mut blocks: Vec<&str> = plan.units.iter().map(|unit| unit.block.as_str()).collect();
    blocks.dedup();
    let mut text = format!(
        "name a block ({}), <block>/web, /mobile, /worker, /database, /standby or /redis, a data \
         centre, or a process of `./bulkhead status`",
        blocks.join(", "),
    );
    if !plan.systems.is_empty() {
        text.push_str(", or a system: ");
        text.push_str(&plan.systems.join(", "));
    }
    text
}

/// What customers notice of a fault, in one or two sentences.
pub fn notice(plan: &Plan, verb: Verb, target: &Target) -> String {
    match target {
        Target::System(system) => system_notice(verb, system),
        Target::Block(units) => units
            .first()
            .and_then(|name| plan.unit(name))
            .map_or_else(String::new, |unit| block_notice(plan, unit)),
        Target::DataCenter { units, .. } => center_notice(plan, units),
        Target::Part(units) => {
            let parts: Vec<&Unit> = units.iter().filter_map(|name| plan.unit(name)).collect();
            parts.iter().map(|unit| part_notice(plan, unit)).collect::<Vec<_>>().join(" ")
        }
    }
}

fn center_notice(plan: &Plan, units: &[String]) -> String {
    let is_home = |unit: &&Unit| matches!(unit.role, Role::Client | Role::Pilot);
    let mut homes: Vec<&str> = units
        .iter()
        .filter_map(|name| plan.unit(name))
        .filter(is_home)
        .map(|unit| unit.block.as_str())
        .collect();
    homes.dedup();
    format!(
        "Customers of {} get no answer until another block takes over; all others go on, and what \
         they do may be called saved instead of accepted. Standbys are not promoted by themselves: \
         ./bulkhead promote <database>",
        homes.join(", "),
    )
}

fn block_notice(plan: &Plan, unit: &Unit) -> String {
    let block = &unit.block;
    match unit.role {
        Role::Router | Role::RouterBackup => {
            "Nobody can log in anew; whoever has a session at his block goes on.".into()
        }
        Role::Backup => format!(
            "Customers notice nothing while their homes serve them; those whom {block} serves get \
             no answer until it is back or their home serves them again.",
        ),
        Role::Archive => "Customers are served; what they do is called saved instead of accepted, \
                          and no block can take over from another until it is back."
            .into(),
        Role::Link => "What runs on one side cannot reach the other until it is back.".into(),
        Role::Guest => guest_notice(plan, block),
        Role::Core | Role::Gateway | Role::Systems => back_office_notice(),
        Role::Client | Role::Pilot => format!(
            "Customers of {block} get no answer until it is back; all others notice nothing.",
        ),
    }
}

fn guest_notice(plan: &Plan, block: &str) -> String {
    let other = plan.units.iter().find(|unit| unit.role == Role::Guest && unit.block != block);
    match other {
        Some(other) => format!("Visitors without login are served by {}.", other.block),
        None => "Visitors without login get no answer until it is back.".into(),
    }
}

fn back_office_notice() -> String {
    "Balances and product lists cannot be read, and operations stay in progress until the back \
     office is back; each is then done once."
        .into()
}

fn part_notice(plan: &Plan, unit: &Unit) -> String {
    let block = &unit.block;
    if unit.kind == Kind::Database && unit.name == standby_name(block) {
        return standby_notice(unit);
    }
    match (unit.kind, unit.role) {
        (Kind::Redis, _) => {
            "Customers notice nothing: Redis only makes look-ups faster, nothing is lost.".into()
        }
        (Kind::Database, Role::Router) => {
            "The router goes on from its memory; new customers and changed logins have to wait."
                .into()
        }
        (Kind::Database, Role::Client | Role::Pilot | Role::Backup) => format!(
            "Customers of {block} can neither log in nor do anything until it is back; what was \
             accepted is kept.",
        ),
        (Kind::Database, Role::Core) | (_, Role::Systems) => back_office_notice(),
        (_, Role::Guest) => guest_notice(plan, block),
        (Kind::Service, Role::Gateway) => second_notice(plan, unit, &back_office_notice()),
        (Kind::Service, Role::Archive) => second_notice(plan, unit, &block_notice(plan, unit)),
        (Kind::Service, Role::RouterBackup) => {
            "Customers notice nothing while the router runs: its stand-in is away.".into()
        }
        (_, Role::Gateway) => back_office_notice(),
        (_, Role::Client | Role::Pilot | Role::Backup) => channel_notice(unit),
        (_, Role::Router | Role::RouterBackup | Role::Core | Role::Archive | Role::Link) => {
            block_notice(plan, unit)
        }
    }
}

/// A process with a twin is not missed while that runs.
fn second_notice(plan: &Plan, unit: &Unit, alone: &str) -> String {
    let twin = |other: &&Unit| {
        other.role == unit.role && other.kind == unit.kind && other.name != unit.name
    };
    match plan.units.iter().find(twin) {
        Some(twin) => format!("Customers notice nothing: {} does its work.", twin.name),
        None => alone.to_owned(),
    }
}

fn standby_notice(unit: &Unit) -> String {
    if unit.role == Role::Archive {
        "Customers are served; what they do is called saved instead of accepted, because the \
         archive writes nothing that its standby does not have. Let it go on alone: ./bulkhead \
         alone archive"
            .into()
    } else {
        "Customers notice nothing; should the database be lost now, nothing stands by for it."
            .into()
    }
}

fn channel_notice(unit: &Unit) -> String {
    let block = &unit.block;
    let serves = |channel: Channel| unit.channels.contains(&channel);
    match (serves(Channel::Web), serves(Channel::Mobile)) {
        (true, true) => format!("Customers of {block} get no answer until it is back."),
        (true, false) => {
            format!("Customers of {block} get no answer on the web; the mobile app goes on.")
        }
        (false, true) => {
            format!("Customers of {block} get no answer in the mobile app; the web goes on.")
        }
        (false, false) => format!(
            "Customers of {block} are served; what was left unfinished waits until it is back.",
        ),
    }
}

fn system_notice(verb: Verb, system: &str) -> String {
    let how = match verb {
        Verb::Kill | Verb::Stop => "refuses connections",
        Verb::Pause => "accepts calls and never answers",
        Verb::Slow => "answers slowly",
        Verb::Cut => "is as before",
        Verb::Fail => "answers many calls with an error, sometimes after having done them",
    };
    let effect = match system {
        "messages" => "One-time codes and messages do not arrive: new devices cannot log in.",
        "risk" => "Operations go by the policy for an absent risk system.",
        "billers" | "topup" | "cash" => {
            "What needs it stays in progress or is refused; the money is never taken twice."
        }
        "cards" | "deposits" => {
            "Its list cannot be shown fresh, and what needs it stays in progress; nothing is done \
             twice."
        }
        _ if verb == Verb::Slow => "Its part of the overview comes late, or says that it cannot.",
        _ => "Its part of the overview says that it cannot be shown now; the rest is there.",
    };
    format!("The system {system} {how}. {effect}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(block: &str, name: &str, kind: Kind, role: Role, channels: &[Channel]) -> Unit {
        Unit {
            name: name.to_owned(),
            block: block.to_owned(),
            role,
            kind,
            data_center: "dc-a".to_owned(),
            between: None,
            channels: channels.to_vec(),
            address: "127.0.0.1:1".to_owned(),
            command: Vec::new(),
            directory: "/".into(),
            config: "/".into(),
            program: "/".into(),
            log: "/".into(),
        }
    }

    fn plan() -> Plan {
        let all = [Channel::Web, Channel::Mobile, Channel::Worker];
        Plan {
            units: vec![
                unit("client-1", "client-1-database", Kind::Database, Role::Client, &[]),
                unit("client-1", "client-1-redis", Kind::Redis, Role::Client, &[]),
                unit("client-1", "client-1-web", Kind::Service, Role::Client, &[Channel::Web]),
                unit(
                    "client-1",
                    "client-1-mobile",
                    Kind::Service,
                    Role::Client,
                    &[Channel::Mobile],
                ),
                unit("pilot", "pilot", Kind::Service, Role::Pilot, &all),
                unit("core", "gateway", Kind::Service, Role::Gateway, &[]),
            ],
            systems: vec!["cards".to_owned()],
            systems_control: None,
            operations: None,
            operations_at: Vec::new(),
            leading_router: None,
        }
    }

    #[test]
    fn every_kind_of_target_means_what_it_says() {
        let plan = plan();
        let rows: [(&str, &[&str]); 8] = [
            (
                "client-1",
                &["client-1-database", "client-1-redis", "client-1-web", "client-1-mobile"],
            ),
            ("client-1/web", &["client-1-web"]),
            ("client-1/database", &["client-1-database"]),
            ("client-1/redis", &["client-1-redis"]),
            ("client-1-mobile", &["client-1-mobile"]),
            ("pilot/mobile", &["pilot"]),
            ("core/gateway", &["gateway"]),
            ("gateway", &["gateway"]),
        ];
        for (word, expected) in rows {
            assert_eq!(resolve(&plan, word).unwrap().units(), expected, "{word}");
        }
        assert_eq!(resolve(&plan, "cards").unwrap(), Target::System("cards".to_owned()));
        for word in ["client-9", "client-1/cards", "pilot/database", ""] {
            assert_eq!(resolve(&plan, word).unwrap_err().code(), "UNKNOWN-TARGET", "{word}");
        }
    }

    #[test]
    fn a_notice_names_who_is_hit_and_who_is_not() {
        let plan = plan();
        let said = |word: &str| {
            let target = resolve(&plan, word).unwrap();
            notice(&plan, Verb::Kill, &target)
        };
        assert!(said("client-1/web").contains("the mobile app goes on"));
        assert!(said("client-1").contains("all others notice nothing"));
        assert!(said("client-1/redis").contains("nothing is lost"));
        assert!(said("cards").starts_with("The system cards refuses connections."));
    }
}
