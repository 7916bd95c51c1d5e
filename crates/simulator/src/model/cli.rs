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
    /// So many drains, aborts, forced moves, SEALs taken back, crashes and sleeping transactions.
    #[arg(long, requires = "model", value_delimiter = ',')]
    counts: Option<Vec<u8>>,
}

impl ModelArgs {
    /// Visits, and tells.
    pub fn run(&self, guards: Guards, mutants: bool) -> ExitCode {
        let bounds = self.bounds();
        if mutants {
            for &guard in Guard::ALL {
                println!("{:<40} {}", guard.as_str(), caught(guard, &bounds));
            }
            return ExitCode::SUCCESS;
        }
        let mut well = true;
        for bound in bounds {
            let report = visit(guards, bound);
            tell(bound, &report);
            well &= report.violated.is_empty();
        }
        if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn bounds(&self) -> Vec<Bound> {
        let given = self.counts.as_deref().and_then(|counts| <[u8; 6]>::try_from(counts).ok());
        let bounds = match given {
            Some(counts) => vec![Bound::all(counts)],
            None if self.full => Bound::FULL.to_vec(),
            None => Bound::SMALL.to_vec(),
        };
        let cut = |bound: Bound| Bound { depth: self.depth.or(bound.depth), ..bound };
        bounds.into_iter().map(cut).collect()
    }
}

fn caught(guard: Guard, bounds: &[Bound]) -> String {
    for bound in bounds {
        let report = visit(Guards::without(guard), *bound);
        if let Some((property, steps)) = report.violated.first() {
            return format!("{property} after {} steps, {} states", steps.len(), report.states);
        }
    }
    "not noticed".to_owned()
}

fn tell(bound: Bound, report: &Report) {
    let [drains, aborts, forces, unseals, crashes, sleeps] = bound.counts;
    println!(
        "{drains} drains, {aborts} aborts, {forces} forced moves, {unseals} unseals, {crashes} \
         crashes, {sleeps} sleepers: {} states, {} steps deep, {:.1} s{}",
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
