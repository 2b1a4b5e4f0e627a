//! What a caller does to his cart: adds, sets, removes, empties. Whatever is added is reserved, or refused with
//! what is available; every change renews the cart.

use super::{Cart, CartId, CartLimits, CrowdId, Filled, Hold};
use crate::{
    Caller, CallerKind, Context, Currency, Facts, Fingerprint, Micros, Most, Product, ProductId,
    ProductRef, Quantity, ShortLine, kinds,
    orders::BoundedLine,
    rules::{Keyed, Never, Rule, Weight, Who},
};
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Add(Quantity),
    Set(Quantity),
    Remove,
}

/// Changes one line of the caller's cart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeCart {
    pub product: ProductRef,
    pub change: Change,
    /// From where a guest comes.
    #[serde(skip)]
    pub crowd: Option<CrowdId>,
    #[serde(skip)]
    pub currency: Currency,
    #[serde(skip)]
    pub limits: CartLimits,
    /// The shop's bounds, for products that have none of their own.
    #[serde(skip)]
    pub most: Most,
}

kinds! {
    pub enum ChangeCartRefusal {
        UnknownProduct = "unknown_product",
        QuantityTooLarge = "quantity_too_large",
        /// More than the caller may have now.
        TooMany(BoundedLine) = "too_many_units",
        OutOfStock(ShortLine) = "out_of_stock",
        /// The cart has as many lines as it may have.
        CartFull { most: usize } = "cart_full",
        /// The caller holds as many units as he may hold.
        HoldsTooMany { requested: i64, most: i64 } = "holds_too_many",
        /// All guests of the address together do.
        CrowdHoldsTooMany { requested: i64, most: i64 } = "crowd_holds_too_many",
        /// What it held is still to be given back: to be asked again when it was.
        Expired = "cart_expired",
        /// It has held things for as long as any may, and what it held is for others to take first.
        Rests { until: Micros } = "cart_rests",
    }
}

impl Rule for ChangeCart {
    type Outcome = Filled;
    type Refusal = ChangeCartRefusal;

    fn name(&self) -> &'static str {
        "change_cart"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        let caller = who.actor.caller;
        let is_bounded = self.change != Change::Remove;
        if facts.is_last_look {
            // A cart holds no more than its checkout may sell.
            let counted = is_bounded.then(|| facts.counted(&self.product, self.most));
            counted.iter().flatten().for_each(|product| facts.bought.want(&(*product, caller)));
            return;
        }
        facts.looks_again |= is_bounded && self.most.per_caller.is_some();
        let cart = CartId::of(caller);
        facts.want_cart(cart);
        self.product.want(facts);
        if is_bounded {
            facts.puts.insert((cart, self.product.clone()));
        }
        // Its own too: whoever empties it in the same batch, and begins anew, counts where he is now.
        let crowd = facts.carts.follow(&cart).and_then(|cart| cart.crowd);
        let crowds = crowd.into_iter().chain(self.crowd_of(caller));
        crowds.for_each(|crowd| facts.crowds.want(&crowd));
        let held: Vec<ProductId> = facts.holds.follow_all(&cart).map(|hold| hold.product).collect();
        // A sku may be one that a product was sold under: which one is known by what is read with the shelves.
        let may_be_any = self.may_be_any();
        for product in held {
            facts.offers.want(&product);
            if may_be_any {
                facts.shelves.want(&product);
            }
        }
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Filled, ChangeCartRefusal> {
        let id = CartId::of(context.who.actor.caller);
        let CartLimits { max_age_us, .. } = self.limits;
        let is_over = |cart: &Cart| cart.is_over(max_age_us, context.now);
        if facts.carts.get(&id).is_some_and(is_over) && !facts.is_empty(id) {
            return Err(ChangeCartRefusal::Expired);
        }
        let Some((product, units)) = self.wanted(id, facts)? else {
            // It is not in the cart, as was asked for.
            return Ok(facts.filled(id));
        };
        let held = facts.units_of(id, product);
        let caller = context.who.actor.caller;
        let crowd = facts.carts.get(&id).filter(|_| !facts.is_empty(id)).map(|cart| cart.crowd);
        let crowd = crowd.unwrap_or_else(|| self.crowd_of(caller));
        if units > held {
            if let Some(until) = facts.rests_until(id, max_age_us, context.now) {
                return Err(ChangeCartRefusal::Rests { until });
            }
            let most = facts.may_have(product, caller, self.most);
            if let Some(most) = most.filter(|most| units > *most) {
                let line = BoundedLine { product, requested: units, most };
                return Err(ChangeCartRefusal::TooMany(line));
            }
            self.is_within_bounds(id, (held, units), crowd, facts)?;
            let more = facts.shelves.reserve(product, units - held, context.now);
            more.map_err(|short| self.short(held, short))?;
        } else {
            facts.shelves.unreserve(product, held - units, context.now);
        }
        facts.crowd(crowd, units - held);
        facts.open_cart(context, crowd);
        facts.hold(id, product, units, context.now);
        self.renew(id, context.now, facts);
        Ok(facts.filled(id))
    }

    fn kept(_: &Filled) -> Box<str> {
        crate::idempotency::DONE.into()
    }

    /// All lines are answered, but for their long texts.
    fn weight(&self) -> Weight {
        let lines = crate::orders::LINES_MOST;
        // And whatever may be meant is locked.
        let rows = if self.may_be_any() { super::rows_of(lines) } else { 8 };
        Weight { rows, bytes: 32 * 1024 + OFFER_BYTES_MOST * lines }
    }
}

