//! docs/api.md is the reference for people: it has a row for each route and for each code with its status, and names
//! each parameter and its values.

use serde_json::Value;
use server::http::{codes::CODES, document::followed};
use std::collections::BTreeSet;

const REFERENCE: &str = include_str!("../../../../docs/api.md");
const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");

/// What has to stand in the reference, letter by letter.
fn named(document: &Value) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            named.insert(format!("| `{}` | `{path}` |", method.to_uppercase()));
            let parameters = operation["parameters"].as_array().unwrap().iter();
            for parameter in parameters.map(|parameter| followed(document, parameter)) {
                if parameter["in"] != "path" {
                    named.insert(format!("`{}`", parameter["name"].as_str().unwrap()));
                }
                let schema = &parameter["schema"];
                for values in [&schema["enum"], &schema["items"]["enum"]] {
                    let values = values.as_array().into_iter().flatten();
                    named
                        .extend(values.filter_map(Value::as_str).map(|value| format!("`{value}`")));
                }
            }
        }
    }
    named
        .extend(CODES.iter().map(|code| format!("| {} | `{}` |", code.status.as_u16(), code.name)));
    named
}

#[test]
fn whatever_there_is_is_in_the_reference() {
    let named = named(&serde_json::from_str(DOCUMENT).unwrap());
    assert!(named.len() > 150, "{}", named.len());
    let missing: Vec<&String> = named.iter().filter(|name| !REFERENCE.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/api.md does not name {missing:?}");
}
