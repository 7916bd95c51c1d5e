//! A bounded number of seeds, and runs that may never change without anybody noticing.

use std::thread;
use std::time::Duration;

use common::guards::Guards;
use simulator::campaign::{Limit, run_seeds};
use simulator::run;

/// What the first twenty seeds come to. A change here is a change of the protocol, of the actors or
/// of the plans: say which in the commit, and write the new numbers down (the test prints them).
const DIGESTS: [u64; 20] = [
    0x4666_d9e4_0e09_b5ec,
    0x510f_20fc_6197_d575,
    0x6dd4_2c40_3999_a75e,
    0xb01f_6edf_4ba8_6841,
    0x9434_6e1e_e138_1910,
    0xa0ca_9e2b_4427_83f5,
    0x1172_02e2_2ee9_5249,
    0x2903_acce_2798_1fca,
    0x2da7_b06e_0989_a498,
    0x06e1_d2dd_4a7c_58f5,
    0x06b3_00b5_1aab_cce1,
    0xda66_c62a_ec8d_eeeb,
    0x5c75_ce02_af72_b8d8,
    0xa356_7b20_d88a_3cf1,
    0x7f90_f51b_39c3_4e35,
    0x9a0e_7bf5_818e_021d,
    0x852c_73ed_5ad8_5ef2,
    0x13f3_380d_d202_8073,
    0x335f_2e65_5bd6_bd2c,
    0xb7e0_7d47_88c1_b841,
];

#[test]
fn no_seed_violates_anything() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let limit = Limit { seeds: 1_500, time: Duration::from_secs(50), first: true };
    let total = run_seeds(5_000_000, limit, cores, Guards::ALL);
    assert!(total.violations.is_empty(), "{:?}", total.violations);
    assert!(total.coverage.events > 100_000, "{} events", total.coverage.events);
}

#[test]
fn the_same_seed_runs_the_same_way() {
    let digests: Vec<u64> =
        (0..20).map(|seed| run::seed(seed, Guards::ALL, false).digest).collect();
    let written: Vec<String> = digests.iter().map(|digest| format!("0x{digest:016x},")).collect();
    assert_eq!(digests, DIGESTS, "the digests now are\n{}", written.join("\n"));
}

#[test]
fn a_story_changes_nothing() {
    for seed in 0..5 {
        let told = run::seed(seed, Guards::ALL, true);
        assert!(!told.story.is_empty());
        assert_eq!(told.digest, run::seed(seed, Guards::ALL, false).digest);
    }
}
