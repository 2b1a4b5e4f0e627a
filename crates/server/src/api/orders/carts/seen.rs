//! How many lines carts had when this node last saw them: a checkout is weighed by them, before anything is
//! read. Nothing is decided from it.

use domain::carts::{CartId, Filled};
use moka::future::Cache;

/// Ten megabytes, if all of them are seen.
const CARTS: u64 = 100_000;

pub struct SeenCarts(Cache<CartId, usize>);

impl Default for SeenCarts {
    fn default() -> SeenCarts {
        SeenCarts(Cache::builder().max_capacity(CARTS).build())
    }
}

impl SeenCarts {
    pub async fn note(&self, cart: CartId, filled: &Filled) {
        match filled.lines.len() {
            0 => drop(self.0.remove(&cart).await),
            lines => self.0.insert(cart, lines).await,
        }
    }

    /// `None` of one that was not seen on this node since it began.
    pub async fn lines(&self, cart: CartId) -> Option<usize> {
        self.0.get(&cart).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[tokio::test]
    async fn a_cart_has_the_lines_that_it_was_seen_with() {
        let (seen, cart) = (SeenCarts::default(), CartId(Uuid::from_u128(1)));
        let filled = |lines: usize| {
            let currency = "EUR".parse().unwrap();
            let offer = domain::carts::Offer {
                product: domain::ProductId(1),
                public_id: domain::PublicId(Uuid::nil()),
                sku: domain::Sku::new("TIN").unwrap(),
                name: domain::Text::new("Tin").unwrap(),
                price: domain::Money::new(1, currency),
                is_archived: false,
            };
            let line = domain::carts::FilledLine { offer, units: 1 };
            Filled { expires_at: None, lines: vec![line; lines] }
        };
        assert_eq!(seen.lines(cart).await, None);
        for lines in [3, 1, 7] {
            seen.note(cart, &filled(lines)).await;
            assert_eq!(seen.lines(cart).await, Some(lines));
        }
        assert_eq!(seen.lines(CartId(Uuid::from_u128(2))).await, None);
        seen.note(cart, &filled(0)).await;
        assert_eq!(seen.lines(cart).await, None);
    }
}
