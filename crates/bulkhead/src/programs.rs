//! Running a block's program to its end: migrations, loading of customers, reports.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::failure::{Failure, Result};
use crate::place::Place;

/// A program, its arguments and where its output goes.
#[derive(Clone, Debug)]
pub struct Run {
    /// Program (beside this one, or a path) and arguments.
    pub command: Vec<String>,
    /// Further arguments, behind those.
    pub arguments: Vec<String>,
    /// The name of its log.
    pub name: String,
    /// The code of its failure.
    pub code: &'static str,
    /// What it does, in words: `X could not …`.
    pub purpose: String,
}

impl Run {
    /// Runs it to its end. It is killed when this future is dropped.
    pub async fn to_end(&self, place: &Place) -> Result<()> {
        let log = place.log(&self.name);
        let open = |path: &Path| OpenOptions::new().append(true).create(true).open(path);
        let output = open(&log).map_err(|error| Failure::file(&log, &error))?;
        let errors = output.try_clone().map_err(|error| Failure::file(&log, &error))?;
        let (program, arguments) = self.command.split_first().ok_or_else(|| {
            Failure::new("UP-TOPOLOGY", format!("There is no command for {}.", self.name))
        })?;
        let program = place.bin().join(program);
        let status = Command::new(&program)
            .args(arguments)
            .args(&self.arguments)
            .current_dir(place.file("run"))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .kill_on_drop(true)
            .status()
            .await
            .map_err(|error| Failure::file(&program, &error))?;
        if status.success() {
            return Ok(());
        }
        let sentence = format!("{} ({status}).", self.purpose);
        Err(Failure::new(self.code, sentence)
            .mend("make up    # once the log is understood")
            .log(log))
    }
}

/// Runs a program and returns what it prints; its words on the way go to this command's own.
pub async fn output_of(
    place: &Place,
    command: &[String],
    arguments: &[String],
    environment: &[(&str, &str)],
) -> Result<String> {
    let program = place.bin().join(command.first().map_or("", String::as_str));
    let output = Command::new(&program)
        .args(command.iter().skip(1))
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| Failure::file(&program, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let sentence = format!("{} failed: {}", command.join(" "), said.trim_end());
    Err(Failure::new("PROGRAM-FAILED", sentence))
}
