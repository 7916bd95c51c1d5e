//! Demo data in real databases: balanced, the same every time, loaded once.

mod bank;
mod load;
