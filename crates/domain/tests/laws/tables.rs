//! All tables of two sets of facts side by side, in the order of their locks, tier by tier.
//!
//! The tiers are the design's, written a second time: names and roots; what they lead to, and the
//! counters; keys and traces. A table that is left out does not compile.

use domain::{
    Facts,
    facts::{Row, Table},
};
use std::fmt::Debug;

#[derive(Clone, Copy)]
pub struct Place {
    pub name: &'static str,
    pub tier: u8,
    /// It tells what other tables' rows are called, and is never written.
    pub is_view: bool,
}

pub trait Visit {
    /// `find` tells what a row is found by.
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        place: Place,
        one: &mut Table<R>,
        other: &Table<R>,
        find: fn(&R::Key) -> R::Find,
    );
}

/// They are found by their keys.
macro_rules! first_tier {
    ($place:ident, $to:ident, $other:ident: $($table:ident),+) => {
        $($to.table($place(stringify!($table), 1), $table, &$other.$table, Clone::clone);)+
    };
}

pub fn each(one: &mut Facts, other: &Facts, to: &mut impl Visit) {
    let Facts {
        usernames,
        lookalikes,
        emails,
        accounts,
        addresses,
        links,
        factors,
        sessions,
        api_keys,
        slugs,
        categories,
        branches,
        category_uses,
        skus,
        public_ids,
        products,
        shelves,
        carts,
        holds,
        crowds,
        offers,
        claims,
        orders,
        counters,
        consumers,
        figures,
        standings,
        key_standings,
        ledgers,
        placed,
        traces,
        bought,
        entries: _,
        events: _,
        trail: _,
        erasures: _,
        regained: _,
        prunes: _,
        puts: _,
        looks_again: _,
        is_last_look: _,
    } = one;
    let rows = |name, tier| Place { name, tier, is_view: false };
    let view = |name, tier| Place { name, tier, is_view: true };
    first_tier!(view, to, other: usernames, lookalikes, emails, slugs, skus, public_ids);
    first_tier!(rows, to, other: accounts, links, factors, sessions, api_keys);
    first_tier!(rows, to, other: consumers, orders, carts);
    to.table(rows("holds", 1), holds, &other.holds, |(cart, _)| *cart);
    to.table(rows("crowds", 2), crowds, &other.crowds, Clone::clone);
    to.table(view("offers", 2), offers, &other.offers, Clone::clone);
    to.table(rows("claims", 2), claims, &other.claims, Clone::clone);
    to.table(rows("addresses", 2), addresses, &other.addresses, |(account, _)| *account);
    to.table(rows("products", 2), products, &other.products, Clone::clone);
    to.table(rows("shelves", 2), shelves, &other.shelves, |(product, _)| *product);
    to.table(rows("counters", 2), counters, &other.counters, Clone::clone);
    to.table(rows("figures", 2), figures, &other.figures, Clone::clone);
    to.table(view("branches", 3), branches, &other.branches, |(tree, _)| *tree);
    to.table(view("uses of categories", 3), category_uses, &other.category_uses, Clone::clone);
    to.table(rows("categories", 3), categories, &other.categories, Clone::clone);
    to.table(view("standings", 3), standings, &other.standings, Clone::clone);
    to.table(view("standings of keys", 3), key_standings, &other.key_standings, Clone::clone);
    to.table(view("ledgers", 3), ledgers, &other.ledgers, Clone::clone);
    to.table(view("keys of orders", 3), placed, &other.placed, Clone::clone);
    to.table(rows("traces", 3), traces, &other.traces, Clone::clone);
    to.table(rows("bought", 4), bought, &other.bought, Clone::clone);
}
