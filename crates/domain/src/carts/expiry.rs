//! The end of carts that nobody has changed for too long: what they held is free again.

use super::{CartId, ITEM_BYTES_MOST, REST_US};
use crate::{
    Context, Facts,
    rules::{Never, Rule, Weight, Who},
};

/// Gives back what these carts hold, of those that have expired by now, and forgets those that have rested. One
/// that seems to live for longer than any may, for the clock went back or the time of all was made shorter,
/// lives as long as they do.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpireCarts {
    pub carts: Vec<CartId>,
    /// As many as they had when they were found.
    pub lines: usize,
    /// Whoever they are of means to fill them again at once, before anybody else could.
    pub owner_waits: bool,
    pub ttl_us: i64,
    pub max_age_us: i64,
}

impl Rule for ExpireCarts {
    /// How many have gone.
    type Outcome = usize;
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "expire_carts"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        self.carts.iter().for_each(|cart| facts.want_to_let_go(*cart));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<usize, Never> {
        let (mut gone, now) = (0, context.now);
        for id in &self.carts {
            let Some(cart) = facts.carts.get(id).cloned() else { continue };
            let is_empty = facts.is_empty(*id);
            let latest = now.plus(if is_empty { REST_US } else { self.ttl_us });
            if is_empty && cart.is_expired(now) {
                facts.carts.drop(id);
                gone += 1;
            } else if !is_empty && cart.is_over(self.max_age_us, now) {
                facts.tell_expired(&cart, context);
                match self.owner_waits || cart.has_aged(self.max_age_us, now) {
                    true => facts.empty_cart(&cart, now),
                    false => facts.let_cart_go(&cart, now),
                }
                gone += 1;
            } else if cart.expires_at > latest
                && let Some(cart) = facts.carts.edit(id)
            {
                cart.opened_at = cart.opened_at.min(now);
                cart.updated_at = cart.updated_at.min(now);
                cart.expires_at = latest;
            }
        }
        Ok(gone)
    }

    fn weight(&self) -> Weight {
        let (carts, lines) = (self.carts.len(), self.lines);
        Weight {
            rows: 4 + 3 * carts + 2 * lines,
            bytes: 2048 + 256 * carts + ITEM_BYTES_MOST * lines,
        }
    }
}
