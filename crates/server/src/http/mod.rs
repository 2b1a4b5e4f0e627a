//! The protocol: what every request and every answer has in common, whatever it is about.
//!
//! Only this module names axum and hyper. A request crosses `listener`, `envelope`, the router and
//! a handler of `api`, whose arguments were read here, and which answers a view or a `Problem`.

pub mod answers;
pub mod arguments;
pub mod authentication;
mod bare;
pub mod bodies;
pub mod carts;
pub mod clients;
pub mod closing;
pub mod codes;
mod connection;
pub mod correlation;
mod cors;
mod crowds;
pub mod deprecations;
pub mod descriptions;
pub mod document;
pub mod doors;
pub mod envelope;
pub mod etags;
pub mod fields;
pub mod files;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod hosts;
pub mod json;
pub mod listener;
pub mod lists;
pub mod live;
pub mod negotiation;
pub mod numbers;
pub mod pages;
pub mod parsers;
pub mod problems;
pub mod queries;
pub mod refusals;
pub mod rights;
pub mod routes;
pub mod shapes;
pub mod sheets;
pub mod streams;
pub mod texts;
pub mod tls;
mod traffic;
mod unknown;
mod unparsed;

pub use axum::Router;
pub use axum::extract::State;
pub use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
