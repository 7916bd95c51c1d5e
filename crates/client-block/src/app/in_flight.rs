//! Work that is under way in this process, by id: a second request for the same id is told so
//! instead of doing it in parallel.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// The ids under way, each with what it is about. Bounded by the requests being served.
#[derive(Debug)]
pub struct InFlight<K, V> {
    running: Mutex<HashMap<K, V>>,
}

impl<K, V> Default for InFlight<K, V> {
    fn default() -> Self {
        Self { running: Mutex::default() }
    }
}

impl<K: Eq + Hash + Copy, V: Copy> InFlight<K, V> {
    /// Begins `key`, or says what is already under way under it. It ends when the guard is dropped.
    pub fn begin(&self, key: K, about: V) -> Result<Running<'_, K, V>, V> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = running.get(&key) {
            return Err(*earlier);
        }
        running.insert(key, about);
        Ok(Running { all: self, key })
    }
}

/// Under way until dropped.
#[derive(Debug)]
pub struct Running<'a, K: Eq + Hash + Copy, V: Copy> {
    all: &'a InFlight<K, V>,
    key: K,
}

impl<K: Eq + Hash + Copy, V: Copy> Drop for Running<'_, K, V> {
    fn drop(&mut self) {
        let mut running = self.all.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_told_until_the_first_ends() {
        let all = InFlight::default();
        let first = all.begin(1, "a");
        assert!(first.is_ok());
        assert_eq!(all.begin(1, "b").err(), Some("a"));
        assert!(all.begin(2, "b").is_ok());
        drop(first);
        assert!(all.begin(1, "b").is_ok());
    }
}
