//! The laws of a shop, held over random sequences of commands.
//!
//! `nouns`, `drafts` and `script` say what is asked of the shop, `shop` holds its facts, `store` loads and
//! keeps them, `books` audits what was written, `compared` lays the crate `model` beside them, which says what
//! should have been answered.

mod answers;
mod batches;
mod books;
mod bought;
mod carts;
mod categories;
mod compared;
mod drafts;
mod golden;
mod held;
mod history;
mod invariants;
mod keys;
mod moves;
mod needs;
mod nouns;
mod people;
mod products;
mod refusals;
mod repairs;
mod rights;
mod script;
mod selling;
mod sessions;
mod shop;
mod store;
mod tables;
mod weights;
