//! What was found, as Markdown: printed, and put into a document between its markers.

use std::fmt::Write as _;
use std::path::Path;

use crate::failure::{Attempting as _, Failure, Result};
use crate::load::{Turn, real};
use crate::machine;

/// The document, from the root of the checkout.
pub(crate) const DOCUMENT: &str = "docs/benchmarks.md";

/// The turns of product and yardstick at one number of connections.
#[derive(Clone, Debug)]
pub(crate) struct Rounds {
    /// Open connections.
    pub(crate) connections: usize,
    /// Turn by turn.
    pub(crate) pairs: Vec<(Turn, Turn)>,
}

impl Rounds {
    /// No turns yet.
    pub(crate) fn new(connections: usize) -> Self {
        Self { connections, pairs: Vec::new() }
    }

    /// Takes the turns of a round, and says what they were for those who wait.
    pub(crate) fn note(&mut self, product: Turn, yardstick: Turn) {
        let (ours, theirs) = (product.rate(), yardstick.rate());
        let [ours_us, theirs_us] = [&product, &yardstick].map(Turn::processor_us_each);
        self.pairs.push((product, yardstick));
        eprintln!(
            "  {} connections, round {}: {ours:.0}/s against {theirs:.0}/s, \
             {ours_us:.0} µs of processor against {theirs_us:.0} (load average {})",
            self.connections,
            self.pairs.len(),
            machine::load_average()
        );
    }
}

/// Median, least and greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// The middle one.
    pub(crate) median: f64,
    least: f64,
    greatest: f64,
}

impl Spread {
    /// Of these values.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
        let (half, last) = (sorted.len() / 2, sorted.len().saturating_sub(1));
        let median =
            if sorted.len() % 2 == 1 { at(half) } else { f64::midpoint(at(last / 2), at(half)) };
        Self { median, least: at(0), greatest: at(last) }
    }

    fn shown(self, digits: usize) -> String {
        let Self { median, least, greatest } = self;
        format!("{median:.digits$} ({least:.digits$}–{greatest:.digits$})")
    }
}

/// A table of rounds: rates, their ratio, and percentiles of both.
pub(crate) fn table(product: &str, yardstick: &str, all: &[Rounds]) -> String {
    let mut text = format!(
        "| connections | {product}, per second | {yardstick}, per second | ratio | \
         {product}: p50 / p95 / p99 | {yardstick}: p50 / p95 / p99 | ratio of p99 | \
         processor time each |\n\
         |---|---|---|---|---|---|---|---|\n"
    );
    for rounds in all {
        let pairs = &rounds.pairs;
        let spread = |get: fn(&(Turn, Turn)) -> f64| Spread::of(pairs.iter().map(get));
        let slowest = |turn: &Turn| real(turn.percentiles[2].max(1));
        let line = format!(
            "| {} | {} | {} | **{}** | {} | {} | {} | {:.0} and {:.0} µs |\n",
            rounds.connections,
            spread(|(product, _)| product.rate()).shown(0),
            spread(|(_, yardstick)| yardstick.rate()).shown(0),
            spread(|(product, yardstick)| product.rate() / yardstick.rate()).shown(2),
            percentiles(&pairs.iter().map(|(product, _)| product)),
            percentiles(&pairs.iter().map(|(_, yardstick)| yardstick)),
            Spread::of(pairs.iter().map(|(ours, theirs)| slowest(ours) / slowest(theirs))).shown(2),
            spread(|(product, _)| product.processor_us_each()).median,
            spread(|(_, yardstick)| yardstick.processor_us_each()).median,
        );
        text.push_str(&line);
    }
    text
}

/// The rounds in which product and yardstick caught up with the same lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caught {
    pairs: Vec<(Turn, Turn)>,
}

impl Caught {
    /// Takes the turns of a round, and says what they were for those who wait.
    pub(crate) fn note(&mut self, product: Turn, yardstick: Turn) {
        let (ours, theirs) = (product.rate(), yardstick.rate());
        let [ours_us, theirs_us] = [&product, &yardstick].map(Turn::processor_us_each);
        self.pairs.push((product, yardstick));
        eprintln!(
            "  round {}: {ours:.0}/s against {theirs:.0}/s, {ours_us:.0} µs of processor against \
             {theirs_us:.0} (load average {})",
            self.pairs.len(),
            machine::load_average()
        );
    }
}

