//! Orders: placed, listed, shown, cancelled.

use super::{
    answer::{created, replayed, tagged},
    body::{BodyLimits, JsonBody, read_json},
    correlation::CorrelationId,
    fields::Fields,
    page::{Cursor, Links, OFFSET_MOST, Page, Start},
    parsers::{decimal, digits, from_text, integer, time, uuid},
    problem::Problem,
    query::Query,
    segment::Segment,
    views::{OrderView, order_url},
    visitor::{Account, Key},
};
use crate::app::App;
use axum::{
    extract::{FromRef, Request, State},
    http::{HeaderMap, Uri},
    response::Response,
};
use domain::{
    AccountId, Action, Caller, Currency, ExpectedLine, Micros, Money, MoveOrder, Order, OrderId,
    OrderStatus, Outcome, PlaceOrder, ProductId, ProductRef, Quantity, Text, idempotency::Kept,
};
use hyper::body::Body as _;
use serde_json::Value;
use std::sync::Arc;
use store::{Direction, OrderFilter};
use uuid::Uuid;

const LINES_MOST: usize = 100;

/// A product's id as a number, or any of its names as text.
pub fn product_ref(value: &Value) -> Result<ProductRef, String> {
    match value {
        Value::Number(_) => integer(0..=i64::MAX)(value).map(|id| ProductRef::Id(ProductId(id))),
        Value::String(_) => from_text(ProductRef::parse)(value),
        _ => Err("must be a product's id, public_id or sku".into()),
    }
}

fn quantity(value: &Value) -> Result<Quantity, String> {
    let units = integer(1..=Quantity::MAX)(value)?;
    Quantity::new(units).ok_or_else(|| "is out of range".into())
}

pub(super) fn wanted(fields: &mut Fields, currency: Currency) -> Option<PlaceOrder> {
    let money = move |digits: &str| Money::parse(digits, currency);
    let lines = fields.list("order_items", 1..=LINES_MOST, |line| {
        let product = line.required("product", product_ref);
        let quantity = line.required("quantity", quantity);
        let price = line.optional("price", decimal(money));
        Some(ExpectedLine { product: product?, quantity: quantity?, price: price? })
    });
    let total = fields.optional("total", decimal(money));
    let note = fields.optional("note", from_text(Text::new));
    Some(PlaceOrder {
        id: OrderId(Uuid::now_v7()),
        currency,
        lines: lines?,
        total: total?,
        note: note?.unwrap_or_default(),
    })
}

pub async fn place(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    body: JsonBody,
) -> Result<Response, Problem> {
    let place = body.read(|fields: &mut Fields| wanted(fields, app.currency))?;
    let correlation = domain::CorrelationId(correlation);
    let outcome = app.send(account.actor(), correlation, key, Action::PlaceOrder(place)).await?;
    let public_url = &app.settings.public_url;
    let answer =
        |order: &Order| created(&order_url(order, public_url), &OrderView::of(order, public_url));
    match outcome {
        Outcome::Placed(order) if order.number.is_some() => Ok(answer(&order)),
        // Its commit was found to have landed: its number is in the database only.
        Outcome::Placed(order) => match present(&app, order.id).await {
            Ok(order) => Ok(answer(&order)),
            // It is placed: nothing may say that it is not.
            Err(_) => Err(Problem::outcome_unknown()),
        },
        Outcome::Replayed(Kept::Order(id)) => Ok(replayed(answer(&present(&app, id).await?), true)),
        _ => Err(Problem::internal()),
    }
}

/// An order that is known to exist.
async fn present(app: &App, id: OrderId) -> Result<Order, Problem> {
    app.readers.order(id).await?.ok_or_else(Problem::internal)
}

pub async fn cancel(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Segment(id): Segment,
    Key(key): Key,
    request: Request,
) -> Result<Response, Problem> {
    let order = order_id(&id)?;
    let reason = reason(&app, request).await?;
    let cancel = MoveOrder { order, to: OrderStatus::Cancelled, reason };
    let correlation = domain::CorrelationId(correlation);
    let outcome = app.send(account.actor(), correlation, key, Action::MoveOrder(cancel)).await?;
    match outcome {
        Outcome::Moved(order) => Ok(shown(&HeaderMap::new(), &app, &order)?),
        Outcome::Replayed(Kept::Order(id)) => {
            let order = present(&app, id).await?;
            Ok(replayed(shown(&HeaderMap::new(), &app, &order)?, true))
        }
        _ => Err(Problem::internal()),
    }
}

