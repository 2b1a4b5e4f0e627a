//! A shop beside the model: how the model begins with what the shop has, and that both are alike after
//! every batch.

use crate::{
    nouns::{
        NOUNS,
        sweeps::{CONSUMERS_US, TRAIL_US},
    },
    shop::Shop,
    store::rows,
};
use domain::{IdempotencyKey, facts::Row};
use model::{Model, Place};
use proptest::{prelude::*, test_runner::TestCaseResult};
use std::{collections::BTreeSet, fmt::Debug};

pub fn model_of(shop: &Shop) -> Model {
    let accounts = rows(&shop.facts.accounts).map(|account| (account.id, account.clone()));
    let products = rows(&shop.facts.products).map(|product| (product.id, product.clone()));
    let stock = rows(&shop.facts.shelves).map(|shelf| (shelf.product, shelf.stock()));
    Model {
        accounts: accounts.collect(),
        products: products.collect(),
        stock: stock.collect(),
        carts: rows(&shop.facts.carts).map(|cart| (cart.id, cart.clone())).collect(),
        holds: rows(&shop.facts.holds).map(|hold| (hold.key(), hold.clone())).collect(),
        entries: shop.books.entries.clone(),
        ..Model::default()
    }
}

/// Compares what the shop has become with what it should be.
pub fn compare(model: &Model, shop: &Shop) -> TestCaseResult {
    for noun in NOUNS {
        noun.compare(model, shop)?;
    }
    prop_assert_eq!(&shop.books.trail, &model.trail);
    let facts = &shop.facts;
    let keyed = |is_order| move |(caller, key): &_| (is_order, *caller, IdempotencyKey::clone(key));
    let orders = facts.placed.rows.keys().map(keyed(true));
    let traces = facts.traces.rows.keys().map(keyed(false));
    let kept: BTreeSet<_> = orders.chain(traces).collect();
    prop_assert_eq!(kept, model.done.keys().cloned().collect::<BTreeSet<_>>());
    Ok(())
}

/// How long a trace is kept is the store's business; an order's key is kept for ever. A consumer is
/// forgotten when nobody has seen it for seven days.
pub fn forget_pruned(model: &mut Model, shop: &Shop) {
    let Shop { facts, now, books, .. } = shop;
    let is_kept = |(is_order, caller, key): &Place| {
        *is_order || facts.traces.get(&(*caller, key.clone())).is_some()
    };
    model.done.retain(|place, _| is_kept(place));
    model.sessions.retain(|id, session| {
        let is_kept = facts.sessions.get(id).is_some();
        assert!(is_kept || session.expires_at <= *now, "pruned alive: {session:?}");
        is_kept
    });
    model.links.retain(|key, link| {
        let is_kept = facts.links.get(key).is_some();
        assert!(is_kept || link.expires_at <= *now, "pruned while it is good: {link:?}");
        is_kept
    });
    let pruned = model.trail.len() - books.trail.len();
    for entry in model.trail.drain(..pruned) {
        assert!(now.0 - entry.at.0 > TRAIL_US, "pruned too early: {entry:?}");
    }
    model.consumers.retain(|name, consumer| {
        let is_kept = facts.consumers.get(name).is_some();
        let unseen_us = now.0 - consumer.seen_at.0;
        assert!(is_kept || unseen_us > CONSUMERS_US, "pruned too early: {consumer:?}");
        is_kept
    });
}

pub fn same_rows<'r, R: Debug + PartialEq + 'r>(
    found: impl Iterator<Item = &'r R>,
    expected: impl Iterator<Item = &'r R>,
) -> TestCaseResult {
    prop_assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    Ok(())
}
