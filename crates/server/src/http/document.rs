//! The OpenAPI document, drawn from the routes: what their signatures say, and what their readers
//! say of themselves. Nothing in it is written by hand but words.

mod answers;
mod headers;
mod problems;
mod shared;

pub use shared::followed;

use super::{
    codes::Code,
    deprecations::Deprecated,
    descriptions::example,
    live::STREAM,
    rights::Who,
    routes::{Occurrence, Operation, Route},
    shapes::Named,
    sheets::SheetReader,
};
use axum::http::StatusCode;
use domain::Currency;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const ABOUT: &str = "An order backend that never oversells, never loses an acknowledged order, and \
                     never places one twice.";

/// The modules, in the order in which a reader needs them.
pub const TAGS: [(&str, &str); 6] = [
    ("catalog", "Products, categories, and what lies on the shelves."),
    ("cart", "What somebody holds until it is ordered."),
    ("orders", "What was ordered, and what is done with it."),
    ("identity", "Accounts, sessions, and what may be done by whom."),
    ("events", "What happened, in its order, for programs that follow it."),
    ("system", "The shop itself."),
];

/// Draws the document of a shop.
pub fn draw(routes: &[Route], currency: Currency, public_url: &str) -> Value {
    let mut named = Named::new();
    named.insert("Problem".to_owned(), problems::problem());
    named.insert("FieldError".to_owned(), problems::field_error());
    named.insert("ProblemLine".to_owned(), problems::problem_line());
    let mut paths = BTreeMap::<&str, Map<String, Value>>::new();
    for route in routes {
        let method = route.method.as_str().to_ascii_lowercase();
        let operation = operation(route, currency, &mut named);
        paths.entry(route.path).or_default().insert(method, operation);
    }
    let webhooks: Map<String, Value> = routes
        .iter()
        .filter_map(|route| route.tells)
        .flat_map(|tells| tells(&mut named))
        .map(|told| (told.name.to_owned(), webhook(&told)))
        .collect();
    let mut paths = json!(paths);
    let mut components = shared::share(&mut paths);
    components["schemas"] = Value::Object(named.into_iter().collect());
    components["securitySchemes"] = json!({
        "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sutler",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": public_url }],
        "tags": TAGS.map(|(name, words)| json!({ "name": name, "description": words })),
        "paths": paths,
        "webhooks": webhooks,
        "components": components,
    })
}

/// What may happen, as it is told: by the feed, and to whoever asked to be told.
fn webhook(told: &Occurrence) -> Value {
    json!({ "post": {
        "operationId": told.name.replace('.', "_"),
        "summary": told.about,
        "tags": ["events"],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": told.schema } },
        },
        "responses": { "200": { "description": "It was taken." } },
    } })
}

fn operation(route: &Route, currency: Currency, named: &mut Named) -> Value {
    let operation = &route.operation;
    let mut drawn = json!({
        "operationId": route.name,
        "summary": route.about,
        "description": description(route, currency),
        "tags": [tag(route.path)],
        "security": security(operation),
        "parameters": parameters(route, currency),
        "responses": responses(route, named),
    });
    if route.deprecated.is_some() {
        drawn["deprecated"] = true.into();
    }
    if let Some(body) = &operation.body {
        named.insert(body.name.to_owned(), (body.describe)(currency).schema());
        let schema = &named[body.name];
        let sample = route.example.clone().unwrap_or_else(|| example(schema, false));
        drawn["requestBody"] = json!({
            "required": body.is_needed,
            "content": { "application/json": {
                "schema": reference(body.name),
                "examples": { "usual": { "value": sample } },
            } },
        });
    }
    if let Some(SheetReader { kind, words, example }) = &operation.sheet {
        drawn["requestBody"] = json!({
            "required": true,
            "content": { *kind: {
                "schema": { "type": "string", "description": words() },
                "examples": { "usual": { "value": example } },
            } },
        });
    }
    drawn
}

/// The module that a path belongs to.
pub fn tag(path: &str) -> &str {
    let module = path.strip_prefix("/api/").and_then(|rest| rest.split('/').next());
    let is_one = |module: &&str| TAGS.iter().any(|(name, _)| name == module);
    module.filter(is_one).unwrap_or("system")
}

/// Who may, and what holds of its query as a whole.
fn description(route: &Route, currency: Currency) -> String {
    let notes = route.operation.query.as_ref().map(|query| (query.describe)(currency).notes());
    let notes = notes.filter(|notes| !notes.is_empty());
    let goes = route.deprecated.as_ref().map(Deprecated::words);
    let parts: Vec<String> = [who(route)].into_iter().chain(notes).chain(goes).collect();
    parts.join(" ")
}

