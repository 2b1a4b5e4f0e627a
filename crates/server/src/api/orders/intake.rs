//! Orders from other systems: a channel hands them over, and finds them by its own names for them.

use super::{
    handed::NewHanded,
    orders::{OrderView, no_such_order, present},
    refusals::out_of_stock,
};
use crate::{
    api::catalog::products::Sight,
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::{Known, Segment},
        bodies::Body,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        lists::Place,
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::described,
        problems::{FieldError, Problem},
        queries::{LateQuery, NoQuery, Query},
        refusals::refusals,
        rights::{Channel, Overseer},
        routes::Route,
        texts::title_of,
    },
};
use domain::{
    Caller, Done, HandOver, IdempotencyKey, Order, OrderId, Quantity, Reference, Scope, Text,
    orders::HandOverRefusal,
};
use serde_json::json;
use std::sync::Arc;
use store::{Answered, Direction, OrderFilter, Rejection};
use uuid::Uuid;

const INTAKE: &str = "/api/orders";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, INTAKE, "hand_over_order", hand_over)
            .about("Hands over an order of another system, under its own order_id. The same again is answered with the same order; other content is refused. No Idempotency-Key is needed: order_id is it.")
            .creates()
            .replays()
            .linked("intake")
            .example(json!({ "order_id": "ORD001", "user_id": "USER001", "item_ids": [1, 2, 3], "total_amount": 99.99 }))
            .scoped(Scope::Intake)
            .refuses(&[codes::ORDER_ID_TAKEN])
            .sends::<HandOver>(),
        Route::new(Method::GET, INTAKE, "list_handed_orders", list)
            .about("Lists the orders that channels have handed over, the newest first: a channel's own, and for staff all.")
            .scoped(Scope::Intake),
        Route::new(Method::GET, "/api/orders/{order_id}", "show_handed_order", show)
            .about("Shows an order by the name that it has in the system that has handed it over. The staff say which channel.")
            .scoped(Scope::Intake),
    ]
}

refusals! {
    HandOverRefusal {
        HandOverRefusal::UnknownItems(items) => [UNKNOWN_PRODUCT] unknown_items(&items),
        HandOverRefusal::OtherPrice { item } => [INVALID] {
            let message = "is another price than an item before has for the same product";
            Problem::invalid_field(format!("items[{item}].price"), message)
        },
        HandOverRefusal::TooManyUnits { item } => [INVALID] {
            let message = format!("the items of this product add up to more than {}", Quantity::MAX);
            Problem::invalid_field(format!("items[{item}].quantity"), message)
        },
        HandOverRefusal::TooDear { item } => [INVALID] {
            let message = "comes with its quantity to more than an amount can be";
            Problem::invalid_field(format!("items[{item}].price"), message)
        },
        HandOverRefusal::OutOfStock(lines) => [OUT_OF_STOCK] out_of_stock(&lines, Sight::Staffs),
    }
}

fn unknown_items(items: &[usize]) -> Problem {
    let message =
        "there is no such product, or it is sold no more; this channel takes nothing else";
    let errors = items.iter().map(|item| FieldError::new(format!("items[{item}]"), message));
    Problem::new(codes::UNKNOWN_PRODUCT, "some items are not in the catalog")
        .errors(errors.collect())
}

/// The command for an order, and the key that it comes under.
pub fn handing(app: &App, channel: &Channel, new: NewHanded) -> (IdempotencyKey, HandOver) {
    let hand_over = HandOver {
        id: OrderId(Uuid::now_v7()),
        currency: app.currency,
        channel: channel.name.clone(),
        policy: channel.key.policy,
        order_id: new.order_id,
        said: new.said,
        total: new.total,
    };
    (hand_over.key(), hand_over)
}

/// What a key stands for is known by another name here.
pub fn refused(order_id: &Reference, rejection: Rejection<HandOverRefusal>) -> Problem {
    match rejection {
        Rejection::KeyReused => {
            let order_id = order_id.as_str();
            let detail = format!(
                "{order_id} was handed over before with other content, and stays as it was taken: send \
                 the same again, or another order under an order_id of its own"
            );
            Problem::new(codes::ORDER_ID_TAKEN, detail)
        }
        other => other.into(),
    }
}

