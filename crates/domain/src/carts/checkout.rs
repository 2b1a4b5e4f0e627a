//! A cart becomes an order: what it holds is sold, and neither given back nor taken once more.

use super::{Cart, CartId, Hold};
use crate::{
    Caller, Context, Currency, Details, ExpectedLine, Facts, Fingerprint, Money, Most, Order,
    OrderId, PlaceOrder, ProductId, ProductRef, Quantity, ShortLine, kinds,
    orders::{self, BoundedLine, PlaceRefusal, Purchase},
    rules::{Keyed, Numbers, Rule, Weight, Who},
};
use serde::Serialize;
use std::sync::Arc;

/// Orders all that the caller's cart holds. What it holds is no part of the request: a repeat is answered when
/// there is no cart any more.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checkout {
    #[serde(skip)]
    pub id: OrderId,
    #[serde(skip)]
    pub currency: Currency,
    /// The shop's bounds, for products that have none of their own.
    #[serde(skip)]
    pub most: Most,
    /// As many lines as the cart is thought to have: it is weighed by them.
    #[serde(skip)]
    pub lines: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    #[serde(flatten)]
    pub details: Details,
}

kinds! {
    pub enum CheckoutRefusal {
        /// There is none, or its time is over.
        CartEmpty = "cart_empty",
        /// Or has no price here. The holds stay.
        NoLongerSold(Vec<ProductId>) = "no_longer_sold",
        TotalTooLarge = "total_too_large",
        TotalChanged { expected: Money, total: Money } = "price_changed_total",
        TooMany(Vec<BoundedLine>) = "too_many_units",
        /// Only where somebody wrote beside the shop: what a cart holds lies there.
        OutOfStock(Vec<ShortLine>) = "out_of_stock",
    }
}

impl Rule for Checkout {
    type Outcome = Arc<Order>;
    type Refusal = CheckoutRefusal;

    fn name(&self) -> &'static str {
        "checkout"
    }

    fn keyed(&self) -> Keyed {
        Keyed::OnOrder
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        let owner = who.actor.caller;
        let cart = CartId::of(owner);
        facts.want_to_let_go(cart);
        let mut lines: Vec<_> = facts.held(cart).filter_map(line).collect();
        if facts.is_last_look {
            // What the same batch puts into it may have a bound too.
            let put = facts.put_into(cart).map(|product| expected(product, Quantity::ONE));
            lines.extend(put.collect::<Vec<_>>());
        }
        self.purchase(owner, &lines).want(facts);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Arc<Order>, CheckoutRefusal> {
        let owner = context.who.actor.caller;
        let cart = facts.carts.get(&CartId::of(owner)).cloned();
        let is_alive = |cart: &Cart| !cart.is_expired(context.now) && !facts.is_empty(cart.id);
        let cart = cart.filter(is_alive).ok_or(CheckoutRefusal::CartEmpty)?;
        let mut held: Vec<Hold> = facts.held(cart.id).cloned().collect();
        held.sort_by_key(|hold| (hold.added_at, hold.product));
        let lines: Vec<_> = held.iter().filter_map(line).collect();
        let purchase = self.purchase(owner, &lines);
        let made =
            purchase.make(context, facts, |shelves, lines, now| shelves.sell_held(lines, now));
        let order = made.map_err(|refusal| refused(refusal, &held))?;
        facts.drop_cart(&cart, &held);
        Ok(order)
    }

    fn number(order: &mut Arc<Order>, numbers: &Numbers) {
        PlaceOrder::number(order, numbers);
    }

    /// An order's, and the cart with its lines and its crowd.
    fn weight(&self) -> Weight {
        let order = orders::weight(self.lines, self.details.bytes_most());
        Weight { rows: order.rows + self.lines + 2, ..order }
    }
}

impl Checkout {
    fn purchase<'p>(&'p self, owner: Caller, lines: &'p [ExpectedLine]) -> Purchase<'p> {
        let Checkout { id, currency, most, total, ref details, .. } = *self;
        Purchase { id, owner, currency, most, lines, total, details }
    }
}

/// A line holds no more than one may.
fn line(hold: &Hold) -> Option<ExpectedLine> {
    Some(expected(ProductRef::Id(hold.product), Quantity::new(hold.units)?))
}

fn expected(product: ProductRef, quantity: Quantity) -> ExpectedLine {
    ExpectedLine { product, quantity, price: None }
}

/// Whoever orders a cart is told of it, and not of lines that he has never written.
fn refused(refusal: PlaceRefusal, held: &[Hold]) -> CheckoutRefusal {
    let at = |place: usize| held.get(place).map(|hold| hold.product);
    match refusal {
        PlaceRefusal::UnknownProducts(places) => {
            CheckoutRefusal::NoLongerSold(places.into_iter().filter_map(at).collect())
        }
        PlaceRefusal::TotalChanged { expected, total } => {
            CheckoutRefusal::TotalChanged { expected, total }
        }
        PlaceRefusal::TooMany(lines) => CheckoutRefusal::TooMany(lines),
        PlaceRefusal::OutOfStock(lines) => CheckoutRefusal::OutOfStock(lines),
        PlaceRefusal::TotalTooLarge | PlaceRefusal::QuantityTooLarge { .. } => {
            CheckoutRefusal::TotalTooLarge
        }
        // A cart is one's own, and says no prices.
        PlaceRefusal::NotYours | PlaceRefusal::UnknownCustomer | PlaceRefusal::LinesChanged(_) => {
            CheckoutRefusal::CartEmpty
        }
    }
}
