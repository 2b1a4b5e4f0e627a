//! What a client asks for next: each role has its share of every command.

use super::{
    beginnings::{CUSTOMERS, PRODUCTS},
    client::{Client, Role},
    journal::Fate,
    requests::{Ask, Units},
};
use crate::nouns::{accounts, carts, categories, orders, products, sessions, stock};
use std::{collections::BTreeMap, ops::RangeInclusive};
use uuid::Uuid;

/// Of so many orders the staff choose one to begin with.
const ORDERED_LATELY: usize = 12;

impl Client {
    /// Something that nobody else names so.
    pub fn name(&mut self, what: &str) -> String {
        self.named += 1;
        format!("{what}-{}-{}", self.number, self.named)
    }

    /// Every customer has the same keys: they are the customer's own.
    pub(super) fn key(&mut self) -> String {
        self.named += 1;
        format!("key-{}-{}", self.number / CUSTOMERS, self.named)
    }

    pub(super) fn wish(&mut self) -> Ask {
        let share = self.random.below(100);
        match self.role {
            Role::Customer => {
                let live = match share {
                    0..10 => orders::Ask::cancel(self),
                    10..18 => orders::Ask::note(self),
                    _ => None,
                };
                match live {
                    Some(ask) => ask.into(),
                    None if share < 45 => carts::Ask::next(self).into(),
                    None => orders::Ask::place(self).into(),
                }
            }
            Role::Staff => match share {
                0..6 => products::Ask::create(self).into(),
                6..10 => products::Ask::import(self).into(),
                10..16 => match products::Ask::archive(self) {
                    Some(archive) => archive.into(),
                    None => products::Ask::create(self).into(),
                },
                16..36 => products::Ask::edit(self).into(),
                36..46 => self.wish_of_categories().into(),
                46..54 => {
                    let product = self.random.between(1, PRODUCTS);
                    stock::Ask::Repair { product }.into()
                }
                54..62 => stock::Ask::Sheet { deltas: self.lines(9, 1..=9) }.into(),
                62..82 => match orders::Ask::work(self) {
                    Some(work) => work.into(),
                    None => products::Ask::edit(self).into(),
                },
                _ => {
                    let mut deltas = self.lines(4, -5..=20);
                    // So that the lines of two batches cross.
                    if self.random.chance(500) {
                        deltas.reverse();
                    }
                    stock::Ask::Move { deltas }.into()
                }
            },
            Role::People | Role::Admin => self.step(),
            Role::Newcomer => {
                let refresh = if share < 80 { sessions::Ask::refresh(self) } else { None };
                if let Some(refresh) = refresh {
                    return refresh.into();
                }
                let log_in =
                    if self.random.chance(700) { sessions::Ask::log_in(self) } else { None };
                match log_in {
                    Some(log_in) => log_in.into(),
                    None => accounts::Ask::register(self).into(),
                }
            }
        }
    }

    /// What any client was told that it has.
    pub fn ordered_lately(&self) -> Vec<Uuid> {
        self.journal.latest(ORDERED_LATELY, |entry| match (&entry.ask, &entry.fate) {
            (
                Ask::Orders(orders::Ask::Place { .. }) | Ask::Carts(carts::Ask::Checkout),
                Fate::Done(told),
            ) => Uuid::parse_str(told["id"].as_str()?).ok(),
            _ => None,
        })
    }

    fn wish_of_categories(&mut self) -> categories::Ask {
        let wished = match self.random.below(3) {
            0 => None,
            1 => categories::Ask::edit(self),
            _ => categories::Ask::remove(self),
        };
        wished.unwrap_or_else(|| categories::Ask::create(self))
    }

    /// Products that differ: low numbers, which everybody wants, more often than high ones.
    pub fn lines(&mut self, most: usize, many: RangeInclusive<i64>) -> Vec<Units> {
        let count = 1 + self.random.below(most);
        let mut lines = BTreeMap::new();
        for _ in 0..count {
            let below = 1 + self.random.below(PRODUCTS as usize);
            let product = 1 + self.random.below(below) as i64;
            lines.insert(product, self.random.between(*many.start(), *many.end()));
        }
        lines
            .into_iter()
            .map(|(product, many)| (product, if many == 0 { 1 } else { many }))
            .collect()
    }
}
