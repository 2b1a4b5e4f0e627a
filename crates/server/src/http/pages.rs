//! Lists in pages: what a client asks for, and the links to the pages around.
//!
//! Offsets reach 10,000 rows far, because the database walks over all it skips; a cursor names the
//! row to go on after, and costs the same everywhere. All text in a link is the client's own.

use super::{
    fields::Fields,
    json::Json,
    parsers::{Parser, integer, is, plain},
    queries::decode,
    shapes::{Link, Named, Shape, View, object},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use store::Counted;

pub const LIMIT: i64 = 10;
pub const LIMIT_MOST: i64 = 100;
/// Beyond this many rows only a cursor goes on, and counts are no longer exact.
pub const OFFSET_MOST: i64 = 10_000;
/// A cursor of ours is far shorter.
const CURSOR_LENGTH: usize = 4096;

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub limit: i64,
    pub start: Start,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    Offset(i64),
    /// By number, from 1.
    Number(i64),
    /// After a row; without one, at the beginning.
    Cursor(Option<Cursor>),
}

impl Page {
    /// Reads `limit`, and `offset` or `page` or `cursor`.
    pub fn read(query: &mut Fields<'_>) -> Option<Page> {
        let limit = query.optional("limit", integer(1..=LIMIT_MOST));
        let offset = query.optional("offset", place(0, OFFSET_MOST));
        let page = query.optional("page", place(1, OFFSET_MOST + 1));
        let cursor = query.optional("cursor", cursor());
        query.note("One of offset, page and cursor says where to begin; an empty cursor begins.");
        let (limit, offset, page, cursor) = (limit?.unwrap_or(LIMIT), offset?, page?, cursor?);
        let start = match (offset, page, cursor) {
            (None, None, None) => Start::Offset(0),
            (Some(offset), None, None) => Start::Offset(offset),
            (None, Some(number), None) => Start::Number(number),
            (None, None, Some(cursor)) => Start::Cursor(cursor),
            (_, _, Some(_)) => {
                return query.refuse("cursor", "cannot be combined with offset or page");
            }
            _ => return query.refuse("page", "cannot be combined with offset"),
        };
        let page = Page { limit, start };
        if page.offset().is_some_and(|offset| offset > OFFSET_MOST) {
            let name = match page.start {
                Start::Number(_) => "page",
                _ => "offset",
            };
            let message =
                format!("is beyond {OFFSET_MOST} rows; a cursor goes on, begin with cursor=");
            return query.refuse(name, message);
        }
        Some(page)
    }

    /// The rows to skip, unless a cursor says where to begin.
    pub fn offset(&self) -> Option<i64> {
        match self.start {
            Start::Offset(offset) => Some(offset),
            Start::Number(number) => Some((number - 1).saturating_mul(self.limit)),
            Start::Cursor(_) => None,
        }
    }

    /// Makes the answer of what was found. `after` is where the last row found stands, `more`
    /// whether there are rows behind it; of a count beyond 10,000 it is enough to know that.
    pub fn list<T: Serialize>(
        &self,
        links: &Links<'_>,
        results: Vec<T>,
        count: Option<Count>,
        more: bool,
        after: Option<Cursor>,
    ) -> List<T> {
        let cursor = |cursor: Cursor| links.to("cursor", &cursor.encode());
        let next = match (&self.start, self.offset()) {
            _ if !more => None,
            (Start::Number(page), Some(offset)) if offset + self.limit <= OFFSET_MOST => {
                Some(links.to("page", &(page + 1).to_string()))
            }
            (Start::Offset(_), Some(offset)) if offset + self.limit <= OFFSET_MOST => {
                Some(links.to("offset", &(offset + self.limit).to_string()))
            }
            _ => after.map(cursor),
        };
        let previous = match self.start {
            Start::Number(page) if page > 1 => Some(links.to("page", &(page - 1).to_string())),
            Start::Offset(offset) if offset > 0 => {
                let before = (offset - self.limit).max(0);
                Some(links.to("offset", &before.to_string()))
            }
            _ => None,
        };
        List {
            count: count.map(|count| count.rows.min(OFFSET_MOST)),
            count_is_exact: count.is_some_and(|count| count.is_exact),
            next,
            previous,
            results,
        }
    }
}

/// How many rows a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    rows: i64,
    is_exact: bool,
}

impl Count {
    /// As it was a moment ago.
    pub fn about(rows: i64) -> Count {
        Count { rows, is_exact: false }
    }
}

impl From<Counted> for Count {
    fn from(Counted { rows, is_exact }: Counted) -> Count {
        Count { rows, is_exact }
    }
}

