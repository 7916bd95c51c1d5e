//! The invariants that are about answers, not about rows: no database shows whether a running block
//! let somebody in too early. Tests stand for them; that they exist is tested here.

/// A test, and the file it is in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "only the test below looks it up"))]
    pub(super) file: &'static str,
}

/// An invariant and its tests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scenarios {
    pub(super) invariant: &'static str,
    pub(super) says: &'static str,
    pub(super) tests: &'static [Scenario],
}

pub(super) const ALL: &[Scenarios] = &[
    Scenarios {
        invariant: "I9",
        says: "a stale copy lets nobody in",
        tests: &[
            Scenario {
                name: "a_fence_above_ours_closes_the_customer_until_the_row_reaches_it",
                file: "crates/client-block/tests/it/placement.rs",
            },
            Scenario {
                name: "a_new_password_ends_every_session",
                file: "crates/client-block/tests/it/login.rs",
            },
        ],
    },
    Scenarios {
        invariant: "I11",
        says: "a running block needs nobody",
        tests: &[
            Scenario {
                name: "a_flushed_or_dead_redis_loses_nothing",
                file: "crates/client-block/tests/it/sessions.rs",
            },
            Scenario {
                name: "without_the_back_office_the_overview_still_answers",
                file: "crates/client-block/tests/it/overview.rs",
            },
        ],
    },
    Scenarios {
        invariant: "I15",
        says: "what is not proved says so",
        tests: &[
            Scenario {
                name: "with_the_back_office_away_orders_are_received_and_done_later_once",
                file: "crates/client-block/tests/it/operations/catch_up.rs",
            },
            Scenario {
                name: "every_question_notices_that_it_is_superseded",
                file: "crates/client-block/tests/it/placement.rs",
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_test_exists() {
        let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        for Scenarios { invariant, tests, .. } in ALL {
            assert!(!tests.is_empty(), "{invariant} has no test");
            for Scenario { name, file } in *tests {
                let text = std::fs::read_to_string(root.join(file)).unwrap();
                assert!(text.contains(&format!("fn {name}(")), "{invariant}: {name} in {file}");
            }
        }
    }
}
