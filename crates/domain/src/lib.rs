//! What may happen in a shop: its words, its facts, its commands and its rules.
//!
//! Nothing here does I/O, reads a clock or draws a random number: times and new ids come in with
//! the command, so that the same rules run in production, in property tests and in simulation.

pub mod accounts;
pub mod categories;
pub mod commands;
pub mod consumers;
pub mod counters;
pub mod events;
pub mod facts;
pub mod history;
pub mod idempotency;
pub mod ids;
pub mod money;
pub mod names;
pub mod orders;
pub mod products;
pub mod quantity;
pub mod references;
pub mod rules;
pub mod sessions;
pub mod stock;
pub mod sweeps;
pub mod text;
pub mod time;

pub use accounts::{Account, AccountId, Actor, Caller, CallerKind, Register, Role};
pub use categories::{Category, CategoryId, CreateCategory};
pub use commands::{Action, Command, Decision, Outcome, Refusal};
pub use consumers::{Consumer, MoveCursor, TakeLease};
pub use counters::{Counter, CounterName};
pub use events::{Event, EventKind, Subject, SubjectKind};
pub use facts::Facts;
pub use idempotency::{Fingerprint, IdempotencyKey, Once, Trace};
pub use ids::{BatchId, CorrelationId};
pub use money::{Currency, Money, MoneyError};
pub use names::{Email, Username};
pub use orders::{
    ExpectedLine, MoveOrder, Order, OrderId, OrderLine, OrderStatus, PlaceOrder, ShortLine,
};
pub use products::{CreateProduct, EditProduct, Product, ProductId, PublicId};
pub use quantity::Quantity;
pub use references::{ProductRef, Sku};
pub use rules::{Context, Done, Kinds, Listed, Refused, Rule, Who};
pub use sessions::{OpenSession, RefreshSession, Session, SessionId};
pub use stock::{
    EntryKind, LocationId, MoveStock, Shelf, Stock, StockChange, StockEntry, StockLine, StockResult,
};
pub use sweeps::Sweep;
pub use text::{Text, TextError, fold};
pub use time::Micros;
