//! `simulator`: runs seeds, replays one, tells its story, shortens it, and takes guards away.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser;
use common::guards::{Guard, Guards};
use simulator::campaign::{self, Limit};
use simulator::model::cli::ModelArgs;
use simulator::{report, run};

/// The protocol, run against everything that can go wrong (docs/understand/simulation.md).
#[derive(Debug, Parser)]
struct Args {
    /// Run this one seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Tell the story of the seed.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Leave out of the seed's plan whatever its violation does not need.
    #[arg(long, requires = "seed")]
    shorten: bool,
    /// Run seeds from this one on.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run at most so many.
    #[arg(long, default_value_t = u64::MAX / 2)]
    seeds: u64,
    /// Run at most so long.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// On so many threads; otherwise on all cores.
    #[arg(long)]
    threads: Option<usize>,
    /// Take this guard away (`--guards` lists them).
    #[arg(long)]
    without: Option<String>,
    /// List the guards.
    #[arg(long)]
    guards: bool,
    /// Take each guard away in turn and search at most so many seeds, from several first seeds.
    #[arg(long)]
    mutants: Option<u64>,
    /// How many first seeds for each mutant.
    #[arg(long, default_value_t = 5)]
    beginnings: u64,
    #[command(flatten)]
    model: ModelArgs,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.guards {
        for guard in Guard::ALL {
            println!("{:<40} {}", guard.as_str(), guard.meaning());
        }
        return ExitCode::SUCCESS;
    }
    let guard = args.without.as_deref().map(named);
    if guard == Some(None) {
        eprintln!("There is no such guard. `simulator --guards` lists them.");
        return ExitCode::FAILURE;
    }
    let guard = guard.flatten();
    let guards = guard.map_or(Guards::ALL, Guards::without);
    if args.model.model {
        return args.model.run(guards, args.mutants.is_some());
    }
    match (args.seed, args.mutants) {
        (Some(seed), _) => one(&args, seed, guards),
        (None, Some(most)) => mutants(&args, most, guard),
        (None, None) => many(&args, guards),
    }
}

fn named(name: &str) -> Option<Guard> {
    Guard::ALL.iter().copied().find(|guard| guard.as_str() == name)
}

fn threads(args: &Args) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    args.threads.unwrap_or_else(cores)
}

fn one(args: &Args, seed: u64, guards: Guards) -> ExitCode {
    let mut outcome = run::seed(seed, guards, args.trace);
    if let (true, Some((violation, _))) = (args.shorten, outcome.violation.clone()) {
        let plan = run::shorten(seed, guards, violation.invariant);
        for (at, act) in &plan.acts {
            println!("{at:>7} ms  {act:?}");
        }
        outcome = run::plan(seed, plan, guards, args.trace);
    }
    for line in &outcome.story {
        println!("{line}");
    }
    println!("seed {seed}: {} events, digest {:016x}", outcome.coverage.events, outcome.digest);
    match outcome.violation {
        None => ExitCode::SUCCESS,
        Some((violation, at)) => {
            println!("VIOLATED {} after {at} ms: {}", violation.invariant, violation.what);
            ExitCode::FAILURE
        }
    }
}

fn many(args: &Args, guards: Guards) -> ExitCode {
    let time = Duration::from_secs_f64(args.minutes.max(0.0) * 60.0);
    let limit = Limit { seeds: args.seeds, time, first: false };
    let total = campaign::run_seeds(args.from, limit, threads(args), guards);
    print!("{}", report::coverage_table(&total));
    for (seed, violation) in &total.violations {
        println!("seed {seed}: {}: {}", violation.invariant, violation.what);
    }
    print!("{}", report::summary(&total));
    let never = report::never(&total);
    if !never.is_empty() {
        println!("Never happened: {}. Run longer, or bias the plans.", never.join("; "));
    }
    if total.violations.is_empty() && never.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn mutants(args: &Args, most: u64, only: Option<Guard>) -> ExitCode {
    println!("| guard taken away | median of seeds | noticed by | a seed |\n|---|---|---|---|");
    let mut alive = Vec::new();
    for &guard in Guard::ALL.iter().filter(|guard| only.is_none_or(|only| only == **guard)) {
        let hunt = campaign::hunt(guard, args.beginnings, most, threads(args));
        println!("{}", report::mutant_row(&hunt));
        if hunt.median().is_none() {
            alive.push(guard.as_str());
        }
    }
    if alive.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("Not noticed within {most} seeds: {}.", alive.join(", "));
    ExitCode::FAILURE
}
