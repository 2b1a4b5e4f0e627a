//! Reading the parameters of a query, by the same parsers and with the same errors as a body; and
//! the arguments of handlers that are queries.
//!
//! Unknown parameters, and known ones that come twice, are refused: a filter that is ignored
//! answers another question than the one that was asked.

use super::{
    codes,
    descriptions::Described,
    fields::{ERRORS_NAMED, Fields, Given, Reads, shown},
    json::{Json, Members},
    pages::Links,
    problems::{FieldError, Problem},
    routes::{Operation, QueryReader, Takes, Tried},
};
use crate::app::App;
use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};
use std::{borrow::Cow, marker::PhantomData, sync::Arc};

/// So many parameters are looked at.
const PARAMETERS: usize = 200;

/// A query, read.
pub struct Query<Q>(pub Q);

/// A query that is read if its answer is not there already.
pub struct LateQuery<Q> {
    uri: Uri,
    reads: PhantomData<fn() -> Q>,
}

/// Nothing may be asked for here.
pub struct NoQuery;

impl<Q: Reads> LateQuery<Q> {
    pub fn text(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// To other pages of the list that it asks for.
    pub fn links<'q>(&'q self, public_url: &'q str) -> Links<'q> {
        Links { public_url, path: self.uri.path(), query: self.text() }
    }

    pub fn read(&self, given: Given<'_>) -> Result<Q, Problem> {
        read_query(self.text(), |fields| Q::read(fields, given))
    }
}

impl<Q: Reads> FromRequestParts<Arc<App>> for Query<Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Query<Q>, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        read_query(query, |fields| Q::read(fields, Given::of(app.currency))).map(Query)
    }
}

impl<Q: Reads> FromRequestParts<Arc<App>> for LateQuery<Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Ok(LateQuery { uri: parts.uri.clone(), reads: PhantomData })
    }
}

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<NoQuery, Problem> {
        read_query(parts.uri.query().unwrap_or_default(), |_| Some(NoQuery))
    }
}

impl<Q: Reads> Takes for Query<Q> {
    fn describe(operation: &mut Operation) {
        describe::<Q>(operation);
    }
}

impl<Q: Reads> Takes for LateQuery<Q> {
    fn describe(operation: &mut Operation) {
        describe::<Q>(operation);
    }
}

impl Takes for NoQuery {
    fn describe(operation: &mut Operation) {
        operation.refuses_query = true;
        operation.refuses(&[codes::INVALID]);
    }
}

fn describe<Q: Reads>(operation: &mut Operation) {
    operation.query = Some(QueryReader { describe: Described::of::<Q>, try_query: try_query::<Q> });
    operation.refuses(&[codes::INVALID]);
}

