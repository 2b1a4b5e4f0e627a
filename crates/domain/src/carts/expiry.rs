//! The end of carts that nobody has changed for too long: what they held is free again.

use super::{CartId, Hold};
use crate::{
    CallerKind, Context, Event, EventKind, Facts, Subject,
    events::ExpiredData,
    rules::{Never, Rule, Weight, Who},
};

/// What an event tells of a line: an id and a figure.
const ITEM_BYTES_MOST: usize = 64;

/// Gives back what these carts hold, of those that have expired by now. One that seems to live for longer
/// than any may, for the clock went back or the time of all was made shorter, lives as long as they do.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpireCarts {
    pub carts: Vec<CartId>,
    /// As many as they had when they were found.
    pub lines: usize,
    pub ttl_us: i64,
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
        let latest = now.plus(self.ttl_us);
        for id in &self.carts {
            let Some(cart) = facts.carts.get(id).cloned() else { continue };
            if cart.is_expired(now) {
                let held: Vec<Hold> = facts.held(*id).cloned().collect();
                facts.let_cart_go(&cart, now);
                let customer = (cart.kind == CallerKind::Account).then_some(cart.id.0);
                facts.events.add(Event {
                    subject: Subject::cart(*id),
                    version: None,
                    kind: EventKind::CartExpired,
                    data: Some(ExpiredData::written(customer, &held)),
                    actor: context.who.actor.caller,
                    correlation: context.who.correlation,
                    at: now,
                });
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
