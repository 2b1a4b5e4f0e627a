//! Orders as they are shown: by their id or their number.

use super::{
    details::{ContactView, DeliveryView},
    handed::{HandedItemView, NamesView, Shown},
};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Written},
        arguments::{Known, Segment},
        authentication::Asker,
        problems::Problem,
        queries::NoQuery,
        rights::Member,
        routes::Route,
        shapes::{Amount, Link, Nested, Time, time, view},
    },
};
use domain::{Currency, Money, Order, OrderId, OrderLine, OrderStatus, Reference, Scope};
use std::sync::Arc;
use uuid::Uuid;

pub const ORDERS: &str = "/api/orders/orders";
/// A number has no more digits.
const DIGITS_MOST: usize = 18;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/orders/orders/{id}", "show_order", show)
            .about("Shows an order, by its id or its number: digits are the number.")
            .scoped(Scope::OrdersRead),
    ]
}

view! {
    pub struct OrderView<'a> = "Order" {
        id: Uuid,
        number: Option<i64>,
        url: String as Link,
        /// Null of an order that a channel has handed over.
        customer: Option<Uuid>,
        channel: Option<&'a str>,
        reference: Option<&'a str>,
        delivery_address: Option<Nested<DeliveryView<'a>>>,
        contact: Option<Nested<ContactView<'a>>>,
        status: &'static str as OrderStatus,
        version: i64,
        currency: &'static str,
        total: String as Amount,
        note: &'a str,
        order_items: Vec<LineView<'a>>,
        created_at: String as Time,
        updated_at: String as Time,
        processing_started_at: Option<String> as Option<Time>,
        processing_completed_at: Option<String> as Option<Time>,
        failure_reason: Option<&'a str>,
        /// What it is called where a channel has it from. This and what follows is of such orders only, and goes
        /// when the shop forgets whom they were for, but for this and the total.
        #[serde(skip_serializing_if = "Option::is_none")]
        order_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        item_ids: Option<NamesView<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        items: Option<Vec<HandedItemView<'a>>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        total_amount: Option<String> as Option<Amount>,
    }
}

view! {
    pub struct LineView<'a> = "OrderLine" {
        product: i64,
        sku: &'a str,
        name: &'a str,
        description: &'a str,
        quantity: i64,
        price: String as Amount,
        line_total: String as Amount,
    }
}

impl OrderView<'_> {
    pub fn of<'a>(order: &'a Order, public_url: &str) -> OrderView<'a> {
        let Shown { order_id, user_id, item_ids, items, total_amount } = Shown::of(order);
        OrderView {
            id: order.id.0,
            number: order.number,
            url: order_url(order, public_url),
            customer: order.channel.is_none().then_some(order.owner.id),
            channel: order.channel.as_deref(),
            reference: order.reference.as_ref().map(Reference::as_str),
            delivery_address: order
                .delivery_address
                .as_ref()
                .map(|address| Nested(DeliveryView::of(address))),
            contact: order.contact.as_ref().map(|contact| Nested(ContactView::of(contact))),
            status: order.status.name(),
            version: order.version,
            currency: order.currency.code(),
            total: Money::new(order.total_minor, order.currency).to_string(),
            note: &order.note,
            order_items: order
                .lines
                .iter()
                .map(|line| LineView::of(line, order.currency))
                .collect(),
            created_at: time(order.created_at),
            updated_at: time(order.updated_at),
            processing_started_at: order.processing_started_at.map(time),
            processing_completed_at: order.processing_completed_at.map(time),
            failure_reason: order.failure_reason.as_deref(),
            order_id,
            user_id,
            item_ids,
            items,
            total_amount,
        }
    }
}

impl LineView<'_> {
    fn of(line: &OrderLine, currency: Currency) -> LineView<'_> {
        LineView {
            product: line.product.0,
            sku: line.sku.as_str(),
            name: &line.name,
            description: &line.description,
            quantity: line.quantity.units(),
            price: Money::new(line.unit_price_minor, currency).to_string(),
            line_total: Money::new(line.total_minor(), currency).to_string(),
        }
    }
}

pub fn order_url(order: &Order, public_url: &str) -> String {
    format!("{public_url}{ORDERS}/{}", order.id)
}

/// The id of the order that an address names. What can be neither an id nor a number names none.
pub async fn named(app: &App, name: &str) -> Result<OrderId, Problem> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit()) && name.len() <= DIGITS_MOST;
    let id = match name.parse() {
        Ok(number) if is_number => app.readers.exact().order_id(number).await?,
        _ => Uuid::try_parse(name).ok().map(OrderId),
    };
    id.ok_or_else(no_such_order)
}

/// An order that is known to exist: when it cannot be read, nothing may say that it does not.
pub async fn present(app: &App, id: OrderId) -> Result<Order, Problem> {
    let order = app.readers.exact().order(id).await.map_err(|error| {
        tracing::warn!(%error, "an order that was placed cannot be read");
        Problem::outcome_unknown()
    })?;
    order.ok_or_else(Problem::outcome_unknown)
}

/// An order that whoever asks may see, as it is now.
pub async fn visible(app: &App, asker: &Asker, name: &str) -> Result<Order, Problem> {
    let order = app.readers.exact().order(named(app, name).await?).await?;
    order.filter(|order| order.is_visible_to(&asker.actor())).ok_or_else(no_such_order)
}

async fn show(
    State(app): State<Arc<App>>,
    Member(asker): Member,
    Segment(id): Segment,
    _: NoQuery,
    known: Known,
) -> Result<Answer<OrderView<'static>>, Problem> {
    shown(&known, &app, &visible(&app, &asker, &id).await?)
}

/// With its entity tag.
pub fn shown(
    known: &Known,
    app: &App,
    order: &Order,
) -> Result<Answer<OrderView<'static>>, Problem> {
    let view = OrderView::of(order, &app.settings.public_url);
    Ok(Written::of(Some(order.version), &view)?.answer(known))
}

pub fn no_such_order() -> Problem {
    Problem::not_found("there is no such order")
}
