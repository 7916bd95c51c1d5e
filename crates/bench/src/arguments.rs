//! What can be chosen. `make bench ARGS="--connections 32,128 --customers 1000000 --only route"`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::store::relay::ROUND_NUMBER;

/// Measures the bank against its yardsticks on this machine.
#[derive(Clone, Debug, Parser)]
#[command(name = "make bench ARGS=", version, disable_version_flag = true)]
pub(crate) struct Arguments {
    /// Only these sections, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Section>,
    /// Open connections of the load; by default 64 for routing, 1, 64 and 256 for operations, 16
    /// for logins. Logins never get more than 32: more are refused as too many.
    #[arg(long, value_delimiter = ',')]
    pub(crate) connections: Vec<usize>,
    /// Customers in the router's directory.
    #[arg(long, default_value_t = 10_000_000)]
    pub(crate) customers: u64,
    /// Customers of the block, each with a session.
    #[arg(long, default_value_t = 2_000)]
    pub(crate) holders: u64,
    /// How often product and yardstick take turns.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// How long each is loaded in each round, in seconds.
    #[arg(long, default_value_t = 8)]
    pub(crate) seconds: u64,
    /// The most operations of one round; a round ends with the first of time and count.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) most: u64,
    /// Lines of the outbox that the relay catches up with in each round.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) lines: u64,
    /// Where the databases lie while it runs: a directory on a real disk.
    #[arg(long, default_value = "/var/tmp")]
    pub(crate) directory: PathBuf,
    /// Put the tables into docs/benchmarks.md, between its markers.
    #[arg(long)]
    pub(crate) write: bool,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Section {
    /// `POST /v1/route` against nginx.
    Route,
    /// Operations made durable, against pgbench.
    Operations,
    /// Logins, against the hash alone.
    Logins,
    /// The relay's catch-up, against PostgreSQL's logical replication.
    Relay,
}

impl Section {
    /// All of them, in the order of the document.
    pub(crate) const ALL: [Self; 4] = [Self::Route, Self::Operations, Self::Logins, Self::Relay];
}

/// More wait at a block than it takes at once, then it refuses.
const LOGINS_AT_ONCE: usize = 32;

impl Arguments {
    /// Is this section wanted?
    pub(crate) fn wants(&self, section: Section) -> bool {
        self.only.is_empty() || self.only.contains(&section)
    }

    /// The numbers of connections for a section.
    pub(crate) fn connections(&self, section: Section) -> Vec<usize> {
        let usual: &[usize] = match section {
            Section::Route => &[64],
            Section::Operations => &[1, 64, 256],
            Section::Logins => &[16],
            // One stream, one batch in flight.
            Section::Relay => &[1],
        };
        let mut wanted = self.connections.clone();
        if wanted.is_empty() {
            wanted = usual.to_vec();
        }
        if section == Section::Logins {
            for count in &mut wanted {
                *count = (*count).min(LOGINS_AT_ONCE);
            }
            wanted.dedup();
        }
        wanted
    }

    /// What cannot be measured is said before anything starts.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let connections = self.connections.iter().all(|count| (1..=1_000).contains(count));
        if !connections {
            return Some("--connections must be 1 to 1000");
        }
        if self.rounds == 0 || self.seconds == 0 || self.holders == 0 || self.most == 0 {
            return Some("--rounds, --seconds, --holders and --most must be at least 1");
        }
        if !(1..=10_000_000).contains(&self.lines) || !self.lines.is_multiple_of(ROUND_NUMBER) {
            return Some("--lines must be a multiple of 10000, at most 10000000");
        }
        let dense = (1..=999_999_999).contains(&self.customers);
        (!dense).then_some("--customers must be 1 to 999999999")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Arguments {
        Arguments::parse_from(std::iter::once("bench").chain(text.split_whitespace()))
    }

    #[test]
    fn sections_and_connections_can_be_chosen() {
        let usual = parsed("");
        assert!(usual.wants(Section::Logins));
        assert_eq!(usual.connections(Section::Operations), [1, 64, 256]);
        let chosen = parsed("--connections 32,128 --customers 1000000 --only route,logins");
        assert!(chosen.wants(Section::Route) && !chosen.wants(Section::Operations));
        assert_eq!(chosen.connections(Section::Route), [32, 128]);
        assert_eq!(chosen.connections(Section::Logins), [32]);
        assert_eq!(chosen.fault(), None);
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        for text in [
            "--connections 0",
            "--rounds 0",
            "--customers 0",
            "--customers 1000000000",
            "--lines 1",
        ] {
            assert!(parsed(text).fault().is_some(), "{text}");
        }
    }
}
