//! Query strings: the filters and pages of products and of orders.

use crate::laws;
use domain::Role;
use server::http::{
    fuzzing::{self, Orders, Products},
    page::{Cursor, Page, Start},
    problem::Problem,
    query::Query,
};
use uuid::Uuid;

pub fn run(data: &[u8]) {
    let Ok(query) = std::str::from_utf8(data) else { return };
    match products(query) {
        Ok(read) => check_products(query, &read),
        Err(problem) => laws::refused(&problem),
    }
    for role in [Role::Customer, Role::Staff] {
        match orders(query, role) {
            Ok(read) => check_orders(query, role, &read),
            Err(problem) => laws::refused(&problem),
        }
    }
    match Query::none(Some(query)) {
        Ok(()) => assert!(query.bytes().all(|byte| byte == b'&'), "{query:?}"),
        Err(problem) => laws::refused(&problem),
    }
}

fn products(query: &str) -> Result<Products, Problem> {
    fuzzing::products(query, crate::euro(), true)
}

fn orders(query: &str, role: Role) -> Result<Orders, Problem> {
    fuzzing::orders(query, Uuid::from_u128(1), role, crate::euro())
}

fn check_products(query: &str, read: &Products) {
    let filter = &read.filter;
    laws::minor(filter.min_price_minor);
    laws::minor(filter.max_price_minor);
    assert!(filter.ids.len() <= 100 && filter.ids.iter().all(|id| *id >= 0));
    for text in [&filter.search, &filter.category].into_iter().flatten() {
        assert!((1..=200).contains(&text.chars().count()) && !text.contains('\0'), "{text:?}");
    }
    check_page(&read.page);
    let after = Cursor(vec![format!("{:?}", read.order.0), "7".to_owned(), "7".to_owned()]);
    for link in fuzzing::links(&read.page, query, after).into_iter().flatten() {
        let there = products(behind(&link)).expect("a link of ours is read");
        assert_eq!((&there.filter, there.order), (&read.filter, read.order), "{link}");
        assert_eq!(there.page.limit, read.page.limit, "{link}");
        assert_ne!(there.page.start, read.page.start, "{link}");
    }
}

fn check_orders(query: &str, role: Role, read: &Orders) {
    laws::minor(read.filter.min_total_minor);
    laws::minor(read.filter.max_total_minor);
    let is_own = read.filter.owner.is_some_and(|owner| owner.id == Uuid::from_u128(1));
    assert!(role.is_staff() || is_own, "a customer would see the orders of others");
    check_page(&read.page);
    let after = Cursor(vec!["7".to_owned()]);
    for link in fuzzing::links(&read.page, query, after).into_iter().flatten() {
        let there = orders(behind(&link), role).expect("a link of ours is read");
        assert_eq!((&there.filter, there.sees_none), (&read.filter, read.sees_none), "{link}");
        assert_ne!(there.page.start, read.page.start, "{link}");
    }
}

fn check_page(page: &Page) {
    assert!((1..=100).contains(&page.limit), "{page:?}");
    match page.start {
        Start::Cursor(_) => assert_eq!(page.offset(), None),
        _ => assert!(page.offset().is_some_and(|offset| (0..=10_000).contains(&offset))),
    }
}

fn behind(link: &str) -> &str {
    link.split_once('?').map_or("", |(_, query)| query)
}
