//! Compares the raw rows with the model: what a commit has touched at once, everything now and then.

use crate::simulation::{
    model::{Model, Place},
    rows::{self, Which},
};
use domain::{Consumer, Micros, Order, OrderId, StockEntry, Text};
use rusqlite::Connection;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::Arc,
};

/// What broke, in one line.
pub type Broken = String;
type Checked = Result<(), Broken>;

/// A trace is promised to be kept for a day at least, a session until it has expired.
const TRACES_KEPT_US: i64 = 24 * Micros::HOUR;
/// A consumer is promised to be remembered for so long after it was seen.
const CONSUMERS_KEPT_US: i64 = 7 * Micros::DAY;

/// Where the append-only tables were read up to.
#[derive(Default)]
pub struct Inspector {
    categories: usize,
    events: usize,
    entries: usize,
    last_entry: i64,
    /// What clients were told of orders: as placed, and as moved.
    acknowledged: BTreeMap<OrderId, Arc<Order>>,
}

fn failed(error: rusqlite::Error) -> Broken {
    format!("a row does not read: {error}")
}

fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Checked {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what}: the row is {found:?}, and should be {expected:?}")),
    }
}

impl Inspector {
    pub fn acknowledge(&mut self, order: &Arc<Order>) {
        let known = self.acknowledged.get(&order.id);
        if known.is_none_or(|known| known.version < order.version) {
            self.acknowledged.insert(order.id, order.clone());
        }
    }

    /// What the last commit has touched.
    pub fn check_commit(&mut self, connection: &Connection, model: &mut Model) -> Checked {
        let touched = std::mem::take(&mut model.touched);
        for id in &touched.orders {
            let found = rows::orders(connection, Which::One(*id)).map_err(failed)?;
            same("an order", found.first(), model.orders.get(id).map(|order| &**order))?;
        }
        for id in &touched.products {
            let found = rows::products(connection, Which::One(*id)).map_err(failed)?;
            let index = id.0 as usize - 1;
            let expected = (model.products[index].clone(), model.on_hand[index], 0);
            same("a product and its stock", found, vec![expected])?;
        }
        for id in &touched.sessions {
            let found = rows::sessions(connection, Which::One(*id)).map_err(failed)?;
            same("a session", found.first(), model.sessions.get(id))?;
        }
        for id in &touched.accounts {
            let found = rows::accounts(connection, Which::One(*id)).map_err(failed)?;
            same("an account", found.first(), model.accounts.get(id))?;
        }
        for name in &touched.consumers {
            let found = rows::consumers(connection, Which::One(name)).map_err(failed)?;
            same("a consumer", found.first(), model.consumers.get(name))?;
        }
        for (_, caller, key) in &touched.deeds {
            let is_kept = rows::has_trace(connection, *caller, key).map_err(failed)?;
            same("a trace of a key is kept", is_kept, true)?;
        }
        if let Some(now) = touched.swept_at {
            forget_what_was_swept(connection, model, now)?;
        }
        self.check_tails(connection, model)
    }

    /// The counters, and what was appended since the last look.
    fn check_tails(&mut self, connection: &Connection, model: &Model) -> Checked {
        let counters = rows::counters(connection).map_err(failed)?;
        let (categories, products) = (model.categories.len() as i64, model.products.len() as i64);
        let expected = vec![categories, model.placed, products];
        same("the counters of categories, orders and products", counters, expected)?;
        let feed = rows::feed(connection).map_err(failed)?;
        let expected = vec![(model.events.len() as i64, model.commits)];
        same("the feed's position and its commits", feed, expected)?;

        let found = rows::events_after(connection, self.events as i64).map_err(failed)?;
        let expected = (self.events as i64 + 1..).zip(model.events[self.events..].iter().cloned());
        same("new events", found, expected.collect())?;
        self.events = model.events.len();

        let found = rows::entries_after(connection, self.last_entry).map_err(failed)?;
        self.last_entry = found.last().map_or(self.last_entry, |(id, _)| *id);
        let found = found.into_iter().map(|(_, entry)| entry).collect();
        check_entries(found, &model.entries[self.entries..])?;
        self.entries = model.entries.len();

        if self.categories < model.categories.len() {
            let found = rows::categories_after(connection, self.categories as i64);
            let expected = &model.categories[self.categories..];
            same("new categories", &found.map_err(failed)?[..], expected)?;
            self.categories = model.categories.len();
        }
        Ok(())
    }

