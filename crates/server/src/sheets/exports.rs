//! Sheets on their way out: read page by page as they are taken, so that a million rows cost a page of memory.
//! What changes meanwhile is in them or not; no row is there twice.

use super::{cells, products, stock};
use crate::{
    app::App,
    http::{problems::Problem, shapes::time},
};
use bytes::Bytes;
use csv::WriterBuilder;
use domain::{Account, AccountId, CallerKind, Order, Product, Role, Stock};
use futures_util::stream::{self, BoxStream, StreamExt};
use std::sync::Arc;
use store::{
    AccountFilter, AccountOrder, After, Direction, OrderFilter, Page, ProductFilter, ProductOrder,
    ReadError,
};

/// Rows of one read. Of orders, which have up to a hundred lines each, there are fewer.
const PAGE: usize = 500;
const ORDERS: usize = 100;

/// A sheet that can be written.
pub trait Export: 'static {
    const COLUMNS: &'static [&'static str];
    /// What it is called where it is kept.
    const FILE: &'static str;
    /// Where a page ends.
    type Place: Send + 'static;

    /// The rows behind this place, in CSV, and where they end unless there are no more.
    fn page(
        app: &App,
        after: Option<Self::Place>,
    ) -> impl Future<Output = Result<(Vec<u8>, Option<Self::Place>), ReadError>> + Send;
}

/// The sheet, with its first line.
pub fn written<E: Export>(app: Arc<App>) -> BoxStream<'static, Result<Bytes, Problem>> {
    let names = record(E::COLUMNS.iter().copied());
    let pages = stream::try_unfold(Some(None), move |place| {
        let app = Arc::clone(&app);
        async move {
            let Some(place) = place else { return Ok(None) };
            let (rows, next) = E::page(&app, place).await?;
            Ok(Some((Bytes::from(rows), next.map(Some))))
        }
    });
    stream::iter([Ok(Bytes::from(names))]).chain(pages).boxed()
}

/// A line. What a spreadsheet would run in it is harmless.
pub fn record<'c>(cells: impl IntoIterator<Item = &'c str>) -> Vec<u8> {
    let mut writer = WriterBuilder::new().buffer_capacity(512).from_writer(Vec::new());
    // Into memory, and of any length: nothing can go wrong.
    let _ = writer.write_record(cells.into_iter().map(|cell| cells::shown(cell).into_owned()));
    writer.into_inner().unwrap_or_default()
}

fn page<A>(limit: usize, after: Option<A>) -> Page<A> {
    Page { limit: limit as i64, offset: 0, after, direction: Direction::Rising }
}

async fn catalog(app: &App, after: Option<After>) -> Result<Vec<(Product, Stock)>, ReadError> {
    let all = ProductFilter::default();
    app.readers.late().products(&all, ProductOrder::Created, page(PAGE, after)).await
}

fn end(found: &[(Product, Stock)]) -> Option<After> {
    let last = found.last().filter(|_| found.len() == PAGE);
    last.map(|(product, _)| (ProductOrder::Created.key(product), product.id.0))
}

pub struct Products;

impl Export for Products {
    const COLUMNS: &'static [&'static str] = products::COLUMNS;
    const FILE: &'static str = "products.csv";
    type Place = After;

    async fn page(app: &App, after: Option<After>) -> Result<(Vec<u8>, Option<After>), ReadError> {
        let found = catalog(app, after).await?;
        Ok((found.iter().flat_map(products::written).collect(), end(&found)))
    }
}

pub struct Inventory;

impl Export for Inventory {
    const COLUMNS: &'static [&'static str] = stock::SHOWN;
    const FILE: &'static str = "inventory.csv";
    type Place = After;

    async fn page(app: &App, after: Option<After>) -> Result<(Vec<u8>, Option<After>), ReadError> {
        let found = catalog(app, after).await?;
        Ok((found.iter().flat_map(stock::written).collect(), end(&found)))
    }
}

/// In the columns that `customers import` reads; no password leaves the shop.
pub struct Customers;

impl Export for Customers {
    const COLUMNS: &'static [&'static str] =
        &["username", "email", "first_name", "last_name", "is_active", "email_confirmed"];
    const FILE: &'static str = "customers.csv";
    type Place = (store::Value<'static>, uuid::Uuid);

    async fn page(
        app: &App,
        after: Option<Self::Place>,
    ) -> Result<(Vec<u8>, Option<Self::Place>), ReadError> {
        let filter = AccountFilter { role: Some(Role::Customer), ..AccountFilter::default() };
        let late = app.readers.late();
        let found = late.accounts(&filter, AccountOrder::Created, page(PAGE, after)).await?;
        let end = found.last().filter(|_| found.len() == PAGE);
        let end = end.map(|last| (last.created_at.0.into(), last.id.0));
        // Of who is gone there is nothing to tell.
        let here = found.iter().filter(|account| account.gone_at.is_none());
        Ok((here.flat_map(customer).collect(), end))
    }
}

fn customer(account: &Account) -> Vec<u8> {
    let flag = |is_set: bool| if is_set { "true" } else { "false" };
    record([
        account.username.as_str(),
        account.email.as_str(),
        &account.first_name,
        &account.last_name,
        flag(account.is_active),
        flag(account.email_confirmed),
    ])
}

/// A line for each line of an order, with the order's own cells before it.
pub struct Orders;

impl Export for Orders {
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "id",
        "status",
        "customer",
        "created_at",
        "updated_at",
        "currency",
        "total",
        "note",
        "sku",
        "name",
        "quantity",
        "price",
        "line_total",
    ];
    const FILE: &'static str = "orders.csv";
    type Place = i64;

    async fn page(app: &App, after: Option<i64>) -> Result<(Vec<u8>, Option<i64>), ReadError> {
        let late = app.readers.late();
        let found = late.orders(&OrderFilter::default(), page(ORDERS, after)).await?;
        let end = found.last().filter(|_| found.len() == ORDERS).and_then(|last| last.number);
        Ok((found.iter().flat_map(order).collect(), end))
    }
}

fn order(order: &Order) -> Vec<u8> {
    let money = |minor| domain::Money::new(minor, order.currency).to_string();
    let own = [
        order.number.map(|number| number.to_string()).unwrap_or_default(),
        order.id.to_string(),
        order.status.name().to_owned(),
        match order.owner.kind {
            CallerKind::Account => AccountId(order.owner.id).to_string(),
            CallerKind::System | CallerKind::ApiKey => String::new(),
        },
        time(order.created_at),
        time(order.updated_at),
        order.currency.code().to_owned(),
        money(order.total_minor),
        order.note.to_string(),
    ];
    let lines = order.lines.iter().flat_map(|line| {
        let of_line = [
            line.sku.as_str(),
            &line.name,
            &line.quantity.units().to_string(),
            &money(line.unit_price_minor),
            &money(line.unit_price_minor.saturating_mul(line.quantity.units())),
        ];
        record(own.iter().map(String::as_str).chain(of_line))
    });
    lines.collect()
}
