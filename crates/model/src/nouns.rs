//! The nouns of the shop, a file each, and what the model holds of them.

mod accounts;
mod addresses;
mod carts;
mod categories;
mod choices;
mod claims;
mod consumers;
mod credentials;
mod factors;
mod figures;
mod keys;
mod links;
mod orders;
mod products;
mod sessions;
mod stock;
mod sweeps;
mod trail;

pub use orders::{Told, is_a_move};

use crate::{Deed, Place, modelled::modelled};
use domain::{
    Account, AccountId, Address, AddressId, ApiKey, ApiKeyId, Caller, Cart, CartId, Category,
    Claim, Consumer, Factor, Figure, Hold, Link, Micros, Order, OrderId, Product, ProductId,
    Purpose, Session, SessionId, Stock, StockEntry, Text, TrailEntry,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

modelled!(commands:
    Accounts(domain::accounts::Action),
    Credentials(domain::credentials::Action),
    Links(domain::links::Action),
    Factors(domain::factors::Action),
    Addresses(domain::addresses::Action),
    Sessions(domain::sessions::Action),
    ApiKeys(domain::keys::Action),
    Categories(domain::categories::Action),
    Products(domain::products::Action),
    Stock(domain::stock::Action),
    Carts(domain::carts::Action),
    Orders(domain::orders::Action),
    Choices(domain::choices::Action),
    Claims(domain::claims::Action),
    Consumers(domain::consumers::Action),
    Figures(domain::figures::Action),
    Sweeps(domain::sweeps::Action),
);

#[derive(Default)]
pub struct Model {
    pub accounts: BTreeMap<AccountId, Account>,
    pub addresses: BTreeMap<(AccountId, AddressId), Address>,
    pub links: BTreeMap<(AccountId, Purpose), Link>,
    pub factors: BTreeMap<AccountId, Factor>,
    pub sessions: BTreeMap<SessionId, Session>,
    pub api_keys: BTreeMap<ApiKeyId, ApiKey>,
    pub categories: Vec<Category>,
    /// Those that are gone count too.
    pub categories_made: i64,
    pub products: BTreeMap<ProductId, Product>,
    pub stock: BTreeMap<ProductId, Stock>,
    pub carts: BTreeMap<CartId, Cart>,
    pub holds: BTreeMap<(CartId, ProductId), Hold>,
    pub orders: BTreeMap<OrderId, Arc<Order>>,
    pub claims: BTreeMap<OrderId, Claim>,
    /// Of what has a bound for each caller.
    pub bought: BTreeMap<(ProductId, Caller), i64>,
    pub consumers: BTreeMap<Text<100>, Consumer>,
    pub figures: BTreeMap<domain::figures::Place, Figure>,
    pub done: BTreeMap<Place, Deed>,
    /// Those of sales and returns come with a commit.
    pub entries: Vec<StockEntry>,
    pub events: Vec<Told>,
    pub trail: Vec<TrailEntry>,
    /// The last order's number, which comes with a commit.
    pub last_number: i64,
    pub touched: Touched,
}

/// Rows that are made and dropped: one that is both between two commits is never written.
pub struct Rows<K> {
    pub touched: BTreeSet<K>,
    made: BTreeSet<K>,
}

impl<K> Default for Rows<K> {
    fn default() -> Self {
        Rows { touched: BTreeSet::new(), made: BTreeSet::new() }
    }
}

impl<K: Ord + Copy> Rows<K> {
    fn keep<V>(&mut self, rows: &mut BTreeMap<K, V>, key: K, row: V) {
        let was_there = rows.insert(key, row).is_some();
        if self.touched.insert(key) && !was_there {
            self.made.insert(key);
        }
    }

    fn drop<V>(&mut self, rows: &mut BTreeMap<K, V>, key: K) {
        if rows.remove(&key).is_none() {
            return;
        }
        match self.made.remove(&key) {
            true => self.touched.remove(&key),
            false => self.touched.insert(key),
        };
    }
}

/// What has to be written since the last commit.
#[derive(Default)]
pub struct Touched {
    pub accounts: BTreeSet<AccountId>,
    pub addresses: BTreeSet<(AccountId, AddressId)>,
    pub links: Rows<(AccountId, Purpose)>,
    pub factors: Rows<AccountId>,
    pub sessions: BTreeSet<SessionId>,
    pub api_keys: BTreeSet<ApiKeyId>,
    pub products: BTreeSet<ProductId>,
    pub carts: Rows<CartId>,
    /// As they were.
    pub orders: BTreeSet<OrderId>,
    pub claims: Rows<OrderId>,
    pub consumers: BTreeSet<Text<100>>,
    pub figures: BTreeSet<domain::figures::Place>,
    /// So many of the last ones are new.
    pub categories: bool,
    pub entries: usize,
    pub events: usize,
    pub trail: usize,
    /// Somebody has gone, and what was told of him.
    pub is_erased: bool,
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
            addresses,
            links,
            factors,
            sessions,
            api_keys,
            products,
            carts,
            orders,
            claims,
            consumers,
            figures,
            categories,
            entries: _,
            events: _,
            trail: _,
            is_erased: _,
            deeds,
            swept_at,
            placed: _,
            sold: _,
            returned: _,
        } = self;
        accounts.is_empty()
            && addresses.is_empty()
            && links.touched.is_empty()
            && factors.touched.is_empty()
            && sessions.is_empty()
            && api_keys.is_empty()
            && products.is_empty()
            && carts.touched.is_empty()
            && orders.is_empty()
            && claims.touched.is_empty()
            && consumers.is_empty()
            && figures.is_empty()
            && !*categories
            && deeds.is_empty()
            && swept_at.is_none()
    }
}
