//! Whole runs against a shop that is only a list of canned answers.

mod runs;
mod shop;
