//! Order keys: which of two versions of a replicated entity is the newer (protocol §2). Compared
//! as bytes; monotone under the entity's join; no clocks in them.

use crate::ids::Generation;
use crate::operation::OperationState;

/// Of a register-like entity (session, template, preference): generation, then version.
pub fn register(generation: Generation, version: u64) -> Vec<u8> {
    let mut key = generation.0.to_be_bytes().to_vec();
    key.extend_from_slice(&version.to_be_bytes());
    key
}

/// Of an operation: rank of the state, then generation, then version.
pub fn operation(state: OperationState, generation: Generation, version: u64) -> Vec<u8> {
    let mut key = vec![state.rank()];
    key.extend_from_slice(&register(generation, version));
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_beats_generation_beats_version() {
        use OperationState::{Executed, Pending};
        let keys = [
            operation(Pending, Generation(1), 9),
            operation(Pending, Generation(2), 1),
            operation(Pending, Generation(2), 256),
            operation(Executed, Generation(1), 1),
        ];
        assert!(keys.is_sorted());
    }
}
