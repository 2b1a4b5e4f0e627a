//! What a key brings again: the answer that was kept under it.

use crate::Modelled;
use domain::{Action, Category, OrderId, StockResult, products::Shown};

#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    Order(OrderId),
    Product(Shown),
    Stock(Vec<StockResult>),
    Category(Box<Category>),
    /// Nothing that this version could read.
    Unreadable,
}

impl Kept {
    /// As its own command reads it.
    pub fn read(action: &Action, text: &str) -> Kept {
        Modelled::read(action, text).unwrap_or(Kept::Unreadable)
    }
}
