//! Every described statement, in one list: each driver prepares them all when it connects.

use crate::{accounts, bulk::Bulk, categories, events, orders, products, sessions, stock, upkeep};

pub static ALL: [&[&Bulk]; 8] = [
    &accounts::BULKS,
    &sessions::BULKS,
    &categories::BULKS,
    &products::BULKS,
    &stock::BULKS,
    &orders::BULKS,
    &events::BULKS,
    &upkeep::BULKS,
];

pub fn all() -> impl Iterator<Item = &'static Bulk> {
    ALL.iter().copied().flatten().copied()
}
