//! Operations: review → order → confirm → outcome; whatever cannot be done at once is left for
//! catch-up (protocol §5).

pub mod accept;
pub mod answer;
pub mod cancel;
pub mod confirm;
pub mod drive;
pub mod order;
pub mod read;
pub mod resend;
pub mod review;
mod terms;
mod write;
