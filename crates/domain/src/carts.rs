//! Carts: what somebody means to buy, held for him until he does, lets it go, or is too slow. What a cart
//! holds is reserved on its shelf: it is either sold by a checkout or given back, never both and never neither.
//!
//! A cart is known by whose it is: of an account, or of a guest, who is known by what his token comes to.

mod changes;
mod checkout;
mod claims;
mod expiry;
mod offers;

pub use changes::{Change, ChangeCart, ChangeCartRefusal, EmptyCart, EmptyCartRefusal};
pub use checkout::{Checkout, CheckoutRefusal};
pub use claims::{ClaimCart, ClaimCartRefusal, Claimed, Left, LeftWhy};
pub use expiry::ExpireCarts;
pub use offers::Offer;

use crate::{
    AccountId, Caller, CallerKind, Context, Event, EventKind, Facts, Micros, ProductId, ProductRef,
    Subject, commands,
    events::{ExpiredData, ExpiredItem},
    facts::{Child, Row},
    uuid_ids,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

uuid_ids! {
    /// The id of whose cart it is: everybody has one at most.
    CartId,
    /// An address from which guests come.
    CrowdId,
}

impl CartId {
    pub fn of(caller: Caller) -> CartId {
        CartId(caller.id)
    }

    pub fn account(id: AccountId) -> CartId {
        CartId(id.0)
    }
}

/// Who shows this token. The shop keeps no token, so that a leaked database opens no cart; who guesses 128 bits
/// of a hash has guessed it.
pub fn guest(token: &str) -> Caller {
    Caller { kind: CallerKind::Guest, id: hashed(b"cart", token) }
}

impl CrowdId {
    pub fn of(address: &str) -> CrowdId {
        CrowdId(hashed(b"crowd", address))
    }
}

/// Apart from all ids that are made by time: those of accounts are of version 7.
fn hashed(what: &[u8], text: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::new().chain_update(what).chain_update(text).finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(half).into_uuid()
}

/// So long a cart stays that holds nothing any more. Whoever fills it meanwhile goes on with the age that it had:
/// so nobody lets go what he holds only to take it again before all others, and holds it for ever.
pub const REST_US: i64 = 60 * Micros::SECOND;

#[derive(Clone, Debug, PartialEq)]
pub struct Cart {
    pub id: CartId,
    pub kind: CallerKind,
    /// Since when it has held anything, but for less than a rest. Nothing is held for longer than a cart may be old.
    pub opened_at: Micros,
    pub updated_at: Micros,
    /// Of one that holds nothing: how long it rests.
    pub expires_at: Micros,
    /// Among whose units a guest's are counted.
    pub crowd: Option<CrowdId>,
}

impl Row for Cart {
    type Key = CartId;
    type Find = CartId;
    fn key(&self) -> CartId {
        self.id
    }
}

impl Cart {
    pub fn is_expired(&self, now: Micros) -> bool {
        self.expires_at <= now
    }

    /// Of whoever asks, as he puts the first thing into it.
    fn begun(context: Context, crowd: Option<CrowdId>) -> Cart {
        let Caller { kind, id } = context.who.actor.caller;
        let (opened_at, updated_at, expires_at) = (context.now, context.now, context.now);
        Cart { id: CartId(id), kind, opened_at, updated_at, expires_at, crowd }
    }

    /// It is as old as any may be. The shop may allow less than it did when it was renewed.
    fn has_aged(&self, max_age_us: i64, now: Micros) -> bool {
        self.opened_at.plus(max_age_us) <= now
    }

    fn is_over(&self, max_age_us: i64, now: Micros) -> bool {
        self.is_expired(now) || self.has_aged(max_age_us, now)
    }

    /// It holds nothing now.
    fn rest(&mut self, now: Micros) {
        self.opened_at = self.opened_at.min(now);
        self.updated_at = now;
        self.expires_at = now.plus(REST_US);
    }

    /// A change renews it, but never beyond the age that it may have. Where the clock went back, it is as
    /// young as the clock says, and no younger.
    fn renew(&mut self, limits: &CartLimits, now: Micros) {
        self.opened_at = self.opened_at.min(now);
        self.updated_at = now;
        self.expires_at = now.plus(limits.ttl_us).min(self.opened_at.plus(limits.max_age_us));
    }
}

/// Units of a product in a cart.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    pub cart: CartId,
    pub product: ProductId,
    pub units: i64,
    pub added_at: Micros,
}

