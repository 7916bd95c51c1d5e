//! What a second person approves, in one stable line each: whoever asks for leave and whoever uses
//! it must say the same.

use crate::ids::BlockName;
use crate::placement::slice::SliceId;

/// Let automation move more than one thing in ten minutes.
pub const LIFT_LIMIT: &str = "lift the limit of automation";
/// Let the archive acknowledge without its standby.
pub const STAND_ALONE: &str = "run the archive without its standby";

/// Pass the owner of these slices by: `force client-1 0-3,7 backup-2`.
pub fn force(home: &BlockName, slices: &[SliceId], target: &BlockName) -> String {
    format!("force {home} {} {target}", ranges(slices))
}

/// All that is left to do when a data centre is lost.
pub fn survive(data_center: &str) -> String {
    format!("survive the loss of {data_center}")
}

/// Recover without this witness.
pub fn excuse(service: &str) -> String {
    format!("excuse {service}")
}

/// Numbers of slices, in order, with runs drawn together: `0-3,7`.
pub fn ranges(slices: &[SliceId]) -> String {
    let mut numbers: Vec<u8> = slices.iter().map(|slice| slice.number()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let text = |(first, last): &(u8, u8)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    runs.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_one_stable_line() {
        let slices = |numbers: &[u8]| -> Vec<SliceId> {
            numbers.iter().map(|number| SliceId::try_from(*number).unwrap()).collect()
        };
        let cases: [(&[u8], &str); 4] =
            [(&[7, 1, 0, 2, 3, 2], "0-3,7"), (&[5], "5"), (&[], ""), (&[62, 63], "62-63")];
        for (numbers, expected) in cases {
            assert_eq!(ranges(&slices(numbers)), expected);
        }
        let all: Vec<SliceId> = SliceId::all().collect();
        let (home, target) = ("client-1".parse().unwrap(), "backup-2".parse().unwrap());
        assert_eq!(force(&home, &all, &target), "force client-1 0-63 backup-2");
        assert_eq!(excuse("client-2"), "excuse client-2");
        assert_eq!(survive("dc-a"), "survive the loss of dc-a");
    }
}