async fn hand_over(
    State(app): State<Arc<App>>,
    channel: Channel,
    CorrelationId(correlation): CorrelationId,
    _: NoQuery,
    Body(new): Body<NewHanded>,
) -> Result<Answer<OrderView<'static>>, Problem> {
    let correlation = domain::CorrelationId(correlation);
    let order_id = new.order_id.clone();
    let (key, hand_over) = handing(&app, &channel, new);
    let sent = app.send(channel.actor(), correlation, Some(key), hand_over).await;
    let Answered { done, commit, .. } = sent.map_err(|rejection| refused(&order_id, rejection))?;
    let answer = match done {
        Done::Now(order) if order.number.is_some() => answer(&app, &order),
        Done::Now(order) => answer(&app, &present(&app, order.id).await?),
        Done::Before(id) => answer(&app, &present(&app, id).await?).replayed(true),
    };
    Ok(answer.of_commit(&app, commit).await)
}

fn answer(app: &App, order: &Order) -> Answer<OrderView<'static>> {
    let public_url = &app.settings.public_url;
    let name = order.reference.as_ref().map_or("", Reference::as_str);
    Answer::created(&format!("{public_url}{INTAKE}/{name}"), &OrderView::of(order, public_url))
}

/// Of which channel; the staff may look at any.
struct Asked(Option<Text<50>>);

const CHANNEL: &str = "The channel's name. A channel sees its own orders only.";

impl Reads for Asked {
    const NAME: &'static str = "HandedOrderQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<Asked> {
        query.optional("channel", described(title_of::<50>(), CHANNEL)).map(Asked)
    }
}

/// The channel that is meant, if it is one.
fn meant(overseer: &Overseer, asked: Option<Text<50>>) -> Result<Option<Text<50>>, Problem> {
    match overseer {
        Overseer::Staff => Ok(asked),
        Overseer::Channel(own) if asked.as_ref().is_none_or(|asked| *asked == own.name) => {
            Ok(Some(own.name.clone()))
        }
        Overseer::Channel(own) => {
            let detail =
                format!("this key is of the channel {}, and sees its orders only", own.name);
            Err(Problem::forbidden(detail))
        }
    }
}

async fn show(
    State(app): State<Arc<App>>,
    overseer: Overseer,
    Segment(order_id): Segment,
    Query(Asked(asked)): Query<Asked>,
    known: Known,
) -> Result<Answer<OrderView<'static>>, Problem> {
    let channel = meant(&overseer, asked)?.ok_or_else(|| {
        Problem::invalid_field("channel", "is required: order_ids are names within a channel")
    })?;
    let key = Reference::new(&order_id).map_err(|_| no_such_order())?;
    let key = IdempotencyKey::stored(key.as_str());
    let order = app.readers.exact().order_placed(Caller::channel(&channel), &key).await?;
    super::orders::shown(&known, &app, &order.ok_or_else(no_such_order)?)
}

struct Handed {
    channel: Option<Text<50>>,
    page: Page,
    after: Option<i64>,
}

impl Reads for Handed {
    const NAME: &'static str = "HandedOrdersQuery";

    fn read(query: &mut Fields<'_>, given: Given<'_>) -> Option<Handed> {
        let channel = Asked::read(query, given);
        let page = Page::read(query)?;
        let after = page.after(query, i64::read)?;
        Some(Handed { channel: channel?.0, page, after })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

async fn list(
    State(app): State<Arc<App>>,
    overseer: Overseer,
    query: LateQuery<Handed>,
    known: Known,
) -> Result<Answer<List<OrderView<'static>>>, Problem> {
    let Handed { channel, page, after } = query.read(Given::of(app.currency))?;
    let owner = meant(&overseer, channel)?.map(|channel| Caller::channel(&channel));
    let filter = OrderFilter { owner, is_handed_over: true, ..OrderFilter::default() };
    let (late, asked) = (app.readers.late(), page.asked(after, Direction::Falling));
    let found =
        page.find(late.orders(&filter, asked), late.count_orders(&filter, OFFSET_MOST)).await?;
    let public_url = &app.settings.public_url;
    let views = found.rows.iter().map(|order| OrderView::of(order, public_url)).collect();
    let place = |order: &Order| Cursor(order.number.iter().map(i64::to_string).collect());
    Ok(found.written(&query.links(public_url), place, views)?.answer(&known))
}
