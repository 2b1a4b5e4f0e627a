//! What the head of an answer says besides its status: drawn from what a route takes and does. What
//! is `required` is there whenever an answer has this status.

use crate::http::routes::Route;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// Of an answer with this status, which may be the route's view, or refuse.
pub fn of(route: &Route, status: StatusCode) -> Value {
    let operation = &route.operation;
    let is_shown = route.statuses.contains(&status);
    let mut headers = Headers::default();
    let id = json!({ "type": "string", "pattern": CORRELATION_ID });
    headers.always("Correlation-ID", id, "That of the request, or one that was made for it.");
    if status == StatusCode::CREATED {
        let uri = json!({ "type": "string", "format": "uri" });
        headers.always("Location", uri, "Where it is from now on.");
    }
    if route.is_tagged() && (is_shown || status == StatusCode::NOT_MODIFIED) {
        headers.always("ETag", json!({ "type": "string" }), "For If-None-Match and If-Match.");
    }
    if is_shown && (operation.takes_key || route.replays) {
        let words = "There if the request was carried out before, under the same key.";
        headers.sometimes("Idempotent-Replayed", json!({ "const": "true" }), words);
    }
    if is_shown && route.writes {
        let words =
            "Where the shop stood after this: a read that brings it back sees at least that.";
        headers.sometimes("Sutler-Position", json!({ "type": "string" }), words);
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.always("WWW-Authenticate", json!({ "const": "Bearer" }), "What to send.");
    }
    if TO_BE_RETRIED.contains(&status) {
        let seconds = json!({ "type": "integer", "minimum": 1 });
        let words = "After so many seconds it may be tried again.";
        match is_shown {
            true => headers.sometimes("Retry-After", seconds, words),
            false => headers.always("Retry-After", seconds, words),
        }
    }
    if let Some(deprecated) = &route.deprecated {
        let words = ["Since when it is not to be used any more.", "Until when it is there."];
        for ((name, value), words) in deprecated.headers().into_iter().zip(words) {
            let name = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
            // Who is refused at the door is not told.
            let schema = json!({ "const": value });
            match is_shown || status == StatusCode::NOT_MODIFIED {
                true => headers.always(&name, schema, words),
                false => headers.sometimes(&name, schema, words),
            }
        }
    }
    Value::Object(headers.0)
}

/// A UUID, or its digits alone, as the request had it.
pub const CORRELATION_ID: &str =
    "^([0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$";

const TO_BE_RETRIED: [StatusCode; 3] =
    [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];

#[derive(Default)]
struct Headers(Map<String, Value>);

impl Headers {
    fn always(&mut self, name: &str, schema: Value, words: &str) {
        let header = json!({ "required": true, "schema": schema, "description": words });
        self.0.insert(name.to_owned(), header);
    }

    fn sometimes(&mut self, name: &str, schema: Value, words: &str) {
        let header = json!({ "schema": schema, "description": words });
        self.0.insert(name.to_owned(), header);
    }
}
