//! A guest logs in: what his cart holds is his account's. Nothing of it is free in between.

use super::{Cart, CartId, CartLimits, Filled, Hold};
use crate::{
    Caller, CallerKind, Context, Facts, Fingerprint, Micros, Most, ProductId, Quantity,
    idempotency::{self, Before},
    kinds,
    rules::{Keyed, Rule, Weight, Who},
};
use serde::{Deserialize, Serialize};

/// Moves what a guest's cart holds into the cart of the account that asks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimCart {
    pub guest: Caller,
    #[serde(skip)]
    pub limits: CartLimits,
    #[serde(skip)]
    pub most: Most,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftWhy {
    /// The cart has as many lines as it may have.
    CartFull,
    /// Its caller holds as many units as he may hold.
    HoldsTooMany,
    /// More than one order may have.
    TooManyUnits,
}

impl LeftWhy {
    pub const ALL: [LeftWhy; 3] = [LeftWhy::CartFull, LeftWhy::HoldsTooMany, LeftWhy::TooManyUnits];

    pub fn name(self) -> &'static str {
        match self {
            LeftWhy::CartFull => "cart_full",
            LeftWhy::HoldsTooMany => "holds_too_many",
            LeftWhy::TooManyUnits => "too_many_units",
        }
    }
}

/// Units that did not fit, and are free again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Left {
    pub product: ProductId,
    pub units: i64,
    pub why: LeftWhy,
}

impl Before for Vec<Left> {
    fn read(kept: &str) -> Option<Self> {
        idempotency::read(kept)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    pub cart: Filled,
    pub left: Vec<Left>,
}

kinds! {
    pub enum ClaimCartRefusal {
        /// What one's own cart held is still to be given back: to be asked again when it was.
        Expired = "cart_expired",
        /// It has held things for as long as any may, and is to hold nothing for a while.
        Rests { until: Micros } = "cart_rests",
    }
}

impl Rule for ClaimCart {
    type Outcome = Claimed;
    type Refusal = ClaimCartRefusal;

    fn name(&self) -> &'static str {
        "claim_cart"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        let own = CartId::of(who.actor.caller);
        facts.want_cart(own);
        facts.want_to_let_go(CartId::of(self.guest));
        let carts = [own, CartId::of(self.guest)];
        let held = carts
            .map(|cart| facts.holds.follow_all(&cart).map(|hold| hold.product).collect::<Vec<_>>());
        held[0].iter().for_each(|product| facts.offers.want(product));
        if facts.is_last_look {
            // What he has bought of it counts; and whoever orders it in the same batch has to know it.
            let put: Vec<_> = facts.put_into(CartId::of(self.guest)).collect();
            let put = put.iter().flat_map(|product| product.may_mean(facts)).collect::<Vec<_>>();
            let all = held[1].iter().chain(&put);
            all.for_each(|product| facts.bought.want(&(*product, who.actor.caller)));
            return;
        }
        // Whose own bounds count.
        facts.looks_again |= self.most.per_caller.is_some();
        held[1].iter().for_each(|product| facts.products.want(product));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Claimed, ClaimCartRefusal> {
        let now = context.now;
        let own = CartId::of(context.who.actor.caller);
        let is_over = |cart: &Cart| cart.is_over(self.limits.max_age_us, now);
        if facts.carts.get(&own).is_some_and(is_over) && !facts.is_empty(own) {
            return Err(ClaimCartRefusal::Expired);
        }
        let guests = facts.carts.get(&CartId::of(self.guest)).cloned();
        let is_guests = |cart: &Cart| cart.kind == CallerKind::Guest;
        // What has expired is nobody's, and waits to be given back; and what an account holds is its own. One
        // that rests stays where it is.
        let guests =
            guests.filter(|cart| is_guests(cart) && !is_over(cart) && !facts.is_empty(cart.id));
        let is_account = context.who.actor.caller.kind == CallerKind::Account;
        let Some(guests) = guests.filter(|_| is_account) else {
            return Ok(Claimed { cart: facts.filled(own), left: vec![] });
        };
        if let Some(until) = facts.rests_until(own, self.limits.max_age_us, now) {
            return Err(ClaimCartRefusal::Rests { until });
        }
        let mut moving: Vec<Hold> = facts.held(guests.id).cloned().collect();
        moving.sort_by_key(|hold| (hold.added_at, hold.product));
        let mut left = Vec::new();
        for hold in &moving {
            let (fits, why) = self.fits(context.who.actor.caller, hold, facts);
            if fits > 0 {
                self.join(&guests, context, facts);
                let units = facts.units_of(own, hold.product) + fits;
                facts.hold(own, hold.product, units, hold.added_at);
            }
            if fits < hold.units {
                let units = hold.units - fits;
                facts.shelves.unreserve(hold.product, units, now);
                left.push(Left { product: hold.product, units, why });
            }
        }
        facts.drop_cart(&guests, &moving);
        if !facts.is_empty(own) {
            facts.carts.edit(&own).into_iter().for_each(|cart| cart.renew(&self.limits, now));
        }
        Ok(Claimed { cart: facts.filled(own), left })
    }

    fn kept(claimed: &Claimed) -> Box<str> {
        idempotency::written(&claimed.left)
    }

    fn weight(&self) -> Weight {
        let lines = crate::orders::LINES_MOST;
        Weight { rows: super::rows_of(2 * lines), bytes: 4096 + 22 * 1024 * lines }
    }
}

impl ClaimCart {
    /// How many of a guest's units fit into one's own cart, and why no more do.
    fn fits(&self, claimer: Caller, hold: &Hold, facts: &Facts) -> (i64, LeftWhy) {
        let own = CartId::of(claimer);
        let held = facts.units_of(own, hold.product);
        if held == 0 && facts.held(own).count() >= self.limits.lines_most {
            return (0, LeftWhy::CartFull);
        }
        let room = (self.limits.units_most - facts.units_held(own)).max(0);
        let most = facts.may_have(hold.product, claimer, self.most);
        let line = (most.unwrap_or(Quantity::MAX).min(Quantity::MAX) - held).max(0);
        let why = if room < line { LeftWhy::HoldsTooMany } else { LeftWhy::TooManyUnits };
        (hold.units.min(room).min(line), why)
    }

    /// One's own cart is there, and as old as the older of the two: nothing is held for longer by moving it.
    fn join(&self, guests: &Cart, context: Context, facts: &mut Facts) {
        let own = CartId::of(context.who.actor.caller);
        facts.open_cart(context, None);
        if let Some(cart) = facts.carts.edit(&own) {
            cart.opened_at = cart.opened_at.min(guests.opened_at);
        }
    }
}
