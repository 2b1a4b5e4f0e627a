//! A shop, and what a store does with it: it loads what is needed, and writes what has changed.
//!
//! `facts` hold the whole shop between batches. `restrict` and `flush` are the store's two halves:
//! a decision may know nothing that was not asked for, and only what `Changes` name is kept.

use crate::{
    books::Books,
    drafts::{currency, text},
    script::Batch,
};
use domain::{
    Caller, Changes, Command, CorrelationId, Decision, EntryKind, Facts, LocationId, Micros, Money,
    Needs, Product, ProductId, PublicId, Sku, Stock, StockEntry, sweeps::Prune,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub struct Shop {
    pub facts: Facts,
    pub books: Books,
    pub now: Micros,
    prune: Option<Prune>,
}

impl Shop {
    /// Four products; of the second and third some units are promised to carts.
    pub fn open() -> Shop {
        let now = Micros(1_700_000_000_000_000);
        let mut shop = Shop { facts: Facts::default(), books: Books::default(), now, prune: None };
        for (id, minor, on_hand, reserved) in
            [(1, 250, 6, 0), (2, 999, 12, 3), (3, 250, 3, 3), (4, Money::MAX_MINOR, 1_000_000, 0)]
        {
            shop.shelve(product(id, minor, now), Stock { on_hand, reserved });
        }
        shop
    }

    pub fn shelve(&mut self, product: Product, stock: Stock) {
        let (id, facts) = (product.id, &mut self.facts);
        facts.skus.insert(product.sku.clone(), id);
        facts.public_ids.insert(product.public_id, id);
        facts.stock.insert(id, stock);
        facts.last_product = facts.last_product.max(id.0);
        facts.products.insert(id, product);
        self.books.entries.push(first_receipt(id, stock.on_hand, self.now));
        self.books.holds.insert(id, stock.reserved);
    }

    /// Time passes; what the last sweep has found too old goes.
    pub fn wait(&mut self, pause_us: i64) {
        self.now = self.now.plus(pause_us);
        if let Some(prune) = self.prune.take() {
            self.facts.traces.retain(|_, trace| trace.at >= prune.traces_before);
            self.facts.sessions.retain(|_, session| session.expires_at >= prune.sessions_before);
        }
    }

    /// Decides one batch as a store does, and keeps what it changed.
    pub fn run(&mut self, batch: &Batch) -> Vec<Decision> {
        self.wait(batch.pause_us);
        self.decide(&batch.commands)
    }

    pub fn decide(&mut self, commands: &[Command]) -> Vec<Decision> {
        let (decisions, decided) = decide(self.facts.clone(), commands, self.now);
        self.keep(decided);
        decisions
    }

    pub fn keep(&mut self, decided: Facts) {
        self.facts = flush(&self.facts, &decided);
        self.books.record(&decided.changes);
        self.prune = decided.changes.prune.or(self.prune.take());
    }
}

pub fn decide(mut facts: Facts, commands: &[Command], now: Micros) -> (Vec<Decision>, Facts) {
    let decisions = commands.iter().map(|command| command.decide(&mut facts, now)).collect();
    (decisions, facts)
}

/// What a store loads for these commands: what they name, then the products that are known by now.
pub fn restrict(shop: &Facts, commands: &[Command]) -> Facts {
    let mut facts = Facts::default();
    let mut needs = Needs::of(commands.iter(), &facts);
    let Needs { order_keys, traces, usernames, emails, slugs, skus, public_ids, .. } = &needs;
    facts.order_keys = pick(&shop.order_keys, order_keys);
    facts.traces = pick(&shop.traces, traces);
    facts.usernames = pick(&shop.usernames, usernames);
    facts.emails = pick(&shop.emails, emails);
    facts.categories = pick(&shop.categories, slugs);
    facts.skus = pick(&shop.skus, skus);
    facts.public_ids = pick(&shop.public_ids, public_ids);
    facts.sessions = pick(&shop.sessions, &needs.sessions);
    facts.orders = pick(&shop.orders, &needs.orders);
    facts.last_product = if needs.last_product { shop.last_product } else { 0 };
    facts.last_category = if needs.last_category { shop.last_category } else { 0 };
    if needs.is_partial {
        needs = Needs::of(commands.iter(), &facts);
    }
    facts.products = pick(&shop.products, &needs.products);
    facts.stock = pick(&shop.stock, &needs.products);
    facts
}

fn pick<K: Ord + Clone, V: Clone>(from: &BTreeMap<K, V>, keys: &BTreeSet<K>) -> BTreeMap<K, V> {
    keys.iter().filter_map(|key| from.get_key_value(key)).map(clone_pair).collect()
}

fn clone_pair<K: Clone, V: Clone>((key, value): (&K, &V)) -> (K, V) {
    (key.clone(), value.clone())
}

/// The shop after a commit: only what the changes name is taken from what was decided.
pub fn flush(shop: &Facts, decided: &Facts) -> Facts {
    let (mut next, changes) = (shop.clone(), &decided.changes);
    for account in &changes.accounts {
        next.usernames.insert(account.username.folded(), account.id);
        next.emails.insert(account.email.folded(), account.id);
    }
    for id in changes.opened_sessions.iter().chain(&changes.changed_sessions) {
        next.sessions.insert(*id, decided.sessions[id].clone());
    }
    for category in &changes.categories {
        next.last_category = next.last_category.max(category.id.0);
        next.categories.insert(category.slug.clone(), category.clone());
    }
    for trace in &changes.traces {
        next.traces.insert((trace.caller, trace.key.clone()), trace.clone());
    }
    for id in changes.placed_orders.iter().chain(&changes.moved_orders) {
        next.orders.insert(*id, decided.orders[id].clone());
    }
    for id in &changes.placed_orders {
        let order = &decided.orders[id];
        if let Some(once) = &order.once {
            let (order, fingerprint) = (order.owner, once.fingerprint);
            let before = domain::idempotency::PlacedBefore { order: *id, fingerprint };
            next.order_keys.insert((order, once.key.clone()), before);
        }
    }
    flush_products(&mut next, decided);
    next
}

fn flush_products(next: &mut Facts, decided: &Facts) {
    let Changes { created_products, edited_products, .. } = &decided.changes;
    for id in edited_products {
        next.skus.retain(|_, owner| owner != id);
    }
    for id in created_products.union(edited_products) {
        let product = decided.products[id].clone();
        next.skus.insert(product.sku.clone(), *id);
        next.public_ids.insert(product.public_id, *id);
        next.last_product = next.last_product.max(id.0);
        next.products.insert(*id, product);
    }
    for id in created_products {
        next.stock.insert(*id, Stock::default());
    }
    for ((product, _), delta) in decided.changes.stock_deltas() {
        next.stock.entry(product).or_default().on_hand += delta;
    }
}

pub fn product(id: i64, minor: i64, now: Micros) -> Product {
    Product {
        id: ProductId(id),
        public_id: PublicId(Uuid::from_u128(id as u128)),
        sku: Sku::stored(&format!("S{id}")),
        name: text(&format!("thing {id}")),
        description: text("as it was"),
        image_url: None,
        price: Money::new(minor, currency("EUR")),
        category: None,
        category_slug: None,
        version: 1,
        is_archived: false,
        created_at: now,
        updated_at: now,
    }
}

fn first_receipt(product: ProductId, delta: i64, at: Micros) -> StockEntry {
    let (location, kind, actor) = (LocationId::MAIN, EntryKind::Receipt, Caller::SYSTEM);
    let correlation = CorrelationId(Uuid::nil());
    StockEntry { product, location, kind, delta, reason: None, actor, correlation, at }
}
