//! The model on the command line: `simulator --model`.

use std::process::ExitCode;

use clap::Args;
use common::guards::{Guard, Guards};

use super::{Bound, Report, visit};

/// What to do with the model.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// Visit the exhaustive model of the move machine; with `--mutants`, without each guard.
    #[arg(long)]
    pub model: bool,
    /// Visit all of it; minutes instead of seconds.
    #[arg(long, requires = "model")]
    full: bool,
    /// At most so many steps from the beginning.
    #[arg(long, requires = "model")]
    depth: Option<usize>,
    /// So many drains, aborts, forced moves, SEALs taken back and crashes.
    #[arg(long, requires = "model", value_delimiter = ',')]
    counts: Option<Vec<u8>>,
}

impl ModelArgs {
    /// Visits, and tells.
    pub fn run(&self, guards: Guards, mutants: bool) -> ExitCode {
        let bounds = match &self.counts {
            Some(counts) => {
                <[u8; 5]>::try_from(counts.as_slice()).map_or(vec![], |c| vec![Bound(c)])
            }
            None if self.full => Bound::FULL.to_vec(),
            None => Bound::SMALL.to_vec(),
        };
        if mutants {
            for &guard in Guard::ALL {
                println!("{:<40} {}", guard.as_str(), caught(guard, &bounds, self.depth));
            }
            return ExitCode::SUCCESS;
        }
        let mut well = true;
        for bound in bounds {
            let report = visit(guards, bound, self.depth);
            tell(bound, &report);
            well &= report.violated.is_empty();
        }
        if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn caught(guard: Guard, bounds: &[Bound], depth: Option<usize>) -> String {
    for bound in bounds {
        let report = visit(Guards::without(guard), *bound, depth);
        if let Some((property, steps)) = report.violated.first() {
            return format!("{property} after {} steps, {} states", steps.len(), report.states);
        }
    }
    "not noticed".to_owned()
}

fn tell(bound: Bound, report: &Report) {
    let [drains, aborts, forces, unseals, crashes] = bound.0;
    println!(
        "{drains} drains, {aborts} aborts, {forces} forced moves, {unseals} unseals, {crashes} \
         crashes: {} states, {} steps deep, {:.1} s{}",
        report.states,
        report.depth,
        report.took.as_secs_f64(),
        if report.exhausted { ", all of them" } else { "" },
    );
    for unseen in &report.unseen {
        println!("  not seen: {unseen}");
    }
    for (property, steps) in &report.violated {
        println!("  VIOLATED {property}");
        for step in steps {
            println!("    {step}");
        }
    }
}
