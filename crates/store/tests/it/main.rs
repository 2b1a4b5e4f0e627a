//! The store's suite: every story runs on SQLite and on a real Postgres.

mod audits;
mod deadlines;
mod doubts;
mod faults;
mod faulty;
mod locks;
mod nodes;
mod orders;
mod outages;
mod plans;
mod shop;
mod sweeps;
mod together;
mod traps;
mod unavailable;
