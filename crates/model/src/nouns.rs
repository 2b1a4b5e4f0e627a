//! The nouns of the shop, a file each, and what the model holds of them.

mod accounts;
mod categories;
mod consumers;
mod orders;
mod products;
mod sessions;
mod stock;
mod sweeps;

pub use orders::{Told, is_a_move};

use crate::{Deed, Place, modelled::modelled};
use domain::{
    Account, AccountId, Category, Consumer, Micros, Order, OrderId, Product, ProductId, Session,
    SessionId, Stock, StockEntry, Text,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

modelled!(commands:
    Accounts(domain::accounts::Action),
    Sessions(domain::sessions::Action),
    Categories(domain::categories::Action),
    Products(domain::products::Action),
    Stock(domain::stock::Action),
    Orders(domain::orders::Action),
    Consumers(domain::consumers::Action),
    Sweeps(domain::sweeps::Action),
);

#[derive(Default)]
pub struct Model {
    pub accounts: BTreeMap<AccountId, Account>,
    /// Usernames and addresses, as they look alike.
    pub usernames: BTreeSet<String>,
    pub emails: BTreeSet<String>,
    pub sessions: BTreeMap<SessionId, Session>,
    pub categories: Vec<Category>,
    pub products: BTreeMap<ProductId, Product>,
    pub stock: BTreeMap<ProductId, Stock>,
    pub orders: BTreeMap<OrderId, Arc<Order>>,
    pub consumers: BTreeMap<Text<100>, Consumer>,
    pub done: BTreeMap<Place, Deed>,
    /// Those of sales and returns come with a commit.
    pub entries: Vec<StockEntry>,
    pub events: Vec<Told>,
    /// The last order's number, which comes with a commit.
    pub last_number: i64,
    pub touched: Touched,
}

/// What has to be written since the last commit.
#[derive(Default)]
pub struct Touched {
    pub accounts: BTreeSet<AccountId>,
    pub sessions: BTreeSet<SessionId>,
    pub products: BTreeSet<ProductId>,
    pub orders: BTreeSet<OrderId>,
    pub consumers: BTreeSet<Text<100>>,
    /// So many of the last ones are new.
    pub categories: usize,
    pub entries: usize,
    pub events: usize,
    pub deeds: Vec<Place>,
    pub swept_at: Option<Micros>,
    /// In their order.
    pub(crate) placed: Vec<OrderId>,
    sold: BTreeMap<ProductId, i64>,
    returned: BTreeMap<ProductId, i64>,
}

impl Touched {
    /// What is told by others of these is not asked.
    pub fn is_empty(&self) -> bool {
        let Touched {
            accounts,
            sessions,
            products,
            orders,
            consumers,
            categories,
            entries: _,
            events: _,
            deeds,
            swept_at,
            placed: _,
            sold: _,
            returned: _,
        } = self;
        accounts.is_empty()
            && sessions.is_empty()
            && products.is_empty()
            && orders.is_empty()
            && consumers.is_empty()
            && *categories == 0
            && deeds.is_empty()
            && swept_at.is_none()
    }
}