/// A cancellation needs no body; with one, it may give a reason.
async fn reason(app: &Arc<App>, request: Request) -> Result<Option<Text<500>>, Problem> {
    let (head, body) = request.into_parts();
    if body.is_end_stream() {
        return Ok(None);
    }
    let body = read_json(&head.headers, body, BodyLimits::from_ref(app)).await?;
    Fields::read(&body, |fields| fields.optional("reason", from_text(Text::new)))
}

/// What cannot be an order's id is the id of none.
fn order_id(text: &str) -> Result<OrderId, Problem> {
    uuid(text).map(OrderId).map_err(|_| no_such_order())
}

fn no_such_order() -> Problem {
    Problem::not_found("there is no such order")
}

pub async fn show(
    State(app): State<Arc<App>>,
    account: Account,
    Segment(id): Segment,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::none(uri.query())?;
    let order = app.readers.order(order_id(&id)?).await?;
    let order = order.filter(|order| order.is_visible_to(&account.actor()));
    shown(&headers, &app, &order.ok_or_else(no_such_order)?)
}

fn shown(headers: &HeaderMap, app: &App, order: &Order) -> Result<Response, Problem> {
    tagged(headers, Some(order.version), &OrderView::of(order, &app.settings.public_url))
}

pub(super) struct History {
    pub filter: OrderFilter,
    pub page: Page,
    pub sees_none: bool,
}

pub(super) fn history(query: &mut Query, account: &Account, currency: Currency) -> Option<History> {
    let minor = move |text: &str| Money::parse(text, currency).map(|money| money.minor);
    let micros = |text: &str| time(text).map(|at| Micros(at.as_microsecond()));
    let status = query.optional("status", |name| {
        OrderStatus::named(name)
            .ok_or("must be pending, processing, completed, cancelled or failed")
    });
    let placed_after = query.optional("placed_after", micros);
    let placed_before = query.optional("placed_before", micros);
    let min_total_minor = query.optional("min_total", digits(minor));
    let max_total_minor = query.optional("max_total", digits(minor));
    let customer = query.optional("customer", uuid);
    let page = Page::read(query);
    let asked_for = customer?.map(|id| Caller::account(AccountId(id)));
    let own = Caller::account(account.id);
    // Of somebody else's orders a customer sees none, and does not learn whether there are any.
    let sees_none = !account.role.is_staff() && asked_for.is_some_and(|caller| caller != own);
    let filter = OrderFilter {
        owner: if account.role.is_staff() { asked_for } else { Some(own) },
        status: status?,
        placed_after: placed_after?,
        placed_before: placed_before?,
        min_total_minor: min_total_minor?,
        max_total_minor: max_total_minor?,
    };
    Some(History { filter, page: page?, sees_none })
}

/// Newest first.
pub async fn list(
    State(app): State<Arc<App>>,
    account: Account,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let history = Query::read(uri.query(), |query| history(query, &account, app.currency))?;
    let History { filter, page, sees_none } = history;
    let after = match &page.start {
        Start::Cursor(Some(cursor)) => Some(number(cursor)?),
        _ => None,
    };
    let asked = store::Page {
        limit: page.limit + 1,
        offset: page.offset().unwrap_or(0),
        after,
        direction: Direction::Falling,
    };
    let mut found = match sees_none {
        true => Vec::new(),
        false => app.readers.orders(&filter, asked).await?,
    };
    let more = found.len() as i64 > page.limit;
    found.truncate(usize::try_from(page.limit).unwrap_or(0));
    let count = match page.start {
        Start::Cursor(_) => None,
        _ if sees_none => Some(0),
        _ => Some(app.readers.count_orders(&filter, OFFSET_MOST).await?),
    };
    let public_url = &app.settings.public_url;
    let links = Links { public_url, path: uri.path(), query: uri.query() };
    let last = found.last().and_then(|order| order.number);
    let last = last.map(|number| Cursor(vec![number.to_string()]));
    let views: Vec<OrderView> =
        found.iter().map(|order| OrderView::of(order, public_url)).collect();
    tagged(&headers, None, &page.list(&links, views, count, more, last))
}

fn number(cursor: &Cursor) -> Result<i64, Problem> {
    let number = match cursor.0.as_slice() {
        [number] => number.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| Problem::invalid_field("cursor", "is not one that this list gave out"))
}
