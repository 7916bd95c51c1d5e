//! A bounded number of seeds, and runs that may never change without anybody noticing.

use std::thread;
use std::time::Duration;

use common::guards::Guards;
use simulator::campaign::{Limit, run_seeds};
use simulator::run;

/// What the first twenty seeds come to. A change here is a change of the protocol, of the actors or
/// of the plans: say which in the commit, and write the new numbers down (the test prints them).
const DIGESTS: [u64; 20] = [
    0x4744_3ac9_8c8e_9cf9,
    0x72db_ffbd_e717_d3d5,
    0x52fd_47a6_8173_4e0e,
    0x8f23_4ab2_a85c_75b4,
    0xa9cc_b68c_fd72_d941,
    0x4dc4_c1ca_ef04_2979,
    0x6d8d_6510_b3d3_68fc,
    0xa614_387b_8a30_5bb8,
    0xbb91_0534_2032_ef07,
    0xb811_29eb_3caf_c25c,
    0x06b3_00b5_1aab_cce1,
    0xf742_f906_461b_8ee8,
    0x29be_63b5_e0d8_f2c0,
    0x2c3e_460a_fd4a_7ef5,
    0x4f22_3f35_9dae_3649,
    0xd0f1_b367_1070_2b35,
    0x7500_9001_f12f_592b,
    0x5231_0d30_ee5a_e782,
    0xad64_c031_908a_5692,
    0x1f4a_91b1_8abc_d428,
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
