//! Each rule, by a document in which it is broken, and each addition.

use jiff::{Timestamp, civil::date, tz::TimeZone};
use serde_json::{Value, json};

/// The document as it is now, and as it was when it was last promised.
const NOW: &str = include_str!("../../../../../docs/openapi.json");
const RELEASED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi-released.json");

/// Where nothing runs out.
fn breaks(old: &Value, new: &Value) -> Vec<String> {
    super::breaks(old, new, Timestamp::MAX)
}

fn now() -> Value {
    serde_json::from_str(NOW).unwrap()
}

#[test]
fn nothing_breaks_what_was_promised() {
    if std::env::var_os("KEEP_RELEASE").is_some() {
        std::fs::write(RELEASED, NOW).unwrap();
    }
    let released = serde_json::from_str(&std::fs::read_to_string(RELEASED).unwrap()).unwrap();
    let broken = super::breaks(&released, &now(), Timestamp::now());
    assert!(
        broken.is_empty(),
        "clients of the last release would break (docs/versions.md):\n{}",
        broken.join("\n")
    );
}

/// A small document that has something of all that is compared.
fn small() -> Value {
    json!({
        "paths": { "/api/things/{id}": { "post": {
            "operationId": "make_thing",
            "security": [{}, { "token": [] }],
            "parameters": [
                { "in": "path", "name": "id", "required": true, "schema": { "type": "string" } },
                { "in": "query", "name": "limit", "schema": { "type": "integer", "minimum": 1, "maximum": 100 } },
                { "$ref": "#/components/parameters/Key" },
            ],
            "requestBody": { "required": false, "content": { "application/json": { "schema": {
                "type": "object",
                "properties": {
                    "name": { "type": ["string", "null"], "maxLength": 9, "pattern": "^a" },
                    "kind": { "type": "string", "enum": ["a", "b"] },
                    "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Part" } },
                },
                "required": ["name"],
            } } } },
            "responses": {
                "200": {
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } },
                    "headers": { "ETag": { "$ref": "#/components/headers/ETag" } },
                },
                "304": {},
                "409": { "$ref": "#/components/responses/taken" },
                "422": { "content": { "application/problem+json": { "schema": { "allOf": [
                    { "$ref": "#/components/schemas/Problem" },
                    { "properties": { "code": { "enum": ["invalid"] } } },
                ] } } } },
            },
        } } },
        "components": {
            "parameters": { "Key": { "in": "header", "name": "Key", "schema": { "type": "string" } } },
            "headers": { "ETag": { "required": true, "schema": { "type": "string" } } },
            "responses": { "taken": { "content": { "application/problem+json": { "schema": { "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "properties": { "code": { "enum": ["taken", "used"] } } },
            ] } } } } },
            "schemas": {
                "Part": { "type": "object", "properties": { "n": { "type": "integer" } } },
                "Problem": { "type": "object", "properties": {
                    "code": { "enum": ["invalid", "taken", "used"] }, "detail": { "type": "string" },
                } },
                "Thing": {
                    "type": "object",
                    "properties": {
                        "id": { "type": "integer" },
                        "state": { "enum": ["new", "old"] },
                        "at": { "anyOf": [{ "type": "string", "format": "date-time" }, { "type": "null" }] },
                        "within": { "$ref": "#/components/schemas/Thing" },
                    },
                    "required": ["id"],
                },
            },
        },
    })
}

/// What a pointer leads to is set to a value, or taken away by null.
fn edited(edits: &[(&str, Value)]) -> Value {
    let mut document = small();
    for (at, value) in edits {
        let at = at
            .replace("OP", "/paths/~1api~1things~1{id}/post")
            .replace(
                "ASKED",
                "/paths/~1api~1things~1{id}/post/requestBody/content/application~1json/schema",
            )
            .replace("THING", "/components/schemas/Thing");
        let (parent, name) = at.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/");
        let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"));
        match (parent, value.is_null()) {
            (Value::Array(items), _) => items[name.parse::<usize>().unwrap()] = value.clone(),
            (Value::Object(members), true) => assert!(members.remove(&name).is_some(), "no {at}"),
            (Value::Object(members), false) => {
                members.insert(name, value.clone());
            }
            _ => panic!("{at} leads nowhere"),
        }
    }
    document
}

