//! Lists of orders: one's own, and for staff all.

use super::orders::{ORDERS, OrderView};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Written},
        arguments::Known,
        authentication::Asker,
        fields::{Fields, Given, Reads},
        lists::Place,
        pages::{Cursor, List, OFFSET_MOST, Page, Start},
        parsers::{Parser, choice, described, integer, money, of},
        problems::Problem,
        queries::LateQuery,
        rights::Member,
        routes::Route,
    },
};
use domain::{AccountId, Caller, Currency, Micros, Order, OrderStatus, Reference, Scope, Sku};
use std::sync::Arc;
use store::{Direction, OrderFilter, Reach};
use uuid::Uuid;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, ORDERS, "list_orders", list)
            .about("Lists orders, the newest first unless ordering=number: one's own, and for staff all.")
            .linked("orders")
            .scoped(Scope::OrdersRead),
    ]
}

/// How lists are sorted.
const ORDERINGS: &[(&str, Direction)] =
    &[("number", Direction::Rising), ("-number", Direction::Falling)];

/// What a list is narrowed to, beside whose it is.
pub struct Narrowed {
    filter: OrderFilter,
    customer: Option<Uuid>,
}

impl Narrowed {
    pub fn read(fields: &mut Fields<'_>, currency: Currency) -> Option<Narrowed> {
        let statuses = OrderStatus::ALL.map(|status| (status.name(), status));
        let words = "Orders that stand so now.";
        let status = fields.optional("status", described(choice(&statuses), words));
        let words = "Orders that were placed later than this, and not at it.";
        let placed_after = fields.optional("placed_after", described(of::<Micros>(), words));
        let words = "Orders that were placed earlier than this, and not at it.";
        let placed_before = fields.optional("placed_before", described(of::<Micros>(), words));
        let min_total = fields.optional("min_total", money(currency));
        let max_total = fields.optional("max_total", money(currency));
        let words = "Orders of this customer, by the id. A customer finds his own only.";
        let customer = fields.optional("customer", described(of::<Uuid>(), words));
        let words = "Orders that their buyers call exactly so.";
        let reference = fields.optional("reference", described(of::<Reference>(), words));
        let filter = OrderFilter {
            status: status?,
            placed_after: placed_after?,
            placed_before: placed_before?,
            min_total_minor: min_total?.map(|total| total.minor),
            max_total_minor: max_total?.map(|total| total.minor),
            reference: reference?,
            ..OrderFilter::default()
        };
        Some(Narrowed { filter, customer: customer? })
    }

    /// The filter for the staff.
    pub fn of_anybody(self) -> OrderFilter {
        let owner = self.customer.map(|id| Caller::account(AccountId(id)));
        OrderFilter { owner, ..self.filter }
    }

    /// The filter for who asks; `None` for what must look empty: of somebody else's orders a
    /// customer sees none, and does not learn whether there are any.
    fn of(self, asker: &Asker) -> Option<OrderFilter> {
        let asked_for = self.customer.map(|id| Caller::account(AccountId(id)));
        let own = asker.actor().caller;
        let owner = match (asker.is_staff(), asked_for) {
            (true, asked_for) => asked_for,
            (false, Some(other)) if other != own => return None,
            (false, _) => Some(own),
        };
        Some(OrderFilter { owner, ..self.filter })
    }
}

/// A list's query.
struct History {
    narrowed: Narrowed,
    sku: Option<Sku>,
    direction: Direction,
    page: Page,
    /// The number of the order to go on after.
    after: Option<i64>,
}

impl Reads for History {
    const NAME: &'static str = "OrderQuery";

    fn read(query: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<History> {
        let narrowed = Narrowed::read(query, currency);
        let number = query.optional("number", integer(1..=i64::MAX));
        let sku = query.optional("sku", sku());
        let ordering = query.optional("ordering", choice(ORDERINGS));
        let page = Page::read(query);
        let (narrowed, number, sku, page) = (narrowed?, number?, sku?, page?);
        let filter = OrderFilter { number, ..narrowed.filter };
        if sku.is_some() && page.offset().is_some_and(|offset| offset > 0) {
            let name = if matches!(page.start, Start::Number(_)) { "page" } else { "offset" };
            return query.refuse(name, "cannot be combined with sku: begin with cursor=");
        }
        Some(History {
            narrowed: Narrowed { filter, ..narrowed },
            sku,
            direction: ordering?.unwrap_or(Direction::Falling),
            after: page.after(query, i64::read)?,
            page,
        })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

/// As it was when it was ordered.
fn sku() -> impl Parser<Out = Sku> {
    let words = "Orders that have a line with this sku. They are looked for in the order of the list, some \
                 thousands at once: a page may have fewer than limit, or none, and a next one all the same. \
                 They are not counted, and only cursors lead on.";
    described(of::<Sku>(), words)
}

async fn list(
    State(app): State<Arc<App>>,
    Member(asker): Member,
    query: LateQuery<History>,
    known: Known,
) -> Result<Answer<List<OrderView<'static>>>, Problem> {
    let History { narrowed, sku, direction, page, after } = query.read(Given::of(app.currency))?;
    let (filter, asked) = (narrowed.of(&asker), page.asked(after, direction));
    let (late, public_url) = (app.readers.late(), &app.settings.public_url);
    let links = query.links(public_url);
    if let (Some(sku), Some(filter)) = (sku, &filter) {
        let asked = store::Page { limit: page.limit, ..asked };
        let walked = late.orders_of_sku(filter, &sku, asked, Reach::default()).await?;
        let page = Page { start: Start::Cursor(None), ..page };
        let views = walked.orders.iter().map(|order| OrderView::of(order, public_url)).collect();
        let next = walked.next.map(|next| next.cursor());
        let list = page.list(&links, views, None, next.is_some(), next);
        return Ok(Written::of(None, &list)?.answer(&known));
    }
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
    let found = page.find(rows, count).await?;
    let views = found.rows.iter().map(|order| OrderView::of(order, public_url)).collect();
    let place = |order: &Order| Cursor(order.number.iter().map(i64::to_string).collect());
    Ok(found.written(&links, place, views)?.answer(&known))
}
