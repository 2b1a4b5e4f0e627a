//! docs/api.md is the reference for people: whatever the document for programs names is in it.

use serde_json::Value;
use server::http::document::followed;
use std::collections::BTreeSet;

const REFERENCE: &str = include_str!("../../../../docs/api.md");
const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");

/// What the reference has to name, each between backticks or, of a path, as it stands.
fn named(document: &Value) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        named.insert(path.clone());
        for operation in operations.as_object().unwrap().values() {
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
    let codes = &document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
    let codes = codes.as_array().unwrap().iter().filter_map(Value::as_str);
    named.extend(codes.map(|code| format!("`{code}`")));
    named
}

#[test]
fn whatever_there_is_is_in_the_reference() {
    let named = named(&serde_json::from_str(DOCUMENT).unwrap());
    assert!(named.len() > 150, "{}", named.len());
    let missing: Vec<&String> = named.iter().filter(|name| !REFERENCE.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/api.md does not name {missing:?}");
}
