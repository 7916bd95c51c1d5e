//! What the archive decides: which batch it applies, what is late, what is asked about, who may
//! load, which loosening stands (protocol §4–§6). Moves are in [`crate::placement::moves`].

pub mod asked;
pub mod late;
pub mod loading;
pub mod loosening;
pub mod stream;
