//! Reading the parameters of a query, by the same rules and with the same errors as a body.
//!
//! Unknown parameters, and known ones that come twice, are refused: a filter that is ignored
//! answers another question than the one that was asked.

use std::borrow::Cow;
use std::fmt::Display;

use super::fields::{ERRORS_NAMED, shown, unknown};
use super::problem::{FieldError, Problem};

/// So many parameters are looked at.
const PARAMETERS: usize = 200;

/// The parameters of one query, while they are read.
pub struct Query<'a> {
    given: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    asked: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<'a> Query<'a> {
    /// Reads what follows the `?`. As with `Fields`, ask for everything first, then build.
    pub fn read<T>(
        query: Option<&'a str>,
        read: impl FnOnce(&mut Query<'a>) -> Option<T>,
    ) -> Result<T, Problem> {
        let mut parameters = Query { given: Vec::new(), asked: Vec::new(), errors: Vec::new() };
        parameters.split(query.unwrap_or_default());
        let result = read(&mut parameters);
        parameters.refuse_unknown();
        match result {
            Some(result) if parameters.errors.is_empty() => Ok(result),
            _ => {
                parameters.errors.truncate(ERRORS_NAMED);
                Err(Problem::invalid(parameters.errors))
            }
        }
    }

    /// Nothing may be asked for here.
    pub fn none(query: Option<&'a str>) -> Result<(), Problem> {
        Query::read(query, |_| Some(()))
    }

    pub fn required<T, E: Display>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match self.optional(name, parser)? {
            Some(read) => Some(read),
            None => self.refuse(name, "is required"),
        }
    }

    /// A parameter that may be absent. The outer `None` means that it was wrong.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        self.asked.push(name);
        let mut values = self.given.iter().filter(|(known, _)| known == name);
        let Some((_, value)) = values.next() else {
            return Some(None);
        };
        if values.next().is_some() {
            return self.refuse(name, "must come once");
        }
        match parser(value) {
            Ok(read) => Some(Some(read)),
            Err(message) => self.refuse(name, message),
        }
    }

    /// A parameter that may come several times, or once with commas: `id=1&id=2`, `id=1,2`.
    pub fn many<T, E: Display>(
        &mut self,
        name: &'static str,
        most: usize,
        parser: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        self.asked.push(name);
        let read: Result<Vec<T>, E> = self
            .given
            .iter()
            .filter(|(known, _)| known == name)
            .flat_map(|(_, value)| value.split(','))
            .take(most + 1)
            .map(parser)
            .collect();
        match read {
            Ok(values) if values.len() > most => {
                self.refuse(name, format!("must be at most {most} values"))
            }
            Ok(values) => Some(values),
            Err(message) => self.refuse(name, message),
        }
    }

    /// Adds an error that only shows when several parameters are seen together.
    pub fn refuse<T>(&mut self, name: &str, message: impl Display) -> Option<T> {
        self.errors.push(FieldError::new(name, message.to_string()));
        None
    }

    fn split(&mut self, query: &'a str) {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        for (place, pair) in pairs.enumerate() {
            if place == PARAMETERS {
                self.errors.push(FieldError::new("", "there are too many parameters"));
                return;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name) else {
                self.errors.push(FieldError::new(
                    "",
                    "a parameter's name is not UTF-8 after percent-decoding",
                ));
                continue;
            };
            match decode(value) {
                Some(value) => self.given.push((name, value)),
                None => {
                    let message = "must be UTF-8 after percent-decoding, without NUL";
                    self.errors.push(FieldError::new(shown(&name), message));
                    // Known, so that it is not called unknown as well.
                    self.given.push((name, Cow::Borrowed("")));
                }
            }
        }
    }

    fn refuse_unknown(&mut self) {
        for (name, _) in &self.given {
            // To guess what was meant costs more than to send it.
            if self.errors.len() >= ERRORS_NAMED {
                return;
            }
            if !self.asked.contains(&name.as_ref()) {
                let known = self.asked.iter().copied();
                self.errors.push(unknown("parameter", name, known));
            }
        }
    }
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
    use crate::http::parsers::{flag, number, words};

    type Asked = (Option<String>, Option<bool>, Vec<i64>);

    fn read(query: &str) -> Result<Asked, Problem> {
        Query::read(Some(query), |q| {
            let search = q.optional("search", words(1..=20));
            let in_stock = q.optional("in_stock", flag);
            let ids = q.many("id", 3, number(1..=99));
            Some((search?, in_stock?, ids?))
        })
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
            ("id=1,x", vec!["id: must be a whole number, without a point or an exponent"]),
            ("id=1,2,3,4", vec!["id: must be at most 3 values"]),
            ("id=+1", vec!["id: must be a whole number, without a point or an exponent"]),
            (
                "id=100&in_stock=2&x=1",
                vec![
                    "in_stock: must be true or false",
                    "id: must be from 1 to 99",
                    "x: unknown parameter",
                ],
            ),
        ] {
            let problem = read(query).unwrap_err();
            let shown = |error: &FieldError| format!("{}: {}", error.field, error.message);
            let errors: Vec<String> = problem.field_errors().iter().map(shown).collect();
            assert_eq!(errors, expected, "{query}");
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
    fn a_required_parameter_must_come() {
        let read = |query| Query::read(Some(query), |q| q.required("a", flag));
        assert!(read("a=1").unwrap());
        assert!(read("").unwrap_err().detail().contains("is required"));
        assert!(Query::none(Some("a=1")).is_err());
        assert!(Query::none(None).is_ok());
    }
}
