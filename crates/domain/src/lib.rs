//! What may happen in a shop: its words, its facts, its commands and its rules.
//!
//! Nothing here does I/O, reads a clock or draws a random number: times and new ids come in with
//! the command, so that the same rules run in production, in property tests and in simulation.

pub mod accounts;
pub mod actors;
pub mod addresses;

pub mod bought;
pub mod carts;
pub mod categories;
pub mod choices;
pub mod claims;
pub mod commands;
pub mod consumers;
pub mod counters;
pub mod countries;
pub mod credentials;
pub mod events;
pub mod factors;
pub mod facts;
pub mod figures;
pub mod history;
pub mod idempotency;
pub mod ids;
pub mod keys;
pub mod links;
pub mod money;
pub mod names;
pub mod orders;
pub mod products;
pub mod quantity;
pub mod references;
pub mod rules;
pub mod sessions;
pub mod statuses;
pub mod stock;
pub mod sweeps;
pub mod text;
pub mod time;
pub mod trail;

pub use accounts::{Account, AccountId, Anonymize, EditAccount, LetGo, Register};
pub use actors::{Actor, Caller, CallerKind, Role};
pub use addresses::{Address, AddressId, DropAddress, KeepAddress, PostalAddress, ReplaceAddress};
pub use bought::Bought;
pub use carts::{
    Cart, CartId, CartLimits, ChangeCart, Checkout, ClaimCart, Crowd, CrowdId, EmptyCart,
    ExpireCarts, Hold, Offer,
};
pub use categories::{Category, CategoryId, CreateCategory, EditCategory, RemoveCategory};
pub use choices::ChooseOrders;
pub use claims::{Claim, CompleteOrders, SettleOrders, TakeOrders};
pub use commands::{Action, Command, Decision, Outcome, Refusal};
pub use consumers::{Consumer, MoveCursor, TakeLease};
pub use counters::{Counter, CounterName};
pub use countries::Country;
pub use credentials::{ChangeEmail, ConfirmEmail, ReplaceHash, ResetPassword, SetPassword};
pub use events::{Event, EventKind, Subject, SubjectKind};
pub use factors::{BeginFactor, ConfirmFactor, DropFactor, Factor, Proof};
pub use facts::Facts;
pub use figures::{CountFigures, Figure, FigureKind};
pub use idempotency::{Fingerprint, IdempotencyKey, Once, Trace};
pub use ids::{BatchId, CorrelationId};
pub use keys::{
    ApiKey, ApiKeyId, ChannelPolicy, CreateApiKey, NoteUse, RevokeApiKey, Scope, Scopes,
};
pub use links::{Link, MakeLink, Purpose};
pub use money::{Currency, Money, MoneyError};
pub use names::{Email, Username};
pub use orders::{
    Contact, Details, EditOrder, ExpectedLine, ExpirePending, ForgetOrders, HandOver, HandedItem,
    HandedItems, HandedOver, ItemName, MoveOrder, Order, OrderId, OrderLine, OrderStatus,
    PlaceOrder, Reference, ShortLine,
};
pub use products::{
    ArchiveProduct, CreateProduct, EditProduct, ImportProducts, ImportRow, Imported, Most, Product,
    ProductId, PublicId,
};
pub use quantity::Quantity;
pub use references::{ProductRef, Sku};
pub use rules::{Context, Done, Kinds, Listed, Refused, Rule, Who};
pub use sessions::{EndSession, EndSessions, OpenSession, RefreshSession, Session, SessionId};
pub use stock::{
    EntryKind, LocationId, MoveStock, Shelf, Stock, StockChange, StockEntry, StockLine,
    StockResult,
    repairs::{Ledger, RepairStock, Repaired},
};
pub use sweeps::Sweep;
pub use text::{Text, TextError, fold};
pub use time::Micros;
pub use trail::{TrailEntry, TrailKind};