#[test]
fn each_rule_is_broken_by_what_it_forbids() {
    let gone = Value::Null;
    let cases: Vec<(&str, Value, &str)> = vec![
        ("OP", gone.clone(), "is gone"),
        ("OP/operationId", json!("create_thing"), "operationId"),
        ("OP/security", json!([{ "token": [] }]), "can no longer be done"),
        ("OP/parameters/1", json!({ "$ref": "#/components/parameters/Key" }), "limit"),
        ("/components/parameters/Key/name", json!("Other"), "is gone"),
        ("/components/parameters/Key/required", json!(true), "has to be there"),
        ("OP/parameters/1/schema/minimum", json!(2), "narrower"),
        ("OP/parameters/1/schema/maximum", json!(99), "narrower"),
        ("OP/parameters/0/schema/minLength", json!(1), "narrower or new"),
        ("OP/requestBody/required", json!(true), "a body has to be there"),
        ("OP/requestBody/content/application~1json", gone.clone(), "application/json is gone"),
        ("ASKED/properties/kind", gone.clone(), "is gone"),
        ("ASKED/properties/kind/enum", json!(["a"]), "\"b\" is gone"),
        ("ASKED/properties/name/type", json!("string"), "null"),
        ("ASKED/properties/name/pattern", json!("^b"), "pattern"),
        ("ASKED/properties/name/maxLength", json!(8), "narrower"),
        ("ASKED/properties/kind/format", json!("uuid"), "format"),
        ("ASKED/properties/kind/readOnly", json!(true), "can no longer be set"),
        ("ASKED/required", json!(["name", "kind"]), "has to be there"),
        ("/components/schemas/Part/properties/n/minimum", json!(1), "narrower or new"),
        ("/components/schemas/Part/required", json!(["n"]), "has to be there"),
        ("ASKED/properties/parts/maxItems", json!(9), "narrower or new"),
        ("ASKED/properties/parts/minItems", json!(1), "narrower or new"),
        ("ASKED/properties/kind/not", json!({ "const": "a" }), "not"),
        ("ASKED/oneOf", json!([{ "required": ["kind"] }]), "oneOf"),
        ("OP/responses/200", gone.clone(), "200 is gone"),
        ("OP/responses/304", gone.clone(), "304 is gone"),
        ("OP/responses/201", json!({}), "201 is new"),
        ("OP/responses/200/content/application~1json", gone.clone(), "application/json is gone"),
        ("OP/responses/200/headers/ETag", gone.clone(), "ETag: is gone"),
        ("/components/headers/ETag/required", json!(false), "not always there"),
        ("/components/headers/ETag/schema/type", json!("integer"), "integer"),
        ("THING/properties/id", gone.clone(), "is gone"),
        ("THING/properties/id/type", json!(["integer", "null"]), "null"),
        ("THING/properties/state/enum", json!(["new"]), "\"old\" is gone"),
        ("THING/properties/state", json!({}), "not told"),
        ("THING/properties/at/anyOf/0/format", json!("date"), "format"),
        ("THING/properties/at/anyOf/0/format", gone.clone(), "format"),
        ("THING/required", json!([]), "is not always there"),
        ("/components/schemas/Problem/properties/detail", gone.clone(), "is gone"),
    ];
    for (at, value, what) in cases {
        let broken = breaks(&small(), &edited(&[(at, value.clone())]));
        assert!(
            broken.iter().any(|broken| broken.contains(what)),
            "{at} {value} is not {what}: {broken:?}"
        );
    }
}

#[test]
fn what_several_edits_break_is_found() {
    let open = |to: Value| edited(&[("OP/security", to)]);
    let broken = breaks(&open(json!([])), &open(json!([{ "token": [] }])));
    assert!(broken[0].contains("can no longer be done"), "{broken:?}");
    let several = |first: Value| {
        edited(&[(
            "THING/properties/at",
            json!({ "oneOf": [first, { "$ref": "#/components/schemas/Part" }] }),
        )])
    };
    let (whole, less) =
        (json!({ "type": "object", "properties": { "a": {} } }), json!({ "type": "object" }));
    let broken = breaks(&several(whole), &several(less));
    assert_eq!(broken, ["POST /api/things/{} 200.at.a: is gone"], "the first of several objects");
    let codes = |codes: Value| json!({ "properties": { "code": { "enum": codes } } });
    let moved = edited(&[
        (
            "/components/responses/taken/content/application~1problem+json/schema/allOf/1",
            codes(json!(["taken"])),
        ),
        (
            "OP/responses/422/content/application~1problem+json/schema/allOf/1",
            codes(json!(["invalid", "used"])),
        ),
    ]);
    let broken = breaks(&small(), &moved);
    assert_eq!(broken, ["POST /api/things/{}: used comes with another status"]);
}

