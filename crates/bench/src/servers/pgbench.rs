//! pgbench: as many clients, each inserting the rows of an order in one statement that commits by
//! itself, prepared once.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::Ground;
use super::postgres::Postgres;
use crate::failure::{Attempting as _, Failure, Result};
use crate::load::{Histogram, Turn, real};
use crate::machine::{cores, output};
use crate::store::block::Sample;
use crate::store::yardstick::INSERT;

/// pgbench, ready to be run.
#[derive(Debug)]
pub(crate) struct Pgbench {
    line: Vec<String>,
    logs: PathBuf,
}

impl Pgbench {
    /// Writes what an order left, for `holders` customers, into `database`.
    pub(crate) fn new(
        ground: &Ground,
        postgres: &Postgres,
        database: &str,
        sample: &Sample,
        holders: u64,
    ) -> Result<Self> {
        let script = ground.directory.write("order.sql", INSERT)?.display().to_string();
        let logs = ground.directory.sub("pgbench", None)?;
        let mut line = vec![ground.programs.postgres("pgbench")];
        line.extend(["-n", "-h", "127.0.0.1", "-U", "postgres"].map(str::to_owned));
        line.extend(["-M", "prepared", "-l", "--log-prefix=turn", "-f"].map(str::to_owned));
        line.extend([script, "-p".to_owned(), postgres.port().to_string()]);
        let numbers = [("holders", holders.to_string()), ("most", sample.most_minor.to_string())];
        let texts = [
            ("kind", &sample.kind),
            ("intent", &sample.intent),
            ("state", &sample.state),
            ("account", &sample.account),
            ("claimant", &sample.claimant),
            ("payload", &sample.payload),
            ("order_key", &sample.order_key),
        ];
        let texts = texts.map(|(name, value)| (name, value.clone()));
        for (name, value) in numbers.into_iter().chain(texts) {
            line.extend(["-D".to_owned(), format!("{name}={value}")]);
        }
        let sent = if sample.sent { "1" } else { "0" };
        line.extend(["-D".to_owned(), format!("sent={sent}"), database.to_owned()]);
        Ok(Self { line, logs })
    }

    /// Runs one turn; the times of all transactions are taken from its log.
    pub(crate) async fn load(&self, clients: usize, within: Duration) -> Result<Turn> {
        let mut line = self.line.clone();
        let threads = clients.min(cores()).to_string();
        let options = ["-c", &clients.to_string(), "-j", &threads, "-T"].map(str::to_owned);
        line.splice(1..1, options.into_iter().chain([within.as_secs().to_string()]));
        let text = output(&line, &self.logs).await?;
        let mut times = Histogram::new();
        for entry in fs::read_dir(&self.logs).attempting("reading pgbench's logs")? {
            let path = entry.attempting("reading pgbench's logs")?.path();
            note_times(&fs::read_to_string(&path).attempting("reading a log")?, &mut times);
            fs::remove_file(&path).attempting("removing a log")?;
        }
        let rate = rate(&text)?;
        let done = times.total();
        let (seconds, percentiles) = (real(done) / rate, times.percentiles());
        Ok(Turn { done, seconds, percentiles, ..Turn::default() })
    }
}

/// The third number of a line is the transaction's time in microseconds.
fn note_times(log: &str, times: &mut Histogram) {
    let time = |line: &str| line.split(' ').nth(2)?.parse().ok();
    log.lines().filter_map(time).for_each(|us| times.note(us));
}

/// Transactions per second, without the time for connecting.
fn rate(text: &str) -> Result<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = line.and_then(|line| line.split(' ').next()?.parse().ok());
    let none_failed = !text.contains("failed transactions: ")
        || text.contains("number of failed transactions: 0 ");
    rate.filter(|rate| *rate > 0.0 && none_failed)
        .ok_or_else(|| Failure::say(format!("pgbench gave no figures: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_what_pgbench_says() {
        let text = "number of failed transactions: 0 (0.000%)\ntps = 812.5 (without initial ...)\n";
        assert!((rate(text).unwrap() - 812.5).abs() < 0.01);
        assert!(rate("number of failed transactions: 3 (0.1%)\ntps = 8 (w)").is_err());
        let mut times = Histogram::new();
        note_times("0 1 100 0 1700000000 5\n1 1 50 0 1700000000 9\n", &mut times);
        assert_eq!(times.percentiles(), [50, 100, 100]);
    }
}
