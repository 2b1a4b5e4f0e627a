//! How long things last in a tortured shop: so short that some of them end while it is tortured.

use std::time::Duration;

/// What is left alone in a cart ends between two cycles, or beside a fault that lasts.
const CART_TTL: Duration = Duration::from_secs(2);
/// In some shops even a cart that somebody goes on filling grows old, and has to rest.
const CART_MAX_AGES: [Duration; 3] =
    [Duration::from_secs(3600), Duration::from_secs(3600), Duration::from_secs(6)];
/// In some shops nobody begins with an order in time.
const PENDING_TTLS: [Duration; 2] = [Duration::ZERO, Duration::from_secs(2)];
/// In some shops workers do what the staff do, too, once their owners had time to cancel.
const PROCESSING: [&str; 4] = ["manual", "simulated", SERVED, "instant"];
const SERVED: &str = "http";
const PROCESSING_AFTER: Duration = Duration::from_secs(1);
const PROCESSING_TIME: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spans {
    cart_max_age: Duration,
    pending_ttl: Duration,
    processing: &'static str,
    processing_after: Duration,
}

impl Spans {
    /// Of the shop with this number, of those of one fault on one engine: in turn, so that each kind comes.
    pub fn of(shop: u64) -> Spans {
        let turn = usize::try_from(shop % 12).unwrap_or(0);
        Spans {
            cart_max_age: CART_MAX_AGES[turn % 3],
            pending_ttl: PENDING_TTLS[turn / 2 % 2],
            processing: PROCESSING[turn % 4],
            processing_after: PROCESSING_AFTER,
        }
    }

    /// The same, with a fulfilment service that hears of orders at once in every other shop.
    pub fn served(self, shop: u64) -> Spans {
        let is_at_once = shop.is_multiple_of(2);
        let processing_after = if is_at_once { Duration::ZERO } else { PROCESSING_AFTER };
        Spans { processing: SERVED, processing_after, ..self }
    }

    pub fn is_served(self) -> bool {
        self.processing == SERVED
    }

    /// Whether orders come to an end by themselves.
    pub fn brings_orders_to_an_end(self) -> bool {
        self.processing != "manual"
    }

    /// By the names of the settings.
    pub fn settings(self) -> Vec<(&'static str, String)> {
        let spans = [
            ("CART_TTL", CART_TTL),
            ("CART_MAX_AGE", self.cart_max_age),
            ("PENDING_TTL", self.pending_ttl),
            ("PROCESSING_AFTER", self.processing_after),
            ("PROCESSING_TIME", PROCESSING_TIME),
        ];
        let spans = spans.map(|(name, span)| (name, format!("{}s", span.as_secs())));
        let processing = ("PROCESSING", self.processing.to_owned());
        spans.into_iter().chain([processing]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn some_shops_let_carts_grow_old_and_some_let_orders_wait_and_some_work_on_them() {
        let told: BTreeSet<_> = (0..12).map(|shop| Spans::of(shop).settings()).collect();
        // Of two ages of carts, with each of the four ways in which orders wait and are worked on.
        assert_eq!(told.len(), 8);
        assert!(Spans::of(0).served(0).is_served() && !Spans::of(0).is_served());
        let processing = |told: &Vec<(&str, String)>| told.last().unwrap().1.clone();
        assert_eq!(told.iter().map(processing).collect::<BTreeSet<_>>().len(), 4);
        assert!(told.iter().all(|settings| settings[0].1 == "2s"));
    }
}
