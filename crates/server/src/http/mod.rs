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
mod hosts;
pub mod listener;
pub mod page;
pub mod parsers;
pub mod problem;
pub mod query;
mod traffic;
pub mod health;
mod orders;
mod products;
mod refusals;
mod stock;
mod tokens;
mod views;
mod visitor;
pub mod routes;
