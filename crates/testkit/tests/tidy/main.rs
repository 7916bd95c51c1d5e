//! The house rules, checked: one file per rule.
//!
//! A rule that nobody checks is forgotten, and one that only a tool of its own checks is forgotten
//! by whoever lacks the tool. These run with the other tests. Every rule is a pure function from
//! text to findings, with good and bad samples beside it that show it can fail.
//!
//! It reads what git would commit and what cargo would build. It never uses the network, never
//! looks into `target/`, and changes no file except the reference written from the code, if asked.
#![cfg(test)]

mod dependencies;
mod duplicates;
mod guards;
mod intros;
mod layers;
mod leaks;
mod lengths;
mod licences;
mod links;
mod numbers;
mod open_ends;
mod packages;
mod pure;
mod reference;
mod source;
mod tree;
mod waits;

use tree::{File, Finding, report, tree};

fn each_file(check: impl Fn(&File) -> Vec<Finding>) -> Vec<Finding> {
    tree().iter().flat_map(check).collect()
}

#[test]
fn files_functions_and_lines_are_short() {
    report(each_file(lengths::check));
}

#[test]
fn a1_common_depends_on_no_world() {
    report(dependencies::common_is_pure(packages::workspace()));
}

#[test]
fn a2_axum_sql_and_transactions_stay_in_their_layers() {
    report(each_file(layers::check));
    report(layers::stale_exemptions(tree()));
}

#[test]
fn a3_crates_depend_only_on_those_below_them() {
    report(dependencies::crates_are_layered(packages::workspace()));
}

#[test]
fn a5_a9_common_counts_in_integers_and_reads_no_clock() {
    report(each_file(pure::check));
}

#[test]
fn only_the_simulator_takes_guards_away() {
    report(each_file(guards::check));
}

#[test]
fn licences_are_allowed() {
    report(licences::check(packages::workspace()));
}

#[test]
fn banned_crates_are_absent() {
    report(dependencies::banned(packages::workspace()));
}

#[test]
fn no_crate_comes_twice() {
    report(duplicates::check(packages::workspace(), duplicates::KNOWN));
}

#[test]
fn no_feature_changes_behaviour() {
    report(dependencies::no_features(packages::workspace()));
}

#[test]
fn product_files_say_what_they_are() {
    report(each_file(intros::check));
}

#[test]
fn nothing_is_left_open() {
    report(each_file(open_ends::check));
}

#[test]
fn tests_wait_for_conditions() {
    report(each_file(waits::check));
}

#[test]
fn no_machine_and_no_registry_is_named() {
    report(each_file(leaks::check));
}

#[test]
fn links_between_documents_resolve() {
    report(links::check(tree()));
}

#[test]
fn the_error_reference_is_what_the_code_says() {
    report(reference::check(tree()));
}

#[test]
fn quoted_invariants_exist() {
    report(numbers::check(tree()));
}