#[test]
fn what_is_only_added_breaks_nothing() {
    let gone = Value::Null;
    assert_eq!(breaks(&small(), &small()), [""; 0]);
    let cases: Vec<(&str, Value)> = vec![
        ("OP/description", json!("In other words.")),
        ("OP/security", json!([{}, { "token": [] }, { "cookie": [] }])),
        ("OP/parameters/0/name", json!("thing")),
        ("OP/parameters/1/schema/minimum", json!(0)),
        ("OP/parameters/1/schema/maximum", gone.clone()),
        ("ASKED/properties/new", json!({ "type": "string" })),
        ("ASKED/properties/kind/enum", json!(["a", "b", "c"])),
        ("ASKED/properties/kind/type", json!(["string", "integer"])),
        ("ASKED/required", json!([])),
        ("ASKED/properties/name/pattern", gone.clone()),
        ("OP/responses/304", json!({})),
        ("OP/responses/429", json!({})),
        ("OP/responses/409", gone.clone()),
        ("OP/responses/200/headers/New", json!({ "required": true })),
        ("THING/properties/new", json!({ "type": "string" })),
        ("THING/required", json!(["id", "state"])),
        ("THING/properties/state/enum", json!(["new", "old", "middle"])),
        ("THING/properties/at", json!({ "type": "string", "format": "date-time" })),
        ("THING/properties/id/minimum", json!(1)),
        (
            "/components/schemas/Problem/properties/code/enum",
            json!(["invalid", "taken", "used", "new"]),
        ),
        ("/paths/new", json!({ "get": { "operationId": "new" } })),
    ];
    for (at, value) in cases {
        assert_eq!(breaks(&small(), &edited(&[(at, value.clone())])), [""; 0], "{at} {value}");
    }
}

#[test]
fn what_was_deprecated_goes_on_its_day_and_no_earlier() {
    let headers = |since: &str, until: &str| {
        json!({
            "Deprecation": { "required": true, "schema": { "const": since } },
            "Sunset": { "required": true, "schema": { "const": until } },
            "ETag": { "$ref": "#/components/headers/ETag" },
        })
    };
    let deprecated = |since, until| edited(&[("OP/responses/200/headers", headers(since, until))]);
    // 2026-12-01, and from one to two years later.
    let (since, told) = ("@1796083200", "Mon, 31 Jan 2028 00:00:00 GMT");
    let (nearer, further) = ("Sun, 30 Jan 2028 00:00:00 GMT", "Fri, 01 Dec 2028 00:00:00 GMT");
    let old = deprecated(since, told);
    let gone = edited(&[("OP", Value::Null)]);
    let on = |day: i8| date(2028, 1, day).to_zoned(TimeZone::UTC).unwrap().timestamp();
    assert_eq!(super::breaks(&old, &gone, on(31)), [""; 0]);
    let broken = super::breaks(&old, &gone, on(30));
    assert_eq!(broken, ["POST /api/things/{}: is gone before 2028-01-31T00:00:00Z"]);

    for (old, new, what) in [
        (small(), old.clone(), None),
        (old.clone(), deprecated(since, further), None),
        // It stays after all.
        (old.clone(), small(), None),
        (old.clone(), deprecated(since, nearer), Some("its Sunset has come nearer")),
        (small(), deprecated(since, "Wed, 01 Dec 2027 00:00:00 GMT"), None),
        (
            small(),
            deprecated(since, "Tue, 30 Nov 2027 00:00:00 GMT"),
            Some("its Sunset is less than a year after its Deprecation"),
        ),
        (small(), deprecated("yes", told), Some("it has a Sunset without a Deprecation")),
    ] {
        let what = what.map(|what| format!("POST /api/things/{{}}: {what}"));
        assert_eq!(breaks(&old, &new), what.into_iter().collect::<Vec<_>>());
    }
}
