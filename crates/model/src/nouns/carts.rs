//! Carts, as they should be: what they hold, for how long, and what comes back of it.

mod checkout;

use crate::{Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    Caller, CallerKind, Cart, CartId, CartLimits, ChangeCart, Checkout, ClaimCart, Context,
    CrowdId, EmptyCart, EventKind, ExpireCarts, Hold, Listed, Micros, Most, Offer, ProductId,
    ProductRef, Quantity, ShortLine, SubjectKind,
    carts::{
        Change, ChangeCartRefusal, ClaimCartRefusal, Claimed, EmptyCartRefusal, Filled, FilledLine,
        Left, LeftWhy,
    },
    orders::BoundedLine,
    rules::Never,
};

const MOST_PER_LINE: i64 = 1_000_000;
const REST_US: i64 = 60_000_000;

impl Modelled for ChangeCart {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let id = CartId(context.who.actor.caller.id);
        if model.holds_on(id) && model.is_too_old(id, self.limits.max_age_us, context.now) {
            return Err(vec![ChangeCartRefusal::Expired]);
        }
        let (product, units) = match self.change {
            Change::Remove => {
                match (model.line_named(id, &self.product), model.find(&self.product)) {
                    (Some(product), _) => (product, 0),
                    (None, Some(_)) => return Ok(model.filled(id)),
                    (None, None) => return Err(vec![ChangeCartRefusal::UnknownProduct]),
                }
            }
            Change::Add(units) => {
                let product = model.sold(self)?;
                (product, model.units(id, product) + units.units())
            }
            Change::Set(units) => match (model.sold(self), model.line_named(id, &self.product)) {
                (Ok(product), _) => (product, units.units()),
                // Of what is sold no more it may keep fewer.
                (Err(_), Some(product)) if units.units() <= model.units(id, product) => {
                    (product, units.units())
                }
                (Err(wrong), _) => return Err(wrong),
            },
        };
        let has = model.units(id, product);
        refused_if_any(if units > has {
            model.stands_against(self, context, product, units)
        } else {
            vec![]
        })?;
        let (crowd, begun_at) = (model.crowd_of(self, context), model.begun_at(id, context.now));
        model.lay(id, product, units, context.now);
        model.promise(product, units - has);
        if !model.holds_on(id) {
            model.rest(id, context.now);
        } else {
            model.renew(id, (begun_at, crowd), &self.limits, context);
        }
        Ok(model.filled(id))
    }

    fn strip(&mut self) {
        // The shop's, as the bounds are.
        self.currency = "EUR".parse().expect("it is a currency");
        self.crowd = None;
        self.most = Most::default();
        self.limits = CartLimits::default();
    }

    fn kept_of(_: &Filled) -> Option<Kept> {
        Some(Kept::answer(()))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        ChangeCart::before(kept).map(Kept::answer)
    }
}

impl Modelled for EmptyCart {
    fn expect(&self, model: &mut Model, context: Context) -> Result<(), Vec<EmptyCartRefusal>> {
        let id = CartId(context.who.actor.caller.id);
        if model.holds_on(id) {
            if model.is_over(id, context.now) {
                let cart = model.carts[&id].clone();
                model.tell_expired(&cart, context);
            }
            model.free(id);
            model.rest(id, context.now);
        }
        Ok(())
    }

    fn kept_of((): &()) -> Option<Kept> {
        Some(Kept::answer(()))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        EmptyCart::before(kept).map(Kept::answer)
    }
}

