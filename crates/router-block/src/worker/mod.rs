//! What the router does without being asked, each a supervised task.

pub mod auditor;
pub mod automation;
pub mod conductor;
pub mod follower;
pub mod loader;
pub mod prober;
pub mod pruner;
pub mod reader;
pub mod saver;
pub mod settler;
pub mod watcher;

use std::sync::Arc;

use platform::Tasks;

use crate::shared::Shared;

/// Starts all of them.
pub fn start(tasks: &Tasks, shared: &Arc<Shared>) {
    let of = |shared: &Arc<Shared>| shared.clone();
    let router = of(shared);
    tasks.supervise("follower", move || follower::run(router.clone()));
    let router = of(shared);
    tasks.supervise("settler", move || settler::run(router.clone()));
    let router = of(shared);
    tasks.supervise("prober", move || prober::run(router.clone()));
    let router = of(shared);
    tasks.supervise("auditor", move || auditor::run(router.clone()));
    let router = of(shared);
    tasks.supervise("saver", move || saver::run(router.clone()));
    if shared.archive.is_some() {
        let router = of(shared);
        tasks.supervise("reader", move || reader::run(router.clone()));
        let router = of(shared);
        tasks.supervise("conductor", move || conductor::run(router.clone()));
        let router = of(shared);
        tasks.supervise("watcher", move || watcher::others(router.clone()));
        let router = of(shared);
        tasks.supervise("reports", move || watcher::reports(router.clone()));
        let router = of(shared);
        tasks.supervise("automation", move || automation::run(router.clone()));
    }
    let router = of(shared);
    tasks.supervise("pruner", move || pruner::run(router.clone()));
}
