//! A cart becomes an order: what it holds is sold to whom it is held for.

use crate::{
    api::{
        catalog::products::Sight,
        orders::{
            details::details,
            orders::OrderView,
            placements::{check_confirmed, shown_as_placed},
            refusals::{out_of_stock, price_changed, too_many},
        },
    },
    app::App,
    http::{
        State,
        answers::Answer,
        arguments::Key,
        authentication::{Account, Asker},
        bodies::OptionalBody,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::money,
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
    },
};
use domain::{
    Checkout, Details, Money, OrderId, ProductId,
    carts::{CartId, CheckoutRefusal},
    orders::LINES_MOST,
};
use serde_json::Value;
use std::sync::Arc;
use store::Rejection;
use uuid::Uuid;

/// What a buyer says of the order that his cart becomes.
#[derive(Default)]
pub struct Wish {
    total: Option<Money>,
    details: Details,
}

impl Reads for Wish {
    const NAME: &'static str = "NewCheckout";

    fn read(fields: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<Wish> {
        let total = fields.optional("total", money(currency));
        let details = details(fields);
        Some(Wish { total: total?, details: details? })
    }
}

pub async fn checkout(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    _: NoQuery,
    OptionalBody(wish): OptionalBody<Wish>,
) -> Result<Answer<OrderView<'static>>, Problem> {
    check_confirmed(&app, account).await?;
    let Wish { total, details } = wish.unwrap_or_default();
    let lines = lines_of(&app, CartId::account(account.id)).await;
    let id = OrderId(Uuid::now_v7());
    let (currency, most) = (app.currency, app.most());
    let checkout = Checkout { id, currency, most, lines, total, details };
    let correlation = domain::CorrelationId(correlation);
    let answered = match app.send(account.actor(), correlation, key, checkout).await {
        Err(Rejection::Refused(CheckoutRefusal::OutOfStock(short))) => {
            return Err(out_of_stock(&short, Sight::of(&app, Some(&Asker::Account(account)))));
        }
        sent => sent?,
    };
    shown_as_placed(&app, answered).await
}

/// As many as it has, or had: taken for as many as any may have, it would leave no room in its batch for others.
async fn lines_of(app: &App, cart: CartId) -> usize {
    match app.carts.lines(cart).await {
        Some(lines) => lines,
        None => app.readers.late().lines_of(cart).await.unwrap_or(LINES_MOST),
    }
}

refusals! {
    CheckoutRefusal {
        CheckoutRefusal::CartEmpty => [CART_EMPTY] cart_empty(),
        CheckoutRefusal::NoLongerSold(products) => [NO_LONGER_SOLD] no_longer_sold(&products),
        CheckoutRefusal::TotalTooLarge => [TOTAL_TOO_LARGE] total_too_large(),
        CheckoutRefusal::TotalChanged { expected, total } => [PRICE_CHANGED] {
            price_changed(&[], Some((expected, total)))
        },
        CheckoutRefusal::TooMany(lines) => [TOO_MANY_UNITS] too_many(&lines),
        CheckoutRefusal::OutOfStock(lines) => [OUT_OF_STOCK] {
            out_of_stock(&lines, Sight::Staffs)
        },
    }
}

fn cart_empty() -> Problem {
    let detail = "there is nothing in the cart, or it has expired: put something in again";
    Problem::new(codes::CART_EMPTY, detail)
}

fn no_longer_sold(products: &[ProductId]) -> Problem {
    let detail = "some of what is in the cart is sold no more: take it out first";
    let products: Vec<Value> = products.iter().map(|product| product.0.into()).collect();
    Problem::new(codes::NO_LONGER_SOLD, detail).with("products", products)
}

fn total_too_large() -> Problem {
    let detail = "what is in the cart comes to more than an amount can be: take something out";
    Problem::new(codes::TOTAL_TOO_LARGE, detail)
}
