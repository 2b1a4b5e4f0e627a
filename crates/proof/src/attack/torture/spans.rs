//! How long things last in a tortured shop: so short that some of them end while it is tortured.

use std::time::Duration;

/// What is left alone in a cart ends between two cycles, or beside a fault that lasts.
const CART_TTL: Duration = Duration::from_secs(2);
/// In some shops even a cart that somebody goes on filling grows old, and has to rest.
const CART_MAX_AGES: [Duration; 3] =
    [Duration::from_secs(3600), Duration::from_secs(3600), Duration::from_secs(6)];
/// In some shops nobody begins with an order in time.
const PENDING_TTLS: [Duration; 2] = [Duration::ZERO, Duration::from_secs(2)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spans {
    cart_max_age: Duration,
    pending_ttl: Duration,
}

impl Spans {
    /// Of the shop with this number, of those of one fault on one engine: in turn, so that each kind comes.
    pub fn of(shop: u64) -> Spans {
        let turn = usize::try_from(shop % 6).unwrap_or(0);
        Spans { cart_max_age: CART_MAX_AGES[turn % 3], pending_ttl: PENDING_TTLS[turn % 2] }
    }

    /// By the names of the settings.
    pub fn settings(self) -> [(&'static str, String); 3] {
        [
            ("CART_TTL", CART_TTL),
            ("CART_MAX_AGE", self.cart_max_age),
            ("PENDING_TTL", self.pending_ttl),
        ]
        .map(|(name, span)| (name, format!("{}s", span.as_secs())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn some_shops_let_carts_grow_old_and_some_let_orders_wait_and_some_do_both() {
        let told: BTreeSet<_> = (0..6).map(|shop| Spans::of(shop).settings()).collect();
        assert_eq!(told.len(), 4);
        assert!(told.iter().all(|settings| settings[0].1 == "2s"));
    }
}
