//! Orders: placed, listed, shown, cancelled.

use crate::{
    api::catalog::products::{Sight, product_ref},
    app::App,
    http::{
        Method, State,
        answers::{Answer, Written},
        arguments::{Key, Known, Segment},
        authentication::{Account, Asker},
        bodies::{Body, OptionalBody},
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::{Parser, choice, integer, money, of, then},
        problems::{FieldError, Problem},
        queries::{LateQuery, NoQuery},
        refusals::refusals,
        rights::Member,
        routes::Route,
        shapes::{Amount, Link, Time, time, view},
        texts::note_of,
    },
};
use domain::{
    AccountId, Caller, Currency, Details, Done, ExpectedLine, Micros, Money, Most, MoveOrder,
    Order, OrderId, OrderLine, OrderStatus, PlaceOrder, ProductId, Quantity, Reference, Scope,
    ShortLine, Text,
    orders::{BoundedLine, ChangedPrice, LINES_MOST, MoveRefusal, PlaceRefusal},
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Direction, OrderFilter, Rejection};
use uuid::Uuid;

const ORDERS: &str = "/api/orders/orders";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, ORDERS, "place_order", place)
            .about("Places an order: all of its lines, or nothing.")
            .creates()
            .example(json!({ "order_items": [{ "product": 1, "quantity": 2 }] }))
            .refuses(&[codes::EMAIL_NOT_CONFIRMED])
            .sends::<PlaceOrder>(),
        Route::new(Method::GET, ORDERS, "list_orders", list)
            .about("Lists orders, the newest first: one's own, and for staff all.")
            .linked("orders")
            .scoped(Scope::OrdersRead),
        Route::new(Method::GET, "/api/orders/orders/{id}", "show_order", show)
            .about("Shows an order.")
            .scoped(Scope::OrdersRead),
        Route::new(Method::POST, "/api/orders/orders/{id}/cancel", "cancel_order", cancel)
            .about("Cancels an order and gives its stock back. Again it changes nothing.")
            .example(json!({ "reason": "ordered twice" }))
            .scoped(Scope::OrdersWrite)
            .tagged()
            .sends::<MoveOrder>(),
    ]
}

