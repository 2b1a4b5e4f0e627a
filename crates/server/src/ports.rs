//! Other systems: a folder each, and the only place that names their libraries.

pub mod mail;
