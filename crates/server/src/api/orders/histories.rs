//! Lists of orders: one's own, and for staff all.

use super::orders::{ORDERS, OrderView};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::Known,
        authentication::Asker,
        fields::{Fields, Given, Reads},
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::{choice, money, of},
        problems::Problem,
        queries::LateQuery,
        rights::Member,
        routes::Route,
    },
};
use domain::{AccountId, Caller, Micros, Money, Order, OrderStatus, Scope};
use std::sync::Arc;
use store::{Direction, OrderFilter};
use uuid::Uuid;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, ORDERS, "list_orders", list)
            .about("Lists orders, the newest first: one's own, and for staff all.")
            .linked("orders")
            .scoped(Scope::OrdersRead),
    ]
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
