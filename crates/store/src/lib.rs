//! Where a shop is kept. The only crate that knows SQL.
//!
//! Writes go through one door: `Writer` takes commands, `batch` loads, decides and commits them on
//! SQLite or Postgres behind one trait, `door` knows what to do when that fails. Reads are plain
//! queries by noun on `Readers`.

mod accounts;
mod admission;
mod audit;
pub mod batch;
pub mod bulk;
mod categories;
pub mod door;
mod events;
pub mod failpoints;
mod location;
mod migrations;
mod orders;
mod postgres;
mod products;
mod query;
mod readers;
mod sessions;
mod sqlite;
pub mod statements;
mod stock;
pub mod tx;
mod upkeep;
mod value;
mod writer;

pub use audit::{Finding, audit_connection};
pub use door::{Counts, Rejection, Reply};
pub use location::Location;
pub use orders::OrderFilter;
pub use postgres::{Postgres, PostgresServer};
pub use products::{After, ProductFilter, ProductOrder};
pub use query::{Direction, Page};
pub use readers::Readers;
pub use sqlite::{Clock, Sqlite, SqliteFile};
pub use tx::Error;
pub use value::{Row, Rows, Value};
pub use writer::{Limits, Writer};
