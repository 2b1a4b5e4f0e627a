//! Every bad field is named, with its path and once; and a reader describes itself.

use super::*;
use crate::http::parsers::{boolean, integer, text};
use serde_json::json;

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

fn order(f: &mut Fields<'_>) -> Option<Order> {
    let lines = f.list("order_items", 1..=3, |item| {
        let product = item.required("product", text(1..=5));
        let quantity = item.required("quantity", integer(1..=9));
        Some(Line { product: product?, quantity: quantity? })
    });
    let note = f.nullable("note", text(0..=5));
    let gift = f.optional("gift", boolean());
    f.read_only(&["id"], &json!({"id": 7}));
    Some(Order { lines: lines?, note: note?, gift: gift? })
}

fn read_text(body: &str) -> Result<Order, Problem> {
    Fields::read(&Json::parse(body.as_bytes()).unwrap(), order)
}

fn read(body: Value) -> Result<Order, Problem> {
    read_text(&body.to_string())
}

fn errors(body: Value) -> Vec<String> {
    errors_in(&body.to_string())
}

fn errors_in(body: &str) -> Vec<String> {
    let problem = read_text(body).unwrap_err();
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
    let body: serde_json::Map<String, Value> =
        (0..1000).map(|n| (format!("{n}{}", "x".repeat(1000)), Value::Null)).collect();
    let errors = errors(Value::Object(body));
    assert_eq!(errors.len(), ERRORS_NAMED);
    assert!(errors.iter().all(|error| error.len() < 200));
}

#[test]
fn a_flood_of_errors_is_not_read_to_its_end() {
    let body = json!({"lines": vec![json!({"quantity": 0}); 10_000]}).to_string();
    let body = Json::parse(body.as_bytes()).unwrap();
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

#[test]
fn a_name_that_comes_twice_is_refused_once() {
    for (body, expected) in [
        (r#"{"order_items": [], "order_items": 5}"#, "order_items: must come once"),
        (
            r#"{"order_items": [{"product": "a", "quantity": 0, "qu\u0061ntity": 1}]}"#,
            "order_items[0].quantity: must come once",
        ),
        (
            r#"{"order_items": [{"product": "a", "quantity": 1}], "id": 7, "id": 7}"#,
            "id: must come once",
        ),
    ] {
        assert_eq!(errors_in(body), [expected], "{body}");
    }
    let unknown = r#"{"order_items": [{"product": "a", "quantity": 1}], "x": 1, "x": 1}"#;
    assert_eq!(errors_in(unknown), ["x: unknown field"; 2]);
}

#[test]
fn a_reader_says_all_that_it_asks_for() {
    let described = Fields::describe(order);
    let paths = ["gift", "id", "note", "order_items", "order_items[].product"];
    let mut expected = Asked::from(paths.map(str::to_owned));
    expected.insert("order_items[].quantity".to_owned());
    assert_eq!(described.paths(), expected);
    let schema = described.schema();
    assert_eq!(schema["required"], json!(["order_items"]));
    assert_eq!(schema["properties"]["note"]["type"], json!(["string", "null"]));
    assert_eq!(schema["properties"]["id"]["readOnly"], true);
    let items = &schema["properties"]["order_items"];
    assert_eq!([&items["minItems"], &items["maxItems"]], [&json!(1), &json!(3)]);
    assert_eq!(items["items"]["required"], json!(["product", "quantity"]));
    assert_eq!(items["items"]["properties"]["quantity"]["maximum"], 9);
    let body = br#"{"order_items": [{"product": "a", "quantity": 1}]}"#;
    let (_, asked) = Fields::read_traced(&Json::parse(body).unwrap(), order).unwrap();
    assert_eq!(asked, expected);
}

#[test]
fn of_some_fields_exactly_one_must_be_there() {
    let either = |f: &mut Fields<'_>| {
        let delta = f.optional("delta", integer(-9..=9));
        let set = f.optional("set", integer(0..=9));
        let one = f.one_of(&["delta", "set"]);
        f.note("Either is enough.");
        Some((delta?, set?, one?))
    };
    for (body, expected) in [
        ("{}", vec!["delta: is required, unless set is given"]),
        (r#"{"delta": 1, "set": 1}"#, vec!["set: cannot be combined with delta"]),
        (r#"{"set": -1}"#, vec!["set: must be from 0 to 9"]),
        (r#"{"set": 1}"#, vec![]),
    ] {
        let read = Fields::read(&Json::parse(body.as_bytes()).unwrap(), either);
        let errors = read.map_or_else(|problem| problem.field_errors().to_vec(), |_| vec![]);
        let shown = |error: &FieldError| format!("{}: {}", error.field, error.message);
        assert_eq!(errors.iter().map(shown).collect::<Vec<_>>(), expected, "{body}");
    }
    let schema = Fields::describe(either).schema();
    assert_eq!(schema["oneOf"], json!([{"required": ["delta"]}, {"required": ["set"]}]));
    assert_eq!(schema["description"], "Either is enough.");
}

/// Where something goes, if that is said.
fn parcel(f: &mut Fields<'_>) -> Option<Option<Option<String>>> {
    let to = f.object("to", |to| {
        let city = to.required("city", text(1..=5));
        let is_far = to.optional("is_far", boolean());
        match (city?, is_far?) {
            (city, Some(true)) if city == "Ulm" => to.refuse("", "is not far"),
            (city, _) => Some(city),
        }
    });
    f.optional("gift", boolean());
    to
}

#[test]
fn an_object_within_another_is_read_like_one_of_its_own() {
    let read = |body: Value| {
        let text = body.to_string();
        let read = Fields::read(&Json::parse(text.as_bytes()).unwrap(), parcel);
        read.map_err(|problem| {
            let fields = problem.field_errors().iter().map(|error| error.field.clone());
            fields.collect::<Vec<_>>()
        })
    };
    assert_eq!(read(json!({})).unwrap(), None);
    assert_eq!(read(json!({ "to": null })).unwrap(), Some(None));
    let ulm = || Some(Some("Ulm".to_owned()));
    assert_eq!(read(json!({ "to": { "city": "Ulm" } })).unwrap(), ulm());
    for (body, bad) in [
        (json!({ "to": "Ulm" }), &["to"][..]),
        (json!({ "to": [] }), &["to"]),
        (json!({ "to": {} }), &["to.city"]),
        (
            json!({ "to": { "is_far": 1, "colour": "red" }, "gift": 1 }),
            &["to.city", "to.is_far", "to.colour", "gift"],
        ),
        (json!({ "to": { "city": "Ulm", "is_far": true } }), &["to"]),
    ] {
        assert_eq!(read(body.clone()).unwrap_err(), bad, "{body}");
    }
    let described = Fields::describe(parcel);
    let paths = ["gift", "to", "to.city", "to.is_far"].map(str::to_owned);
    assert_eq!(described.paths(), paths.into());
    let schema = &described.schema()["properties"]["to"];
    assert_eq!(schema["type"], json!(["object", "null"]));
    assert_eq!(schema["required"], json!(["city"]));
    // Also where it is left out, its fields are known.
    for body in ["{}", r#"{"to": {"city": "Ulm"}}"#] {
        let json = Json::parse(body.as_bytes()).unwrap();
        assert_eq!(Fields::read_traced(&json, parcel).unwrap().1, described.paths());
    }
}
