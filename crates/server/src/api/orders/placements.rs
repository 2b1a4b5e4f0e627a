//! Orders as they are placed: all of their lines, or nothing.

use super::{
    details::details,
    orders::{ORDERS, OrderView, order_url, present},
    refusals::out_of_stock,
};
use crate::{
    api::catalog::products::{Sight, product_ref},
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::Key,
        authentication::{Account, Asker},
        bodies::Body,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{Parser, integer, money, of, then},
        problems::Problem,
        queries::NoQuery,
        routes::Route,
    },
};
use domain::{
    AccountId, Done, ExpectedLine, Most, Order, OrderId, PlaceOrder, Quantity,
    orders::{LINES_MOST, PlaceRefusal},
};
use serde_json::json;
use std::sync::Arc;
use store::{Answered, Rejection};
use uuid::Uuid;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, ORDERS, "place_order", place)
            .about("Places an order: all of its lines, or nothing. The staff may place it for a customer.")
            .creates()
            .example(json!({ "order_items": [{ "product": 1, "quantity": 2 }] }))
            .refuses(&[codes::EMAIL_NOT_CONFIRMED])
            .sends::<PlaceOrder>(),
    ]
}

pub fn quantity() -> impl Parser<Out = Quantity> {
    let units = integer(1..=Quantity::MAX);
    then(units, |units| Quantity::new(units).ok_or_else(|| "is out of range".to_owned()))
}

impl Reads for PlaceOrder {
    const NAME: &'static str = "NewOrder";

    fn read(fields: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<PlaceOrder> {
        let lines = fields.list("order_items", 1..=LINES_MOST, |line| {
            let product = line.required("product", product_ref());
            let quantity = line.required("quantity", quantity());
            let price = line.optional("price", money(currency));
            Some(ExpectedLine { product: product?, quantity: quantity?, price: price? })
        });
        let total = fields.optional("total", money(currency));
        let details = details(fields);
        let customer = fields.optional("customer", of::<Uuid>());
        fields.note("Only the staff order for another customer.");
        Some(PlaceOrder {
            id: OrderId(Uuid::now_v7()),
            currency,
            most: Most::default(),
            lines: lines?,
            total: total?,
            details: details?,
            customer: customer?.map(AccountId),
        })
    }
}

async fn place(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    _: NoQuery,
    Body(place): Body<PlaceOrder>,
) -> Result<Answer<OrderView<'static>>, Problem> {
    check_confirmed(&app, account).await?;
    let correlation = domain::CorrelationId(correlation);
    let place = PlaceOrder { most: app.most(), ..place };
    let answered = match app.send(account.actor(), correlation, key, place).await {
        Err(Rejection::Refused(PlaceRefusal::OutOfStock(short))) => {
            return Err(out_of_stock(&short, Sight::of(&app, Some(&Asker::Account(account)))));
        }
        sent => sent?,
    };
    shown_as_placed(&app, answered).await
}

/// An order that was placed, now or under the same key before.
pub async fn shown_as_placed(
    app: &App,
    answered: Answered<Arc<Order>, OrderId>,
) -> Result<Answer<OrderView<'static>>, Problem> {
    let public_url = &app.settings.public_url;
    let answer = |order: &Order| {
        Answer::created(&order_url(order, public_url), &OrderView::of(order, public_url))
    };
    let answer = match answered.done {
        Done::Now(order) if order.number.is_some() => answer(&order),
        // Its commit was found to have landed: its number is in the database only.
        Done::Now(order) => answer(&present(app, order.id).await?),
        Done::Before(id) => answer(&present(app, id).await?).replayed(true),
    };
    Ok(answer.of_commit(app, answered.commit).await)
}

/// Where a shop wants it, whoever orders has shown that he reads his mail.
pub async fn check_confirmed(app: &App, account: Account) -> Result<(), Problem> {
    if !app.settings.orders_need_confirmed_email || account.role.is_staff() {
        return Ok(());
    }
    match app.readers.exact().account(account.id).await?.is_some_and(|a| a.email_confirmed) {
        true => Ok(()),
        false => {
            let detail = "confirm your e-mail address first, by the link that was sent there";
            Err(Problem::new(codes::EMAIL_NOT_CONFIRMED, detail))
        }
    }
}
