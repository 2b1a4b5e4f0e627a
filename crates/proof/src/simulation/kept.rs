//! What a key brings again: the answer that was kept under it, as its command reads it.

use domain::{
    Action, Category, CreateCategory, CreateProduct, EditProduct, Listed, MoveOrder, MoveStock,
    OrderId, PlaceOrder, StockResult, categories, orders, products, products::Shown, stock,
};

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
    pub fn read(action: &Action, text: &str) -> Kept {
        let kept = match action {
            Action::Orders(orders::Action::PlaceOrder(_)) => {
                PlaceOrder::before(text).map(Kept::Order)
            }
            Action::Orders(orders::Action::MoveOrder(_)) => {
                MoveOrder::before(text).map(Kept::Order)
            }
            Action::Products(products::Action::CreateProduct(_)) => {
                CreateProduct::before(text).map(Kept::Product)
            }
            Action::Products(products::Action::EditProduct(_)) => {
                EditProduct::before(text).map(Kept::Product)
            }
            Action::Stock(stock::Action::MoveStock(_)) => MoveStock::before(text).map(Kept::Stock),
            Action::Categories(categories::Action::CreateCategory(_)) => {
                CreateCategory::before(text).map(Kept::Category)
            }
            // No key can stand for these.
            Action::Accounts(_) | Action::Sessions(_) => None,
            Action::Consumers(_) | Action::Sweeps(_) => None,
        };
        kept.unwrap_or(Kept::Unreadable)
    }
}
