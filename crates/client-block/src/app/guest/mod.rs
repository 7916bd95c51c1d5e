//! What visitors can do without being customers.

pub mod applications;
pub mod calculators;
pub mod sealing;
