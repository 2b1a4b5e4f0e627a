//! The laws of a shop, held over random sequences of commands.
//!
//! `drafts` and `script` say what is asked of the shop, `shop` stands in for the store, `books`
//! audits what was written, `model` says what should have been answered, in words of its own.

mod batches;
mod books;
mod drafts;
mod invariants;
mod keys;
mod model;
mod moves;
mod needs;
mod products;
mod refreshes;
mod refusals;
mod script;
mod selling;
mod shop;
