//! Other systems: a folder each, and the only place that names their libraries.

pub mod fulfilment;
pub mod http;
pub mod mail;
