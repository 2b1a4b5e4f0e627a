//! Query strings: the filters and pages of every list.

use crate::laws;
use server::{
    api::all,
    http::{
        fields::Given,
        fuzzing,
        pages::{Cursor, Page, Start},
        queries::read_query,
        routes::{QueryReader, Tried},
    },
};
use std::sync::LazyLock;

static READERS: LazyLock<Vec<QueryReader>> =
    LazyLock::new(|| all().iter().filter_map(|route| route.operation.query).collect());

pub fn run(data: &[u8]) {
    let Ok(query) = std::str::from_utf8(data) else { return };
    for reader in READERS.iter() {
        match ask(reader, query) {
            Err(problem) => laws::refused(&problem),
            Ok(tried) => {
                let described = (reader.describe)(crate::euro()).paths();
                assert_eq!(tried.asked, described, "{query}");
                if let Some(page) = &tried.page {
                    check_page(reader, query, page);
                }
            }
        }
    }
    match read_query(query, |_| Some(())) {
        Ok(()) => assert!(query.bytes().all(|byte| byte == b'&'), "{query:?}"),
        Err(problem) => laws::refused(&problem),
    }
}

fn ask(reader: &QueryReader, query: &str) -> Result<Tried, server::http::problems::Problem> {
    (reader.try_query)(query, Given::of(crate::euro()))
}

fn check_page(reader: &QueryReader, query: &str, page: &Page) {
    assert!((1..=100).contains(&page.limit), "{page:?}");
    match page.start {
        Start::Cursor(_) => assert_eq!(page.offset(), None),
        _ => assert!(page.offset().is_some_and(|offset| (0..=10_000).contains(&offset))),
    }
    // Of the lists that take these as a row, at least one links to what it reads again.
    let id = "01890000-0000-7000-8000-000000000000";
    let by_id = ["Created\n7", "Username\nann", "7"].map(|place| format!("{place}\n{id}"));
    let rows = [
        "7",
        id,
        "Created\n7\n7",
        "Name\n7\n7",
        "Price\n7\n7",
        "Slug\ncamp\n7",
        "events\nbd9f8c92\n7",
    ];
    let rows = rows.map(str::to_owned).into_iter().chain(by_id);
    let cursors = rows.map(|row| Cursor(row.split('\n').map(str::to_owned).collect()));
    let mut is_read = false;
    for after in cursors {
        let links = fuzzing::links(page, query, after);
        is_read |= links.iter().flatten().all(|link| {
            let Ok(there) = ask(reader, behind(link)) else { return false };
            let there = there.page.expect("a list has pages");
            assert_eq!(there.limit, page.limit, "{link}");
            assert_ne!(there.start, page.start, "{link}");
            true
        });
    }
    assert!(is_read, "no link of {query:?} is read");
}

fn behind(link: &str) -> &str {
    link.split_once('?').map_or("", |(_, query)| query)
}
