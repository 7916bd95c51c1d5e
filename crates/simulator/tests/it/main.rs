//! The simulator held to what it promises.

#![cfg(test)]

mod model;
mod mutants;
mod seeds;
