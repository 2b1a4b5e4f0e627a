//! Reading the fields of a JSON object, so that one answer names every bad field.
//!
//! Read all fields first, then build: a `?` before the last read would hide the errors after it.
//! A field that nobody asked for is an error of its own.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::codes;
use super::parsers::kind;
use super::problem::{FieldError, Problem};
use crate::spelling::closest;

/// So many errors are named; who makes more has not read the documents anyway.
pub(super) const ERRORS_NAMED: usize = 100;
/// So many characters of a name from outside are repeated.
const NAME_SHOWN: usize = 64;

const REQUIRED: &str = "is required";
const READ_ONLY: &str = "is read only";

/// The fields of one object, while they are read.
pub struct Fields<'a> {
    given: &'a Map<String, Value>,
    asked: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// Reads an object. `read` asks for all fields and then builds the result with `?`:
    ///
    /// ```ignore
    /// Fields::read(&body, |f| {
    ///     let sku = f.required("sku", text(1..=64));
    ///     let quantity = f.optional("quantity", integer(0..=1_000_000));
    ///     Some(CreateProduct { sku: sku?, quantity: quantity? })
    /// })
    /// ```
    pub fn read<T>(
        value: &'a Value,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Result<T, Problem> {
        let Value::Object(given) = value else {
            let message = format!("the body must be an object, not {}", kind(value));
            return Err(Problem::invalid_field("", message));
        };
        Fields::read_object(given, read).map_err(refused)
    }

    fn read_object<T>(
        given: &'a Map<String, Value>,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Result<T, Vec<FieldError>> {
        let mut fields = Fields { given, asked: Vec::new(), errors: Vec::new() };
        let result = read(&mut fields);
        fields.refuse_unknown();
        match result {
            Some(result) if fields.errors.is_empty() => Ok(result),
            _ => Err(fields.errors),
        }
    }

    /// A field that must be there. `None` means that it was not, or was wrong.
    pub fn required<T, E: Display>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Option<T> {
        match self.ask(name) {
            Some(value) => self.parse(name, value, parser),
            None => self.refuse(name, REQUIRED),
        }
    }

    /// A field that may be absent, but not null.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.ask(name) {
            Some(value) => self.parse(name, value, parser).map(Some),
            None => Some(None),
        }
    }

    /// A field that may be absent (`None`) or null (`Some(None)`).
    pub fn nullable<T, E: Display>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Option<Option<Option<T>>> {
        match self.ask(name) {
            Some(Value::Null) => Some(Some(None)),
            Some(value) => self.parse(name, value, parser).map(|read| Some(Some(read))),
            None => Some(None),
        }
    }

    /// A list of objects, each read like an object of its own.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        length: RangeInclusive<usize>,
        mut read: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = match self.ask(name) {
            Some(Value::Array(items)) => items,
            Some(other) => {
                let message = format!("must be a list of objects, not {}", kind(other));
                return self.refuse(name, message);
            }
            None => return self.refuse(name, REQUIRED),
        };
        if !length.contains(&items.len()) {
            let (least, most, many) = (length.start(), length.end(), items.len());
            return self.refuse(name, format!("must have {least} to {most} items, has {many}"));
        }
        let mut results = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            if self.is_full() {
                // Refused already: the rest of a long list is not worth the work.
                return None;
            }
            let Value::Object(given) = item else {
                let message = format!("must be an object, not {}", kind(item));
                self.add(FieldError::new(format!("{name}[{place}]"), message));
                continue;
            };
            match Fields::read_object(given, &mut read) {
                Ok(result) => results.push(result),
                Err(errors) => errors.into_iter().for_each(|error| {
                    let field = format!("{name}[{place}].{}", error.field);
                    self.add(FieldError { field, ..error });
                }),
            }
        }
        (results.len() == items.len()).then_some(results)
    }

    /// Fields that only the server sets. They may be sent back as they were `shown`, so that what
    /// was read can be written; with nothing shown (a creation) they may not be sent at all.
    pub fn read_only(&mut self, names: &[&'static str], shown: &Value) {
        for name in names {
            if let Some(value) = self.ask(name)
                && shown.get(name) != Some(value)
            {
                self.add(FieldError::new(*name, READ_ONLY));
            }
        }
    }

    /// Adds an error that only shows when several fields are seen together.
    pub fn refuse<T>(&mut self, name: &str, message: impl Display) -> Option<T> {
        self.add(FieldError::new(name, message.to_string()));
        None
    }

    fn ask(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        self.given.get(name)
    }

    fn parse<T, E: Display>(
        &mut self,
        name: &str,
        value: &Value,
        parser: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Option<T> {
        match parser(value) {
            Ok(read) => Some(read),
            Err(message) => self.refuse(name, message),
        }
    }

    fn refuse_unknown(&mut self) {
        let given = self.given;
        for name in given.keys() {
            // To guess what was meant costs more than to send it.
            if self.is_full() {
                return;
            }
            if !self.asked.contains(&name.as_str()) {
                let known = self.asked.iter().copied();
                let error = unknown("field", name, known);
                self.add(error);
            }
        }
    }

    fn add(&mut self, error: FieldError) {
        if !self.is_full() {
            self.errors.push(error);
        }
    }

    fn is_full(&self) -> bool {
        self.errors.len() >= ERRORS_NAMED
    }
}

/// The error for a name that nobody knows, with what was probably meant.
pub(super) fn unknown<'k>(
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> FieldError {
    let message = match closest(name, known) {
        Some(meant) => format!("unknown {what}; did you mean {meant}?"),
        None => format!("unknown {what}"),
    };
    FieldError::new(shown(name), message)
}

/// A name from outside as it is repeated: its beginning, and nothing that a terminal or a log would
/// take for a command.
pub(super) fn shown(name: &str) -> String {
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    name.chars().take(NAME_SHOWN).map(plain).collect()
}

fn refused(errors: Vec<FieldError>) -> Problem {
    let only_read_only = !errors.is_empty() && errors.iter().all(|e| e.message == READ_ONLY);
    if only_read_only {
        let detail = "only the shop sets these fields";
        return Problem::new(codes::READ_ONLY, detail).errors(errors);
    }
    Problem::invalid(errors)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::parsers::{boolean, integer, text};

    #[derive(Debug, PartialEq)]
    struct Line {
        product: String,
        quantity: i64,
    }

    #[derive(Debug, PartialEq)]
    struct Order {
        lines: Vec<Line>,
        note: Option<Option<String>>,
        gift: Option<bool>,
    }

    fn read(body: Value) -> Result<Order, Problem> {
        Fields::read(&body, |f| {
            let lines = f.list("order_items", 1..=3, |item| {
                let product = item.required("product", text(1..=5));
                let quantity = item.required("quantity", integer(1..=9));
                Some(Line { product: product?, quantity: quantity? })
            });
            let note = f.nullable("note", text(0..=5));
            let gift = f.optional("gift", boolean);
            f.read_only(&["id"], &json!({"id": 7}));
            Some(Order { lines: lines?, note: note?, gift: gift? })
        })
    }

    fn errors(body: Value) -> Vec<String> {
        let problem = read(body).unwrap_err();
        let shown = |error: &FieldError| format!("{}: {}", error.field, error.message);
        problem.field_errors().iter().map(shown).collect()
    }

    #[test]
    fn what_is_right_is_read() {
        let items = json!([{"product": "a", "quantity": 1}]);
        for (body, note, gift) in [
            (json!({"order_items": items}), None, None),
            (json!({"order_items": items, "note": null, "id": 7}), Some(None), None),
            (
                json!({"order_items": items, "note": "hi", "gift": true}),
                Some(Some("hi".to_owned())),
                Some(true),
            ),
        ] {
            let lines = vec![Line { product: "a".to_owned(), quantity: 1 }];
            assert_eq!(read(body).unwrap(), Order { lines, note, gift });
        }
    }

    #[test]
    fn every_bad_field_is_named_with_its_path() {
        let body = json!({
            "order_items": [
                {"product": "a", "quantity": 0},
                {"product": 5, "quantiy": 1, "colour": "red"},
                "c",
            ],
            "note": "too long",
            "gift": null,
            "id": 8,
            "nte": 1,
        });
        let expected = [
            "order_items[0].quantity: must be from 1 to 9",
            "order_items[1].product: must be text, not a number",
            "order_items[1].quantity: is required",
            "order_items[1].colour: unknown field",
            "order_items[1].quantiy: unknown field; did you mean quantity?",
            "order_items[2]: must be an object, not text",
            "note: must have at most 5 characters, has 8",
            "gift: must be true or false, not null",
            "id: is read only",
            "nte: unknown field; did you mean note?",
        ];
        assert_eq!(errors(body), expected);
    }

    #[test]
    fn lists_have_a_length_and_bodies_are_objects() {
        for (body, expected) in [
            (json!({}), "order_items: is required"),
            (json!({"order_items": []}), "order_items: must have 1 to 3 items, has 0"),
            (json!({"order_items": [1, 2, 3, 4]}), "order_items: must have 1 to 3 items, has 4"),
            (json!({"order_items": null}), "order_items: must be a list of objects, not null"),
            (json!([]), ": the body must be an object, not a list"),
            (json!(null), ": the body must be an object, not null"),
        ] {
            assert_eq!(errors(body), [expected]);
        }
    }

    #[test]
    fn only_read_only_fields_have_a_code_of_their_own() {
        let items = json!([{"product": "a", "quantity": 1}]);
        for (body, code) in [
            (json!({"order_items": items, "id": 8}), codes::READ_ONLY),
            (json!({"order_items": items, "id": 8, "x": 1}), codes::INVALID),
        ] {
            assert_eq!(read(body).unwrap_err().code(), code);
        }
    }

    #[test]
    fn a_flood_of_errors_is_cut_and_long_names_too() {
        let body: Map<String, Value> =
            (0..1000).map(|n| (format!("{n}{}", "x".repeat(1000)), Value::Null)).collect();
        let errors = errors(Value::Object(body));
        assert_eq!(errors.len(), ERRORS_NAMED);
        assert!(errors.iter().all(|error| error.len() < 200));
    }

    #[test]
    fn a_flood_of_errors_is_not_read_to_its_end() {
        let body = json!({"lines": vec![json!({"quantity": 0}); 10_000]});
        let mut read = 0;
        let refused = Fields::read(&body, |f| {
            f.list("lines", 1..=10_000, |item| {
                read += 1;
                item.required("quantity", integer(1..=9))
            })
        });
        assert_eq!(refused.unwrap_err().field_errors().len(), ERRORS_NAMED);
        assert_eq!(read, ERRORS_NAMED);
    }

    #[test]
    fn control_characters_of_a_name_are_not_repeated() {
        let items = json!([{"product": "a", "quantity": 1, "\u{9b}2J": 1}]);
        let expected =
            ["order_items[0].\u{fffd}2J: unknown field", "\u{fffd}[31m\u{fffd}: unknown field"];
        assert_eq!(errors(json!({"order_items": items, "\u{1b}[31m\0": 1})), expected);
    }
}
