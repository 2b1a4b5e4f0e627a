//! What a process tells about itself: its log and its figures.

mod log;
mod meters;
mod security;

pub use log::{correlated, correlation_id, directives, start_log};
pub use meters::Meters;
pub(crate) use security::{COMMAND_LINE, security};