impl Row for Hold {
    type Key = (CartId, ProductId);
    type Find = CartId;
    fn key(&self) -> Self::Key {
        (self.cart, self.product)
    }
}

impl Child for Hold {
    fn parent((cart, _): &Self::Key) -> CartId {
        *cart
    }
    fn lowest(cart: &CartId) -> Self::Key {
        (*cart, ProductId(i64::MIN))
    }
}

/// How much all guests of one address hold. A row that holds nothing goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Crowd {
    pub id: CrowdId,
    pub units: i64,
}

impl Row for Crowd {
    type Key = CrowdId;
    type Find = CrowdId;
    fn key(&self) -> CrowdId {
        self.id
    }
}

/// The shop's bounds, so that nobody holds all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CartLimits {
    pub ttl_us: i64,
    pub max_age_us: i64,
    pub lines_most: usize,
    pub units_most: i64,
    pub crowd_units_most: i64,
}

impl Default for CartLimits {
    fn default() -> CartLimits {
        CartLimits {
            ttl_us: 15 * 60 * 1_000_000,
            max_age_us: 2 * Micros::HOUR,
            lines_most: crate::orders::LINES_MOST,
            units_most: 1_000,
            crowd_units_most: 500,
        }
    }
}

/// A cart as it is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filled {
    pub expires_at: Option<Micros>,
    /// As they were added.
    pub lines: Vec<FilledLine>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FilledLine {
    pub offer: Offer,
    pub units: i64,
}

/// What an event tells of a line: an id and a figure.
const ITEM_BYTES_MOST: usize = 64;

/// What a cart of so many lines is weighed by: two rows a line.
pub(crate) const fn rows_of(lines: usize) -> usize {
    4 + 2 * lines
}

impl Facts {
    /// Asks for a cart, and what it holds.
    fn want_cart(&mut self, cart: CartId) {
        self.carts.want(&cart);
        self.holds.want(&cart);
    }

    /// Asks for what is needed to give back all that a cart holds.
    pub(crate) fn want_to_let_go(&mut self, cart: CartId) {
        self.holds.want(&cart);
        let crowd = self.carts.follow(&cart).and_then(|cart| cart.crowd);
        crowd.iter().for_each(|crowd| self.crowds.want(crowd));
        let held: Vec<ProductId> = self.holds.follow_all(&cart).map(|hold| hold.product).collect();
        held.iter().for_each(|product| self.shelves.want(product));
    }

    /// What a cart holds. One that another node begins while this one reads was not there to be locked, and
    /// what it holds may be read without it: that is nobody's here.
    pub(crate) fn held(&self, cart: CartId) -> impl Iterator<Item = &Hold> {
        self.carts.get(&cart).into_iter().flat_map(|cart| self.holds.of(&cart.id))
    }

    /// What commands of this batch name when they put something into a cart.
    fn put_into(&self, cart: CartId) -> impl Iterator<Item = ProductRef> {
        let first = (cart, ProductRef::Id(ProductId(i64::MIN)));
        let put = self.puts.range(first..).take_while(move |(into, _)| *into == cart);
        put.map(|(_, product)| product.clone())
    }

    /// Where another node was quicker, the database says that there is such a cart, and all is decided again.
    fn begin_cart(&mut self, cart: Cart) {
        let others: Vec<_> = self.holds.of(&cart.id).map(Hold::key).collect();
        others.iter().for_each(|key| self.holds.forget(key));
        self.carts.make(cart);
    }

    /// A cart that holds nothing, and is still to rest before anything may be put into it: until then.
    fn rests_until(&self, cart: CartId, max_age_us: i64, now: Micros) -> Option<Micros> {
        let rests = |cart: &&Cart| !cart.is_expired(now) && cart.has_aged(max_age_us, now);
        let cart = self.carts.get(&cart).filter(rests);
        cart.filter(|cart| self.is_empty(cart.id)).map(|cart| cart.expires_at)
    }

    fn is_empty(&self, cart: CartId) -> bool {
        self.held(cart).next().is_none()
    }

