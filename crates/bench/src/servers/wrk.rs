//! The load generator wrk, on a core of its own: the same requests for router and nginx.

use std::path::PathBuf;
use std::time::Duration;

use super::Ground;
use crate::failure::{Failure, Result};
use crate::load::{Turn, real};
use crate::machine::output;

/// Requests are made before the load begins, so that making them costs it nothing. Half of them
/// name a login, half a phone, each of a customer drawn at random.
const SCRIPT: &str = r#"
local requests, at = {}, 0

function init(args)
  local customers, count = tonumber(args[1]), tonumber(args[2])
  math.randomseed(tonumber(args[3]))
  wrk.headers["Content-Type"] = "application/json"
  for i = 1, count do
    local id = math.random(customers)
    local key = i % 2 == 0 and "customer." .. id or string.format("+79%09d", id)
    requests[i] = wrk.format("POST", "/v1/route", nil, '{"login":"' .. key .. '"}')
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, requests)
  local e = summary.errors
  print(string.format("figures %d %d %d %d %d %d", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
"#;

/// Different requests in a turn.
const REQUESTS: u64 = 200_000;

/// wrk, ready to be run.
#[derive(Debug)]
pub(crate) struct Wrk {
    script: PathBuf,
    core: usize,
    customers: u64,
}

impl Wrk {
    /// Asks about this many customers, from this core.
    pub(crate) fn new(ground: &Ground, core: usize, customers: u64) -> Result<Self> {
        Ok(Self { script: ground.directory.write("route.lua", SCRIPT)?, core, customers })
    }

    /// Loads a server for one turn; any answer that is an error fails it.
    pub(crate) async fn load(
        &self,
        ground: &Ground,
        port: u16,
        connections: usize,
        within: Duration,
        seed: usize,
    ) -> Result<Turn> {
        let line = [
            "taskset".to_owned(),
            "-c".to_owned(),
            self.core.to_string(),
            "wrk".to_owned(),
            "-t1".to_owned(),
            format!("-c{connections}"),
            format!("-d{}s", within.as_secs()),
            "-s".to_owned(),
            self.script.display().to_string(),
            format!("http://127.0.0.1:{port}"),
            "--".to_owned(),
            self.customers.to_string(),
            REQUESTS.to_string(),
            seed.to_string(),
        ];
        figures(&output(&line, ground.directory.path()).await?)
    }
}

fn figures(text: &str) -> Result<Turn> {
    let line = text.lines().find_map(|line| line.strip_prefix("figures "));
    let numbers: Option<Vec<u64>> =
        line.and_then(|line| line.split(' ').map(|number| number.parse().ok()).collect());
    match numbers.as_deref() {
        Some(&[done, us, 0, p50, p95, p99]) if done > 0 => {
            let (seconds, percentiles) = (real(us) / 1e6, [p50, p95, p99]);
            Ok(Turn { done, seconds, percentiles, ..Turn::default() })
        }
        Some(_) => Err(Failure::say(format!("requests failed: {text}"))),
        None => Err(Failure::say(format!("wrk gave no figures: {text}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_without_errors_are_a_turn() {
        let turn = figures("Running 8s test\nfigures 1000 2000000 0 10 20 30\n").unwrap();
        assert_eq!((turn.done, turn.percentiles), (1_000, [10, 20, 30]));
        assert!((turn.rate() - 500.0).abs() < 0.1);
        assert!(figures("figures 1000 2000000 1 10 20 30").is_err());
        assert!(figures("unable to connect").is_err());
    }
}
