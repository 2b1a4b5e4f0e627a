//! Cursors: as they come back, and with forged contents.

use crate::laws;
use server::{
    api::all,
    http::{fields::Given, pages::Cursor, routes::QueryReader},
};
use std::sync::LazyLock;

static READERS: LazyLock<Vec<QueryReader>> =
    LazyLock::new(|| all().iter().filter_map(|route| route.operation.query).collect());

/// As long as the longest that is read.
const LENGTH: usize = 4096;

pub fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        if let Some(cursor) = Cursor::decode(text) {
            assert_eq!(cursor.encode(), text, "one place has two spellings");
        }
        ask(text);
    }
    forge(data);
}

/// A cursor of ours, with anything in it.
fn forge(data: &[u8]) {
    let text = String::from_utf8_lossy(data).replace('\0', "");
    let parts: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let cursor = Cursor(parts);
    let encoded = cursor.encode();
    let fits = (1..=LENGTH).contains(&encoded.len());
    assert_eq!(Cursor::decode(&encoded), fits.then_some(cursor));
    ask(&encoded);
}

fn ask(text: &str) {
    for ordering in ["", "ordering=name&", "ordering=-price&", "ordering=created_at&"] {
        let query = format!("{ordering}cursor={text}");
        for reader in READERS.iter() {
            match (reader.try_query)(&query, Given::of(crate::euro())) {
                Ok(tried) => {
                    let page = tried.page.expect("a list has pages");
                    assert_eq!(page.offset(), None, "it would skip rows as well");
                }
                Err(problem) => laws::refused(&problem),
            }
        }
    }
}