    /// There is a cart now, as something is put into it: one that has rested is a new one.
    fn open_cart(&mut self, context: Context, crowd: Option<CrowdId>) {
        let id = CartId::of(context.who.actor.caller);
        match self.carts.get(&id).map(|cart| cart.is_expired(context.now)) {
            None => self.begin_cart(Cart::begun(context, crowd)),
            Some(has_rested) if self.is_empty(id) => {
                let begun = Cart::begun(context, crowd);
                self.carts.edit(&id).into_iter().for_each(|cart| {
                    let opened_at = if has_rested { begun.opened_at } else { cart.opened_at };
                    *cart = Cart { opened_at, ..begun.clone() };
                });
            }
            Some(_) => {}
        }
    }

    fn units_of(&self, cart: CartId, product: ProductId) -> i64 {
        self.held(cart).find(|hold| hold.product == product).map_or(0, |hold| hold.units)
    }

    /// Its line has so many units now; none, and it is gone.
    fn hold(&mut self, cart: CartId, product: ProductId, units: i64, added_at: Micros) {
        let key = (cart, product);
        match self.units_of(cart, product) {
            present if present == units => {}
            _ if units == 0 => self.holds.drop(&key),
            0 => self.holds.make(Hold { cart, product, units, added_at }),
            _ => self.holds.edit(&key).into_iter().for_each(|hold| hold.units = units),
        }
    }

    fn units_held(&self, cart: CartId) -> i64 {
        self.held(cart).map(|hold| hold.units).sum()
    }

    /// Guests of an address hold so much more, or less.
    fn crowd(&mut self, crowd: Option<CrowdId>, units: i64) {
        let Some(id) = crowd.filter(|_| units != 0) else { return };
        match self.crowds.edit(&id) {
            Some(crowd) => crowd.units += units,
            None => self.crowds.make(Crowd { id, units }),
        }
        if self.crowds.get(&id).is_some_and(|crowd| crowd.units <= 0) {
            self.crowds.drop(&id);
        }
    }

    /// That its time is over is told, before what it holds is given back.
    fn tell_expired(&mut self, cart: &Cart, context: Context) {
        let held: Vec<Hold> = self.held(cart.id).cloned().collect();
        let customer = (cart.kind == CallerKind::Account).then_some(cart.id.0);
        self.events.add(Event {
            subject: Subject::cart(cart.id),
            version: None,
            kind: EventKind::CartExpired,
            data: Some(ExpiredData::written(customer, ExpiredItem::of(&held))),
            actor: context.who.actor.caller,
            correlation: context.who.correlation,
            at: context.now,
        });
    }

    /// All that the cart holds is free again, and the cart is gone.
    pub(crate) fn let_cart_go(&mut self, cart: &Cart, now: Micros) {
        self.give_back(cart, now);
        self.carts.drop(&cart.id);
    }

    /// All that the cart holds is free again, and its owner begins no new one at once.
    fn empty_cart(&mut self, cart: &Cart, now: Micros) {
        self.give_back(cart, now);
        self.carts.edit(&cart.id).into_iter().for_each(|cart| cart.rest(now));
    }

    fn give_back(&mut self, cart: &Cart, now: Micros) {
        let held: Vec<Hold> = self.held(cart.id).cloned().collect();
        held.iter().for_each(|hold| self.shelves.unreserve(hold.product, hold.units, now));
        self.let_holds_go(cart, &held);
    }

    fn let_holds_go(&mut self, cart: &Cart, held: &[Hold]) {
        self.crowd(cart.crowd, -held.iter().map(|hold| hold.units).sum::<i64>());
        held.iter().for_each(|hold| self.holds.drop(&hold.key()));
    }

    /// What it held is sold, or another's.
    fn drop_cart(&mut self, cart: &Cart, held: &[Hold]) {
        self.let_holds_go(cart, held);
        self.carts.drop(&cart.id);
    }

    fn filled(&self, cart: CartId) -> Filled {
        let mut held: Vec<&Hold> = self.held(cart).collect();
        held.sort_by_key(|hold| (hold.added_at, hold.product));
        let line =
            |hold: &Hold| Some(FilledLine { offer: self.offer(hold.product)?, units: hold.units });
        let expires_at = self.carts.get(&cart).filter(|_| !held.is_empty());
        Filled {
            expires_at: expires_at.map(|cart| cart.expires_at),
            lines: held.into_iter().filter_map(line).collect(),
        }
    }
}

commands!(Carts:
    ChangeCart = "change_cart" -> (),
    EmptyCart = "empty_cart" -> (),
    ClaimCart = "claim_cart" -> Vec<Left>,
    ExpireCarts = "expire_carts" -> crate::rules::Never,
    Checkout = "checkout" -> crate::OrderId,
);
