//! What runs without a request, each a supervised task: the copy of the register, catch-up,
//! reference data, cleaning.

mod catch_up;
mod cleaning;
mod reference;
mod register;

use crate::block::Block;

/// Tasks that every process of the block needs.
pub fn start_common(block: &Block) {
    let followed = block.clone();
    block.tasks.supervise("register", move || register::follow(followed.clone()));
}

/// Tasks of the worker process: one a block is enough, more do no harm.
pub fn start_worker(block: &Block) {
    let asked = block.clone();
    block.tasks.supervise("reference", move || reference::follow(asked.clone()));
    let cleaned = block.clone();
    block.tasks.supervise("cleaning", move || cleaning::run(cleaned.clone()));
    if !block.is_guest() {
        let driven = block.clone();
        block.tasks.supervise("catch-up", move || catch_up::run(driven.clone()));
    }
}
