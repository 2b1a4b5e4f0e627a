//! What clients ask for: an order in plain values, for the limit, and as a rule, for the store.

use domain::{
    AccountId, Actor, Caller, CorrelationId, Currency, Details, ExpectedLine, IdempotencyKey, Most,
    Once, OrderId, PlaceOrder, ProductId, ProductRef, Quantity, Role, Rule, Text, Who,
    idempotency::once_id,
};
use uuid::Uuid;

/// One order, wanted by one customer.
#[derive(Clone, Debug)]
pub struct Basket {
    pub id: Uuid,
    pub owner: Uuid,
    pub key: String,
    pub fingerprint: Uuid,
    pub once_id: Uuid,
    pub correlation: Uuid,
    pub note: String,
    pub lines: Vec<BasketLine>,
}

#[derive(Clone, Copy, Debug)]
pub struct BasketLine {
    pub product: i64,
    pub quantity: i64,
}

/// What all clients of a run draw their orders from.
#[derive(Clone, Copy, Debug)]
pub struct Mix {
    pub products: u32,
    pub lines: u32,
    pub is_hot: bool,
}

impl Mix {
    /// A new order: random product, one unit, a key that was never used.
    pub fn draw(&self, owner: Uuid) -> Basket {
        let key = Uuid::now_v7();
        let products = i64::from(self.products.max(1));
        let first = match self.is_hot {
            true => 0,
            false => (key.as_u128() as u64 >> 8) as i64 % products,
        };
        let place = IdempotencyKey::stored(&key.to_string());
        let line =
            |n: u32| BasketLine { product: (first + i64::from(n)) % products + 1, quantity: 1 };
        Basket {
            id: Uuid::now_v7(),
            owner,
            key: key.to_string(),
            // The store computes its own; here it only has to be as long.
            fingerprint: key,
            once_id: once_id(Caller::account(AccountId(owner)), &place),
            correlation: Uuid::now_v7(),
            note: String::new(),
            lines: (0..self.lines).map(line).collect(),
        }
    }

    /// What one customer has ordered.
    pub fn history(&self, orders: u32) -> impl Iterator<Item = Basket> {
        let owner = Uuid::now_v7();
        (0..orders).map(move |_| self.draw(owner))
    }
}

impl Basket {
    pub fn into_order(self, currency: Currency) -> (Who, PlaceOrder) {
        let line = |line: BasketLine| ExpectedLine {
            product: ProductRef::Id(ProductId(line.product)),
            quantity: Quantity::new(line.quantity).expect("every basket is for at least one unit"),
            price: None,
        };
        let order = PlaceOrder {
            id: OrderId(self.id),
            currency,
            most: Most::default(),
            lines: self.lines.into_iter().map(line).collect(),
            total: None,
            details: Details::noted(Text::stored(&self.note)),
            customer: None,
        };
        let key = IdempotencyKey::stored(&self.key);
        let who = Who {
            actor: Actor::of(Caller::account(AccountId(self.owner)), Role::Customer),
            correlation: CorrelationId(self.correlation),
            once: order.fingerprint().map(|fingerprint| Once { key, fingerprint }),
        };
        (who, order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_stay_among_the_products_and_hot_ones_on_the_first() {
        let owner = Uuid::now_v7();
        let spread = Mix { products: 10, lines: 3, is_hot: false };
        let mut seen = [false; 10];
        for _ in 0..1000 {
            let basket = spread.draw(owner);
            assert_eq!(basket.lines.len(), 3);
            for line in basket.lines {
                seen[usize::try_from(line.product - 1).unwrap()] = true;
            }
        }
        assert_eq!(seen, [true; 10]);
        let hot = Mix { is_hot: true, lines: 1, ..spread };
        assert!((0..100).all(|_| hot.draw(owner).lines[0].product == 1));
    }
}
