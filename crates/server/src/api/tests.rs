//! What holds of every route: its readers say all that they ask for, its document stands on its own
//! feet, and what belongs to all is nowhere forgotten.

use super::all;
use crate::http::{
    Method,
    descriptions::{Described, example},
    document::{draw, followed},
    fields::Given,
    problems::Problem,
    rights::Who,
    routes::Tried,
};
use domain::Currency;
use serde_json::Value;
use std::collections::BTreeSet;

fn euro() -> Currency {
    "EUR".parse().unwrap()
}

fn unwrap(tried: Result<Tried, Problem>, what: &str) -> Tried {
    tried.unwrap_or_else(|problem| panic!("{what}: {:?}", problem.field_errors()))
}

#[test]
fn every_body_reader_takes_its_own_examples_and_says_all_that_it_asks_for() {
    let mut bodies = 0;
    for route in all() {
        let Some(reader) = route.operation.body else { continue };
        bodies += 1;
        let described = (reader.describe)(euro());
        if let Some(body) = &route.example {
            let body = body.to_string();
            unwrap((reader.try_body)(body.as_bytes(), Given::of(euro())), &body);
        }
        for is_full in [true, false] {
            let body = example(&described.schema(), is_full).to_string();
            let tried = unwrap((reader.try_body)(body.as_bytes(), Given::of(euro())), &body);
            // A `?` before the last question would have hidden a field from the description.
            if is_full || !body.contains('[') {
                assert_eq!(tried.asked, described.paths(), "{} {body}", reader.name);
            }
        }
    }
    assert!(bodies >= 7);
}

/// A parameter that is misspelt, or meant for another route, must not pass for done.
#[test]
fn no_route_of_the_api_passes_over_a_query() {
    for route in all().iter().filter(|route| route.path.starts_with("/api")) {
        let operation = &route.operation;
        let is_read = operation.query.is_some() != operation.refuses_query;
        assert!(is_read, "{} takes a query, or NoQuery", route.name);
    }
}

#[test]
fn every_query_reader_takes_its_own_examples_and_says_all_that_it_asks_for() {
    let mut queries = 0;
    for route in all() {
        let Some(reader) = route.operation.query else { continue };
        queries += 1;
        let described = (reader.describe)(euro());
        for query in [example_query(&described), String::new()] {
            let tried = unwrap((reader.try_query)(&query, Given::of(euro())), &query);
            assert_eq!(tried.asked, described.paths(), "{} {query}", route.name);
            // Who reads a limit tells of the page, so that hostile input is held to its bounds.
            assert_eq!(tried.page.is_some(), tried.asked.contains("limit"), "{}", route.name);
        }
    }
    assert!(queries >= 2);
}

/// Every parameter that has an example: those that exclude each other have none.
fn example_query(described: &Described) -> String {
    let value = |schema: &Value| match example(schema, true) {
        Value::String(text) => Some(text.replace(' ', "+")),
        Value::Array(items) => {
            Some(items[0].as_str().map_or_else(|| items[0].to_string(), str::to_owned))
        }
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let pairs = described
        .fields
        .iter()
        .filter_map(|field| Some(format!("{}={}", field.name, value(&field.schema)?)));
    pairs.collect::<Vec<String>>().join("&")
}

#[test]
fn every_route_is_in_the_document_once_with_words_and_nothing_points_nowhere() {
    let routes = all();
    let document = draw(&routes, euro(), "https://shop.example");
    let mut names = BTreeSet::new();
    for route in &routes {
        let method = route.method.as_str().to_ascii_lowercase();
        let operation = &document["paths"][route.path][&method];
        assert_eq!(operation["operationId"], route.name);
        assert!(names.insert(route.name), "{} comes twice", route.name);
        assert!(route.about.ends_with('.'), "{} has no words", route.name);
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key(route.statuses[0].as_str()), "{}", route.name);
        let is_open = operation["security"].as_array().unwrap().is_empty();
        assert_eq!(is_open, !route.operation.takes_token, "{}", route.name);
    }
    let drawn = document["paths"].as_object().unwrap().values();
    assert_eq!(drawn.map(|path| path.as_object().unwrap().len()).sum::<usize>(), routes.len());
    let mut pointed = BTreeSet::new();
    references(&document, &mut pointed);
    let mut named = BTreeSet::new();
    for (kind, parts) in document["components"].as_object().unwrap() {
        if kind != "securitySchemes" {
            named.extend(parts.as_object().unwrap().keys().map(|name| format!("{kind}/{name}")));
        }
    }
    assert_eq!(pointed, named, "what is pointed to and what is there");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(!schema.is_null(), "{name} was not described");
    }
}

