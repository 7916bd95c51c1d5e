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
    0xb8e8_1993_78d0_9133,
    0x3995_80d7_3d3e_e681,
    0xe150_7cc3_465e_7dc2,
    0x94b4_7584_abd4_e5d0,
    0x4dc4_c1ca_ef04_2979,
    0x4bad_8386_fc05_dee6,
    0xdcb7_bc3d_1a89_a2e0,
    0xbb91_0534_2032_ef07,
    0xb811_29eb_3caf_c25c,
    0x06b3_00b5_1aab_cce1,
    0x8d8d_635f_eff4_0e97,
    0x29be_63b5_e0d8_f2c0,
    0xd36d_6683_aa29_e64c,
    0x888f_9ab0_63c9_64b8,
    0x9d1f_286f_b963_6e85,
    0x7500_9001_f12f_592b,
    0x4678_f306_bb5b_5742,
    0x711f_a6c0_cdd2_1d05,
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