/// As it was counted for this page: no further than the bound.
impl From<i64> for Count {
    fn from(rows: i64) -> Count {
        Count { rows, is_exact: rows <= OFFSET_MOST }
    }
}

/// One page of a list, as it goes out.
#[derive(Debug, Serialize)]
pub struct List<T> {
    pub count: Option<i64>,
    pub count_is_exact: bool,
    pub next: Option<String>,
    pub previous: Option<String>,
    pub results: Vec<T>,
}

impl<T: View> Shape for List<T> {
    fn shape(named: &mut Named) -> Value {
        object(vec![
            ("count", true, Option::<i64>::shape(named)),
            ("count_is_exact", true, bool::shape(named)),
            ("next", true, Option::<Link>::shape(named)),
            ("previous", true, Option::<Link>::shape(named)),
            ("results", true, Vec::<T>::shape(named)),
        ])
    }
}

impl<T: View> View for List<T> {
    const NAME: &'static str = T::LIST;
}

/// What a client sent as it should have: HTTP lets more through than a URI has.
fn as_uri(text: &str) -> Cow<'_, str> {
    let is_of_uris =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    if text.bytes().all(is_of_uris) {
        return text.into();
    }
    let encode = |byte: u8| match is_of_uris(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect::<String>().into()
}

/// Makes absolute links to other pages of the list that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    pub public_url: &'a str,
    pub path: &'a str,
    pub query: &'a str,
}

impl Links<'_> {
    /// The same list from another place; all other parameters stay as they came.
    fn to(&self, name: &str, value: &str) -> String {
        let mut link = format!("{}{}?", self.public_url, as_uri(self.path));
        for pair in self.query.split('&') {
            let known = decode(pair.split('=').next().unwrap_or(pair));
            let is_place = matches!(known.as_deref(), Some("offset" | "page" | "cursor"));
            if !pair.is_empty() && !is_place {
                link.push_str(&as_uri(pair));
                link.push('&');
            }
        }
        link.push_str(name);
        link.push('=');
        link.push_str(value);
        link
    }
}

/// Where a row stands in its list: the values it is sorted by, as text. Put the name of the
/// ordering in front, and check it: a cursor of one ordering means nothing in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub Vec<String>);

impl Cursor {
    pub fn encode(&self) -> String {
        let parts: Vec<&[u8]> = self.0.iter().map(String::as_bytes).collect();
        // No text has a NUL in it, so one can stand between two.
        let bytes = parts.join(&0);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub fn decode(text: &str) -> Option<Cursor> {
        let text = text.as_bytes();
        if text.is_empty() || text.len() > CURSOR_LENGTH || !text.len().is_multiple_of(2) {
            return None;
        }
        // As we write them: a place in a list has one spelling.
        let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase());
        let bytes: Option<Vec<u8>> = text
            .chunks_exact(2)
            .map(|pair| u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok())
            .collect();
        let joined = String::from_utf8(bytes?).ok()?;
        Some(Cursor(joined.split('\0').map(str::to_owned).collect()))
    }
}

/// A place by its number. What is beyond the bound is read, so that the answer can say how to go on.
fn place(least: i64, most: i64) -> impl Parser<Out = i64> {
    let any = integer(least..=i64::MAX);
    let schema = move || json!({ "type": "integer", "minimum": least, "maximum": most });
    is(move |given| any.read(given), schema)
}

