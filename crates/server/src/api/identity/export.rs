//! All that the shop keeps of a person, in one answer.

use super::{
    accounts::{AccountView, present},
    addresses::AddressView,
    sessions::SessionView,
};
use crate::{
    api::orders::orders::OrderView,
    app::App,
    http::{
        Method, State,
        answers::Answer,
        authentication::Account,
        problems::Problem,
        queries::NoQuery,
        routes::Route,
        shapes::{Nested, Time, time, view},
    },
    keys::now,
};
use domain::{Caller, Order};
use std::sync::Arc;
use store::{Direction, OrderFilter, Page};

/// Orders are read in pieces of so many.
const PIECE: i64 = 500;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/identity/me/export", "export_me", export)
            .about("Shows all that the shop keeps of the account that asks: its data, addresses, sessions, second factor and orders.")
            .linked("export"),
    ]
}

view! {
    pub struct ExportView<'a> = "Export" {
        exported_at: String as Time,
        account: Nested<AccountView<'a>>,
        addresses: Vec<AddressView<'a>>,
        sessions: Vec<SessionView<'a>>,
        has_second_factor: bool,
        orders: Vec<OrderView<'a>>,
    }
}

async fn export(
    State(app): State<Arc<App>>,
    asker: Account,
    _: NoQuery,
) -> Result<Answer<ExportView<'static>>, Problem> {
    let account = present(&app, asker).await?;
    let exact = app.readers.exact();
    let addresses = exact.addresses(account.id).await?;
    let (at, factor) = (now(), exact.factor(account.id).await?);
    let sessions = exact.sessions(account.id, at).await?;
    let orders = orders(&app, Caller::account(account.id)).await?;
    let public_url = &app.settings.public_url;
    let url = format!("{public_url}/api/identity/me");
    Ok(Answer::ok(&ExportView {
        exported_at: time(at),
        account: Nested(AccountView::of(&account, url)),
        addresses: addresses.iter().map(|one| AddressView::of(one, public_url)).collect(),
        sessions: sessions.iter().map(|one| SessionView::of(one, asker.session)).collect(),
        has_second_factor: factor.is_some_and(|factor| factor.is_confirmed()),
        orders: orders.iter().map(|order| OrderView::of(order, public_url)).collect(),
    }))
}

/// All of them, the newest first.
async fn orders(app: &App, owner: Caller) -> Result<Vec<Order>, Problem> {
    let filter = OrderFilter { owner: Some(owner), ..OrderFilter::default() };
    let mut orders: Vec<Order> = Vec::new();
    loop {
        let after = orders.last().and_then(|order| order.number);
        let page = Page { limit: PIECE, offset: 0, after, direction: Direction::Falling };
        let piece = app.readers.late().orders(&filter, page).await?;
        let is_last = (piece.len() as i64) < PIECE;
        orders.extend(piece);
        if is_last {
            return Ok(orders);
        }
    }
}
