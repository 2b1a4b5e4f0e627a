//! The store's suite: every story runs on SQLite and on a real Postgres.

mod audits;
mod deadlines;
mod faults;
mod orders;
mod shop;
mod traps;
