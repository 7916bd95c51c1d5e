//! Every Rust file begins by saying what it is.

use crate::tree::{File, Finding};

pub(crate) fn check(file: &File) -> Vec<Finding> {
    if !file.is_rust() || file.text.starts_with("//! ") {
        return Vec::new();
    }
    let advice = "begin with a `//!` comment: what it is, why so, what it never does";
    vec![file.finding(1, advice)]
}

#[test]
fn a_silent_file_is_found() {
    let found = |text: &str| check(&File::sample("crates/x/src/a.rs", text)).len();
    assert_eq!(found("//! Accounts.\n\nuse a;\n"), 0);
    assert_eq!(found("use a;\n"), 1);
    assert_eq!(found("//!\nuse a;\n"), 1);
    assert_eq!(check(&File::sample("docs/a.md", "text")), []);
}
