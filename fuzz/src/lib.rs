//! What is fed with hostile input, and the laws that must hold whatever the input is. A broken law
//! is a panic. The fuzz targets make input up; a test of `proof` plays the corpus.

use std::sync::OnceLock;

pub mod bodies;
mod conversation;
pub mod cursors;
mod laws;
pub mod queries;
pub mod requests;
pub mod settings;
mod shop;
pub mod tokens;

/// A name, and what takes the input.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 6] = [
    ("bodies", bodies::run),
    ("queries", queries::run),
    ("cursors", cursors::run),
    ("tokens", tokens::run),
    ("settings", settings::run),
    ("requests", requests::run),
];

/// Runs what waits for nothing but itself.
fn wait<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let build = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    RUNTIME.get_or_init(|| build().expect("a runtime can be made")).block_on(future)
}

fn euro() -> domain::Currency {
    "EUR".parse().expect("a currency")
}
