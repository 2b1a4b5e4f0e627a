//! A cart that is ordered, as it should be: given back, and taken at once by an order like any other.

use crate::{Expected, Kept, Model, Modelled};
use domain::{
    CartId, Checkout, Context, ExpectedLine, Hold, Listed, Order, OrderId, PlaceOrder, ProductRef,
    Quantity, carts::CheckoutRefusal, orders::PlaceRefusal,
};
use std::sync::Arc;

impl Modelled for Checkout {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let id = CartId(context.who.actor.caller.id);
        let lines = model.lines(id);
        if lines.is_empty() || model.is_over(id, context.now) {
            return Err(vec![CheckoutRefusal::CartEmpty]);
        }
        let before = (model.stock.clone(), model.touched.products.clone());
        lines.iter().for_each(|hold| model.promise(hold.product, -hold.units));
        let ordered = order_of(self, &lines).expect(model, context);
        let order = ordered.map_err(|wrong| {
            (model.stock, model.touched.products) = before;
            wrong.into_iter().map(|refusal| said_of(refusal, &lines)).collect::<Vec<_>>()
        })?;
        model.holds.retain(|(cart, _), _| *cart != id);
        model.drop_cart(id);
        Ok(order)
    }

    fn strip(&mut self) {
        (self.id, self.lines) = (OrderId(uuid::Uuid::nil()), 0);
    }

    fn kept_of(order: &Arc<Order>) -> Option<Kept> {
        Some(Kept::Order(order.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        Checkout::before(kept).map(Kept::Order)
    }
}

fn order_of(wanted: &Checkout, lines: &[Hold]) -> PlaceOrder {
    let line = |hold: &Hold| ExpectedLine {
        product: ProductRef::Id(hold.product),
        quantity: Quantity::new(hold.units).expect("a line is no longer than one of an order"),
        price: None,
    };
    let Checkout { id, currency, most, lines: _, total, details } = wanted.clone();
    let lines = lines.iter().map(line).collect();
    PlaceOrder { id, currency, most, lines, total, details, customer: None }
}

fn said_of(refusal: PlaceRefusal, lines: &[Hold]) -> CheckoutRefusal {
    match refusal {
        PlaceRefusal::UnknownProducts(places) => CheckoutRefusal::NoLongerSold(
            places.into_iter().map(|place| lines[place].product).collect(),
        ),
        PlaceRefusal::TotalTooLarge => CheckoutRefusal::TotalTooLarge,
        PlaceRefusal::TotalChanged { expected, total } => {
            CheckoutRefusal::TotalChanged { expected, total }
        }
        PlaceRefusal::TooMany(beyond) => CheckoutRefusal::TooMany(beyond),
        other => panic!("nothing of the kind can be said of a cart: {other:?}"),
    }
}
