//! `bulkhead status`: one screen.

use common::wire::systems::SystemMode;

use super::{Format, print_json};
use crate::failure::Result;
use crate::place::Place;
use crate::plan::{Kind, standby_name};
use crate::screen::{Screen, Tint, say};
use crate::view::{Bank, Process, look};

const HEADS: [&str; 8] =
    ["block", "process", "state", "data centre", "channels", "address", "pid", "memory"];

pub(super) async fn run(place: &Place, format: Format) -> Result<()> {
    let bank = look(place).await?;
    match format {
        Format::Json => print_json(&bank),
        Format::Text => {
            show(&bank);
            Ok(())
        }
    }
}

fn show(bank: &Bank) {
    let screen = Screen::new();
    let rows: Vec<[String; 8]> = bank.processes.iter().map(row).collect();
    let width = |column: usize| {
        let longest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        longest.max(HEADS[column].len())
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let joined = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    say(screen.strong(&joined(&HEADS.map(str::to_owned))));
    let mut block = "";
    for (process, row) in bank.processes.iter().zip(&rows) {
        let mut row = row.clone();
        if process.block == block {
            row[0] = String::new();
        }
        block = &process.block;
        let tint = process.state.shown().2;
        say(joined(&row).replacen(&row[2], &screen.tinted(&row[2], tint), 1));
    }
    say("");
    for system in bank.systems.iter().filter(|system| system.mode != SystemMode::Up) {
        let mode = screen.tinted(mode_word(system.mode), Tint::Bad);
        say(format!("The back-office system {} is {mode}.", system.system));
    }
    if let Some(router) = &bank.leading_router {
        let since = bank.router_generation.map(|number| format!(", generation {number}"));
        say(format!("{router} leads{}.", since.unwrap_or_default()));
    }
    say(summary(bank));
}

fn mode_word(mode: SystemMode) -> &'static str {
    match mode {
        SystemMode::Up => "up",
        SystemMode::Down => "down",
        SystemMode::Hanging => "hanging",
        SystemMode::Slow { .. } => "slow",
        SystemMode::Failing { .. } => "failing",
    }
}

fn row(process: &Process) -> [String; 8] {
    let (shape, word, _) = process.state.shown();
    let channels: Vec<&str> = process.channels.iter().map(|channel| channel.as_str()).collect();
    let kind = match process.kind {
        Kind::Database if process.name == standby_name(&process.block) => "standby".to_owned(),
        Kind::Database => "PostgreSQL".to_owned(),
        Kind::Redis => "Redis".to_owned(),
        Kind::Service => process.name.clone(),
    };
    let memory = match process.memory_kb {
        0 => String::new(),
        kb => format!("{} MB", kb.div_ceil(1024)),
    };
    [
        process.block.clone(),
        kind,
        format!("{shape} {word}"),
        process.data_center.clone(),
        channels.join(" "),
        process.address.clone(),
        process.pid.map_or_else(String::new, |pid| pid.to_string()),
        memory,
    ]
}

fn summary(bank: &Bank) -> String {
    let count = bank.processes.len();
    let ready = bank
        .processes
        .iter()
        .filter(|process| process.state == crate::view::Condition::Ready)
        .count();
    match (bank.supervisor_pid, ready == count) {
        (None, _) => "The bank is not running. Start it: make up".to_owned(),
        (Some(_), true) => format!("All {count} processes are ready."),
        (Some(_), false) => {
            format!("{ready} of {count} processes are ready. Undo faults: ./bulkhead heal --all")
        }
    }
}