/// What is read of a line's product: a name, a sku and figures.
const OFFER_BYTES_MOST: usize = 4 * 200 + 2 * 64 + 128;

impl ChangeCart {
    /// Whether a sku may be meant under which a product of the cart was sold.
    fn may_be_any(&self) -> bool {
        !matches!(self.change, Change::Add(_)) && self.product.is_sku()
    }

    /// An account is counted by itself.
    fn crowd_of(&self, caller: Caller) -> Option<CrowdId> {
        self.crowd.filter(|_| caller.kind == CallerKind::Guest)
    }

    /// Who sets a line is told how many it could have; who adds to it, how many more.
    fn short(&self, held: i64, short: ShortLine) -> ChangeCartRefusal {
        let held = if matches!(self.change, Change::Set(_)) { held } else { 0 };
        let (requested, available) = (short.requested + held, short.available + held);
        ChangeCartRefusal::OutOfStock(ShortLine { requested, available, ..short })
    }

    /// Which line is meant, and how many units it is to have; `None` for one that is to go and is not there.
    fn wanted(
        &self,
        cart: CartId,
        facts: &Facts,
    ) -> Result<Option<(ProductId, i64)>, ChangeCartRefusal> {
        if self.change == Change::Remove {
            return self.removed(cart, facts).map(|found| found.map(|product| (product, 0)));
        }
        let sold = self.product.for_sale(facts).filter(|product| self.is_priced(product));
        let product = match sold {
            Some(product) => product.id,
            None => self.lowered(cart, facts).ok_or(ChangeCartRefusal::UnknownProduct)?,
        };
        let held = facts.units_of(cart, product);
        let units = match self.change {
            Change::Add(more) => match Quantity::new(held) {
                Some(held) => held.plus(more),
                None => Some(more),
            },
            Change::Set(units) => Some(units),
            Change::Remove => None,
        };
        let units = units.ok_or(ChangeCartRefusal::QuantityTooLarge)?;
        Ok(Some((product, units.units())))
    }

    /// Of what is sold no more a cart may keep fewer.
    fn lowered(&self, cart: CartId, facts: &Facts) -> Option<ProductId> {
        let Change::Set(units) = self.change else { return None };
        let held = self.removed(cart, facts).ok().flatten();
        held.filter(|product| units.units() <= facts.units_of(cart, *product))
    }

    /// A line of a product that is sold no more is still found by its names. What another one is sold under now
    /// means that one, if it is in the cart too.
    fn removed(&self, cart: CartId, facts: &Facts) -> Result<Option<ProductId>, ChangeCartRefusal> {
        let named = self.product.product(facts).map(|product| product.id);
        let offered = |hold: &&Hold| match (&self.product, facts.offer(hold.product)) {
            (ProductRef::Sku(sku), Some(offer)) => offer.sku == *sku,
            _ => false,
        };
        let held = facts.held(cart).find(|hold| Some(hold.product) == named);
        match held.or_else(|| facts.held(cart).find(offered)) {
            Some(hold) => Ok(Some(hold.product)),
            None if named.is_some() => Ok(None),
            None => Err(ChangeCartRefusal::UnknownProduct),
        }
    }

    /// A price in another currency is no price of this shop.
    fn is_priced(&self, product: &Product) -> bool {
        product.price.currency == self.currency
    }

    fn is_within_bounds(
        &self,
        cart: CartId,
        (held, units): (i64, i64),
        crowd: Option<CrowdId>,
        facts: &Facts,
    ) -> Result<(), ChangeCartRefusal> {
        let CartLimits { lines_most, units_most, crowd_units_most, .. } = self.limits;
        if held == 0 && facts.held(cart).count() >= lines_most {
            return Err(ChangeCartRefusal::CartFull { most: lines_most });
        }
        let requested = facts.units_held(cart) + units - held;
        if requested > units_most {
            return Err(ChangeCartRefusal::HoldsTooMany { requested, most: units_most });
        }
        let Some(crowd) = crowd else { return Ok(()) };
        let requested = facts.crowds.get(&crowd).map_or(0, |crowd| crowd.units) + units - held;
        if requested > crowd_units_most {
            let most = crowd_units_most;
            return Err(ChangeCartRefusal::CrowdHoldsTooMany { requested, most });
        }
        Ok(())
    }

    /// Or it rests, when nothing is in it.
    fn renew(&self, id: CartId, now: Micros, facts: &mut Facts) {
        let is_empty = facts.is_empty(id);
        facts.carts.edit(&id).into_iter().for_each(|cart| match is_empty {
            true => cart.rest(now),
            false => cart.renew(&self.limits, now),
        });
    }
}

/// Gives back all that the caller's cart holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EmptyCart {}

pub type EmptyCartRefusal = Never;

impl Rule for EmptyCart {
    type Outcome = ();
    type Refusal = EmptyCartRefusal;

    fn name(&self) -> &'static str {
        "empty_cart"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        facts.want_to_let_go(CartId::of(who.actor.caller));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<(), Never> {
        let id = CartId::of(context.who.actor.caller);
        let Some(cart) = facts.carts.get(&id).filter(|_| !facts.is_empty(id)).cloned() else {
            return Ok(());
        };
        if cart.is_expired(context.now) {
            facts.tell_expired(&cart, context);
        }
        facts.empty_cart(&cart, context.now);
        Ok(())
    }

    fn kept(_: &()) -> Box<str> {
        crate::idempotency::DONE.into()
    }

    fn weight(&self) -> Weight {
        let lines = crate::orders::LINES_MOST;
        Weight { rows: super::rows_of(lines), bytes: 2048 + super::ITEM_BYTES_MOST * lines }
    }
}
