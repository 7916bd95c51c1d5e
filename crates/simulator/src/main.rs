//! `simulator`: runs seeds, replays one, tells its story, shortens it, and takes guards away.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use common::guards::{Guard, Guards};
use simulator::coverage::Coverage;
use simulator::model::cli::ModelArgs;
use simulator::run;

/// The protocol, run against everything that can go wrong.
#[derive(Debug, Parser)]
struct Args {
    /// Run this one seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Tell the story of the seed.
    #[arg(long)]
    trace: bool,
    /// Shorten the seed's plan before telling it.
    #[arg(long)]
    shorten: bool,
    /// Run seeds from this one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run so many.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// Take this guard away (see `--guards`).
    #[arg(long)]
    without: Option<String>,
    /// List the guards.
    #[arg(long)]
    guards: bool,
    /// Take each guard away in turn, and say how soon it was noticed.
    #[arg(long)]
    mutants: bool,
    /// Go on after a violation.
    #[arg(long)]
    all: bool,
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
    let guards = match args.without.as_deref().map(named) {
        None => Guards::ALL,
        Some(Some(guard)) => Guards::without(guard),
        Some(None) => {
            eprintln!("There is no such guard. `simulator --guards` lists them.");
            return ExitCode::FAILURE;
        }
    };
    if args.model.model {
        return args.model.run(guards, args.mutants);
    }
    match args.seed {
        Some(seed) => one(&args, seed, guards),
        None if args.mutants => mutants(&args),
        None => many(&args, guards),
    }
}

fn named(name: &str) -> Option<Guard> {
    Guard::ALL.iter().copied().find(|guard| guard.as_str() == name)
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
    let began = Instant::now();
    let mut coverage = Coverage::default();
    let mut simulated = 0;
    let mut violated = 0;
    for seed in args.from..args.from + args.seeds {
        let outcome = run::seed(seed, guards, false);
        coverage.add(&outcome.coverage);
        simulated += outcome.simulated_ms;
        if let Some((violation, at)) = outcome.violation {
            println!("seed {seed}: {} after {at} ms: {}", violation.invariant, violation.what);
            violated += 1;
            if !args.all {
                return ExitCode::FAILURE;
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    for (name, count) in &coverage.counts {
        println!("{count:>10}  {name}");
    }
    for (name, count) in &coverage.messages.0 {
        println!("{count:>10}  message {name}");
    }
    println!(
        "{} seeds, {violated} violated, {} events, {} lost, {} duplicated, {} s simulated, {:.0} events/s",
        args.seeds,
        coverage.events,
        coverage.lost,
        coverage.duplicated,
        simulated / 1_000,
        coverage.events as f64 / seconds
    );
    if violated == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn mutants(args: &Args) -> ExitCode {
    let mut alive = 0;
    for &guard in Guard::ALL {
        let mut found = Vec::new();
        for seed in args.from..args.from + args.seeds {
            let outcome = run::seed(seed, Guards::without(guard), false);
            if let Some((violation, _)) = outcome.violation {
                found.push((seed, violation.invariant));
                if found.len() >= 3 {
                    break;
                }
            }
        }
        alive += u32::from(found.is_empty());
        println!("{:<40} {found:?}", guard.as_str());
    }
    println!("{alive} not noticed");
    ExitCode::SUCCESS
}