impl Modelled for ClaimCart {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let (own, guests) = (CartId(context.who.actor.caller.id), CartId(self.guest.id));
        let max_age_us = self.limits.max_age_us;
        if model.holds_on(own) && model.is_too_old(own, max_age_us, context.now) {
            return Err(vec![ClaimCartRefusal::Expired]);
        }
        let is_there = model.holds_on(guests) && !model.is_too_old(guests, max_age_us, context.now);
        // A guest has nobody to claim it for.
        if !is_there || context.who.actor.caller.kind != CallerKind::Account {
            return Ok(Claimed { cart: model.filled(own), left: vec![] });
        }
        if let Some(until) = model.rests_until(own, max_age_us, context.now) {
            return Err(vec![ClaimCartRefusal::Rests { until }]);
        }
        let begun_at = model.begun_at(own, context.now);
        let mut opened_at = model.holds_on(own).then_some(begun_at);
        let guests_opened_at = model.carts[&guests].opened_at;
        let moving = model.lines(guests);
        model.drop_cart(guests);
        let mut left = vec![];
        for hold in moving {
            model.holds.remove(&(guests, hold.product));
            let (fits, why) = model.room(context.who.actor.caller, hold.product, self);
            let fits = fits.min(hold.units);
            if fits > 0 {
                let units = model.units(own, hold.product) + fits;
                model.lay(own, hold.product, units, hold.added_at);
                opened_at = Some(opened_at.unwrap_or(begun_at).min(guests_opened_at));
            }
            if fits < hold.units {
                let units = hold.units - fits;
                model.promise(hold.product, -units);
                left.push(Left { product: hold.product, units, why });
            }
        }
        if let Some(opened_at) = opened_at {
            let crowd = model.carts.get(&own).and_then(|cart| cart.crowd);
            model.renew(own, (opened_at, crowd), &self.limits, context);
        }
        Ok(Claimed { cart: model.filled(own), left })
    }

    fn strip(&mut self) {
        self.most = Most::default();
        self.limits = CartLimits::default();
    }

    fn kept_of(claimed: &Claimed) -> Option<Kept> {
        Some(Kept::answer(&claimed.left))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        ClaimCart::before(kept).map(Kept::answer)
    }
}

impl Modelled for ExpireCarts {
    fn expect(&self, model: &mut Model, context: Context) -> Result<usize, Vec<Never>> {
        let mut gone = 0;
        for id in &self.carts {
            let Some(cart) = model.carts.get(id).cloned() else { continue };
            let holds_on = model.holds_on(*id);
            let longest = if holds_on { self.ttl_us } else { REST_US };
            let latest = Micros(context.now.0 + longest);
            if !holds_on && model.is_over(*id, context.now) {
                model.drop_cart(*id);
                gone += 1;
            } else if holds_on && model.is_too_old(*id, self.max_age_us, context.now) {
                model.tell_expired(&cart, context);
                model.free(*id);
                if self.owner_waits || context.now.0 - cart.opened_at.0 >= self.max_age_us {
                    model.rest(*id, context.now);
                } else {
                    model.drop_cart(*id);
                }
                gone += 1;
            } else if cart.expires_at > latest {
                let opened_at = cart.opened_at.min(context.now);
                let updated_at = cart.updated_at.min(context.now);
                let cart = Cart { opened_at, updated_at, expires_at: latest, ..cart };
                model.touched.carts.keep(&mut model.carts, *id, cart);
            }
        }
        Ok(gone)
    }
}

impl Model {
    /// Or would be too old by what the shop allows now.
    fn is_too_old(&self, id: CartId, max_age_us: i64, now: Micros) -> bool {
        let has_aged = |cart: &Cart| now.0 - cart.opened_at.0 >= max_age_us;
        self.is_over(id, now) || self.carts.get(&id).is_some_and(has_aged)
    }

    fn holds_on(&self, id: CartId) -> bool {
        self.holds.keys().any(|(cart, _)| *cart == id)
    }

    /// Since when what is put into it now is held, as one says: one that rests has its age still.
    fn begun_at(&self, id: CartId, now: Micros) -> Micros {
        match self.carts.get(&id) {
            Some(cart) if self.holds_on(id) || !self.is_over(id, now) => cart.opened_at,
            _ => now,
        }
    }

    /// It has held things for as long as it may, and now for no minute nothing.
    fn rests_until(&self, id: CartId, max_age_us: i64, now: Micros) -> Option<Micros> {
        let is_idle = !self.holds_on(id) && !self.is_over(id, now);
        let cart = self.carts.get(&id).filter(|_| is_idle)?;
        (now.0 - cart.opened_at.0 >= max_age_us).then_some(cart.expires_at)
    }

    fn rest(&mut self, id: CartId, now: Micros) {
        let cart = self.carts[&id].clone();
        let opened_at = cart.opened_at.min(now);
        let expires_at = Micros(now.0 + REST_US);
        let cart = Cart { opened_at, updated_at: now, expires_at, ..cart };
        self.touched.carts.keep(&mut self.carts, id, cart);
    }

    fn is_over(&self, id: CartId, now: Micros) -> bool {
        self.carts.get(&id).is_some_and(|cart| cart.expires_at.0 <= now.0)
    }

    fn units(&self, cart: CartId, product: ProductId) -> i64 {
        self.holds.get(&(cart, product)).map_or(0, |hold| hold.units)
    }

