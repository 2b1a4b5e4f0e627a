//! What a process tells about itself: its log and its figures.

mod log;
mod meters;

pub use log::{correlated, correlation_id, start_log};
pub use meters::Meters;
