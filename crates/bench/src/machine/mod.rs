//! This machine: what it is, how busy it is, which programs it has, and a place for data.

mod child;
mod directory;
pub(crate) mod processor;
mod programs;

pub(crate) use child::{Child, Run};
pub(crate) use directory::Directory;
pub(crate) use programs::{Programs, output};

use std::net::TcpListener;

use crate::failure::{Attempting as _, Result};

/// A port of loopback that was free a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).attempting("looking for a free port")?;
    Ok(listener.local_addr().attempting("looking for a free port")?.port())
}

/// The load averages of the last 1, 5 and 15 minutes.
pub(crate) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(", ")
}

/// How many cores this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Processor, cores, memory, system.
pub(crate) fn description() -> String {
    let read = |file| std::fs::read_to_string(file).unwrap_or_default();
    let processor = value_of(&read("/proc/cpuinfo"), "model name");
    let memory = value_of(&read("/proc/meminfo"), "MemTotal");
    let memory = memory.split(' ').next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{} ({} cores), {} GiB of memory, Linux {}",
        if processor.is_empty() { "processor unknown".to_owned() } else { processor },
        cores(),
        (memory + (1 << 19)) >> 20,
        kernel.trim()
    )
}

/// The value of the first line `name: value`.
fn value_of(text: &str, name: &str) -> String {
    let of_line = |line: &str| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    };
    text.lines().find_map(of_line).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_names() {
        let text = "processor\t: 0\nmodel name\t: A 2.0GHz\nmodel name\t: B\n";
        assert_eq!(value_of(text, "model name"), "A 2.0GHz");
        assert_eq!(value_of(text, "name"), "");
    }
}