/// For whom a route is, in words.
pub fn who(route: &Route) -> String {
    let whom = match route.operation.who {
        Who::Anybody => "For anybody.",
        Who::Lookers => "For anybody, or for customers only: the setting catalog_public says it.",
        Who::Shoppers => {
            "For customers and staff, and for guests, with a Cart-Token or without, unless the setting catalog_public is off."
        }
        Who::Customers => "For customers and staff.",
        Who::Members => "For customers, staff and API keys.",
        Who::Staff => "For staff.",
        Who::Admins => "For admins.",
        Who::Operators => "For staff; in a demo for anybody.",
        Who::Channels => "For channels, by their API keys; in a demo for anybody.",
        Who::Service => "For the fulfilment service, by its signature.",
        Who::Overseers => "For staff and channels; in a demo for anybody.",
    };
    match route.scope {
        Some(scope) => format!("{whom} An API key needs the scope {}.", scope.name()),
        None => whom.to_owned(),
    }
}

fn security(operation: &Operation) -> Value {
    let token = json!({ "token": [] });
    match operation.who {
        Who::Customers | Who::Members | Who::Staff | Who::Admins => json!([token]),
        _ if operation.takes_token => json!([{}, token]),
        _ => json!([]),
    }
}

fn parameters(route: &Route, currency: Currency) -> Vec<Value> {
    let mut parameters: Vec<Value> = route
        .segments()
        .map(|name| {
            let schema = json!({ "type": "string", "minLength": 1 });
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect();
    for field in route.operation.query.iter().flat_map(|query| (query.describe)(currency).fields) {
        parameters.push(json!({
            "name": field.name, "in": "query", "required": field.is_required,
            "schema": field.schema,
        }));
    }
    for header in &route.operation.headers {
        parameters.push(json!({
            "name": header.name, "in": "header", "required": false,
            "schema": { "type": "string", "pattern": header.pattern },
            "description": header.about,
        }));
    }
    parameters.push(json!({
        "name": "Correlation-ID", "in": "header", "required": false,
        "schema": { "type": "string" },
        "description": "Follows the request through answers, logs and events. A UUID, or 32 \
                        hexadecimal digits; of anything else one is made.",
    }));
    parameters
}

fn responses(route: &Route, named: &mut Named) -> BTreeMap<String, Value> {
    let operation = &route.operation;
    let mut responses = BTreeMap::new();
    for status in &route.statuses {
        responses.insert(status.as_str().to_owned(), shown(route, *status, named));
    }
    if operation.takes_known {
        let words = "The client has these bytes already.";
        let headers = headers::of(route, StatusCode::NOT_MODIFIED);
        let not_modified = json!({ "description": words, "headers": headers });
        responses.insert("304".to_owned(), not_modified);
    }
    let mut refused = BTreeMap::<u16, Vec<Code>>::new();
    for code in &operation.codes {
        refused.entry(code.status.as_u16()).or_default().push(*code);
    }
    for (status, codes) in refused {
        let response = responses.entry(status.to_string()).or_insert_with(|| json!({}));
        let titles: Vec<String> =
            codes.iter().map(|code| format!("{}: {}.", code.name, code.title)).collect();
        let words = response["description"].as_str().unwrap_or_default();
        let words = format!("{words} {}", titles.join(" "));
        response["description"] = words.trim_start().into();
        if let Ok(status) = StatusCode::from_u16(status) {
            response["headers"] = headers::of(route, status);
        }
        response["content"]["application/problem+json"] = refusal(&codes);
    }
    responses
}

fn refusal(codes: &[Code]) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.name).collect();
    json!({ "schema": {
        "allOf": [reference("Problem"), { "properties": { "code": { "enum": names } } }],
    } })
}

fn shown(route: &Route, status: StatusCode, named: &mut Named) -> Value {
    let operation = &route.operation;
    let words = status.canonical_reason().unwrap_or("Answered");
    let headers = headers::of(route, status);
    let mut shown = json!({ "description": format!("{words}."), "headers": headers });
    if let Some(answer) = operation.answer.as_ref().filter(|answer| !answer.kind.is_empty()) {
        let kind = answer.kind.split(';').next().unwrap_or(answer.kind);
        shown["content"][kind] = json!({ "schema": (answer.schema)(named) });
        if let Some(examples) = answers::of(route.name, status) {
            shown["content"][kind]["examples"] = examples;
        }
    }
    if operation.shows_stream {
        let words = "The same events, as they come: `id` is the cursor after each, `event` its kind, `data` \
                     the event as JSON.";
        shown["content"][STREAM] = json!({ "schema": { "type": "string", "description": words } });
    }
    if operation.shows_page {
        shown["content"]["text/html"] = json!({ "schema": { "type": "string" } });
    }
    shown
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
