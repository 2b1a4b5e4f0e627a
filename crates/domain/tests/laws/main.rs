//! The laws of a shop, held over random sequences of commands.
//!
//! `drafts` and `script` say what is asked of the shop, `shop` holds its facts, `store` loads and keeps
//! them, `books` audits what was written, `model` says what should have been answered, in words of its own.

mod answers;
mod batches;
mod books;
mod drafts;
mod golden;
mod invariants;
mod keys;
mod model;
mod moves;
mod needs;
mod refusals;
mod script;
mod selling;
mod sessions;
mod shop;
mod store;
mod tables;
mod weights;
