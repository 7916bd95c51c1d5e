//! The files that git would commit, and how findings are told.
//!
//! Untracked files count, so that a rule speaks before the commit and not after it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A text file of the repository.
pub(crate) struct File {
    /// Relative to the root, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// A sample for a test of a rule.
    pub(crate) fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    /// Rust source of one of our crates.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.starts_with("crates/") && self.has_extension("rs")
    }

    /// The crate's folder name, for a file under `crates/`.
    pub(crate) fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// True for files under the crate's `src/`, except a `tests.rs` beside the code it tests.
    pub(crate) fn is_product(&self) -> bool {
        self.path.split('/').nth(2) == Some("src") && !self.is_in_module("tests")
    }

    /// A module of this name is on the way to the file: `http/` or `http.rs`.
    pub(crate) fn is_in_module(&self, module: &str) -> bool {
        let path = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        path.split('/').any(|part| part == module)
    }

    pub(crate) fn finding(&self, line: usize, advice: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, advice: advice.into() }
    }
}

/// One breach of a rule: where it is and what to do about it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) advice: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.advice)
    }
}

/// Fails the test with every finding, sorted by place.
#[track_caller]
pub(crate) fn report(mut findings: Vec<Finding>) {
    findings.sort();
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} finding(s)\n{}", lines.len(), lines.join("\n"));
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path.pop();
    path
}

/// Every text file that is tracked, or new and not ignored.
pub(crate) fn tree() -> &'static [File] {
    static TREE: OnceLock<Vec<File>> = OnceLock::new();
    TREE.get_or_init(read_tree)
}

fn read_tree() -> Vec<File> {
    let root = root();
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .expect("git is needed to know which files belong to the repository");
    assert!(
        output.status.success(),
        "git ls-files failed; if it speaks of ownership, make the checkout your own: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let listing = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let files: Vec<File> =
        listing.split_terminator('\0').filter_map(|path| read(&root, path)).collect();
    assert!(!files.is_empty(), "git lists no files under {}", root.display());
    files
}

/// `None` for what is deleted but not yet committed. A picture is a file without text: nothing is
/// found in it, and links may lead to it.
fn read(root: &Path, path: &str) -> Option<File> {
    let bytes = std::fs::read(root.join(path)).ok()?;
    let text = String::from_utf8(bytes).unwrap_or_default();
    Some(File { path: path.to_owned(), text })
}

#[test]
fn a_file_knows_where_it_is() {
    let file = File::sample("crates/client-block/src/http/operations.rs", "");
    assert!(file.is_rust() && file.is_product());
    assert_eq!(file.crate_name(), Some("client-block"));
    assert!(file.is_in_module("http"));
    assert!(!file.is_in_module("store"));
    assert!(File::sample("crates/x/src/store.rs", "").is_in_module("store"));
    assert!(!File::sample("crates/x/tests/it/main.rs", "").is_product());
    assert!(!File::sample("crates/x/src/a/tests.rs", "").is_product());
    assert!(!File::sample("docs/http.md", "").is_rust());
}

#[test]
fn a_finding_names_its_place() {
    let finding = File::sample("a.rs", "").finding(7, "shorten it");
    assert_eq!(finding.to_string(), "a.rs:7: shorten it");
}