/// Reads what follows the `?`. As with a body, `read` asks for everything first, then builds.
pub fn read_query<T>(
    query: &str,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Result<T, Problem> {
    let (given, errors) = split(query);
    let fields = Fields::of(&given, "parameter").having(errors, false);
    fields.finish(read).0.map_err(Problem::invalid)
}

/// As `read_query`, and tells what was asked for.
fn try_query<Q: Reads>(query: &str, given: Given<'_>) -> Result<Tried, Problem> {
    let (parameters, errors) = split(query);
    let fields = Fields::of(&parameters, "parameter").having(errors, true);
    let (read, asked) = fields.finish(|fields| Q::read(fields, given));
    let page = read.map_err(Problem::invalid)?.page().cloned();
    Ok(Tried { asked: asked.map_or_else(Default::default, |asked| *asked), page })
}

/// The parameters, and what is wrong with their spelling.
fn split(query: &str) -> (Members<'_>, Vec<FieldError>) {
    let (mut given, mut errors) = (Vec::new(), Vec::new());
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    for (place, pair) in pairs.enumerate() {
        if place == PARAMETERS {
            errors.push(FieldError::new("", "there are too many parameters"));
            break;
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(name) = decode(name) else {
            let message = "a parameter's name is not UTF-8 after percent-decoding";
            errors.push(FieldError::new("", message));
            continue;
        };
        match decode(value) {
            Some(value) => given.push((name, Json::Word(value))),
            None => {
                let message = "must be UTF-8 after percent-decoding, without NUL";
                errors.push(FieldError::new(shown(&name), message));
                given.push((name, Json::Unreadable));
            }
        }
    }
    errors.truncate(ERRORS_NAMED);
    (given, errors)
}

/// Percent-decodes, `+` being a space. `None` if a sequence is broken, or is not text.
pub(super) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+', '\0']) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, tail) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => (hex(*high)? << 4 | hex(*low)?, tail),
            (b'%', _) => return None,
            (b'+', _) => (b' ', tail),
            (byte, _) => (*byte, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then_some(Cow::Owned(text))
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::parsers::{boolean, integer, text};

    type Asked = (Option<String>, Option<bool>, Vec<i64>);

    fn read(query: &str) -> Result<Asked, Problem> {
        read_query(query, |q| {
            let search = q.optional("search", text(1..=20));
            let in_stock = q.optional("in_stock", boolean());
            let ids = q.many("id", 3, integer(1..=99));
            Some((search?, in_stock?, ids?))
        })
    }

    fn errors(query: &str) -> Vec<String> {
        let problem = read(query).unwrap_err();
        let shown = |error: &FieldError| format!("{}: {}", error.field, error.message);
        problem.field_errors().iter().map(shown).collect()
    }

    #[test]
    fn parameters_are_decoded() {
        for (query, search, ids) in [
            ("", None, vec![]),
            ("&&", None, vec![]),
            ("search=red+wine", Some("red wine"), vec![]),
            ("search=caf%C3%A9%20%26", Some("café &"), vec![]),
            ("se%61rch=a=b", Some("a=b"), vec![]),
            ("id=1&id=2,3", None, vec![1, 2, 3]),
        ] {
            let (read_search, _, read_ids) = read(query).unwrap();
            assert_eq!(read_search.as_deref(), search, "{query}");
            assert_eq!(read_ids, ids, "{query}");
        }
        assert_eq!(read("in_stock=true").unwrap().1, Some(true));
    }

    #[test]
    fn every_bad_parameter_is_named() {
        for (query, expected) in [
            ("serach=a", vec!["serach: unknown parameter; did you mean search?"]),
            ("search=a&search=b", vec!["search: must come once"]),
            ("search", vec!["search: must not be blank"]),
            ("in_stock=", vec!["in_stock: must be true or false"]),
            ("id=1,x", vec!["id: must be a whole number"]),
            ("id=1,2,3,4", vec!["id: must be at most 3 values"]),
            ("id=+1", vec!["id: must be a whole number"]),
            (
                "id=100&in_stock=2&x=1",
                vec![
                    "in_stock: must be true or false",
                    "id: must be from 1 to 99",
                    "x: unknown parameter",
                ],
            ),
        ] {
            assert_eq!(errors(query), expected, "{query}");
        }
    }

    #[test]
    fn what_is_not_text_is_refused() {
        for query in ["search=%", "search=%4", "search=%zz", "search=%FF", "search=%00", "%FF=1"] {
            assert!(read(query).is_err(), "{query}");
        }
        let flood = "x=1&".repeat(100_000);
        assert_eq!(read(&flood).unwrap_err().field_errors().len(), ERRORS_NAMED);
    }

    #[test]
    fn what_is_repeated_of_a_name_is_short_and_plain() {
        let long = format!("{}=%FF", "y".repeat(400));
        for query in [long.as_str(), "a%1B%5B2J=%FF", "%C2%9B=1"] {
            for error in read(query).unwrap_err().field_errors() {
                assert!(error.field.len() <= 64, "{error:?}");
                assert!(!error.field.contains(char::is_control), "{error:?}");
            }
        }
    }

    #[test]
    fn one_cause_is_one_error() {
        let spelling = "must be UTF-8 after percent-decoding, without NUL";
        for (query, field) in
            [("search=%00", "search"), ("in_stock=%", "in_stock"), ("id=%FF", "id")]
        {
            assert_eq!(errors(query), [format!("{field}: {spelling}")], "{query}");
        }
        assert_eq!(errors("in_stock=x&in_stock=y"), ["in_stock: must come once"]);
    }

    #[test]
    fn a_required_parameter_must_come() {
        let read = |query| read_query(query, |q| q.required("a", boolean()));
        assert!(read("a=1").unwrap());
        assert!(read("").unwrap_err().detail().contains("is required"));
        assert!(read_query("a=1", |_| Some(())).is_err());
        assert!(read_query("", |_| Some(())).is_ok());
    }
}
