//! Whole runs against a shop that is only a list of canned answers.

mod beginnings;
mod runs;
mod shop;
