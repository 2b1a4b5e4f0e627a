//! Where a shop is kept. The only crate that knows SQL.
//!
//! Writes go through one door: `Writer` takes commands, `batch` loads, decides and commits them on
//! SQLite or Postgres behind one trait, `door` knows what to do when that fails. Reads are plain
//! queries by noun on `Readers`, exact or late.

mod accounts;
mod addresses;
mod admission;
mod audit;
pub mod batch;
mod bought;
pub mod bulk;
mod carts;
mod categories;
mod cells;
mod claims;
mod condition;
mod consumers;
mod copies;
mod counters;
pub mod door;
mod events;
mod factors;
pub mod failpoints;
mod figures;
mod keys;
mod ledgers;
mod links;
mod location;
mod migrations;
mod orders;
mod postgres;
mod products;
mod query;
mod readers;
mod sessions;
mod sqlite;
mod stock;
pub mod stored;
mod sweeps;
pub mod tables;
mod timelines;
mod traces;
mod trail;
pub mod tx;
mod value;
mod writer;

pub use accounts::{AccountFilter, AccountOrder, OWN_HASHES};
pub use audit::{Finding, OVERDUE, audit_connection};
pub use carts::{Due, HOLDERS_MOST, Holder};
pub use categories::{CategoryFilter, CategoryOrder, Racked};
pub use condition::Condition;
pub use door::{Answered, Counts, LONGEST_DOUBT, Rejection, Reply};
pub use events::{Feed, FeedFilter, FeedPart, Foreign, Then, Told, WINDOW, What};
pub use figures::{Kept as KeptFigures, Period};
pub use ledgers::{Explained, Piece, StockFilter, Stocked, Taker, Takers};
pub use location::Location;
pub use migrations::{Rehearsed, SERVES_FROM, Schema, Taken, schema_version};
pub use orders::{Movable, OrderFilter, Reach, Walked, due::Personal};
pub use postgres::{Postgres, PostgresServer};
pub use products::{After, Counted, InStock, ProductFilter, ProductOrder};
pub use query::{Direction, Page};
pub use readers::{Exact, Followers, Late, ReadError, Readers};
pub use sqlite::{Clock, Sqlite, SqliteFile};
pub use timelines::Happened;
pub use trail::TrailFilter;
pub use tx::Error;
pub use value::{Row, Rows, Value};
pub use writer::{Limits, Sent, Writer};
