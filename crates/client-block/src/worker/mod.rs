//! What runs without a request, each a supervised task: the copy of the register, catch-up,
//! reference data, cleaning.

mod adopt;
mod catch_up;
mod cleaning;
mod follow;
mod lives;
mod pruning;
mod reference;
mod register;
mod relay;

use crate::app::load;
use crate::block::Block;

/// Tasks that every process of the block needs.
pub fn start_common(block: &Block) {
    let followed = block.clone();
    block.tasks.supervise("register", move || register::follow(followed.clone()));
    if block.archive.is_some() {
        let loaded = block.clone();
        block.tasks.supervise("load customers", move || load::run(loaded.clone()));
        let told = block.clone();
        block.tasks.supervise("notices", move || register::listen(told.clone()));
    }
}

/// Tasks of the worker process: one a block is enough, more do no harm.
pub fn start_worker(block: &Block) {
    let asked = block.clone();
    block.tasks.supervise("reference", move || reference::follow(asked.clone()));
    let cleaned = block.in_background();
    block.tasks.supervise("cleaning", move || cleaning::run(cleaned.clone()));
    if block.archive.is_some() {
        start_stream(block);
    }
    if !block.is_guest() {
        let driven = block.in_background();
        block.tasks.supervise("catch-up", move || catch_up::run(driven.clone()));
        let fenced = block.in_background();
        block.tasks.supervise("fence customers", move || adopt::fence(fenced.clone()));
    }
    if block.archive.is_some() {
        let followed = block.in_background();
        block.tasks.supervise("follow the archive", move || follow::run(followed.clone()));
        let absent = block.in_background();
        block.tasks.supervise("load absent customers", move || adopt::run(absent.clone()));
    }
}

/// Tasks of a block that has an archive.
fn start_stream(block: &Block) {
    block.upkeep.is_the_worker();
    let known = block.clone();
    block.tasks.supervise("register of the archive", move || lives::register(known.clone()));
    let begun = block.clone();
    block.tasks.supervise("phases", move || lives::phases(begun.clone()));
    let shipped = block.clone();
    block.tasks.supervise("relay", move || relay::run(shipped.clone()));
    let pruned = block.clone();
    block.tasks.supervise("pruning", move || pruning::run(pruned.clone()));
    let alive = block.clone();
    block.tasks.supervise("sign of life", move || relay::beat(alive.clone()));
}
