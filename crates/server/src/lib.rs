//! How the world reaches a shop: HTTP, workers, ports to other systems, and the command line.
//!
//! Nothing here decides what may happen to an order (`domain` does) or knows SQL (`store` does).

pub mod api;
pub mod app;
pub mod backups;
pub mod cli;
pub mod consumers;
pub mod courtesy;
pub mod demo;
pub mod following;
pub mod http;
pub mod keys;
pub mod language;
pub mod limits;
pub mod links;
pub mod origins;
pub mod otp;
pub mod pages;
pub mod passwords;
mod patience;
pub mod ports;
pub mod revocations;
pub mod secrets;
pub mod sequences;
pub mod settings;
pub mod sheets;
pub mod signatures;
pub mod spelling;
pub mod telemetry;
pub mod tokens;
pub mod workers;
