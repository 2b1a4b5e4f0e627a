//! The API over HTTP: what every request and every answer has in common.
//!
//! Only this module knows axum and hyper. A request crosses `listener`, `envelope`, the router and
//! a handler, which reads with `body` and `query` and answers with `answer` or a `Problem`.

mod accept;
mod accounts;
pub mod answer;
mod bare;
pub mod body;
pub mod catalog_cache;
pub mod codes;
mod connection;
pub mod correlation;
pub mod envelope;
pub mod etag;
pub mod fields;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod health;
mod hosts;
pub mod listener;
mod orders;
pub mod page;
pub mod parsers;
pub mod problem;
mod products;
pub mod query;
mod refusals;
pub mod routes;
mod segment;
mod stock;
mod tokens;
mod traffic;
mod views;
mod visitor;
