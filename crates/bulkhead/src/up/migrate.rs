//! Every block's database is brought to its program's schema before anything serves.

use futures_util::future::try_join_all;

use super::Ground;
use crate::failure::Result;
use crate::plan::Planner;
use crate::programs::Run;

/// Runs the migration of every block that has one, side by side: they share nothing.
pub(super) async fn run(ground: &Ground, planner: &Planner<'_>) -> Result<String> {
    let runs: Vec<Run> = ground
        .topology
        .first_with(|programs| programs.migrate.clone())
        .map(|(block, process, command)| {
            Ok(Run {
                command,
                arguments: vec![
                    "--config".to_owned(),
                    planner.config(&ground.writer(block, process)?.name).display().to_string(),
                ],
                name: format!("{}-migrate", block.name),
                code: "UP-MIGRATE",
                purpose: format!("The schema of {} could not be brought up to date", block.name),
            })
        })
        .collect::<Result<_>>()?;
    try_join_all(runs.iter().map(|run| run.to_end(&ground.place))).await?;
    Ok(String::new())
}
