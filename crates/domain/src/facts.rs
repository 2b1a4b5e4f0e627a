//! Facts: what is known of the shop while a batch is decided, and what the decisions changed.
//!
//! Facts are loaded for one batch and dropped with it. Maps are ordered, so that the same commands
//! on the same facts always write the same rows in the same order.

use crate::{
    Account, AccountId, Caller, Category, CategoryId, Event, IdempotencyKey, LocationId, Order,
    OrderId, OrderLine, Product, ProductId, ProductRef, PublicId, Refusal, Session, SessionId,
    ShortLine, Sku, Stock, StockEntry, Text, Trace, idempotency::PlacedBefore, sweeps::Prune,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub order_keys: BTreeMap<(Caller, IdempotencyKey), PlacedBefore>,
    pub traces: BTreeMap<(Caller, IdempotencyKey), Trace>,
    pub usernames: BTreeMap<String, AccountId>,
    pub emails: BTreeMap<String, AccountId>,
    pub sessions: BTreeMap<SessionId, Session>,
    pub categories: BTreeMap<Text<100>, Category>,
    pub skus: BTreeMap<Sku, ProductId>,
    pub public_ids: BTreeMap<PublicId, ProductId>,
    pub products: BTreeMap<ProductId, Product>,
    pub stock: BTreeMap<ProductId, Stock>,
    pub orders: BTreeMap<OrderId, Arc<Order>>,
    pub last_product: i64,
    pub last_category: i64,
    pub changes: Changes,
}

/// What has to be loaded. Products come last: their stock is locked once, when all are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    pub order_keys: BTreeSet<(Caller, IdempotencyKey)>,
    pub traces: BTreeSet<(Caller, IdempotencyKey)>,
    pub usernames: BTreeSet<String>,
    pub emails: BTreeSet<String>,
    pub slugs: BTreeSet<Text<100>>,
    pub skus: BTreeSet<Sku>,
    pub public_ids: BTreeSet<PublicId>,
    pub sessions: BTreeSet<SessionId>,
    pub orders: BTreeSet<OrderId>,
    pub edited_products: BTreeSet<ProductId>,
    pub products: BTreeSet<ProductId>,
    pub last_product: bool,
    pub last_category: bool,
    /// Some products are known by another name only: ask again when those are resolved.
    pub is_partial: bool,
}

/// What the decided commands did, to be written in one commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    pub accounts: Vec<Account>,
    pub opened_sessions: Vec<SessionId>,
    pub changed_sessions: BTreeSet<SessionId>,
    pub categories: Vec<Category>,
    pub created_products: BTreeSet<ProductId>,
    pub edited_products: BTreeSet<ProductId>,
    /// Units sold and given back, one entry per product and batch: the order lines hold the detail.
    pub sold: BTreeMap<ProductId, i64>,
    pub returned: BTreeMap<ProductId, i64>,
    pub entries: Vec<StockEntry>,
    pub placed_orders: Vec<OrderId>,
    pub moved_orders: BTreeSet<OrderId>,
    pub events: Vec<Event>,
    pub traces: Vec<Trace>,
    pub prune: Option<Prune>,
}

impl Needs {
    pub fn of<'c>(commands: impl Iterator<Item = &'c crate::Command>, facts: &Facts) -> Needs {
        let mut needs = Needs::default();
        for command in commands {
            command.needs(facts, &mut needs);
        }
        needs
    }

    /// Asks for a product, or first for its id.
    pub(crate) fn product(&mut self, facts: &Facts, reference: &ProductRef) -> Option<ProductId> {
        let id = facts.product_id(reference);
        match (id, reference) {
            (Some(id), _) => {
                self.products.insert(id);
            }
            (None, ProductRef::Sku(sku)) => {
                self.skus.insert(sku.clone());
                self.is_partial = true;
            }
            (None, ProductRef::PublicId(id)) => {
                self.public_ids.insert(*id);
                self.is_partial = true;
            }
            (None, ProductRef::Id(_)) => {}
        }
        id
    }
}

impl Facts {
    fn product_id(&self, reference: &ProductRef) -> Option<ProductId> {
        match reference {
            ProductRef::Id(id) => Some(*id),
            ProductRef::PublicId(id) => self.public_ids.get(id).copied(),
            ProductRef::Sku(sku) => self.skus.get(sku).copied(),
        }
    }

    pub(crate) fn product(&self, reference: &ProductRef) -> Option<&Product> {
        self.products.get(&self.product_id(reference)?)
    }

    pub(crate) fn sellable(&self, reference: &ProductRef) -> Option<&Product> {
        self.product(reference).filter(|product| !product.is_archived)
    }

    pub(crate) fn stock_of(&self, product: ProductId) -> Stock {
        self.stock.get(&product).copied().unwrap_or_default()
    }

    pub(crate) fn category(&self, slug: Option<&Text<100>>) -> Result<Option<CategoryId>, Refusal> {
        let find = |slug| self.categories.get(slug).ok_or(Refusal::UnknownCategory);
        Ok(slug.map(find).transpose()?.map(|category| category.id))
    }

    /// Takes every line off the shelf, or nothing: then it says all that are short.
    pub(crate) fn take(&mut self, lines: &[OrderLine]) -> Result<(), Refusal> {
        let short: Vec<_> = lines.iter().filter_map(|line| self.shortage(line)).collect();
        if !short.is_empty() {
            return Err(Refusal::OutOfStock(short));
        }
        for line in lines {
            self.shift(line.product, -line.quantity.units());
            *self.changes.sold.entry(line.product).or_default() += line.quantity.units();
        }
        Ok(())
    }

    pub(crate) fn give_back(&mut self, lines: &[OrderLine]) {
        for line in lines {
            self.shift(line.product, line.quantity.units());
            *self.changes.returned.entry(line.product).or_default() += line.quantity.units();
        }
    }

    /// Enters a movement that is not an order's into the ledger.
    pub(crate) fn enter(&mut self, entry: StockEntry) {
        self.shift(entry.product, entry.delta);
        self.changes.entries.push(entry);
    }

    fn shortage(&self, line: &OrderLine) -> Option<ShortLine> {
        let (requested, available) =
            (line.quantity.units(), self.stock_of(line.product).available());
        (requested > available).then_some(ShortLine { product: line.product, requested, available })
    }

    fn shift(&mut self, product: ProductId, delta: i64) {
        self.stock.entry(product).or_default().on_hand += delta;
    }
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }

    /// What each shelf gains or loses in this batch. A shelf that ends where it began is left out.
    pub fn stock_deltas(&self) -> BTreeMap<(ProductId, LocationId), i64> {
        let mut deltas = BTreeMap::new();
        let sold = self.sold.iter().map(|(product, units)| (*product, -units));
        let returned = self.returned.iter().map(|(product, units)| (*product, *units));
        for (product, delta) in sold.chain(returned) {
            *deltas.entry((product, LocationId::MAIN)).or_default() += delta;
        }
        for entry in &self.entries {
            *deltas.entry((entry.product, entry.location)).or_default() += entry.delta;
        }
        deltas.retain(|_, delta| *delta != 0);
        deltas
    }
}
