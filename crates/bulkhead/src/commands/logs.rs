//! `bulkhead logs`: the output of processes, several of them side by side if asked.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use tokio::time::{Duration, sleep};

use crate::failure::{Failure, Result, tail};
use crate::faults::resolve;
use crate::place::Place;
use crate::plan::Plan;
use crate::screen::say;

/// How often a log is looked at for more.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A log and how far it has been shown.
struct Source {
    name: String,
    path: PathBuf,
    shown_bytes: u64,
}

pub(super) async fn run(
    place: &Place,
    target: Option<&str>,
    follow: bool,
    lines: usize,
) -> Result<()> {
    let mut sources = sources(place, target)?;
    let label = sources.len() > 1;
    for source in &mut sources {
        source.shown_bytes = std::fs::metadata(&source.path).map_or(0, |file| file.len());
        for line in tail(&source.path, lines) {
            say(labelled(label, &source.name, &line));
        }
    }
    if !follow {
        return Ok(());
    }
    loop {
        sleep(LOOK_EVERY).await;
        for source in &mut sources {
            for line in source.news() {
                say(labelled(label, &source.name, &line));
            }
        }
    }
}

fn sources(place: &Place, target: Option<&str>) -> Result<Vec<Source>> {
    let plan = Plan::read(place)?;
    let extra = place.log(target.unwrap_or_default());
    let names: Vec<String> = match target {
        None => plan.units.iter().map(|unit| unit.name.clone()).collect(),
        // Logs of what is no process of the plan: the supervisor, migrations, loading.
        Some(word) if plan.unit(word).is_none() && extra.is_file() => vec![word.to_owned()],
        Some(word) => resolve(&plan, word)?.units().to_vec(),
    };
    if names.is_empty() {
        let sentence = "A back-office system has no log of its own.";
        return Err(Failure::new("NO-LOG", sentence).mend("./bulkhead logs systems"));
    }
    Ok(names
        .into_iter()
        .map(|name| Source { path: place.log(&name), name, shown_bytes: 0 })
        .collect())
}

fn labelled(label: bool, name: &str, line: &str) -> String {
    if label { format!("{name:<18} | {line}") } else { line.to_owned() }
}

impl Source {
    /// Complete lines that were added since the last look. A log that shrank was turned over.
    fn news(&mut self) -> Vec<String> {
        let Ok(mut file) = File::open(&self.path) else {
            return Vec::new();
        };
        let length = file.metadata().map_or(0, |file| file.len());
        if length < self.shown_bytes {
            self.shown_bytes = 0;
        }
        let mut bytes = Vec::new();
        let read = file
            .seek(SeekFrom::Start(self.shown_bytes))
            .and_then(|_position| file.read_to_end(&mut bytes));
        let complete = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if read.is_err() || complete == 0 {
            return Vec::new();
        }
        self.shown_bytes += u64::try_from(complete).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes[..complete]);
        text.lines().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn only_complete_lines_are_news_and_a_turned_over_log_begins_anew() {
        let path = std::env::temp_dir().join(format!("news-{}.log", std::process::id()));
        let mut file = File::create(&path).unwrap();
        let mut source = Source { name: "x".into(), path: path.clone(), shown_bytes: 0 };
        write!(file, "one\ntw").unwrap();
        assert_eq!(source.news(), ["one"]);
        assert!(source.news().is_empty());
        writeln!(file, "o").unwrap();
        assert_eq!(source.news(), ["two"]);
        std::fs::write(&path, "new\n").unwrap();
        assert_eq!(source.news(), ["new"]);
        std::fs::remove_file(&path).unwrap();
    }
}
