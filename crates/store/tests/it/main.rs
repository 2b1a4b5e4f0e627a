//! The store's suite: every story runs on SQLite and on a real Postgres.

mod answers;
mod audits;
mod clocks;
mod connecting;
mod consumers;
mod deadlines;
mod doubts;
mod faults;
mod faulty;
mod ledgers;
mod lists;
mod locks;
mod nodes;
mod orders;
mod outages;
mod people;
mod plans;
mod readers;
mod sessions;
mod shop;
mod sweeps;
mod together;
mod traps;
mod unavailable;
mod upgrades;
mod writes;