/// The table of those rounds.
pub(crate) fn caught_up(all: &Caught) -> String {
    let spread = |get: fn(&(Turn, Turn)) -> f64| Spread::of(all.pairs.iter().map(get));
    format!(
        "| relay, events per second | logical replication, rows per second | ratio | \
         processor time each |\n|---|---|---|---|\n| {} | {} | **{}** | {:.0} and {:.0} µs |\n",
        spread(|(product, _)| product.rate()).shown(0),
        spread(|(_, yardstick)| yardstick.rate()).shown(0),
        spread(|(product, yardstick)| product.rate() / yardstick.rate()).shown(2),
        spread(|(product, _)| product.processor_us_each()).median,
        spread(|(_, yardstick)| yardstick.processor_us_each()).median,
    )
}

/// Medians of the percentiles of all turns, in milliseconds.
fn percentiles<'a>(turns: &(impl Iterator<Item = &'a Turn> + Clone)) -> String {
    let mut text = String::new();
    for at in 0..3 {
        let median = Spread::of(turns.clone().map(|turn| real(turn.percentiles[at]) / 1e3)).median;
        let gap = if at == 0 { "" } else { " / " };
        // Writing to a string cannot fail.
        write!(text, "{gap}{median:.2}").unwrap_or_default();
    }
    text + " ms"
}

/// What stands above every section: where and when, and how busy the machine was before it began.
pub(crate) fn circumstances(date: &str, load_before: &str, how: &str) -> String {
    format!("{date}, {}. Load average before: {load_before}. {how}\n\n", machine::description())
}

/// Puts `text` between the markers of `section` in the document.
pub(crate) fn write(section: &str, text: &str) -> Result<()> {
    let path = Path::new(DOCUMENT);
    let document = std::fs::read_to_string(path).attempting(format!("reading {DOCUMENT}"))?;
    let replaced = replaced(&document, section, text)
        .ok_or_else(|| Failure::say(format!("{DOCUMENT} has no markers for {section}")))?;
    std::fs::write(path, replaced).attempting(format!("writing {DOCUMENT}"))
}

fn replaced(document: &str, section: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {section}: begin -->\n"), format!("<!-- {section}: end -->"));
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{text}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(done: u64, percentiles: [u64; 3]) -> Turn {
        Turn { done, seconds: 2.0, percentiles, processor_us: 4 * done }
    }

    #[test]
    fn a_spread_is_the_middle_and_both_ends() {
        let spread = Spread::of([3.0, 1.0, 2.0].into_iter());
        assert_eq!(spread, Spread { median: 2.0, least: 1.0, greatest: 3.0 });
        let even = Spread::of([4.0, 1.0, 2.0, 3.0].into_iter());
        assert_eq!(even.shown(1), "2.5 (1.0–4.0)");
    }

    #[test]
    fn a_table_has_a_line_for_each_number_of_connections() {
        let pair = (turn(300, [1_000, 2_000, 3_000]), turn(200, [500, 1_000, 1_500]));
        let rounds = Rounds { connections: 64, pairs: vec![pair] };
        let text = table("router", "nginx", &[rounds]);
        assert!(text.contains("| 64 | 150 (150–150) | 100 (100–100) | **1.50 (1.50–1.50)** |"));
        assert!(text.contains(
            "| 1.00 / 2.00 / 3.00 ms | 0.50 / 1.00 / 1.50 ms | 2.00 (2.00–2.00) | 4 and 4 µs |"
        ));
    }

    #[test]
    fn what_caught_up_has_one_line() {
        let mut all = Caught::default();
        all.note(turn(300, [0; 3]), turn(200, [0; 3]));
        let text = caught_up(&all);
        assert!(
            text.ends_with(
                "| 150 (150–150) | 100 (100–100) | **1.50 (1.50–1.50)** | 4 and 4 µs |\n"
            )
        );
    }

    #[test]
    fn only_the_section_is_replaced() {
        let document = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n";
        let expected = "a\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\nb\n";
        assert_eq!(replaced(document, "x", "new\n").as_deref(), Some(expected));
        assert_eq!(replaced(document, "y", "new"), None);
    }
}
