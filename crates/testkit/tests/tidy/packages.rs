//! What cargo would build: every package of the workspace and of its dependencies, for Linux.
//!
//! One fixed target, so that the lists of exceptions mean the same on every machine.

use std::collections::HashMap;
use std::sync::OnceLock;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node};

use crate::tree::root;

const TARGET: &str = "x86_64-unknown-linux-gnu";

pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The SPDX expression that the package declares.
    pub(crate) licence: Option<String>,
    /// A member of this workspace.
    pub(crate) is_ours: bool,
    /// Names of the Cargo features it offers.
    pub(crate) features: Vec<String>,
    /// Positions in the same list: what it needs to run, not to build or to test.
    pub(crate) needs: Vec<usize>,
}

impl Package {
    /// A sample for a test of a rule: a foreign package that needs nothing.
    pub(crate) fn sample(name: &str, version: &str) -> Self {
        let licence = Some("MIT".to_owned());
        let (name, version) = (name.to_owned(), version.to_owned());
        Self { name, version, licence, is_ours: false, features: Vec::new(), needs: Vec::new() }
    }
}

/// Read once; `Cargo.lock` is taken as it is, so nothing is fetched.
pub(crate) fn workspace() -> &'static [Package] {
    static PACKAGES: OnceLock<Vec<Package>> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        let metadata = MetadataCommand::new()
            .current_dir(root())
            .other_options(["--locked", "--filter-platform", TARGET].map(str::to_owned))
            .exec()
            .expect("cargo metadata: if Cargo.lock is out of date, run cargo check and commit it");
        packages(&metadata)
    })
}

fn packages(metadata: &Metadata) -> Vec<Package> {
    let nodes = &metadata.resolve.as_ref().expect("a workspace is resolved").nodes;
    let positions: HashMap<_, _> =
        nodes.iter().enumerate().map(|(position, node)| (&node.id, position)).collect();
    let needs = |node: &Node| {
        let normal = |dep: &&cargo_metadata::NodeDep| {
            dep.dep_kinds.iter().any(|info| info.kind == DependencyKind::Normal)
        };
        node.deps.iter().filter(normal).map(|dep| positions[&dep.pkg]).collect()
    };
    nodes
        .iter()
        .map(|node| {
            let package = &metadata[&node.id];
            Package {
                name: package.name.to_string(),
                version: package.version.to_string(),
                licence: package.license.clone(),
                is_ours: metadata.workspace_members.contains(&node.id),
                features: package.features.keys().cloned().collect(),
                needs: needs(node),
            }
        })
        .collect()
}
