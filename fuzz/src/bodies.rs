//! Bodies: bytes to JSON, and what every route reads of it.

use crate::laws;
use serde_json::Value;
use server::{
    api::all,
    http::{
        fields::Given,
        json::Json,
        routes::{BodyReader, Route},
    },
};
use std::sync::LazyLock;

static READERS: LazyLock<Vec<BodyReader>> =
    LazyLock::new(|| all().iter().filter_map(|route: &Route| route.operation.body).collect());

pub fn run(data: &[u8]) {
    parse(data);
    let given = Given::of(crate::euro());
    for reader in READERS.iter() {
        match (reader.try_body)(data, given) {
            Err(problem) => laws::refused(&problem),
            // Whatever the body is, it was asked for the same fields as in the document.
            Ok(tried) => {
                let described = (reader.describe)(crate::euro()).paths();
                assert!(tried.asked.is_subset(&described), "{}: {:?}", reader.name, tried.asked);
            }
        }
    }
}

/// We take what serde_json takes, and read the same.
fn parse(data: &[u8]) {
    let (ours, theirs) = (Json::parse(data), serde_json::from_slice::<Value>(data));
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(value(&ours), theirs),
        (Err(error), Err(_)) => laws::readable("error", &error.to_string()),
        // A number that no float can be is still digits.
        (Ok(_), Err(error)) if error.to_string().contains("number out of range") => {}
        (ours, theirs) => panic!("{ours:?} and {theirs:?}"),
    }
}

/// As serde_json would have it: numbers as floats or integers, and of a name that comes twice the
/// last value.
fn value(json: &Json<'_>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => (*flag).into(),
        Json::Number(digits) => serde_json::from_str(digits).expect("it was read as a number"),
        Json::Text(text) => text.as_ref().into(),
        Json::List(items) => items.iter().map(value).collect(),
        Json::Object(members) => {
            members.iter().map(|(name, member)| (name.to_string(), value(member))).collect()
        }
        Json::Word(_) | Json::Unreadable => panic!("it is not of a query"),
    }
}
