//! Carts: what somebody means to buy, held for him for a while. Everybody has one: an account by itself, a
//! guest by his token.

mod changes;
mod checkout;
mod claims;
mod seen;

pub use seen::SeenCarts;

use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        codes,
        problems::Problem,
        queries::NoQuery,
        rights::Shopper,
        routes::Route,
        shapes::{Amount, Time, time, view},
    },
};
use domain::{
    ChangeCart, Checkout, ClaimCart, EmptyCart, Money,
    carts::{CartId, Filled, FilledLine},
};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

const CART: &str = "/api/cart";
const ITEMS: &str = "/api/cart/items";
const ITEM: &str = "/api/cart/items/{reference}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, CART, "show_cart", show)
            .about("Shows the cart, at the prices of now. Whoever has none sees an empty one, and so does whoever's has expired: what it held is free for others within some five seconds.")
            .linked("cart"),
        Route::new(Method::POST, ITEMS, "add_to_cart", changes::add)
            .linked("cart_items")
            .about("Puts units of a product into the cart, where they are held until expires_at. A guest without a token gets one, once: whoever brings one of his own, with an Idempotency-Key, loses nothing when an answer is lost.")
            .example(json!({ "product": 1, "quantity": 2 }))
            .sends::<ChangeCart>(),
        Route::new(Method::PUT, ITEM, "set_in_cart", changes::set)
            .about("Says how many units of a product the cart has: with 0, none.")
            .example(json!({ "quantity": 3 }))
            .sends::<ChangeCart>(),
        Route::new(Method::DELETE, ITEM, "remove_from_cart", changes::remove)
            .about("Takes a product out of the cart, whether or not it was in it.")
            .sends::<ChangeCart>(),
        Route::new(Method::DELETE, CART, "empty_cart", changes::empty)
            .about("Takes everything out of the cart.")
            .sends::<EmptyCart>(),
        Route::new(Method::POST, "/api/cart/claim", "claim_cart", claims::claim)
            .linked("cart_claim")
            .about("Moves what a guest's cart holds into one's own, after a login. What does not fit is left, and is free again. The guest's cart has ended then: its token may begin a new one.")
            .example(json!({ "cart_token": "3v5y8B_E-rHMbQeThWmZq4t7w9zCxFuJ" }))
            .sends::<ClaimCart>(),
        Route::new(Method::POST, "/api/cart/checkout", "checkout", checkout::checkout)
            .linked("cart_checkout")
            .about("Orders all that the cart holds, at the prices of now, and empties it. With a total, only if it comes to that.")
            .creates()
            .example(json!({ "note": "Ring twice." }))
            .refuses(&[codes::EMAIL_NOT_CONFIRMED])
            .sends::<Checkout>(),
    ]
}

view! {
    pub struct ItemView<'a> = "CartItem" {
        product: i64,
        public_id: Uuid,
        sku: &'a str,
        name: &'a str,
        quantity: i64,
        price: String as Amount,
        line_total: String as Amount,
        /// Not once the product was taken out of the catalog, or has its price in another currency: no order is
        /// made of the cart until it is taken out, and the total leaves it out.
        is_sold: bool,
    }
}

view! {
    pub struct CartView<'a> = "Cart" {
        items: Vec<ItemView<'a>>,
        /// Of what is sold of it: lines whose is_sold is false are left out.
        total: String as Amount,
        currency: &'static str,
        expires_at: Option<String> as Option<Time>,
    }
}

impl CartView<'_> {
    pub fn of<'a>(app: &App, cart: &'a Filled) -> CartView<'a> {
        let currency = app.currency;
        let is_sold =
            |line: &FilledLine| !line.offer.is_archived && line.offer.price.currency == currency;
        let item = |line: &'a FilledLine| ItemView {
            product: line.offer.product.0,
            public_id: line.offer.public_id.0,
            sku: line.offer.sku.as_str(),
            name: &line.offer.name,
            quantity: line.units,
            price: line.offer.price.to_string(),
            line_total: Money::new(total_minor(line), line.offer.price.currency).to_string(),
            is_sold: is_sold(line),
        };
        let sold = cart.lines.iter().filter(|line| is_sold(line));
        let total = sold.map(total_minor).fold(0, i64::saturating_add);
        CartView {
            items: cart.lines.iter().map(item).collect(),
            total: Money::new(total, currency).to_string(),
            currency: currency.code(),
            expires_at: cart.expires_at.map(time),
        }
    }
}

/// What is too much to be an amount is no order's either, and looks like what it is.
fn total_minor(line: &FilledLine) -> i64 {
    line.offer.price.minor.saturating_mul(line.units)
}

/// As it is now: a cart that has expired holds nothing for anybody.
async fn present(app: &App, cart: CartId) -> Result<Filled, Problem> {
    let filled = app.readers.exact().cart(cart).await?;
    app.carts.note(cart, &filled).await;
    Ok(filled)
}

async fn show(
    State(app): State<Arc<App>>,
    shopper: Shopper,
    _: NoQuery,
) -> Result<Answer<CartView<'static>>, Problem> {
    let cart = match shopper.actor() {
        Some(actor) => present(&app, CartId::of(actor.caller)).await?,
        None => Filled::default(),
    };
    Ok(Answer::ok(&CartView::of(&app, &cart)))
}