    /// As they were added.
    fn lines(&self, cart: CartId) -> Vec<Hold> {
        let holds = self.holds.values().filter(|hold| hold.cart == cart);
        let mut lines: Vec<_> = holds.cloned().collect();
        // They come by product: among those of one moment it stays so.
        lines.sort_by_key(|hold| hold.added_at);
        lines
    }

    /// What all guests of an address hold.
    pub fn crowd_units(&self, crowd: CrowdId) -> i64 {
        let is_theirs = |hold: &&Hold| self.carts[&hold.cart].crowd == Some(crowd);
        self.holds.values().filter(is_theirs).map(|hold| hold.units).sum()
    }

    /// Among whose units those of a guest count: where he began.
    fn crowd_of(&self, wanted: &ChangeCart, Context { who, .. }: Context) -> Option<CrowdId> {
        let id = CartId(who.actor.caller.id);
        match self.carts.get(&id).filter(|_| self.holds_on(id)) {
            Some(cart) => cart.crowd,
            None if who.actor.caller.kind == CallerKind::Guest => wanted.crowd,
            None => None,
        }
    }

    fn sold(&self, wanted: &ChangeCart) -> Result<ProductId, Vec<ChangeCartRefusal>> {
        match self.find_for_sale(&wanted.product) {
            Some(product) if product.price.currency == wanted.currency => Ok(product.id),
            _ => Err(vec![ChangeCartRefusal::UnknownProduct]),
        }
    }

    /// The line that is meant: of what has the name now, or else had it when it was sold.
    fn line_named(&self, cart: CartId, name: &ProductRef) -> Option<ProductId> {
        let held = |product: &ProductId| self.holds.contains_key(&(cart, *product));
        let named = self.find(name).map(|product| product.id).filter(held);
        named.or_else(|| {
            let ProductRef::Sku(sku) = name else { return None };
            let lines = self.holds.values().filter(|hold| hold.cart == cart);
            let was = |product: &ProductId| self.products[product].former_sku.as_ref() == Some(sku);
            lines.map(|hold| hold.product).find(was)
        })
    }

    fn most_of(&self, product: ProductId, owner: Caller, shops: Most) -> Option<i64> {
        let bound = self.bound(product, shops);
        let has = self.bought.get(&(product, owner)).copied().unwrap_or(0);
        let left = bound.per_caller.map(|most| if most > has { most - has } else { 0 });
        match (bound.per_order, left) {
            (Some(one), Some(other)) => Some(if one < other { one } else { other }),
            (one, other) => one.or(other),
        }
    }

    /// All that may be said against so many units of this product.
    fn stands_against(
        &self,
        wanted: &ChangeCart,
        context: Context,
        product: ProductId,
        units: i64,
    ) -> Vec<ChangeCartRefusal> {
        use ChangeCartRefusal::{
            CartFull, CrowdHoldsTooMany, HoldsTooMany, OutOfStock, QuantityTooLarge, Rests, TooMany,
        };
        if units > MOST_PER_LINE {
            return vec![QuantityTooLarge];
        }
        let id = CartId(context.who.actor.caller.id);
        let (limits, lines) = (&wanted.limits, self.lines(id));
        let more = units - self.units(id, product);
        let mut wrong = vec![];
        if let Some(until) = self.rests_until(id, limits.max_age_us, context.now) {
            wrong.push(Rests { until });
        }
        let most = self.most_of(product, context.who.actor.caller, wanted.most);
        if let Some(most) = most.filter(|most| units > *most) {
            wrong.push(TooMany(BoundedLine { product, requested: units, most }));
        }
        let is_new = lines.iter().all(|hold| hold.product != product);
        if is_new && lines.len() >= limits.lines_most {
            wrong.push(CartFull { most: limits.lines_most });
        }
        let requested = lines.iter().map(|hold| hold.units).sum::<i64>() + more;
        if requested > limits.units_most {
            wrong.push(HoldsTooMany { requested, most: limits.units_most });
        }
        if let Some(crowd) = self.crowd_of(wanted, context) {
            let requested = self.crowd_units(crowd) + more;
            if requested > limits.crowd_units_most {
                wrong.push(CrowdHoldsTooMany { requested, most: limits.crowd_units_most });
            }
        }
        let available = self.stock[&product].on_hand - self.stock[&product].reserved;
        if more > available {
            wrong.push(OutOfStock(match wanted.change {
                Change::Set(_) => {
                    ShortLine { product, requested: units, available: units - more + available }
                }
                _ => ShortLine { product, requested: more, available },
            }));
        }
        wrong
    }

