//! The commands, one file each. A command asks, does and says; what it needs lies elsewhere.

mod applications;
mod check;
mod customers;
mod doctor;
mod down;
mod drill;
mod faults;
mod load;
mod logs;
mod messages;
pub(crate) mod ops;
mod promote;
mod reset;
mod status;
mod systems;
mod tour;
mod wait;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::time::Instant;

pub(crate) use self::check::verdict as check_verdict;
use crate::failure::{Failure, Result};
use crate::faults::Verb;
use crate::place::Place;
use crate::{link, supervisor, up};

/// A multi-block front office of a bank, on one machine.
#[derive(Debug, Parser)]
#[command(name = "bulkhead", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the bank, or what is missing of it
    Up {
        /// How many demo customers there shall be, at least
        #[arg(long)]
        customers: Option<u64>,
        /// Where the ports begin
        #[arg(long)]
        base_port: Option<u16>,
    },
    /// Stop the bank; its data stays
    Down,
    /// Stop the bank and delete its data
    Reset,
    /// Show every process
    Status {
        #[command(flatten)]
        output: Output,
    },
    /// Wait for a state of the bank
    Wait {
        /// What to wait for
        what: WaitFor,
        /// How long
        #[arg(long, default_value = "120s", value_parser = duration)]
        timeout: Duration,
    },
    /// Show the logs of processes
    Logs {
        /// A process, block or part of a block; none: all
        target: Option<String>,
        /// Go on showing what is added
        #[arg(short, long)]
        follow: bool,
        /// How many lines of each log to begin with
        #[arg(short = 'n', long, default_value_t = 20)]
        lines: usize,
    },
    /// Look for what could keep the bank from running
    Doctor,
    /// Kill a block, channel, database, Redis, process, data centre or back-office system
    Kill(Fault),
    /// Stop a data centre, a block or part of it in an orderly way
    Stop(Fault),
    /// Freeze a data centre, a block or part of it, or let a back-office system accept calls and
    /// never answer
    Pause(Fault),
    /// Let a back-office system answer slowly
    Slow(Fault),
    /// Let a back-office system answer with errors
    Fail(Fault),
    /// Let two data centres not reach each other; both run on
    Cut {
        /// One of the two
        one: String,
        /// The other
        other: String,
        /// Heal it by itself after this time
        #[arg(long = "for", value_parser = duration)]
        lasting: Option<Duration>,
    },
    /// Cut a data centre off from all others; it runs on
    Isolate {
        /// The data centre
        data_center: String,
        /// Heal it by itself after this time
        #[arg(long = "for", value_parser = duration)]
        lasting: Option<Duration>,
    },
    /// Make the standby of a block's database its primary; the old one is barred first
    Promote {
        /// The block
        database: String,
    },
    /// Let a block's database go on without its synchronous standby
    Alone {
        /// The block
        database: String,
    },
    /// Undo a fault
    Heal {
        /// What to heal
        #[arg(required_unless_present = "all")]
        target: Option<String>,
        /// Everything
        #[arg(long, conflicts_with = "target")]
        all: bool,
    },
    /// Show messages to customers, such as one-time codes
    Messages(messages::Wishes),
    /// Let money come in and cards be used by themselves
    Incoming(systems::IncomingWishes),
    /// Type a customer's code for cash at a simulated machine
    CashMachine(systems::CashMachine),
    /// Show what visitors have applied for, as the bank's staff reads it
    Applications,
    /// Do something to the bank under load and measure what customers notice
    Drill(drill::Wishes),
    /// Be shown how a block dies and a customer goes on
    Tour(tour::Wishes),
    /// Read every database and prove that nothing was lost or done twice
    Check(check::Wishes),
    /// Be many customers: requests and orders at a steady rate, and a record of what was promised
    Load(load::Wishes),
    /// What administrators do: moves, approvals, automation
    Ops {
        #[command(flatten)]
        acting: ops::Acting,
        #[command(subcommand)]
        command: ops::OpsCommand,
    },
    /// Customers
    Customers {
        #[command(subcommand)]
        command: CustomersCommand,
    },
    /// The supervisor itself; `up` starts it
    #[command(hide = true)]
    Supervise,
    /// One link between two data centres; the supervisor starts it
    #[command(hide = true)]
    Link {
        /// Its configuration
        config: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum CustomersCommand {
    /// Open an account with the bank for somebody
    Add(customers::New),
}

#[derive(Debug, Args)]
struct Fault {
    /// A block, `<block>/<channel|database|standby|redis>`, a process, a data centre or a
    /// back-office system
    target: String,
    /// Heal it by itself after this time
    #[arg(long = "for", value_parser = duration)]
    lasting: Option<Duration>,
}

#[derive(Debug, Args)]
struct Output {
    /// How to show it
    #[arg(short, long, default_value = "text")]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WaitFor {
    /// Every process is ready
    Ready,
}

/// Carries out a command line.
pub async fn run(cli: Cli) -> Result<()> {
    let place = Place::find()?;
    match cli.command {
        Command::Up { customers, base_port } => {
            up::run(place, up::Wishes { began: Instant::now(), customers, base_port }).await
        }
        Command::Down => down::run(&place).await,
        Command::Reset => reset::run(&place).await,
        Command::Status { output } => status::run(&place, output.output).await,
        Command::Wait { what: WaitFor::Ready, timeout } => wait::run(&place, timeout).await,
        Command::Logs { target, follow, lines } => {
            logs::run(&place, target.as_deref(), follow, lines).await
        }
        Command::Doctor => doctor::run(&place).await,
        Command::Kill(fault) => faults::inflict(&place, Verb::Kill, fault).await,
        Command::Stop(fault) => faults::inflict(&place, Verb::Stop, fault).await,
        Command::Pause(fault) => faults::inflict(&place, Verb::Pause, fault).await,
        Command::Slow(fault) => faults::inflict(&place, Verb::Slow, fault).await,
        Command::Fail(fault) => faults::inflict(&place, Verb::Fail, fault).await,
        Command::Cut { one, other, lasting } => faults::cut(&place, &one, &other, lasting).await,
        Command::Isolate { data_center, lasting } => {
            faults::isolate(&place, &data_center, lasting).await
        }
        Command::Promote { database } => promote::promote(&place, &database).await,
        Command::Alone { database } => promote::alone(&place, &database).await,
        Command::Heal { target, all: _ } => faults::heal(&place, target).await,
        Command::Applications => applications::run(&place).await,
        Command::Check(wishes) => check::run(&place, wishes).await,
        Command::Drill(wishes) => drill::run(&place, wishes).await,
        Command::Tour(wishes) => tour::run(&place, wishes).await,
        Command::Load(wishes) => load::run(&place, wishes).await,
        Command::Messages(wishes) => messages::run(&place, wishes).await,
        Command::Incoming(wishes) => systems::incoming(&place, wishes).await,
        Command::CashMachine(typed) => systems::cash_machine(&place, typed).await,
        Command::Ops { acting, command } => ops::run(&place, acting, command).await,
        Command::Customers { command: CustomersCommand::Add(new) } => {
            customers::add(&place, new).await
        }
        Command::Supervise => supervisor::daemon::run(place).await,
        Command::Link { config } => link::run(&config).await,
    }
}

/// A time as people write it: `500ms`, `30s`, `2m`, `1h`; without a unit, seconds.
fn duration(text: &str) -> std::result::Result<Duration, String> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_error| "begin with a number, as in 30s")?;
    let milliseconds = match unit {
        "ms" => Some(1),
        "s" | "" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let milliseconds = milliseconds.ok_or("the unit is ms, s, m or h")?;
    number
        .checked_mul(milliseconds)
        .map(Duration::from_millis)
        .ok_or_else(|| "this is too long".to_owned())
}

/// JSON for scripts, with a line end.
fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new("OUTPUT", format!("{error}.")))?;
    crate::screen::say(text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, ms) in [("30s", 30_000), ("500ms", 500), ("2m", 120_000), ("7", 7_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "s", "5 days", "-1s", "99999999999999999999s", "18446744073709551615h"] {
            duration(text).unwrap_err();
        }
    }
}
