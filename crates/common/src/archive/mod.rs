//! What the archive decides: which batch it applies, what is late, what is asked about, who may
//! load and follow, which loosening stands (protocol §4–§6). Moves are in
//! [`crate::placement::moves`], what a new life of it makes of the register in
//! [`crate::placement::recovery`].

pub mod asked;
pub mod entities;
pub mod following;
pub mod judging;
pub mod late;
pub mod lives;
pub mod loading;
pub mod loads;
pub mod loosening;
pub mod naming;
pub mod raw;
pub mod retention;
pub mod seals;
pub mod stream;