view! {
    pub struct OrderView<'a> = "Order" {
        id: Uuid,
        number: Option<i64>,
        url: String as Link,
        customer: Uuid,
        channel: Option<&'a str>,
        reference: Option<&'a str>,
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
        OrderView {
            id: order.id.0,
            number: order.number,
            url: order_url(order, public_url),
            customer: order.owner.id,
            channel: None,
            reference: order.reference.as_ref().map(Reference::as_str),
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

fn order_url(order: &Order, public_url: &str) -> String {
    format!("{public_url}{ORDERS}/{}", order.id)
}

fn quantity() -> impl Parser<Out = Quantity> {
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
        let note = fields.optional("note", note_of::<1000>());
        Some(PlaceOrder {
            id: OrderId(Uuid::now_v7()),
            currency,
            most: Most::default(),
            lines: lines?,
            total: total?,
            details: Details::noted(note?.unwrap_or_default()),
            customer: None,
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
    let public_url = &app.settings.public_url;
    let answer = |order: &Order| {
        Answer::created(&order_url(order, public_url), &OrderView::of(order, public_url))
    };
    let answer = match answered.done {
        Done::Now(order) if order.number.is_some() => answer(&order),
        // Its commit was found to have landed: its number is in the database only.
        Done::Now(order) => answer(&present(&app, order.id).await?),
        Done::Before(id) => answer(&present(&app, id).await?).replayed(true),
    };
    Ok(answer.of_commit(&app, answered.commit).await)
}

/// Where a shop wants it, whoever orders has shown that he reads his mail.
async fn check_confirmed(app: &App, account: Account) -> Result<(), Problem> {
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

/// An order that is known to exist: when it cannot be read, nothing may say that it does not.
async fn present(app: &App, id: OrderId) -> Result<Order, Problem> {
    let order = app.readers.exact().order(id).await.map_err(|error| {
        tracing::warn!(%error, "an order that was placed cannot be read");
        Problem::outcome_unknown()
    })?;
    order.ok_or_else(Problem::outcome_unknown)
}

/// Why an order is cancelled.
struct Cancellation {
    reason: Option<Text<500>>,
}

impl Reads for Cancellation {
    const NAME: &'static str = "Cancellation";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Cancellation> {
        let reason = fields.optional("reason", note_of::<500>());
        Some(Cancellation { reason: reason? })
    }
}

async fn cancel(
    State(app): State<Arc<App>>,
    Member(asker): Member,
    CorrelationId(correlation): CorrelationId,
    Segment(id): Segment,
    Key(key): Key,
    _: NoQuery,
    OptionalBody(body): OptionalBody<Cancellation>,
) -> Result<Answer<OrderView<'static>>, Problem> {
    let reason = body.and_then(|body| body.reason);
    let cancel = MoveOrder { order: order_id(&id)?, to: OrderStatus::Cancelled, reason };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(asker.actor(), correlation, key, cancel).await?;
    let answer = match answered.done {
        Done::Now(order) => shown(&Known::default(), &app, &order)?,
        Done::Before(id) => {
            let order = present(&app, id).await?;
            shown(&Known::default(), &app, &order)?.replayed(true)
        }
    };
    Ok(answer.of_commit(&app, answered.commit).await)
}

/// What cannot be an order's id is the id of none.
fn order_id(text: &str) -> Result<OrderId, Problem> {
    Uuid::try_parse(text).map(OrderId).map_err(|_| no_such_order())
}

async fn show(
    State(app): State<Arc<App>>,
    Member(asker): Member,
    Segment(id): Segment,
    _: NoQuery,
    known: Known,
) -> Result<Answer<OrderView<'static>>, Problem> {
    let order = app.readers.exact().order(order_id(&id)?).await?;
    let order = order.filter(|order| order.is_visible_to(&asker.actor()));
    shown(&known, &app, &order.ok_or_else(no_such_order)?)
}

fn shown(known: &Known, app: &App, order: &Order) -> Result<Answer<OrderView<'static>>, Problem> {
    let view = OrderView::of(order, &app.settings.public_url);
    Ok(Written::of(Some(order.version), &view)?.answer(known))
}

/// A list's query.
struct History {
    status: Option<OrderStatus>,
    placed_after: Option<Micros>,
    placed_before: Option<Micros>,
    min_total: Option<Money>,
    max_total: Option<Money>,
    customer: Option<Uuid>,
    page: Page,
    /// The number of the order to go on after.
    after: Option<i64>,
}

impl Reads for History {
    const NAME: &'static str = "OrderQuery";

    fn read(query: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<History> {
        let statuses = OrderStatus::ALL.map(|status| (status.name(), status));
        let status = query.optional("status", choice(&statuses));
        let placed_after = query.optional("placed_after", of::<Micros>());
        let placed_before = query.optional("placed_before", of::<Micros>());
        let min_total = query.optional("min_total", money(currency));
        let max_total = query.optional("max_total", money(currency));
        let customer = query.optional("customer", of::<Uuid>());
        let page = Page::read(query);
        let (status, page) = (status?, page?);
        let after = page.after(query, number)?;
        Some(History {
            status,
            placed_after: placed_after?,
            placed_before: placed_before?,
            min_total: min_total?,
            max_total: max_total?,
            customer: customer?,
            page,
            after,
        })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

impl History {
    /// The filter for who asks; `None` for what must look empty: of somebody else's orders a
    /// customer sees none, and does not learn whether there are any.
    fn filter(&self, asker: &Asker) -> Option<OrderFilter> {
        let asked_for = self.customer.map(|id| Caller::account(AccountId(id)));
        let own = asker.actor().caller;
        let owner = match (asker.is_staff(), asked_for) {
            (true, asked_for) => asked_for,
            (false, Some(other)) if other != own => return None,
            (false, _) => Some(own),
        };
        Some(OrderFilter {
            owner,
            status: self.status,
            placed_after: self.placed_after,
            placed_before: self.placed_before,
            min_total_minor: self.min_total.map(|total| total.minor),
            max_total_minor: self.max_total.map(|total| total.minor),
        })
    }
}

fn number(cursor: &Cursor) -> Option<i64> {
    match cursor.0.as_slice() {
        [number] => number.parse().ok(),
        _ => None,
    }
}

/// Newest first.
async fn list(
    State(app): State<Arc<App>>,
    Member(asker): Member,
    query: LateQuery<History>,
    known: Known,
) -> Result<Answer<List<OrderView<'static>>>, Problem> {
    let history = query.read(Given::of(app.currency))?;
    let filter = history.filter(&asker);
    let (late, asked) = (app.readers.late(), history.page.asked(history.after, Direction::Falling));
    let rows = async {
        match &filter {
            None => Ok(Vec::new()),
            Some(filter) => late.orders(filter, asked).await,
        }
    };
    let count = async {
        match &filter {
            None => Ok(0),
            Some(filter) => late.count_orders(filter, OFFSET_MOST).await,
        }
    };
    let found = history.page.find(rows, count).await?;
    let (public_url, rows) = (&app.settings.public_url, found.rows.iter());
    let views = rows.map(|order| OrderView::of(order, public_url)).collect();
    let place = |order: &Order| Cursor(order.number.iter().map(i64::to_string).collect());
    Ok(found.written(&query.links(public_url), place, views)?.answer(&known))
}

refusals! {
    PlaceRefusal {
        PlaceRefusal::NotYours => [FORBIDDEN] Problem::forbidden("only staff order for others"),
        PlaceRefusal::UnknownCustomer => [UNKNOWN_CUSTOMER] unknown_customer(),
        PlaceRefusal::UnknownProducts(lines) => [UNKNOWN_PRODUCT] unknown_products(lines),
        PlaceRefusal::QuantityTooLarge { line } => [INVALID] quantity_too_large(line),
        PlaceRefusal::TotalTooLarge => [INVALID] total_too_large(),
        PlaceRefusal::LinesChanged(lines) => [PRICE_CHANGED] price_changed(&lines, None),
        PlaceRefusal::TotalChanged { expected, total } => [PRICE_CHANGED] {
            price_changed(&[], Some((expected, total)))
        },
        PlaceRefusal::TooMany(lines) => [TOO_MANY_UNITS] too_many(&lines),
        PlaceRefusal::OutOfStock(lines) => [OUT_OF_STOCK] out_of_stock(&lines, Sight::Staffs),
    }
}

refusals! {
    MoveRefusal {
        MoveRefusal::NotFound => [NOT_FOUND] no_such_order(),
        MoveRefusal::IllegalMove { from, to } => [NOT_CANCELLABLE | CONFLICT] illegal_move(from, to),
        MoveRefusal::OutOfStock(lines) => [OUT_OF_STOCK] out_of_stock(&lines, Sight::Staffs),
    }
}

fn no_such_order() -> Problem {
    Problem::not_found("there is no such order")
}

fn unknown_customer() -> Problem {
    let message = "there is no such customer, or his account is closed";
    Problem::new(codes::UNKNOWN_CUSTOMER, "nobody can be found for whom this is ordered")
        .errors(vec![FieldError::new("customer", message)])
}

fn unknown_products(lines: Vec<usize>) -> Problem {
    let error = |line| {
        let message = "there is no such product, or it is sold no more";
        FieldError::new(format!("order_items[{line}].product"), message)
    };
    Problem::new(codes::UNKNOWN_PRODUCT, "some products are not in the catalog")
        .errors(lines.into_iter().map(error).collect())
}

fn quantity_too_large(line: usize) -> Problem {
    let message = format!("the lines of this product add up to more than {}", Quantity::MAX);
    Problem::invalid_field(format!("order_items[{line}].quantity"), message)
}

fn total_too_large() -> Problem {
    Problem::invalid_field("order_items", "the order's total is too large to be an amount")
}

fn illegal_move(from: OrderStatus, to: OrderStatus) -> Problem {
    let (from, to) = match to {
        OrderStatus::Cancelled => {
            let detail =
                format!("an order that is {} can no longer be cancelled here", from.name());
            return Problem::new(codes::NOT_CANCELLABLE, detail).with("order_status", from.name());
        }
        to => (from.name(), to.name()),
    };
    Problem::new(codes::CONFLICT, format!("an order that is {from} cannot become {to}"))
}

/// How many there are is told as far as whoever asks may see it.
fn out_of_stock(lines: &[ShortLine], sight: Sight) -> Problem {
    let line = |line: &ShortLine| {
        json!({
            "product": line.product.0,
            "requested": line.requested,
            "available": sight.shown(line.available),
        })
    };
    let detail = match lines {
        [one] => match sight.exact(one.available) {
            Some(exact) => format!("of product {} only {exact} are available", one.product),
            None => format!("of product {} not so many are available", one.product),
        },
        many => format!("{} products are not available in this quantity", many.len()),
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    Problem::new(codes::OUT_OF_STOCK, detail).with("lines", lines)
}

/// More of a product than one order, or one caller, may have: of each as many as he may have now.
fn too_many(lines: &[BoundedLine]) -> Problem {
    let line = |line: &BoundedLine| json!({ "product": line.product.0, "requested": line.requested, "most": line.most });
    let detail = match lines {
        [one] => format!("of product {} you may have {} now", one.product, one.most),
        many => format!("of {} products you may have less now", many.len()),
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    Problem::new(codes::TOO_MANY_UNITS, detail).with("lines", lines)
}

fn price_changed(lines: &[ChangedPrice], total: Option<(Money, Money)>) -> Problem {
    let line = |line: &ChangedPrice| {
        let ProductId(product) = line.product;
        json!({
            "product": product,
            "expected": line.expected.to_string(),
            "price": line.price.to_string(),
        })
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    let detail = "the order would cost something else than was expected";
    let problem = Problem::new(codes::PRICE_CHANGED, detail).with("lines", lines);
    match total {
        Some((expected, total)) => {
            problem.with("expected_total", expected.to_string()).with("total", total.to_string())
        }
        None => problem,
    }
}