/// Where a list goes on; empty, where it begins.
pub fn cursor() -> impl Parser<Out = Option<Cursor>> {
    let read = |given: &Json<'_>| match plain(given)? {
        "" => Ok(None),
        text => {
            let cursor = Cursor::decode(text).map(Some);
            cursor.ok_or_else(|| "is not one that this list gave out".to_owned())
        }
    };
    let schema = || {
        json!({ "type": "string", "pattern": "^([0-9a-f]{2})*$", "maxLength": CURSOR_LENGTH,
            "description": "As the list's own links have it." })
    };
    is(read, schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{
        parsers::{boolean, text},
        queries::read_query,
    };

    fn read(query: &str) -> Result<Page, String> {
        read_query(query, Page::read).map_err(|problem| problem.detail().to_owned())
    }

    fn cursor(parts: &[&str]) -> Cursor {
        Cursor(parts.iter().map(|part| (*part).to_owned()).collect())
    }

    #[test]
    fn a_page_is_named_in_one_of_three_ways() {
        let row = cursor(&["price", "10.00", "7"]);
        let with_row = format!("cursor={}&limit=1", row.encode());
        for (query, limit, start) in [
            ("", 10, Start::Offset(0)),
            ("limit=100", 100, Start::Offset(0)),
            ("offset=10000", 10, Start::Offset(10_000)),
            ("page=3&limit=20", 20, Start::Number(3)),
            ("cursor=", 10, Start::Cursor(None)),
            (with_row.as_str(), 1, Start::Cursor(Some(row.clone()))),
        ] {
            assert_eq!(read(query).unwrap(), Page { limit, start }, "{query}");
        }
        assert_eq!(read("page=3&limit=20").unwrap().offset(), Some(40));
    }

    /// A client that makes pages as short as they can be has the most of them to go through.
    #[test]
    fn the_document_names_the_last_place_that_a_page_may_have() {
        let schema = Fields::describe(Page::read).schema();
        let last = |name: &str| schema["properties"][name]["maximum"].as_i64().unwrap();
        for (page, is_read) in [(last("page"), true), (last("page") + 1, false)] {
            assert_eq!(read(&format!("limit=1&page={page}")).is_ok(), is_read, "{page}");
        }
        assert!(read(&format!("offset={}", last("offset"))).is_ok());
    }

    #[test]
    fn pages_that_make_no_sense_are_refused() {
        for (query, part) in [
            ("limit=0", "limit: must be from 1 to 100"),
            ("limit=101", "limit: must be from 1 to 100"),
            ("offset=-1", "offset: must be at least 0"),
            ("page=0", "page: must be at least 1"),
            ("offset=1&page=1", "page: cannot be combined"),
            ("offset=1&cursor=", "cursor: cannot be combined"),
            ("page=1&cursor=", "cursor: cannot be combined"),
            ("offset=10001", "offset: is beyond 10000 rows; a cursor goes on"),
            ("page=1002", "page: is beyond 10000 rows"),
            ("page=9223372036854775807&limit=100", "page: is beyond 10000 rows"),
            ("cursor=xyz", "cursor: is not one that this list gave out"),
            ("cursor=c328", "cursor: is not one"),
            ("cursor=6A", "cursor: is not one"),
            ("offset=99999999999999999999", "offset: must be at least 0, and fit"),
        ] {
            let refused = read(query).unwrap_err();
            assert!(refused.starts_with(part), "{query}: {refused}");
        }
    }

    #[test]
    fn links_lead_to_the_pages_around_and_keep_the_rest() {
        let links = |query| Links { public_url: "https://shop.example", path: "/api/x", query };
        let row = cursor(&["id", "7"]);
        let by_row = format!("https://shop.example/api/x?cursor={}", row.encode());
        for (query, more, next, previous) in [
            ("", false, None, None),
            ("", true, Some("?offset=10"), None),
            (
                "search=a%20b&limit=5&offset=5",
                true,
                Some("?search=a%20b&limit=5&offset=10"),
                Some("?search=a%20b&limit=5&offset=0"),
            ),
            ("offset=3", false, None, Some("?offset=0")),
            (
                "page=2&in_stock=true",
                true,
                Some("?in_stock=true&page=3"),
                Some("?in_stock=true&page=1"),
            ),
            ("p%61ge=2", false, None, Some("?page=1")),
            ("cursor=", true, Some(by_row.as_str()), None),
            ("offset=10000", true, Some(by_row.as_str()), Some("?offset=9990")),
            ("page=1001", true, Some(by_row.as_str()), Some("?page=1000")),
        ] {
            let read = read_query(query, |q| {
                let page = Page::read(q);
                q.optional("search", text(0..=9));
                q.optional("in_stock", boolean());
                page
            });
            let list = read.unwrap().list(&links(query), vec![1], None, more, Some(row.clone()));
            let absolute = |link: &str| link.replace('?', "https://shop.example/api/x?");
            let full =
                |link: &str| if link.starts_with('?') { absolute(link) } else { link.to_owned() };
            assert_eq!(list.next, next.map(full), "{query}");
            assert_eq!(list.previous, previous.map(full), "{query}");
        }
    }

    #[test]
    fn counts_are_exact_up_to_a_bound() {
        let links = Links { public_url: "", path: "", query: "" };
        for (count, shown, exact) in [
            (Some(Count::from(0)), Some(0), true),
            (Some(Count::from(10_000)), Some(10_000), true),
            (Some(Count::from(10_001)), Some(10_000), false),
            (Some(Count::about(7)), Some(7), false),
            (Some(Count::about(10_001)), Some(10_000), false),
            (None, None, false),
        ] {
            let list = read("").unwrap().list::<()>(&links, vec![], count, false, None);
            assert_eq!((list.count, list.count_is_exact), (shown, exact));
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        for parts in [vec!["a"], vec!["price", "10.00", "ü,\"&"], vec!["", ""]] {
            let cursor = cursor(&parts);
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor), "{parts:?}");
        }
    }
}
