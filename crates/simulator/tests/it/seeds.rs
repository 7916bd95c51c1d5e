//! A bounded number of seeds, and runs that may never change without anybody noticing.

use std::thread;
use std::time::Duration;

use common::guards::Guards;
use simulator::campaign::{Limit, run_seeds};
use simulator::run;

/// What the first twenty seeds come to. A change here is a change of the protocol, of the actors or
/// of the plans: say which in the commit, and write the new numbers down (the test prints them).
const DIGESTS: [u64; 20] = [
    0x3baa_e7b4_11d8_3c11,
    0xdd3b_9096_be65_295d,
    0x3468_5af6_55c1_e453,
    0xcf5f_4c54_65ff_3564,
    0xae99_c8c4_933b_fcca,
    0xa0ca_9e2b_4427_83f5,
    0xf13d_b61b_447c_9800,
    0x4823_4103_c291_3b97,
    0x2da7_b06e_0989_a498,
    0xdd0f_4231_abfe_b1e5,
    0x06b3_00b5_1aab_cce1,
    0xbf75_6c3e_1ccc_7b5a,
    0x5c75_ce02_af72_b8d8,
    0xe225_08ea_1624_b580,
    0x8120_569e_e21f_e0fc,
    0x9a0e_7bf5_818e_021d,
    0x852c_73ed_5ad8_5ef2,
    0xfa88_887b_c745_4d5e,
    0x0fcf_95c9_4672_9975,
    0x1375_f9a3_ca36_ee92,
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
