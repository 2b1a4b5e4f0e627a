//! What a client asks for next.

use super::{
    asks::{Ask, Line},
    client::{Client, Role},
    stand::{CUSTOMERS, PRODUCTS, price_minor},
};
use std::{collections::BTreeMap, ops::RangeInclusive};

impl Client {
    /// Something that nobody else names so.
    pub(super) fn name(&mut self, what: &str) -> String {
        self.named += 1;
        format!("{what}-{}-{}", self.number, self.named)
    }

    /// Every customer has the same keys: they are the customer's own.
    pub(super) fn key(&mut self) -> String {
        self.named += 1;
        format!("key-{}-{}", self.number / CUSTOMERS, self.named)
    }

    pub(super) fn wish(&mut self) -> Ask {
        match self.role {
            Role::Customer => match self.random.below(100) {
                0..15 if !self.live.is_empty() => {
                    let order = self.live[self.random.below(self.live.len())];
                    Ask::Cancel { order }
                }
                _ => self.order(),
            },
            Role::Staff => match self.random.below(100) {
                0..10 => Ask::CreateProduct {
                    sku: self.name("SKU"),
                    price_minor: self.random.between(0, 10_000),
                    quantity: self.random.between(0, 50),
                },
                // Every product has one editor, so that the last name told is the last one given.
                10..40 => {
                    let place = self.random.below(PRODUCTS as usize / 2) as i64 * 2;
                    let product = 1 + place + (self.number as i64 & 1);
                    Ask::EditProduct { product, name: self.name("Name") }
                }
                _ => Ask::MoveStock { deltas: self.lines(4, -5..=20) },
            },
            Role::Newcomer => match (self.random.below(100), self.sessions.is_empty()) {
                (0..80, false) => {
                    let held: Vec<&String> = self.sessions.values().collect();
                    let token = held[self.random.below(held.len())].clone();
                    Ask::Refresh { token }
                }
                (80..90, _) if !self.known.is_empty() => {
                    let username = self.known[self.random.below(self.known.len())].clone();
                    Ask::LogIn { username }
                }
                _ if self.known.is_empty() || self.random.chance(300) => {
                    Ask::Register { username: self.name("n") }
                }
                _ => {
                    let username = self.known[self.random.below(self.known.len())].clone();
                    Ask::LogIn { username }
                }
            },
        }
    }

    fn order(&mut self) -> Ask {
        let lines = self.lines(3, 1..=4);
        let total = lines.iter().map(|(product, many)| price_minor(*product) * many).sum();
        Ask::PlaceOrder { lines, total_minor: self.random.chance(500).then_some(total) }
    }

    /// Products that differ: low numbers, which everybody wants, more often than high ones.
    fn lines(&mut self, most: usize, many: RangeInclusive<i64>) -> Vec<Line> {
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
