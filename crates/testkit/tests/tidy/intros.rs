//! Every file of the product begins by saying what it is. Files of tests need not: the names of
//! the tests say it.

use crate::tree::{File, Finding};

pub(crate) fn check(file: &File) -> Vec<Finding> {
    if file.text.starts_with("//! ") || !file.is_rust() || !file.is_product() {
        return Vec::new();
    }
    let advice = "begin with a `//!` comment: what it is, why so, what it never does";
    vec![file.finding(1, advice)]
}

#[test]
fn a_silent_file_is_found() {
    let found = |path: &str, text: &str| check(&File::sample(path, text)).len();
    assert_eq!(found("crates/x/src/a.rs", "//! Accounts.\n\nuse a;\n"), 0);
    assert_eq!(found("crates/x/src/a.rs", "use a;\n"), 1);
    assert_eq!(found("crates/x/src/a.rs", "//!\nuse a;\n"), 1);
    assert_eq!(found("crates/x/src/a/tests.rs", "use a;\n"), 0);
    assert_eq!(found("crates/x/tests/it/b.rs", "use a;\n"), 0);
    assert_eq!(found("docs/a.md", "text"), 0);
}
