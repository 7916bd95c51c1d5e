//! How much of the processors a process and all that it started have used.

use std::collections::HashMap;

/// What `/proc` counts in: a hundredth of a second on every Linux.
const TICK_US: u64 = 10_000;

/// Processor time since the start, in microseconds: of a process and its descendants, those that
/// have ended included.
pub(crate) fn used_us(process: u32) -> u64 {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: HashMap<u32, Used> = entries
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let text = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((id, read(&text)?))
        })
        .collect();
    let counted = all.keys().filter(|id| descends(&all, **id, process));
    counted.map(|id| all[id].ticks * TICK_US).sum()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Used {
    parent: u32,
    ticks: u64,
}

/// The name stands in parentheses and may contain anything; what follows it is numbered from 3.
fn read(stat: &str) -> Option<Used> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let parent = u32::try_from(number(4)?).ok()?;
    // Its own, in user and in system mode, and that of its children that were waited for.
    let ticks = number(14)? + number(15)? + number(16)? + number(17)?;
    Some(Used { parent, ticks })
}

fn descends(all: &HashMap<u32, Used>, id: u32, from: u32) -> bool {
    let mut at = id;
    while at != from {
        match all.get(&at) {
            Some(used) if used.parent != 0 => at = used.parent,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_behind_any_name() {
        let stat = "7 (a) b) S 3 7 7 0 -1 0 0 0 0 0 10 20 1 2 20 0 1 0 99";
        assert_eq!(read(stat), Some(Used { parent: 3, ticks: 33 }));
        assert_eq!(read("7 (a"), None);
    }

    #[test]
    fn children_of_children_are_ours() {
        let used = |parent| Used { parent, ticks: 1 };
        let all = HashMap::from([(1, used(0)), (5, used(1)), (6, used(5)), (9, used(1))]);
        assert!(descends(&all, 6, 5) && descends(&all, 5, 5));
        assert!(!descends(&all, 9, 5) && !descends(&all, 77, 5));
    }
}
