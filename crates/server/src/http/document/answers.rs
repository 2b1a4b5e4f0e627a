//! What a demo answers to the requests that the document shows: kept by `conformance examples`, which asks one, and
//! compared with what a demo answers by `make conformance`.

use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// By operation: what was asked, the status, and the answer.
static KEPT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("answers.json")).unwrap_or_default());

/// The examples of an operation's answers with this status.
pub fn of(operation: &str, status: StatusCode) -> Option<Value> {
    let told = &KEPT[operation];
    let is_of_it = told["status"].as_str() == Some(status.as_str());
    is_of_it.then(|| json!({ "demo": { "summary": told["asked"], "value": told["answer"] } }))
}