    /// Every row of every table, and the shop's own audit.
    pub fn check_all(&mut self, connection: &Connection, model: &Model) -> Checked {
        let by_id = |orders: Vec<Order>| {
            orders.into_iter().map(|order| (order.id, Arc::new(order))).collect::<BTreeMap<_, _>>()
        };
        let orders = by_id(rows::orders(connection, Which::All).map_err(failed)?);
        self.check_acknowledged(&orders)?;
        same_rows("orders", &orders, &model.orders)?;
        let products = rows::products(connection, Which::All).map_err(failed)?;
        let products = products.into_iter().map(|row| (row.0.id, row)).collect();
        let shelves = model.products.iter().cloned().zip(&model.on_hand);
        let expected = shelves.map(|(product, on_hand)| (product.id, (product, *on_hand, 0)));
        same_rows("products", &products, &expected.collect())?;
        let sessions = rows::sessions(connection, Which::All).map_err(failed)?;
        let sessions = sessions.into_iter().map(|session| (session.id, session)).collect();
        same_rows("sessions", &sessions, &model.sessions)?;
        let accounts = rows::accounts(connection, Which::All).map_err(failed)?;
        let accounts = accounts.into_iter().map(|account| (account.id, account)).collect();
        same_rows("accounts", &accounts, &model.accounts)?;
        let consumers = by_name(rows::consumers(connection, Which::All).map_err(failed)?);
        same_rows("consumers", &consumers, &model.consumers)?;
        (self.categories, self.events, self.entries, self.last_entry) = (0, 0, 0, 0);
        self.check_tails(connection, model)?;
        same("the keys of what was done", kept(connection)?, remembered(model))?;
        let doubled = rows::doubled_notes(connection).map_err(failed)?;
        same("orders that were placed twice", doubled, Vec::new())?;
        audit(connection)
    }

    /// By the rows and the answers alone: nothing that a client was told is missing or different.
    fn check_acknowledged(&self, orders: &BTreeMap<OrderId, Arc<Order>>) -> Checked {
        for (id, told) in &self.acknowledged {
            let Some(order) = orders.get(id) else {
                return Err(format!("an acknowledged order is missing: {told:?}"));
            };
            let is_same = order.owner == told.owner
                && order.lines == told.lines
                && order.total_minor == told.total_minor
                && (told.number.is_none() || told.number == order.number)
                && order.version >= told.version
                && (order.version > told.version || order.status == told.status);
            if !is_same {
                return Err(format!("an acknowledged order differs: {order:?}, told {told:?}"));
            }
        }
        Ok(())
    }
}

fn by_name(consumers: Vec<Consumer>) -> BTreeMap<Text<100>, Consumer> {
    consumers.into_iter().map(|consumer| (consumer.name.clone(), consumer)).collect()
}

/// Names the first difference only: a table may be long.
fn same_rows<K: Ord + Debug, V: PartialEq + Debug>(
    table: &str,
    found: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
) -> Checked {
    if found == expected {
        return Ok(());
    }
    for key in found.keys().chain(expected.keys()) {
        same(&format!("{key:?} of {table}"), found.get(key), expected.get(key))?;
    }
    Ok(())
}

/// The order of entries within a commit is nobody's promise.
fn check_entries(mut found: Vec<StockEntry>, expected: &[StockEntry]) -> Checked {
    for entry in expected {
        match found.iter().position(|found| found == entry) {
            Some(place) => drop(found.swap_remove(place)),
            None => return Err(format!("a stock entry is missing: {entry:?} among {found:?}")),
        }
    }
    same("stock entries that nobody made", found, Vec::new())
}

fn kept(connection: &Connection) -> Result<BTreeSet<Place>, Broken> {
    let traces = rows::traces(connection).map_err(failed)?;
    Ok(traces.into_iter().map(|(caller, key, _)| (false, caller, key)).collect())
}

fn remembered(model: &Model) -> BTreeSet<Place> {
    model.done.keys().filter(|(is_order, ..)| !is_order).cloned().collect()
}

/// When exactly they go is the shop's business; too early they must not.
fn forget_what_was_swept(connection: &Connection, model: &mut Model, now: Micros) -> Checked {
    let kept = kept(connection)?;
    let gone: Vec<Place> = remembered(model).difference(&kept).cloned().collect();
    for place in gone {
        let deed = model.done.remove(&place);
        let is_old = deed.as_ref().is_some_and(|deed| deed.at.0 + TRACES_KEPT_US <= now.0);
        same(&format!("{deed:?} of {place:?} was swept when it was old"), is_old, true)?;
    }
    let sessions = rows::sessions(connection, Which::All).map_err(failed)?;
    let sessions: BTreeSet<_> = sessions.into_iter().map(|session| session.id).collect();
    let gone: Vec<_> = model.sessions.keys().filter(|id| !sessions.contains(id)).copied().collect();
    for id in gone {
        let session = model.sessions.remove(&id);
        let is_old = session.as_ref().is_some_and(|session| session.expires_at <= now);
        same(&format!("{session:?} was swept when it was old"), is_old, true)?;
    }
    let consumers = by_name(rows::consumers(connection, Which::All).map_err(failed)?);
    let gone: Vec<_> =
        model.consumers.keys().filter(|name| !consumers.contains_key(*name)).cloned().collect();
    for name in gone {
        let consumer = model.consumers.remove(&name);
        let is_old = consumer.as_ref().is_some_and(|c| c.seen_at.0 + CONSUMERS_KEPT_US <= now.0);
        same(&format!("{consumer:?} was swept when it was old"), is_old, true)?;
    }
    Ok(())
}

fn audit(connection: &Connection) -> Checked {
    let findings = store::audit_connection(connection).map_err(|error| error.to_string())?;
    match findings.into_iter().find(|finding| !finding.is_sound()) {
        Some(finding) => {
            Err(format!("the audit found: not {:?}: {:?}", finding.holds, finding.rows))
        }
        None => Ok(()),
    }
}
