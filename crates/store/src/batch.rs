//! One batch, once for both engines: load what its commands need, decide each in turn, write what
//! changed and commit.

use crate::{
    accounts, categories, events, orders, products, sessions, stock,
    tx::{Counted, Error, Read, Tx, Write},
    upkeep,
};
use domain::{BatchId, Command, Decision, Facts, Micros, Needs, OrderId, Outcome};
use std::{collections::BTreeMap, sync::Arc};

/// A batch up to its commit: what was decided, and what is to be written.
pub struct Decided {
    pub decisions: Vec<Decision>,
    pub facts: Facts,
    now: Micros,
}

/// Loads and decides. The transaction stays open.
pub fn decide(tx: &mut dyn Tx, id: BatchId, commands: &[&Command]) -> Result<Decided, Error> {
    let mut facts = Facts::default();
    let now = load(tx, id, commands, &mut facts)?;
    let decisions = commands.iter().map(|command| command.decide(&mut facts, now)).collect();
    Ok(Decided { decisions, facts, now })
}

impl Decided {
    pub fn changes_nothing(&self) -> bool {
        self.facts.changes.is_empty()
    }

    pub fn write_and_commit(&self, tx: &mut dyn Tx) -> Result<Counted, Error> {
        tx.write_and_commit(&writes(&self.facts, self.now))
    }

    /// The decisions, with the numbers that the commit gave to their orders.
    pub fn numbered(self, counted: &Counted) -> Vec<Decision> {
        let Decided { mut decisions, facts, .. } = self;
        let placed = facts.changes.placed_orders.clone();
        // The facts share the orders: with them gone, a number is written without a copy.
        drop(facts);
        number_orders(&mut decisions, &placed, counted);
        decisions
    }
}

/// Names and roots first; then, when every product is known, all stock in one statement. When the
/// commands name products by their ids, both go in one round trip. Keys come after all locks: who
/// waited for another node's order of the same key must see that order, and not only its stock gone.
fn load(
    tx: &mut dyn Tx,
    id: BatchId,
    commands: &[&Command],
    facts: &mut Facts,
) -> Result<Micros, Error> {
    let first = Needs::of(commands.iter().copied(), facts);
    let (mut found, mut lines) = (BTreeMap::new(), BTreeMap::new());
    let now = {
        let Facts {
            order_keys,
            traces,
            usernames,
            emails,
            sessions,
            categories,
            skus,
            public_ids,
            products,
            stock,
            last_product,
            last_category,
            ..
        } = &mut *facts;
        let mut reads = vec![
            accounts::find(&accounts::FIND_USERNAMES, &first.usernames, usernames),
            accounts::find(&accounts::FIND_EMAILS, &first.emails, emails),
            categories::find(&first.slugs, categories),
            products::find_skus(&first.skus, skus),
            products::find_public_ids(&first.public_ids, public_ids),
            sessions::find(&first.sessions, sessions),
            orders::find(&first.orders, &mut found),
            orders::find_lines(&first.orders, &mut lines),
        ];
        if !first.is_partial {
            reads.extend(shelves(&first, products, stock, last_product, last_category));
            reads.push(orders::find_keys(&first.order_keys, order_keys));
            reads.push(upkeep::find_traces(&first.traces, traces));
        }
        reads.retain(|read| !read.keys.is_empty());
        tx.begin(id, &mut reads)?
    };
    facts.orders = orders::assembled(found, lines);
    if first.is_partial {
        let second = Needs::of(commands.iter().copied(), facts);
        let Facts { order_keys, traces, products, stock, last_product, last_category, .. } = facts;
        let mut reads = Vec::from(shelves(&second, products, stock, last_product, last_category));
        reads.push(orders::find_keys(&second.order_keys, order_keys));
        reads.push(upkeep::find_traces(&second.traces, traces));
        reads.retain(|read| !read.keys.is_empty());
        if !reads.is_empty() {
            tx.read(&mut reads)?;
        }
    }
    Ok(now)
}

/// Edited products, then products, then their stock, then the counters of new ids.
fn shelves<'f>(
    needs: &'f Needs,
    products: &'f mut BTreeMap<domain::ProductId, domain::Product>,
    stock: &'f mut BTreeMap<domain::ProductId, domain::Stock>,
    last_product: &'f mut i64,
    last_category: &'f mut i64,
) -> [Read<'f>; 4] {
    let counters = [("categories", needs.last_category), ("products", needs.last_product)];
    [
        products::lock(&needs.edited_products),
        products::find(&needs.products, products),
        stock::find(&needs.products, stock),
        upkeep::find_counters(&counters, last_product, last_category),
    ]
}

/// Tables in fixed order: parents before children, the two counted ones last, because their
/// counters are what all nodes share.
fn writes(facts: &Facts, now: Micros) -> Vec<Write<'_>> {
    let changes = &facts.changes;
    let mut writes = vec![
        accounts::insert(&changes.accounts),
        sessions::insert(facts),
        sessions::set(facts),
        categories::insert(&changes.categories),
    ];
    writes.extend(products::insert(facts));
    writes.extend(products::set(facts));
    writes.extend([
        stock::insert(&changes.created_products),
        upkeep::set_counters(facts),
        stock::add(changes),
        stock::insert_entries(changes, now),
        upkeep::insert_traces(&changes.traces),
    ]);
    writes.extend(upkeep::prunes(facts));
    writes.extend([
        orders::insert_lines(facts),
        orders::set(facts),
        orders::append(facts),
        events::append(&changes.events),
    ]);
    writes.retain(|write| !write.rows.is_empty());
    writes
}

/// Orders learn their numbers from the counter that the commit has raised.
fn number_orders(decisions: &mut [Decision], placed: &[OrderId], counted: &Counted) {
    let last = counted.iter().find(|(counter, _)| *counter == "orders").map(|(_, last)| *last);
    let Some(last) = last else { return };
    let first = last - placed.len() as i64 + 1;
    let numbers: BTreeMap<_, _> = placed.iter().zip(first..).collect();
    for decision in decisions {
        if let Ok(Outcome::Placed(order)) = decision {
            let number = numbers.get(&order.id).copied();
            Arc::make_mut(order).number = number;
        }
    }
}