    /// How many more of a product a cart may hold, and why no more.
    fn room(&self, claimer: Caller, product: ProductId, wanted: &ClaimCart) -> (i64, LeftWhy) {
        let own = CartId(claimer.id);
        let lines = self.lines(own);
        let has = self.units(own, product);
        if has == 0 && lines.len() >= wanted.limits.lines_most {
            return (0, LeftWhy::CartFull);
        }
        let most = self.most_of(product, claimer, wanted.most);
        let most = most.unwrap_or(Quantity::MAX).min(Quantity::MAX);
        let held: i64 = lines.iter().map(|hold| hold.units).sum();
        let (of_all, of_one) = ((wanted.limits.units_most - held).max(0), (most - has).max(0));
        match of_all < of_one {
            true => (of_all, LeftWhy::HoldsTooMany),
            false => (of_one, LeftWhy::TooManyUnits),
        }
    }

    fn lay(&mut self, cart: CartId, product: ProductId, units: i64, at: Micros) {
        let added_at = self.holds.get(&(cart, product)).map_or(at, |hold| hold.added_at);
        match units {
            0 => drop(self.holds.remove(&(cart, product))),
            _ => {
                let hold = Hold { cart, product, units, added_at };
                self.holds.insert((cart, product), hold);
            }
        }
    }

    fn promise(&mut self, product: ProductId, units: i64) {
        if units != 0 {
            self.stock.entry(product).or_default().reserved += units;
            self.touched.products.insert(product);
        }
    }

    fn renew(
        &mut self,
        id: CartId,
        (opened_at, crowd): (Micros, Option<CrowdId>),
        limits: &CartLimits,
        Context { who, now }: Context,
    ) {
        let kind = who.actor.caller.kind;
        let opened_at = if opened_at.0 < now.0 { opened_at } else { now };
        let (lives, ages) = (now.0 + limits.ttl_us, opened_at.0 + limits.max_age_us);
        let expires_at = Micros(if lives < ages { lives } else { ages });
        let cart = Cart { id, kind, opened_at, updated_at: now, expires_at, crowd };
        self.touched.carts.keep(&mut self.carts, id, cart);
    }

    /// Its lines are somebody else's business.
    fn drop_cart(&mut self, id: CartId) {
        self.touched.carts.drop(&mut self.carts, id);
    }

    pub(super) fn end_cart(&mut self, id: CartId) {
        self.free(id);
        self.drop_cart(id);
    }

    fn free(&mut self, id: CartId) {
        for hold in self.lines(id) {
            self.holds.remove(&(id, hold.product));
            self.promise(hold.product, -hold.units);
        }
    }

    fn tell_expired(&mut self, cart: &Cart, context: Context) {
        let held = self.holds.values().filter(|hold| hold.cart == cart.id);
        let item =
            |hold: &Hold| format!(r#"{{"product":{},"quantity":{}}}"#, hold.product.0, hold.units);
        let items = held.map(item).collect::<Vec<_>>().join(",");
        let customer = match cart.kind {
            CallerKind::Account => format!(r#""customer":"{}","#, cart.id.0),
            _ => String::new(),
        };
        let data = format!(r#"{{"v":1,{customer}"items":[{items}]}}"#);
        let of = (SubjectKind::Cart, cart.id.0);
        self.tell((EventKind::CartExpired, None), of, Some(data), context);
    }

    fn filled(&self, cart: CartId) -> Filled {
        let line = |hold: Hold| {
            let product = &self.products[&hold.product];
            let sku = product.former_sku.as_ref().unwrap_or(&product.sku).clone();
            let offer = Offer {
                product: product.id,
                public_id: product.public_id,
                sku,
                name: product.name.clone(),
                price: product.price,
                is_archived: product.is_archived,
            };
            FilledLine { offer, units: hold.units }
        };
        Filled {
            expires_at: self
                .carts
                .get(&cart)
                .filter(|_| self.holds_on(cart))
                .map(|cart| cart.expires_at),
            lines: self.lines(cart).into_iter().map(line).collect(),
        }
    }
}

modelled!(carts:
    ChangeCart(ChangeCart),
    EmptyCart(EmptyCart),
    ClaimCart(ClaimCart),
    ExpireCarts(ExpireCarts),
    Checkout(Checkout),
);
