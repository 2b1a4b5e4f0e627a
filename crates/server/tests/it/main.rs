//! The stories of the HTTP API and the command line, told against a started shop, laid out like
//! the URLs. Each story on HTTP runs on SQLite and on Postgres, and ends with an audit.

mod access;
mod app;
mod bad_days;
mod catalog;
mod cli;
mod client;
mod consumers;
mod contract;
mod database;
mod events;
mod gate;
mod health;
mod identity;
mod inventory;
mod logs;
mod mails;
mod orders;
mod pages;
mod process;
mod reference;
mod standstill;
mod versions;
mod wire;
