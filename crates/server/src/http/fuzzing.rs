//! Doors for the fuzz targets to what is private here and parses. Each only forwards; there is none
//! without the feature `fuzzing`.

use super::{
    accounts,
    body::{BodyLimits, read_json},
    connection::{Patience, serve_connection},
    fields::Fields,
    orders,
    page::{Cursor, Links, Page},
    problem::Problem,
    products,
    query::Query,
    stock,
    visitor::Account,
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Request, header::CONTENT_TYPE},
    response::Response,
};
use domain::{AccountId, Currency, Email, MoveStock, PlaceOrder, Role, Text, Username};
use hyper::body::Incoming;
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use store::{After, Direction, OrderFilter, ProductFilter, ProductOrder};
use tokio::io::{AsyncRead, AsyncWrite};
use uuid::Uuid;

/// Longer than any input is looked at.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A body that says it is JSON.
pub async fn json(bytes: Vec<u8>, size: usize) -> Result<Value, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    read_json(&headers, Body::from(bytes), BodyLimits { size, time: PATIENCE }).await
}

pub fn order(body: &Value, currency: Currency) -> Result<PlaceOrder, Problem> {
    Fields::read(body, |fields| orders::wanted(fields, currency))
}

pub fn stock(body: &Value) -> Result<MoveStock, Problem> {
    Fields::read(body, stock::wanted)
}

/// Names, and the password.
pub struct Registration {
    pub username: Username,
    pub email: Email,
    pub password: String,
    pub names: [Text<150>; 2],
}

pub fn registration(body: &Value) -> Result<Registration, Problem> {
    let read = Fields::read(body, accounts::registration)?;
    let accounts::Registration { username, email, password, first_name, last_name } = read;
    Ok(Registration { username, email, password, names: [first_name, last_name] })
}

#[derive(Debug, PartialEq)]
pub struct Products {
    pub filter: ProductFilter,
    pub order: (ProductOrder, Direction),
    pub page: Page,
    pub after: Option<After>,
}

pub fn products(query: &str, currency: Currency, hides: bool) -> Result<Products, Problem> {
    let read = Query::read(Some(query), |query| products::wanted(query, currency, hides))?;
    let products::Wanted { filter, order, direction, page, after } = read;
    Ok(Products { filter, order: (order, direction), page, after })
}

#[derive(Debug, PartialEq)]
pub struct Orders {
    pub filter: OrderFilter,
    pub page: Page,
    pub sees_none: bool,
}

pub fn orders(query: &str, id: Uuid, role: Role, currency: Currency) -> Result<Orders, Problem> {
    let account = Account { id: AccountId(id), role };
    let read = Query::read(Some(query), |query| orders::history(query, &account, currency))?;
    let orders::History { filter, page, sees_none } = read;
    Ok(Orders { filter, page, sees_none })
}

/// The links to the next and the previous page, if there is always more.
pub fn links(page: &Page, query: &str, after: Cursor) -> [Option<String>; 2] {
    let links = Links { public_url: "", path: "/", query: Some(query) };
    let list = page.list::<()>(&links, Vec::new(), None, true, Some(after));
    [list.next, list.previous]
}

/// Serves one connection as the listener does.
pub async fn connection<S, F, A>(stream: S, peer: SocketAddr, answer: F)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(SocketAddr, Request<Incoming>) -> A,
    A: Future<Output = Response>,
{
    let patience = Patience { head: PATIENCE, idle: PATIENCE };
    let (_open, closing) = tokio::sync::watch::channel(false);
    serve_connection(stream, peer, answer, patience, closing).await;
}
