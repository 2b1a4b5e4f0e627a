//! How the shop's things look on the wire.

use domain::{Account, Currency, Money, Order, OrderLine, Product, Stock};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// RFC 3339, UTC.
pub fn time(at: domain::Micros) -> String {
    Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::MAX).to_string()
}

#[derive(Serialize)]
pub struct ProductView<'a> {
    id: i64,
    public_id: Uuid,
    sku: &'a str,
    name: &'a str,
    description: &'a str,
    image_url: Option<&'a str>,
    price: String,
    currency: &'static str,
    quantity: i64,
    in_stock: bool,
    category: Option<&'a str>,
    version: i64,
    url: String,
    created_at: String,
    updated_at: String,
}

impl ProductView<'_> {
    pub fn of<'a>(product: &'a Product, stock: Stock, public_url: &str) -> ProductView<'a> {
        ProductView {
            id: product.id.0,
            public_id: product.public_id.0,
            sku: product.sku.as_str(),
            name: &product.name,
            description: &product.description,
            image_url: product.image_url.as_deref(),
            price: product.price.to_string(),
            currency: product.price.currency.code(),
            quantity: stock.available(),
            in_stock: stock.available() > 0,
            category: product.category_slug.as_deref(),
            version: product.version,
            url: product_url(product, public_url),
            created_at: time(product.created_at),
            updated_at: time(product.updated_at),
        }
    }
}

pub fn product_url(product: &Product, public_url: &str) -> String {
    format!("{public_url}/api/catalog/products/{}", product.id)
}

#[derive(Serialize)]
pub struct OrderView<'a> {
    id: Uuid,
    number: Option<i64>,
    url: String,
    customer: Uuid,
    channel: Option<&'a str>,
    reference: Option<&'a str>,
    status: &'static str,
    version: i64,
    currency: &'static str,
    total: String,
    note: &'a str,
    order_items: Vec<LineView<'a>>,
    created_at: String,
    updated_at: String,
    processing_started_at: Option<String>,
    processing_completed_at: Option<String>,
    failure_reason: Option<&'a str>,
}

#[derive(Serialize)]
struct LineView<'a> {
    product: i64,
    sku: &'a str,
    name: &'a str,
    description: &'a str,
    quantity: i64,
    price: String,
    line_total: String,
}

impl OrderView<'_> {
    pub fn of<'a>(order: &'a Order, public_url: &str) -> OrderView<'a> {
        OrderView {
            id: order.id.0,
            number: order.number,
            url: order_url(order, public_url),
            customer: order.owner.id,
            channel: None,
            reference: None,
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

pub fn order_url(order: &Order, public_url: &str) -> String {
    format!("{public_url}/api/orders/orders/{}", order.id)
}

#[derive(Serialize)]
pub struct AccountView<'a> {
    id: Uuid,
    username: &'a str,
    email: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    role: &'static str,
    created_at: String,
    updated_at: String,
}

impl AccountView<'_> {
    pub fn of(account: &Account) -> AccountView<'_> {
        AccountView {
            id: account.id.0,
            username: account.username.as_str(),
            email: account.email.as_str(),
            first_name: &account.first_name,
            last_name: &account.last_name,
            role: account.role.name(),
            created_at: time(account.created_at),
            updated_at: time(account.updated_at),
        }
    }
}