#[test]
fn every_schema_is_one_and_allows_its_own_examples() {
    let document = draw(&all(), euro(), "https://shop.example");
    let mut schemas: Vec<&Value> = Vec::new();
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            let parameters = operation["parameters"].as_array().unwrap();
            let followed = |parameter| &followed(&document, parameter)["schema"];
            schemas.extend(parameters.iter().map(followed));
        }
    }
    for named in document["components"]["schemas"].as_object().unwrap().values() {
        schemas.push(named);
        schemas.extend(named["properties"].as_object().into_iter().flat_map(|p| p.values()));
    }
    for schema in schemas {
        assert!(jsonschema::meta::is_valid(schema), "{schema}");
        let examples = schema["examples"].as_array();
        for example in examples.into_iter().flatten() {
            assert!(jsonschema::is_valid(schema, example), "{example} of {schema}");
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str().and_then(|at| at.strip_prefix("#/components/")) {
                    Some(named) if name == "$ref" => drop(found.insert(named.to_owned())),
                    _ => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Those of other kinds are sheets and figures, and the document is its own example.
#[test]
fn every_answer_in_json_has_an_example_of_its_schema() {
    let document = draw(&all(), euro(), "https://shop.example");
    for route in all() {
        let method = route.method.as_str().to_ascii_lowercase();
        let responses = &document["paths"][route.path][&method]["responses"];
        let shown = &followed(&document, &responses[route.statuses[0].as_str()])["content"];
        let shown = &shown["application/json"];
        if shown.is_null() || route.name == "document" {
            continue;
        }
        let example = &shown["examples"]["demo"]["value"];
        assert!(!example.is_null(), "{} has no example: see document/answers.rs", route.name);
        let mut schema = shown["schema"].clone();
        schema["components"] = document["components"].clone();
        let found = jsonschema::draft202012::new(&schema).unwrap().validate(example);
        assert!(found.is_ok(), "{}: {found:?}", route.name);
    }
}

#[test]
fn every_path_that_names_nothing_has_one_link() {
    let (mut linked, mut paths, mut names) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for route in all() {
        assert_eq!(route.segments().count() > 0, route.operation.takes_segment, "{}", route.name);
        if route.segments().next().is_none() {
            paths.insert(route.path);
        }
        if let Some(name) = route.link {
            assert!(names.insert(name), "two links are called {name}");
            assert!(linked.insert(route.path), "{} has two links", route.path);
        }
    }
    assert_eq!(linked, paths);
}

/// Logging in and out, registering, which a name does once also in a sheet, orders that have a name in another
/// system, which is their key, a service's answer, which is the same however often it comes, and what nobody is known
/// to ask.
const WITHOUT_KEY: [&str; 10] = [
    "answer_fulfilment",
    "hand_over_order",
    "hand_over_orders",
    "register",
    "import_customers",
    "log_in",
    "refresh",
    "verify_token",
    "log_out",
    "ask_for_reset",
];

/// By the token that was mailed to him, one is known.
const BY_LINK: [&str; 2] = ["reset_password", "confirm_email"];

#[test]
fn every_post_that_writes_takes_a_key() {
    for route in all() {
        let is_login = WITHOUT_KEY.contains(&route.name);
        let writes = route.method == Method::POST && !is_login;
        assert_eq!(route.operation.takes_key, writes, "{}", route.name);
        let is_safe = route.method == Method::GET;
        let open = [Who::Anybody, Who::Lookers, Who::Operators].contains(&route.operation.who);
        let is_known = is_login || BY_LINK.contains(&route.name);
        assert!(is_safe || is_known || !open, "anybody may {}", route.name);
    }
}
